import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  BILLION_LAUGHS,
  FILE_ENTITY,
  WRAPPINGS,
  WRAPS_RESPONSE,
} from '@/e2e/support/idp/saml-attacks';
import { newKeys } from '@/e2e/support/idp/saml-idp';
import {
  base64,
  encryptAssertion,
  encryptAssertionByOaep,
  type Keys,
} from '@/e2e/support/idp/saml-messages';
import { NOW, REQUEST_ID, SamlScene, type Variation } from '@/e2e/support/idp/saml-scene';
import { byOutcome, type Change, changed } from '@/e2e/support/tables';
import { isFreshLogIn } from '@/lib/policy/sso';
import { inResponseToOf, parseSamlResponse } from './response';
import type { SamlSettings } from './settings';
import { parseXml } from './xml';

/** Real signatures by real keys throughout; what is varied is one thing at a time. */

let scene: SamlScene;
let foreign: Keys;

beforeAll(async () => {
  [scene, foreign] = await Promise.all([SamlScene.create(), newKeys()]);
});

/** What comes of an XML text. */
function read(
  xml: string,
  changes: Partial<SamlSettings> = {},
  {
    expectedRequestId = REQUEST_ID,
    now = NOW,
  }: { expectedRequestId?: string | null; now?: Date } = {},
) {
  const settings = { ...scene.settings, ...changes };
  return parseSamlResponse(settings, { samlResponse: base64(xml), expectedRequestId, now });
}

async function readVaried(variation: Variation, changes: Partial<SamlSettings> = {}) {
  return read(await scene.xml(variation), changes);
}

const at = (seconds: number) => new Date(NOW.getTime() + seconds * 1000);
const ENVELOPED = 'http://www.w3.org/2000/09/xmldsig#enveloped-signature';
const EXCLUSIVE = 'http://www.w3.org/2001/10/xml-exc-c14n#';
const ASSERTION = /<saml:Assertion[\s\S]*<\/saml:Assertion>/;
const BOTH: Variation = { signs: ['assertion', 'response'] };
const encrypted =
  (
    certificate: string,
    ...algorithms: Parameters<typeof encryptAssertion> extends [string, string, ...infer Rest]
      ? Rest
      : never
  ) =>
  (xml: string) =>
    encryptAssertion(xml, certificate, ...algorithms);

