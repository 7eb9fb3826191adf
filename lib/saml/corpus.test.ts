import { createHash, X509Certificate } from 'node:crypto';
import { generate } from 'selfsigned';
import { beforeAll, describe, expect, it } from 'vitest';
import { ADFS } from '@/e2e/saml-corpus/adfs';
import { ENTRA } from '@/e2e/saml-corpus/entra';
import { GOOGLE } from '@/e2e/saml-corpus/google';
import { JUMPCLOUD } from '@/e2e/saml-corpus/jumpcloud';
import { OKTA } from '@/e2e/saml-corpus/okta';
import { ONELOGIN } from '@/e2e/saml-corpus/onelogin';
import { PINGFEDERATE } from '@/e2e/saml-corpus/pingfederate';
import type { CorpusKeys, CorpusProvider, CorpusValues } from '@/e2e/saml-corpus/provider';
import { SHIBBOLETH } from '@/e2e/saml-corpus/shibboleth';
import { base64, type Keys, sign } from '@/e2e/support/idp/saml-messages';
import { NOW, REQUEST_ID, SamlScene } from '@/e2e/support/idp/saml-scene';
import { parseIdpMetadata } from './metadata';
import { inResponseToOf, parseSamlResponse } from './response';
import type { SamlSettings } from './settings';

const PROVIDERS: CorpusProvider[] = [
  ADFS,
  ENTRA,
  GOOGLE,
  JUMPCLOUD,
  OKTA,
  ONELOGIN,
  PINGFEDERATE,
  SHIBBOLETH,
];

let scene: SamlScene;
let keys: Record<keyof CorpusKeys, Keys>;
let certificates: CorpusKeys;

beforeAll(async () => {
  scene = await SamlScene.create();
  const make = async (commonName: string, more: Parameters<typeof generate>[1] = {}) => {
    const pair = await generate([{ name: 'commonName', value: commonName }], {
      keySize: 2048,
      algorithm: 'sha256',
      ...more,
    });
    return { privateKey: pair.private, certificate: pair.cert };
  };
  const authority = await make('Example authority', {
    extensions: [{ name: 'basicConstraints', cA: true, critical: true }],
  });
  keys = {
    authority,
    present: await make('present', {
      ca: { key: authority.privateKey, cert: authority.certificate },
    }),
    next: await make('next'),
    encryption: await make('encryption'),
  };
  certificates = Object.fromEntries(
    Object.entries(keys).map(([name, { certificate }]) => [
      name,
      new X509Certificate(certificate).raw.toString('base64'),
    ]),
  ) as CorpusKeys;
});

const fingerprintOf = (base64Der: string) =>
  createHash('sha256')
    .update(Buffer.from(base64Der, 'base64'))
    .digest('hex')
    .toUpperCase()
    .replace(/..(?=.)/g, '$&:');

async function settingsFor(provider: CorpusProvider): Promise<SamlSettings> {
  const metadata = await parseIdpMetadata(provider.metadata(certificates));
  if ('refused' in metadata) throw new Error(metadata.refused);
  return {
    ...scene.settings,
    idp: { ...metadata, certificates: metadata.certificates.map(({ pem }) => pem) },
    wantsSignedResponse: provider.signsResponse,
  };
}

function valuesOf(changes: Partial<CorpusValues> = {}): CorpusValues {
  return {
    requestId: REQUEST_ID,
    acsUrl: scene.settings.acsUrl,
    audience: scene.settings.entityId,
    now: NOW.toISOString(),
    soon: new Date(NOW.getTime() + 300_000).toISOString(),
    email: 'valerie@example.com',
    ...changes,
  };
}

function written(
  provider: CorpusProvider,
  values: CorpusValues,
  change: (assertion: string) => string = (assertion) => assertion,
  { privateKey } = keys.present,
): string {
  const options = { ...provider.signature, certificate: keys.present.certificate };
  const assertion = change(sign(provider.assertion(values), privateKey, options));
  const xml = provider.response(values, assertion);
  // The declaration is no part of what is signed.
  const [, declaration = '', rest = xml] = /^(<\?.*?\?>\s*)?(.*)$/s.exec(xml) ?? [];
  return provider.signsResponse ? declaration + sign(rest, privateKey, options) : xml;
}

const read = (settings: SamlSettings, xml: string) =>
  parseSamlResponse(settings, {
    samlResponse: base64(xml),
    expectedRequestId: REQUEST_ID,
    now: NOW,
  });

describe.each(PROVIDERS.map((provider) => [provider.name, provider] as const))(
  'P9: %s',
  (_, provider) => {
    it('its metadata tells who it is, its keys, and where browsers go', async () => {
      const { entityId, ssoUrl, ssoBinding, sloUrl, signing } = provider;
      const metadata = await parseIdpMetadata(provider.metadata(certificates));
      expect(metadata).toMatchObject({ entityId, ssoUrl, ssoBinding, sloUrl });
      if ('refused' in metadata) throw new Error(metadata.refused);
      expect(metadata.certificates.map(({ fingerprint }) => fingerprint)).toEqual(
        signing.map((name) => fingerprintOf(certificates[name])),
      );
    });

    it('its response is read', async () => {
      const xml = written(provider, valuesOf());
      expect(await inResponseToOf(base64(xml))).toBe(REQUEST_ID);
      const identity = await read(await settingsFor(provider), xml);
      expect(identity).toMatchObject({ authnInstant: NOW });
      if ('refused' in identity) throw new Error(identity.refused);
      expect(identity.emails).toContain('valerie@example.com');
    });

    it.each(
      Object.entries<() => string>({
        'signed by a key of somebody else': () =>
          written(provider, valuesOf(), undefined, keys.encryption),
        'changed after it was signed': () =>
          written(provider, valuesOf(), (xml) =>
            xml.replaceAll('valerie@example.com', 'olga@example.com'),
          ),
        'not signed': () => provider.response(valuesOf(), provider.assertion(valuesOf())),
        'for another audience': () => written(provider, valuesOf({ audience: 'urn:other' })),
        'for another address': () =>
          written(provider, valuesOf({ acsUrl: 'https://other.example.com' })),
        'that answers another request': () =>
          written(provider, valuesOf({ requestId: '_another' })),
        'that has run out': () => written(provider, valuesOf({ soon: '2026-11-22T11:00:00Z' })),
      }),
    )('a response %s is refused', async (_what, make) => {
      expect(await read(await settingsFor(provider), make())).toHaveProperty('refused');
    });
  },
);
