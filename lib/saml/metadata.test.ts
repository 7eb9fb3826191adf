import { createPrivateKey, X509Certificate } from 'node:crypto';
import { generate } from 'selfsigned';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BILLION_LAUGHS, FILE_ENTITY } from '@/e2e/support/idp/saml-attacks';
import { SamlIdp } from '@/e2e/support/idp/saml-idp';
import { NOW, SamlScene } from '@/e2e/support/idp/saml-scene';
import { byOutcome, type Change, changed } from '@/e2e/support/tables';
import { createKeyPair, parseIdpCertificate } from './certificates';
import { createOwnMetadata, parseIdpMetadata } from './metadata';

let idp: SamlIdp;
let scene: SamlScene;

beforeAll(async () => {
  [idp, scene] = await Promise.all([SamlIdp.start([]), SamlScene.create()]);
});
afterAll(() => idp.stop());

describe('a provider’s metadata', () => {
  it('tells its addresses and certificates', async () => {
    const [certificate = ''] = idp.certificates;
    const { fingerprint256, validFrom, validTo } = new X509Certificate(certificate);
    expect(await parseIdpMetadata(idp.metadata())).toEqual({
      entityId: idp.entityId,
      ssoUrl: idp.ssoUrl,
      ssoBinding: 'redirect',
      sloUrl: idp.sloUrl,
      certificates: [
        {
          pem: certificate.replace(/\n?$/, '\n'),
          fingerprint: fingerprint256,
          validFrom: new Date(validFrom),
          expiresAt: new Date(validTo),
        },
      ],
    });
  });

  it('SAML-36: tells the next certificate beside the present one', async () => {
    const other = await SamlIdp.start([]);
    await other.announceNextKey();
    const metadata = await parseIdpMetadata(other.metadata());
    expect(metadata).toMatchObject({ certificates: [{}, {}] });
    await other.stop();
  });

  it('SAML-36: tells when a certificate ends, also one that has', async () => {
    const { cert } = await generate([{ name: 'commonName', value: 'old' }], {
      keySize: 2048,
      algorithm: 'sha256',
      notBeforeDate: new Date('2020-01-01T00:00:00Z'),
      notAfterDate: new Date('2021-01-01T00:00:00Z'),
    });
    expect(await parseIdpMetadata(withCertificate(cert))).toMatchObject({
      certificates: [{ expiresAt: new Date('2021-01-01T00:00:00Z') }],
    });
  });

  it('is read with comments, a declaration and a byte order mark', async () => {
    const text = `\ufeff${idp.metadata().replace('<md:IDPSSO', '<!-- ours -->\r\n<md:IDPSSO')}\n`;
    expect(await parseIdpMetadata(text)).toMatchObject({ entityId: idp.entityId });
  });

  it('P9: is read with what nothing depends on: instructions, another encoding in its declaration, odd names', async () => {
    const odd = idp
      .metadata()
      .replace(/encoding="[^"]*"/, 'encoding="utf-16"')
      .replace('\n', '<?xml-stylesheet href="x"?>')
      .replace(
        '<md:IDPSSO',
        'a text<md:Extensions><x ID="1" id="1" xmlns="" xmlns:y="relative"/></md:Extensions><md:IDPSSO',
      );
    expect(await parseIdpMetadata(odd)).toMatchObject({ entityId: idp.entityId });
  });

  it.each(['javascript:alert(1)', '', 'http://idp.example.com/slo', 'not one'])(
    'P9: a log-out address that can’t be used is passed over: %j',
    async (url) => {
      const metadata = await parseIdpMetadata(idp.metadata().replaceAll(idp.sloUrl, url));
      expect(metadata).toMatchObject({ ssoUrl: idp.ssoUrl, sloUrl: null });
    },
  );

  it('P9: where sign-on goes by POST alone, that is taken', async () => {
    const metadata = await parseIdpMetadata(
      idp.metadata().replaceAll('HTTP-Redirect', 'HTTP-Artifact'),
    );
    expect(metadata).toMatchObject({ ssoUrl: idp.ssoUrl, ssoBinding: 'post', sloUrl: null });
  });

  it('is found in a list that holds one provider, or by its entity id', async () => {
    const entity = idp.metadata().replace(/^<\?.*\n/, '');
    const list = (...all: string[]) =>
      `<md:EntitiesDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata">${all.join('')}</md:EntitiesDescriptor>`;
    const ours = createOwnMetadata(scene.settings).replace(/^<\?.*\n/, '');
    expect(await parseIdpMetadata(list(ours, entity))).toMatchObject({ entityId: idp.entityId });
    const other = entity.replaceAll(idp.entityId, 'https://other.example.com');
    const both = list(entity, other);
    expect(await parseIdpMetadata(both)).toEqual({ refused: 'several_providers' });
    expect(await parseIdpMetadata(both, 'urn:a')).toEqual({ refused: 'several_providers' });
    expect(await parseIdpMetadata(both, 'https://other.example.com')).toMatchObject({
      entityId: 'https://other.example.com',
    });
  });

  it.each(
    byOutcome<Change>({
      doctype: {
        'SAML-17: a DTD with a file': (xml) => FILE_ENTITY + xml.slice(xml.indexOf('\n')),
        'SAML-17: entities that double': (xml) => BILLION_LAUGHS + xml.slice(xml.indexOf('\n')),
        'a DTD that a comment cuts in two': ['\n', '<!DOC<!---->TYPE r>'],
        'a page': () => '<!doctype html><html></html>',
      },
      processing_instruction: {
        'an instruction without an end': ['\n', '<?xml-stylesheet href="x"'],
      },
      comment: { 'a comment without an end': (xml) => `${xml}<!-- ` },
      malformed: {
        'CDATA without an end': ['<ds:X509Data>', '<![CDATA['],
        nothing: () => '',
      },
      entity_id_pattern: {
        'an entity id for all tenants': (xml) =>
          xml.replace(idp.entityId, 'https://sts.windows.net/{tenantid}/'),
      },
      not_metadata: {
        'another document': () => '<a xmlns="urn:a"/>',
        'no entity id': [/ entityID="[^"]*"/, ''],
        'a service provider’s': (xml) => xml.replaceAll('IDPSSODescriptor', 'SPSSODescriptor'),
      },
      sign_on_url: {
        'no sign-on by redirect or post': (xml) =>
          xml.replaceAll('HTTP-Redirect', 'HTTP-Artifact').replaceAll('HTTP-POST', 'SOAP'),
        'a sign-on address that is a script': (xml) =>
          xml.replaceAll(idp.ssoUrl, 'javascript:alert(1)'),
        'a sign-on address that is a file': (xml) =>
          xml.replaceAll(idp.ssoUrl, 'file:///etc/passwd'),
        'a sign-on address without TLS': (xml) =>
          xml.replaceAll(idp.ssoUrl, 'http://idp.example.com/sso'),
      },
      certificate: {
        'no certificate': [/<md:KeyDescriptor.*<\/md:KeyDescriptor>/, ''],
        'a certificate that is none': [/(<ds:X509Certificate>)[^<]*/, '$1AAAA'],
        'a certificate for encryption alone': ['use="signing"', 'use="encryption"'],
      },
      too_large: { 'more than 256 KiB': (xml) => xml + ' '.repeat(256 * 1024) },
    }),
  )('%s is refused', async (_, change, refused) => {
    expect(await parseIdpMetadata(changed(idp.metadata(), change))).toEqual({ refused });
  });

  it('a key that is too weak, or of another kind, is refused', async () => {
    const weak = await generate([{ name: 'commonName', value: 'weak' }], {
      keySize: 1024,
      algorithm: 'sha256',
    });
    const elliptic = await generate([{ name: 'commonName', value: 'ec' }], {
      keyType: 'ec',
      algorithm: 'sha256',
    });
    expect(parseIdpCertificate(weak.cert)).toEqual({ refused: 'weak_key' });
    expect(parseIdpCertificate(elliptic.cert)).toEqual({ refused: 'unsupported_key' });
    expect(parseIdpCertificate('not one')).toEqual({ refused: 'not_a_certificate' });
    expect(await parseIdpMetadata(withCertificate(weak.cert))).toEqual({ refused: 'certificate' });
  });

  function withCertificate(pem: string): string {
    const [, body = ''] = /-----BEGIN CERTIFICATE-----([\s\S]*)-----END/.exec(pem) ?? [];
    return idp.metadata().replace(/(<ds:X509Certificate>)[^<]*/, `$1${body}`);
  }
});

describe('our own', () => {
  it('metadata tells what a provider needs, and the same each time', () => {
    const xml = createOwnMetadata(scene.settings);
    for (const told of [
      `entityID="${scene.settings.entityId}"`,
      `Location="${scene.settings.acsUrl}"`,
      `Location="${scene.settings.sloUrl}"`,
      'AuthnRequestsSigned="true"',
      'WantAssertionsSigned="true"',
      'use="signing"',
      'use="encryption"',
    ]) {
      expect(xml).toContain(told);
    }
    expect(xml).not.toContain('PRIVATE');
    expect(createOwnMetadata(scene.settings)).toBe(xml);
  });

  it('key and certificate belong together and serve ten years', async () => {
    const { privateKey, certificate } = await createKeyPair('Gatehouse', NOW);
    expect(privateKey).toContain('BEGIN PRIVATE KEY');
    expect(parseIdpCertificate(certificate)).toMatchObject({
      expiresAt: new Date('2036-11-22T12:00:00Z'),
    });
    const parsed = new X509Certificate(certificate);
    expect(parsed.checkPrivateKey(createPrivateKey(privateKey))).toBe(true);
    expect(parsed.subject).toBe('CN=Gatehouse');
    expect(parsed.ca).toBe(false);
  });
});