describe('a response that is in order', () => {
  it('tells whom the provider vouches for', async () => {
    const identity = await readVaried({ response: { id: '_r' }, assertion: { id: '_a' } });
    expect(identity).toEqual({
      responseId: '_r',
      assertionId: '_a',
      issuer: scene.settings.idp.entityId,
      subject: 'valerie',
      nameIdFormat: 'urn:oasis:names:tc:SAML:2.0:nameid-format:persistent',
      emails: ['valerie@example.com'],
      name: 'Valerie Example',
      attributes: { email: ['Valerie@Example.com'], displayName: ['Valerie Example'] },
      authnInstant: NOW,
      sessionIndex: 'session-1',
      notOnOrAfter: at(5 * 60 + 60),
    });
  });

  it.each(
    Object.entries<Variation>({
      'assertion signed': {},
      'response and assertion signed': BOTH,
      'RSA-SHA512 with SHA-512': {
        signing: {
          signatureAlgorithm: 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha512',
          digestAlgorithm: 'http://www.w3.org/2001/04/xmlenc#sha512',
        },
      },
      'pretty-printed around its values': {
        unsignedAssertion: (xml) => xml.replaceAll('><saml:', '>\n  <saml:'),
        unsignedResponse: (xml) =>
          `<?xml version="1.0" encoding="UTF-8"?>\r\n${xml.replaceAll('><samlp:', '>\r\n<samlp:')}\n`,
      },
    }),
  )('is taken: %s', async (_, variation) => {
    expect(await readVaried(variation)).toMatchObject({ subject: 'valerie' });
  });

  it.each([
    'http://www.w3.org/2009/xmlenc11#aes256-gcm',
    'http://www.w3.org/2009/xmlenc11#aes128-gcm',
    'http://www.w3.org/2001/04/xmlenc#aes256-cbc',
    'http://www.w3.org/2001/04/xmlenc#aes128-cbc',
  ] as const)('is taken encrypted, with the signature inside: %s', async (algorithm) => {
    const signedAssertion = encrypted(scene.settings.certificate, algorithm);
    expect(await readVaried({ signedAssertion })).toMatchObject({ subject: 'valerie' });
    expect(
      await readVaried({ ...BOTH, signedAssertion }, { wantsSignedResponse: true }),
    ).toMatchObject({ subject: 'valerie' });
  });

  it.each([
    { digest: 'sha256', mask: 'sha256' },
    { digest: 'sha512', mask: 'sha512' },
    { digest: 'sha256', mask: 'sha1' },
    { digest: 'sha1', mask: 'sha256' },
  ] as const)('is taken encrypted by RSA-OAEP with $digest, masked with $mask', async (hashes) => {
    const signedAssertion = (xml: string) =>
      encryptAssertionByOaep(xml, scene.settings.certificate, hashes);
    for (const signs of [{}, BOTH]) {
      expect(await readVaried({ ...signs, signedAssertion })).toMatchObject({ subject: 'valerie' });
    }
  });

  it('is taken encrypted by RSA-OAEP that names no mask, which is SHA-1 then', async () => {
    const signedAssertion = async (xml: string) => {
      const hashes = { digest: 'sha256', mask: 'sha1' } as const;
      const named = await encryptAssertionByOaep(xml, scene.settings.certificate, hashes);
      return named.replace(/<MGF[^>]*>/, '');
    };
    expect(await readVaried({ signedAssertion })).toMatchObject({ subject: 'valerie' });
  });

  it.each(['sha1', 'sha256', 'sha512'] as const)(
    'is taken encrypted by RSA-OAEP in its older form with %s',
    async (hash) => {
      const signedAssertion = encrypted(
        scene.settings.certificate,
        'http://www.w3.org/2009/xmlenc11#aes256-gcm',
        'http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p',
        hash,
      );
      expect(await readVaried({ signedAssertion })).toMatchObject({ subject: 'valerie' });
    },
  );

  it('SAML-36: is taken by the old and by the new certificate while both are announced', async () => {
    const idp = {
      ...scene.settings.idp,
      certificates: [foreign.certificate, scene.idp.certificate],
    };
    for (const { privateKey } of [scene.idp, foreign]) {
      expect(await readVaried({ signing: { privateKey } }, { idp })).toMatchObject({
        subject: 'valerie',
      });
    }
  });

  it('keeps the subject exactly: no folding, no trimming', async () => {
    for (const subject of ['Valerie', ' valerie ', 'vålerie', 'a&amp;b', 'VALERIE@EXAMPLE.COM']) {
      expect(await readVaried({ assertion: { subject } })).toMatchObject({
        subject: subject.replace('&amp;', '&'),
      });
    }
  });

  it('P9: tells each email address once, of the first attribute that has any', async () => {
    const emailsOf = async (attributes: Record<string, string[]>) => {
      const identity = await readVaried({ assertion: { attributes } });
      return 'refused' in identity ? identity : identity.emails;
    };
    expect(await emailsOf({ mail: ['a@example.com', 'b@example.com', 'A@example.com'] })).toEqual([
      'a@example.com',
      'b@example.com',
    ]);
    expect(await emailsOf({ mail: ['not one'] })).toEqual([]);
    expect(await emailsOf({ email: [] })).toEqual([]);
    // Folded, these would be somebody else's.
    for (const other of ['oﬃce@example.com', 'ｏffice@example.com', 'office@exаmple.com']) {
      expect(await emailsOf({ email: [other] })).toEqual([]);
    }
  });

  it('takes a subject that is an email address for one where no attribute tells any', async () => {
    const subject = 'Valerie@example.com';
    const format = 'urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress';
    expect(await readVaried({ assertion: { subject, format, attributes: {} } })).toMatchObject({
      subject,
      emails: ['valerie@example.com'],
    });
  });

  it('keeps odd names of attributes as names', async () => {
    const attributes = JSON.parse('{"__proto__":["x"],"constructor":["y"]}');
    const identity = await readVaried({ assertion: { attributes } });
    expect(identity).toMatchObject({ subject: 'valerie' });
    expect('attributes' in identity && Object.entries(identity.attributes)).toEqual([
      ['__proto__', ['x']],
      ['constructor', ['y']],
    ]);
  });
});

describe('signature wrapping (SAML-1 to 8)', () => {
  it.each(Object.entries(WRAPPINGS))('%s is refused', async (name, wrap) => {
    const signs: Variation['signs'] = WRAPS_RESPONSE.includes(name) ? ['response'] : ['assertion'];
    const attack = wrap(await scene.xml({ signs }), 'admin');
    expect(attack).toContain('>admin<');
    expect(attack).toContain('>valerie<');
    expect(await read(attack)).toEqual({ refused: 'several_assertions' });
  });

  it.each(Object.entries(WRAPPINGS))('%s is refused with both signed, too', async (_, wrap) => {
    const attack = wrap(await scene.xml(BOTH), 'admin');
    expect(await read(attack)).toEqual({ refused: 'several_assertions' });
  });

  it('is refused with the signed assertion under another name', async () => {
    const xml = await scene.xml();
    const [signed = ''] = ASSERTION.exec(xml) ?? [];
    const forged = signed.replace('>valerie<', '>admin<').replace(/ ID="[^"]+"/, ' ID="_forged"');
    const hidden = signed.replaceAll('saml:Assertion', 'samlp:Extensions');
    expect(await read(xml.replace(signed, forged))).toEqual({ refused: 'reference' });
    expect(await read(xml.replace(signed, forged + hidden))).toEqual({
      refused: 'unexpected_element',
    });
  });

  it('SAML-23: two assertions are refused, the first good or the last, signed both', async () => {
    const [good, admin] = await Promise.all([
      scene.xml(),
      scene.xml({ assertion: { subject: 'admin' } }),
    ]);
    const [second = ''] = ASSERTION.exec(admin) ?? [];
    for (const both of [`$&${second}`, `${second}$&`]) {
      expect(await read(good.replace(ASSERTION, both))).toEqual({ refused: 'several_assertions' });
    }
  });
});

describe('signatures', () => {
  it('SAML-9: none anywhere is refused', async () => {
    expect(await readVaried({ signs: [] })).toEqual({ refused: 'assertion_not_signed' });
  });

  it('an unsigned assertion in a signed response is refused', async () => {
    expect(await readVaried({ signs: ['response'] })).toEqual({ refused: 'assertion_not_signed' });
  });

  it('a signed assertion in an unsigned response is refused where responses must be signed', async () => {
    expect(await readVaried({}, { wantsSignedResponse: true })).toEqual({
      refused: 'response_not_signed',
    });
  });

  it('SAML-10: a value changed after signing is refused, whatever was signed', async () => {
    for (const signs of [['assertion'], ['assertion', 'response']] as const) {
      const xml = await scene.xml({ signs: [...signs] });
      for (const [from, to] of [
        ['>valerie<', '>admin<'],
        ['Valerie@Example.com', 'admin@example.com'],
        ['session-1', 'session-2'],
      ] as const) {
        expect(await read(xml.replace(from, to))).toEqual({ refused: 'signature_invalid' });
      }
    }
  });

  it('SAML-10: a response changed around its assertion is refused, once it is signed', async () => {
    const xml = await scene.xml(BOTH);
    const changed = xml.replace(/(<samlp:Response[^>]* ID=)"[^"]+"/, '$1"_changed"');
    expect(await read(changed)).toEqual({ refused: 'reference' });
    const later = xml.replace(/(<samlp:Response[^>]* IssueInstant=)"2026/, '$1"2027');
    expect(later).not.toBe(xml);
    expect(await read(later)).toEqual({ refused: 'signature_invalid' });
    expect(await read(later, { wantsSignedResponse: true })).toEqual({
      refused: 'signature_invalid',
    });
  });

  it('SAML-11: a foreign key is refused, with its certificate in KeyInfo', async () => {
    const { privateKey, certificate } = foreign;
    for (const signing of [{ privateKey }, { privateKey, certificate }]) {
      for (const variation of [{ signing }, { ...BOTH, signing }]) {
        expect(await readVaried(variation)).toEqual({ refused: 'signature_invalid' });
      }
    }
    const own = { signing: { certificate: foreign.certificate } };
    expect(await readVaried(own)).toMatchObject({ subject: 'valerie' });
  });

  it('SAML-12: what the provider of another team signed is refused', async () => {
    const other = await SamlScene.create();
    expect(await read(await other.xml())).toEqual({ refused: 'signature_invalid' });
    const theirs = { ...other.settings, entityId: 'https://gatehouse.example.com/sso/t2' };
    const samlResponse = await scene.post();
    const settings = { ...theirs, idp: scene.settings.idp };
    expect(
      await parseSamlResponse(settings, { samlResponse, expectedRequestId: REQUEST_ID, now: NOW }),
    ).toEqual({ refused: 'audience' });
  });

  it.each(
    byOutcome<Variation['signing']>({
      signature_algorithm: {
        'RSA-SHA1': { signatureAlgorithm: 'http://www.w3.org/2000/09/xmldsig#rsa-sha1' },
      },
      digest_algorithm: {
        'a SHA-1 digest': { digestAlgorithm: 'http://www.w3.org/2000/09/xmldsig#sha1' },
      },
      canonicalization: {
        'inclusive canonicalisation': {
          canonicalization: 'http://www.w3.org/TR/2001/REC-xml-c14n-20010315',
        },
      },
      transforms: {
        'comments kept': { transforms: [ENVELOPED, `${EXCLUSIVE}WithComments`] },
        'one transform': { transforms: [EXCLUSIVE] },
        'three transforms': { transforms: [ENVELOPED, EXCLUSIVE, EXCLUSIVE] },
      },
    }),
  )('%s is refused, of the assertion and of the response', async (_, signing, refused) => {
    expect(await readVaried({ signing })).toEqual({ refused });
    const outer = await scene.xml({ ...BOTH, signing });
    const inner = await scene.xml();
    const mixed = outer.replace(ASSERTION, ASSERTION.exec(inner)?.[0] ?? '');
    expect(await read(mixed)).toEqual({ refused });
  });

  const HMAC = 'http://www.w3.org/2000/09/xmldsig#hmac-sha1';
  const XSLT = 'http://www.w3.org/TR/1999/REC-xslt-19991116';
  const XPATH = 'http://www.w3.org/TR/1999/REC-xpath-19991116';
  const EMPTY = createHash('sha256').update('').digest('base64');

  it.each(
    byOutcome<Change>({
      signature_algorithm: {
        'a MAC keyed with the public certificate': [
          /(SignatureMethod Algorithm=)"[^"]+"/,
          `$1"${HMAC}"`,
        ],
        'an algorithm that is a property of all objects': [
          /(SignatureMethod Algorithm=)"[^"]+"/,
          '$1"constructor"',
        ],
      },
      transforms: {
        'SAML-29: XSLT': [`Transform Algorithm="${ENVELOPED}"`, `Transform Algorithm="${XSLT}"`],
        'SAML-29: XPath': [
          '</ds:Transforms>',
          `<ds:Transform Algorithm="${XPATH}"/></ds:Transforms>`,
        ],
        'SAML-29: a stylesheet in a transform': [
          `<ds:Transform Algorithm="${ENVELOPED}"/>`,
          `<ds:Transform Algorithm="${ENVELOPED}"><x:stylesheet xmlns:x="http://www.w3.org/1999/XSL/Transform"/></ds:Transform>`,
        ],
      },
      signature_structure: {
        'SAML-16: two SignedInfo': [/<ds:SignedInfo[\s\S]*?<\/ds:SignedInfo>/, '$&$&'],
        'two references': [/<ds:Reference[\s\S]*?<\/ds:Reference>/, '$&$&'],
        'two digest values': [/<ds:DigestValue[\s\S]*?<\/ds:DigestValue>/, '$&$&'],
        'two signatures': [/<ds:Signature[\s\S]*?<\/ds:Signature>/, '$&$&'],
        'a signature elsewhere': [
          /(<ds:Signature[\s\S]*?<\/ds:Signature>)(<saml:Subject>)/,
          '$2$1',
        ],
        'a second signature where details of the status stand': [
          '</samlp:Status>',
          '<samlp:StatusDetail><ds:Signature xmlns:ds="http://www.w3.org/2000/09/xmldsig#"/></samlp:StatusDetail></samlp:Status>',
        ],
        'a signature in another namespace': [
          'xmlns:ds="http://www.w3.org/2000/09/xmldsig#"',
          'xmlns:ds="urn:other"',
        ],
        'an object in the signature': ['</ds:Signature>', '<ds:Object/></ds:Signature>'],
        'a signed element in KeyInfo': [
          '</ds:Signature>',
          '<ds:KeyInfo><ds:SignedInfo/></ds:KeyInfo></ds:Signature>',
        ],
        'SAML-27: no digest': [/(<ds:DigestValue>)[^<]+/, '$1'],
        'SAML-27: no signature value': [/(<ds:SignatureValue>)[^<]+/, '$1'],
      },
      malformed: {
        'an element in the digest value': ['</ds:DigestValue>', '<ds:X/></ds:DigestValue>'],
      },
      reference: {
        'a reference to everything': [/(<ds:Reference URI=)"[^"]+"/, '$1""'],
        'a reference to another element': [/(<ds:Reference URI=)"[^"]+"/, '$1"#_other"'],
        'a reference by XPointer': [/(<ds:Reference URI=)"#([^"]+)"/, `$1"#xpointer(id('$2'))"`],
      },
      signature_invalid: {
        'SAML-27: the digest of nothing': [/(<ds:DigestValue>)[^<]+/, `$1${EMPTY}`],
      },
      namespace: {
        'SAML-27: a relative namespace, on which canonicalisation fails': [
          '<saml:Subject>',
          '<saml:Subject xmlns:v="1">',
        ],
        'SAML-27: an empty namespace': ['<saml:Subject>', '<saml:Subject xmlns="">'],
      },
    }),
  )('%s: refused', async (_, attack, refused) => {
    const xml = await scene.xml();
    expect(await read(changed(xml, attack))).toEqual({ refused });
  });
});

describe('encryption', () => {
  const ours = () => scene.settings.certificate;

  it('SAML-24: an encrypted assertion without a signature is refused, the response signed or not', async () => {
    for (const signs of [[], ['response']] as const) {
      const variation = { signs: [...signs], signedAssertion: encrypted(ours()) };
      expect(await readVaried(variation)).toEqual({ refused: 'encrypted_assertion_invalid' });
    }
  });

  it('all that fails inside fails alike, so that nobody reads by guessing', async () => {
    const variations: Variation[] = [
      { signedAssertion: encrypted(foreign.certificate) },
      { signing: { privateKey: foreign.privateKey }, signedAssertion: encrypted(ours()) },
      { signedAssertion: (xml) => encryptAssertion(xml.slice(0, -10), ours()) },
      { signedAssertion: (xml) => encryptAssertion(xml.replace('>valerie<', '>admin<'), ours()) },
      { signedAssertion: (xml) => encryptAssertion(FILE_ENTITY + xml, ours()) },
      { signedAssertion: (xml) => encryptAssertion(xml + xml, ours()) },
      {
        // The last blocks of the ciphertext, where the padding is.
        signedAssertion: async (xml) =>
          (
            await encryptAssertion(xml, ours(), 'http://www.w3.org/2001/04/xmlenc#aes256-cbc')
          ).replace(/[^<]{44}(?=<\/[^<]*CipherValue>(?![\s\S]*CipherValue))/, 'A'.repeat(44)),
      },
    ];
    for (const variation of variations) {
      expect(await readVaried(variation)).toEqual({ refused: 'encrypted_assertion_invalid' });
    }
  });

  it('RSA 1.5 and Triple DES are refused', async () => {
    const weak = [
      encrypted(
        ours(),
        'http://www.w3.org/2001/04/xmlenc#aes256-cbc',
        'http://www.w3.org/2001/04/xmlenc#rsa-1_5',
      ),
      encrypted(ours(), 'http://www.w3.org/2001/04/xmlenc#tripledes-cbc'),
    ];
    for (const signedAssertion of weak) {
      expect(await readVaried({ signedAssertion })).toEqual({ refused: 'encryption_algorithm' });
    }
  });

  it('RSA-OAEP with a hash that is not known, twice said, or said where its name fixes it, is refused', async () => {
    const changes: ((xml: string) => string)[] = [
      (xml) => xml.replace('#mgf1sha256', '#mgf1sha224'),
      (xml) => xml.replace('xmlenc11#mgf1sha256', 'xmlenc11#sha256'),
      (xml) => xml.replace('xmlenc#sha256', 'xmldsig-more#sha384'),
      (xml) => xml.replace(/<MGF[^>]*>/, '$&$&'),
      (xml) => xml.replace(/<DigestMethod[^>]*>/, '$&$&'),
      (xml) => xml.replace('2009/xmlenc11#rsa-oaep', '2001/04/xmlenc#rsa-oaep-mgf1p'),
    ];
    for (const change of changes) {
      const signedAssertion = async (xml: string) => {
        const good = await encryptAssertionByOaep(xml, ours(), {
          digest: 'sha256',
          mask: 'sha256',
        });
        expect(change(good)).not.toBe(good);
        return change(good);
      };
      expect(await readVaried({ signedAssertion })).toEqual({ refused: 'encryption_algorithm' });
    }
  });

  it('a response whose own signature is wrong is refused, though the assertion’s is right', async () => {
    const xml = await scene.xml({ ...BOTH, signedAssertion: encrypted(ours()) });
    expect(await read(xml)).toMatchObject({ subject: 'valerie' });
    // Before anything is decrypted, so that it tells nothing of what is inside.
    expect(
      await read(xml.replace(/IssueInstant="[^"]*"/, 'IssueInstant="2026-11-22T12:00:01.000Z"')),
    ).toEqual({ refused: 'signature_invalid' });
  });

  it('an assertion beside an encrypted one is refused', async () => {
    const signedAssertion = async (xml: string) => xml + (await encryptAssertion(xml, ours()));
    expect(await readVaried({ signedAssertion })).toEqual({ refused: 'several_assertions' });
  });

  it('what is said inside is checked like the rest', async () => {
    const variation = { assertion: { audience: 'urn:other' }, signedAssertion: encrypted(ours()) };
    expect(await readVaried(variation)).toEqual({ refused: 'audience' });
  });
});

describe('P9: what nothing depends on', () => {
  const withoutDestination = (xml: string) => xml.replace(/ Destination="[^"]*"/, '');
  const withoutIssuer = (xml: string) => xml.replace(/<saml:Issuer xmlns.*?<\/saml:Issuer>/, '');

  it.each([
    ['destination', withoutDestination],
    ['issuer', withoutIssuer],
  ] as const)('an unsigned response may leave out its %s', async (refused, change) => {
    const identity = { subject: 'valerie' };
    expect(await read(change(await scene.xml()))).toMatchObject(identity);
    // A signed one was written by the provider, which must say them; so round what is encrypted.
    const signed = await readVaried({ signs: ['assertion', 'response'], unsignedResponse: change });
    expect(signed).toEqual({ refused });
  });

  it('white space round an issuer is none of its name', async () => {
    const padded = (xml: string) => xml.replace(/(<saml:Issuer[^>]*>)([^<]*)/, '$1\n  $2\n');
    expect(await readVaried({ unsignedAssertion: padded, unsignedResponse: padded })).toMatchObject(
      { subject: 'valerie' },
    );
  });

  it('a value may hold hundreds of equals signs', async () => {
    const groups = [Array.from({ length: 120 }, (_, i) => `CN=${i},OU=a,DC=example`).join(';')];
    expect(await readVaried({ assertion: { attributes: { groups } } })).toMatchObject({
      attributes: { groups },
    });
  });
});

describe('F21: what is forged costs little', () => {
  const values = (count: number) =>
    Array.from({ length: count }, (_, index) => `cn=group ${index},ou=example`);

  it('a response of 1,000 values that is not signed by the provider, or was changed, costs no more than to read it', async () => {
    const { privateKey } = await newKeys();
    const assertion = { attributes: { email: ['valerie@example.com'], groups: values(1_000) } };
    const forged = await scene.xml({ assertion, signing: { privateKey } });
    const changed = (await scene.xml({ assertion })).replace('cn=group 7,', 'cn=admins,');
    const timeOf = async (work: () => unknown) => {
      const times: number[] = [];
      for (let run = 0; run < 5; run += 1) {
        // Of work, not of waiting for a processor that others use too.
        const start = process.cpuUsage();
        await work();
        const { user, system } = process.cpuUsage(start);
        times.push(user + system);
      }
      return Math.min(...times);
    };
    for (const xml of [forged, changed]) {
      expect(await read(xml)).toEqual({ refused: 'signature_invalid' });
      const toParse = await timeOf(() => parseXml(xml));
      expect((await timeOf(() => read(xml))) / toParse).toBeLessThan(6);
    }
  });

  it('the prefixes that a signature names are few', async () => {
    const list = (prefixes: string) =>
      `<InclusiveNamespaces xmlns="http://www.w3.org/2001/10/xml-exc-c14n#" PrefixList="${prefixes}"/>`;
    const xml = await scene.xml();
    const named = (prefixes: string) =>
      xml.replace(
        /(<ds:CanonicalizationMethod [^>]*?)\/?>(<\/ds:CanonicalizationMethod>)?/,
        `$1>${list(prefixes)}</ds:CanonicalizationMethod>`,
      );
    expect(await read(named('a '.repeat(1_000)))).toEqual({ refused: 'transforms' });
    expect(await read(named('saml'))).toEqual({ refused: 'signature_invalid' });
  });
});

describe('the text', () => {
  it.each(
    byOutcome<Change>({
      comment: {
        'SAML-13: a comment in the NameID': ['>valerie<', '>valerie<!---->.evil.test<'],
        'a comment anywhere': ['<samlp:Status>', '<!-- x --><samlp:Status>'],
      },
      doctype: {
        'SAML-17: a DTD with a file': (xml) => FILE_ENTITY + xml,
        'SAML-17: entities that double': (xml) =>
          BILLION_LAUGHS + xml.replace('>valerie<', '>&a30;<'),
        'a DTD in lower case': (xml) => `<!doctype r>${xml}`,
      },
      processing_instruction: {
        'a processing instruction': ['<samlp:Status>', '<?x y?><samlp:Status>'],
        'another encoding': (xml) => `<?xml version="1.0" encoding="UTF-16"?>${xml}`,
        'XML 1.1': (xml) => `<?xml version="1.1"?>${xml}`,
      },
      malformed: {
        CDATA: ['>valerie<', '><![CDATA[valerie]]><'],
        'an unknown entity': ['>valerie<', '>valerie&nbsp;<'],
        'text around the document': (xml) => `x${xml}`,
        'text after the document': (xml) => `${xml}x>`,
        'two documents': (xml) => xml + xml,
        'an open element': ['</samlp:Response>', ''],
        'SAML-32: a NUL': ['>valerie<', '>valerie\0<'],
        'elements in elements, without end': [
          '</samlp:Status>',
          `${'<a xmlns="urn:a">'.repeat(100)}${'</a>'.repeat(100)}</samlp:Status>`,
        ],
      },
      namespace: {
        'SAML-26: a prefix that stands for nothing': ['<samlp:Status>', '<samlp:Status x:y="1">'],
        'SAML-26: an attribute in two namespaces': [
          '<samlp:Response ',
          '<samlp:Response samlp:InResponseTo="_x" ',
        ],
        'SAML-26: an identifier in two namespaces': [
          '<saml:Assertion ',
          '<saml:Assertion saml:ID="_x" ',
        ],
        'SAML-26: xml stands for something else': [
          '<samlp:Status>',
          '<samlp:Status xmlns:xml="urn:x">',
        ],
      },
      duplicate_id: {
        'one identifier twice': (xml) =>
          xml.replace(
            '<samlp:Status>',
            `<samlp:Status Id="${/Assertion[^>]* ID="([^"]+)"/.exec(xml)?.[1]}">`,
          ),
      },
      too_large: {
        'more than 256 KiB': ['<samlp:Status>', `<samlp:Status>${' '.repeat(256 * 1024)}`],
        'thousands of elements': ['</samlp:Status>', `${'<a>'.repeat(5_000)}</samlp:Status>`],
        'thousands of attributes': [
          '<samlp:Status>',
          `<samlp:Status ${Array.from({ length: 5_000 }, (_, i) => `a${i}=""`).join(' ')}>`,
        ],
        'thousands of attributes behind a > in a value': [
          '<samlp:Status>',
          `<samlp:Status a=">" ${Array.from({ length: 5_000 }, (_, i) => `a${i}=""`).join(' ')}>`,
        ],
      },
    }),
  )('%s: refused', async (_, attack, refused) => {
    const xml = await scene.xml();
    expect(await read(changed(xml, attack))).toEqual({ refused });
  });

  it.each(['', '!', '%3Csaml', 'PHNhbWw', '=', 'PGEvPg'.repeat(100_000)])(
    'no base64 of XML is refused',
    async (samlResponse) => {
      const message = { samlResponse, expectedRequestId: REQUEST_ID, now: NOW };
      expect(await parseSamlResponse(scene.settings, message)).toHaveProperty('refused');
    },
  );

  it('bytes that are not UTF-8 are refused', async () => {
    const samlResponse = Buffer.from(
      await scene.xml({ assertion: { subject: 'é' } }),
      'latin1',
    ).toString('base64');
    const message = { samlResponse, expectedRequestId: REQUEST_ID, now: NOW };
    expect(await parseSamlResponse(scene.settings, message)).toEqual({ refused: 'malformed' });
  });

  it('SAML-26: no change of one place makes somebody else of Valerie', async () => {
    const xml = await scene.xml(BOTH);
    await fc.assert(
      fc.asyncProperty(
        fc.nat(xml.length - 1),
        fc.nat(3),
        fc.constantFrom(
          '',
          '<',
          '>',
          '"',
          '&',
          ' ',
          'x',
          '\n',
          '<!---->',
          '&#x20;',
          'é',
          '\u2028',
          '<a/>',
        ),
        async (place, cut, put) => {
          const identity = await read(xml.slice(0, place) + put + xml.slice(place + cut));
          if (!('refused' in identity))
            expect(identity).toMatchObject({ subject: 'valerie', emails: ['valerie@example.com'] });
        },
      ),
      { numRuns: 300 },
    );
  }, 60_000);
});

describe('for whom, by whom, when, and who', () => {
  const inAssertion = (...change: [from: string | RegExp, to: string]): Variation => ({
    unsignedAssertion: (xml) => changed(xml, change),
  });
  const inResponse = (...change: [from: string | RegExp, to: string]): Variation => ({
    unsignedResponse: (xml) => changed(xml, change),
  });
  /** A whole element of an assertion. */
  const whole = (name: string) => new RegExp(`<saml:${name}[ >].*</saml:${name}>`);
  const TWICE = '$&$&';
  const SECOND =
    '<saml:AudienceRestriction><saml:Audience>urn:other</saml:Audience></saml:AudienceRestriction>';

  it.each(
    byOutcome<Variation>({
      audience: {
        'SAML-18: another audience': { assertion: { audience: 'urn:other' } },
        'SAML-18: an audience that begins like ours': {
          assertion: { audience: 'https://gatehouse.example.com/sso/t11' },
        },
        'SAML-18: no audience': inAssertion(whole('AudienceRestriction'), ''),
        'SAML-18: an empty restriction': inAssertion(whole('Audience'), ''),
        'SAML-18: a second restriction, to others': inAssertion(
          '</saml:Conditions>',
          `${SECOND}</saml:Conditions>`,
        ),
      },
      recipient: {
        'SAML-19: another recipient': {
          assertion: { recipient: 'https://gatehouse.example.com/sso/t2/acs' },
        },
        'SAML-19: no recipient': inAssertion(/ Recipient="[^"]*"/, ''),
      },
      destination: {
        'SAML-19: another destination': {
          response: { destination: 'https://gatehouse.example.com/sso/t2/acs' },
        },
      },
      in_response_to: {
        'SAML-20: another request, in the response': { response: { inResponseTo: '_other' } },
        'SAML-20: another request, in the assertion': { assertion: { inResponseTo: '_other' } },
        'SAML-20: no request, in the response': { response: { inResponseTo: null } },
        'SAML-20: no request, in the assertion': { assertion: { inResponseTo: null } },
      },
      status_not_success: {
        'SAML-30: a status that is not success': {
          response: { status: 'urn:oasis:names:tc:SAML:2.0:status:Responder' },
        },
        'SAML-30: no status': inResponse(/<samlp:Status>.*?<\/samlp:Status>/, ''),
      },
      issuer: {
        'SAML-31: another issuer of the response': { response: { issuer: 'https://evil.test' } },
        'SAML-31: another issuer of the assertion': { assertion: { issuer: 'https://evil.test' } },
        'SAML-31: no issuer of the assertion': inAssertion(whole('Issuer'), ''),
        'an issuer of another kind': inAssertion(
          '<saml:Issuer>',
          '<saml:Issuer Format="urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress">',
        ),
      },
      subject: {
        'SAML-32: an empty subject': { assertion: { subject: '' } },
        'SAML-32: a blank subject': { assertion: { subject: '  ' } },
        'SAML-32: a long subject': { assertion: { subject: 'v'.repeat(257) } },
        'SAML-32: a subject with a line break': { assertion: { subject: 'valerie\nadmin' } },
        'SAML-32: a subject with a tab': { assertion: { subject: 'valerie&#9;' } },
        'no subject': inAssertion(whole('Subject'), ''),
        'no name': inAssertion(whole('NameID'), ''),
        'two names': inAssertion(whole('NameID'), TWICE),
      },
      malformed: {
        'SAML-32: a subject with an element': { assertion: { subject: 'valerie<saml:X/>' } },
      },
      subject_transient: {
        'a subject that changes with each log-in': {
          assertion: { format: 'urn:oasis:names:tc:SAML:2.0:nameid-format:transient' },
        },
      },
      confirmation: {
        'no confirmation': inAssertion(whole('SubjectConfirmation'), ''),
        'another confirmation': inAssertion('cm:bearer', 'cm:holder-of-key'),
      },
      unexpected_element: {
        'two confirmations': inAssertion(whole('SubjectConfirmation'), TWICE),
        advice: inAssertion('</saml:Conditions>', '</saml:Conditions><saml:Advice/>'),
      },
      conditions: {
        'no conditions': inAssertion(whole('Conditions'), ''),
        'an unknown condition': inAssertion(
          '</saml:Conditions>',
          '<saml:Condition/></saml:Conditions>',
        ),
      },
      instant: {
        'conditions without a start': inAssertion(/ NotBefore="[^"]*"/, ''),
        'conditions without an end': inAssertion(
          /(<saml:Conditions[^>]*) NotOnOrAfter="[^"]*"/,
          '$1',
        ),
        'a confirmation without an end': inAssertion(
          /(<saml:SubjectConfirmationData[^>]*) NotOnOrAfter="[^"]*"/,
          '$1',
        ),
        'an end without a zone': inAssertion(/(NotOnOrAfter="[^"]*)Z"/, '$1"'),
        'an end that is no date': inAssertion(/NotOnOrAfter="[^"]*"/, 'NotOnOrAfter="never"'),
      },
      expired: {
        'a provider session that is over': inAssertion(
          '<saml:AuthnStatement',
          '<saml:AuthnStatement SessionNotOnOrAfter="2026-11-22T11:00:00Z"',
        ),
      },
      authn_statement: { 'no authentication': inAssertion(whole('AuthnStatement'), '') },
      attributes: {
        'an encrypted attribute': inAssertion(
          '</saml:AttributeStatement>',
          '<saml:EncryptedAttribute Name="x"/></saml:AttributeStatement>',
        ),
      },
      version: { 'SAML 1.1': inAssertion('Version="2.0"', 'Version="1.1"') },
      assertion_missing: { 'no assertion': { signedAssertion: () => '' } },
      not_a_response: {
        'another message': inResponse(/samlp:Response/g, 'samlp:ArtifactResponse'),
      },
    }),
  )('%s: refused', async (_, variation, refused) => {
    expect(await readVaried(variation)).toEqual({ refused });
    // With the response signed as well, nothing changes.
    expect(await readVaried({ ...BOTH, ...variation })).toEqual({ refused });
  });

  it('counts from a minute before its start until a minute after its end', async () => {
    const xml = await scene.xml();
    const end = 5 * 60;
    expect(await read(xml, {}, { now: at(-61) })).toEqual({ refused: 'not_yet_valid' });
    expect(await read(xml, {}, { now: at(-60) })).toMatchObject({ subject: 'valerie' });
    expect(await read(xml, {}, { now: at(end + 59) })).toMatchObject({ subject: 'valerie' });
    expect(await read(xml, {}, { now: at(end + 60) })).toEqual({ refused: 'expired' });
  });

  it('SAML-33: an unasked response is refused unless one is expected, and an answer where none is', async () => {
    const unasked = { assertion: { inResponseTo: null }, response: { inResponseTo: null } };
    const xml = await scene.xml(unasked);
    expect(await read(xml)).toEqual({ refused: 'in_response_to' });
    expect(await read(xml, {}, { expectedRequestId: null })).toMatchObject({ subject: 'valerie' });
    expect(await read(await scene.xml(), {}, { expectedRequestId: null })).toEqual({
      refused: 'in_response_to',
    });
  });

  it.each([
    ['now', NOW, true],
    ['an hour old', at(-3600), false],
    ['missing', null, false],
  ])(
    'VER-12: an authentication is told as it is, so that it can be judged: %s',
    async (_, authnInstant, isFresh) => {
      const identity = await readVaried({ assertion: { authnInstant } });
      if ('refused' in identity) throw new Error(identity.refused);
      expect(identity.authnInstant).toEqual(authnInstant);
      expect(isFreshLogIn(identity.authnInstant, { startedAt: at(-5), now: NOW })).toBe(isFresh);
    },
  );

  it('VER-12: an authentication in the future is refused', async () => {
    expect(await readVaried({ assertion: { authnInstant: at(61) } })).toEqual({
      refused: 'not_yet_valid',
    });
  });
});

describe('the request that a response names', () => {
  it('is read without belief', async () => {
    expect(await inResponseToOf(await scene.post())).toBe(REQUEST_ID);
    expect(await inResponseToOf(await scene.post({ response: { inResponseTo: null } }))).toBeNull();
    expect(await inResponseToOf(base64(FILE_ENTITY + (await scene.xml())))).toEqual({
      refused: 'doctype',
    });
    expect(await inResponseToOf('x')).toEqual({ refused: 'not_base64' });
  });
});
