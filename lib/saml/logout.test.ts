import { createSign } from 'node:crypto';
import { deflateRawSync } from 'node:zlib';
import { beforeAll, describe, expect, it } from 'vitest';
import { BILLION_LAUGHS } from '@/e2e/support/idp/saml-attacks';
import { newKeys, readRedirect, verifyRedirect } from '@/e2e/support/idp/saml-idp';
import {
  base64,
  type Keys,
  type LogoutValues,
  logoutRequestXml,
  PERSISTENT,
  sign,
  signedQuery,
} from '@/e2e/support/idp/saml-messages';
import { NOW, SamlScene } from '@/e2e/support/idp/saml-scene';
import { byOutcome, type Change, changed } from '@/e2e/support/tables';
import { createLogoutResponse, parseLogoutRequest } from './logout';
import { newSamlId } from './request';

let scene: SamlScene;
let foreign: Keys;

beforeAll(async () => {
  [scene, foreign] = await Promise.all([SamlScene.create(), newKeys()]);
});

function xml(changes: Partial<LogoutValues> = {}): string {
  return logoutRequestXml({
    id: '_logout',
    issuer: scene.settings.idp.entityId,
    destination: scene.settings.sloUrl,
    now: NOW,
    subject: 'valerie',
    format: PERSISTENT,
    sessionIndexes: ['session-1', 'session-2'],
    ...changes,
  });
}
const byPost = (text: string, now = NOW) =>
  parseLogoutRequest(scene.settings, { binding: 'post', samlRequest: base64(text) }, now);
const byRedirect = (query: string, now = NOW) =>
  parseLogoutRequest(scene.settings, { binding: 'redirect', query }, now);
const signed = (text: string) => sign(text, scene.idp.privateKey);
const query = (text: string, relayState?: string) =>
  signedQuery('SAMLRequest', text, scene.idp, relayState);
const at = (seconds: number) => new Date(NOW.getTime() + seconds * 1000);

describe('a log-out request', () => {
  const expected = {
    id: '_logout',
    subject: 'valerie',
    nameIdFormat: PERSISTENT,
    sessionIndexes: ['session-1', 'session-2'],
    notOnOrAfter: at(5 * 60 + 60),
  };

  it('names whose sessions end, by post and by redirect', async () => {
    expect(await byPost(signed(xml()))).toEqual(expected);
    expect(await byRedirect(query(xml()))).toEqual(expected);
    expect(await byRedirect(query(xml(), 'state'))).toEqual(expected);
    expect(await byRedirect(`other=1&${query(xml())}`)).toEqual(expected);
  });

  it('without an end counts for five minutes', async () => {
    const text = xml().replace(/ NotOnOrAfter="[^"]*"/, '');
    expect(await byRedirect(query(text), at(359))).toMatchObject({ subject: 'valerie' });
    expect(await byRedirect(query(text), at(360))).toEqual({ refused: 'expired' });
  });

  it('SAML-34: that nobody signed is refused', async () => {
    const text = xml();
    const SAMLRequest = encodeURIComponent(deflateRawSync(text).toString('base64'));
    expect(await byPost(text)).toEqual({ refused: 'request_not_signed' });
    expect(await byRedirect(`SAMLRequest=${SAMLRequest}`)).toEqual({
      refused: 'request_not_signed',
    });
    expect(await byRedirect(query(text).replace(/&SigAlg=[^&]*/, ''))).toEqual({
      refused: 'request_not_signed',
    });
    expect(await byRedirect(query(text).replace(/&Signature=.*/, '&Signature='))).toEqual({
      refused: 'request_not_signed',
    });
  });

  it('that somebody else signed is refused', async () => {
    const { privateKey, certificate } = foreign;
    expect(await byPost(sign(xml(), privateKey, { certificate }))).toEqual({
      refused: 'signature_invalid',
    });
    expect(await byRedirect(signedQuery('SAMLRequest', xml(), foreign))).toEqual({
      refused: 'signature_invalid',
    });
  });

  it('that was changed is refused', async () => {
    expect(await byPost(signed(xml()).replace('>valerie<', '>admin<'))).toEqual({
      refused: 'signature_invalid',
    });
    const [other = ''] = query(xml({ subject: 'admin' })).split('&');
    expect(await byRedirect(query(xml()).replace(/^[^&]*/, other))).toEqual({
      refused: 'signature_invalid',
    });
    expect(await byRedirect(`${query(xml())}&RelayState=x`)).toEqual({
      refused: 'signature_invalid',
    });
  });

  it('whose query has two of a name is refused', async () => {
    const [other = ''] = query(xml({ subject: 'admin' })).split('&');
    for (const attack of [`${other}&${query(xml())}`, `${query(xml())}&${other}`]) {
      expect(await byRedirect(attack)).toEqual({ refused: 'malformed' });
    }
  });

  it('whose signature is of names that only end alike is refused', async () => {
    // A checker that searches for names signs `xSAMLRequest` and reads `SAMLRequest`.
    const [other = ''] = query(xml({ subject: 'admin' })).split('&');
    expect(await byRedirect(`x${query(xml())}&${other}`)).toEqual({ refused: 'signature_invalid' });
  });

  it('with a signature out of its place is refused', async () => {
    const SIGNATURE = /<ds:Signature[\s\S]*<\/ds:Signature>/;
    const text = signed(xml());
    const [signature = ''] = SIGNATURE.exec(text) ?? [];
    const inName = text.replace(SIGNATURE, '').replace('>valerie<', `>${signature}valerie<`);
    expect(await byPost(inName)).toEqual({ refused: 'signature_structure' });
    expect(await byPost(text.replace(SIGNATURE, '$&$&'))).toEqual({
      refused: 'signature_structure',
    });
  });

  it('signed with SHA-1 is refused', async () => {
    const pairs = query(xml()).replace(
      /SigAlg=[^&]*&.*/,
      `SigAlg=${encodeURIComponent('http://www.w3.org/2000/09/xmldsig#rsa-sha1')}`,
    );
    const signature = createSign('sha1').update(pairs).sign(scene.idp.privateKey, 'base64');
    expect(await byRedirect(`${pairs}&Signature=${encodeURIComponent(signature)}`)).toEqual({
      refused: 'signature_algorithm',
    });
    const weak = sign(xml(), scene.idp.privateKey, {
      signatureAlgorithm: 'http://www.w3.org/2000/09/xmldsig#rsa-sha1',
    });
    expect(await byPost(weak)).toEqual({ refused: 'signature_algorithm' });
  });

  it('SAML-25: that inflates without end is stopped', async () => {
    expect(await byRedirect(query(' '.repeat(50 * 1024 * 1024) + xml()))).toEqual({
      refused: 'too_large',
    });
    expect(await byRedirect(`SAMLRequest=${'A'.repeat(300_000)}`)).toEqual({
      refused: 'too_large',
    });
  });

  it.each(
    byOutcome<Change>({
      destination: {
        'another destination': [
          / Destination="[^"]*"/,
          ' Destination="https://gatehouse.example.com/sso/t2/slo"',
        ],
        'no destination': [/ Destination="[^"]*"/, ''],
      },
      issuer: { 'another issuer': [/(<saml:Issuer>)[^<]*/, '$1https://evil.test'] },
      subject: { 'no subject': [/<saml:NameID.*<\/saml:NameID>/, ''] },
      unexpected_element: {
        'two subjects': [/<saml:NameID.*<\/saml:NameID>/, '$&$&'],
        'an encrypted subject': (text) => text.replaceAll('saml:NameID', 'saml:EncryptedID'),
      },
      comment: { 'a comment in the subject': ['>valerie<', '>valerie<!---->x<'] },
      doctype: { entities: (text) => BILLION_LAUGHS + text },
      not_a_logout_request: {
        'another message': (text) => text.replaceAll('samlp:LogoutRequest', 'samlp:LogoutResponse'),
      },
      instant: { 'no instant': [/ IssueInstant="[^"]*"/, ''] },
    }),
  )('with %s is refused, though signed', async (_, change, refused) => {
    expect(await byRedirect(query(changed(xml(), change)))).toEqual({ refused });
  });

  it('that is over, or not yet made, is refused', async () => {
    expect(await byPost(signed(xml()), at(6 * 60))).toEqual({ refused: 'expired' });
    expect(await byPost(signed(xml()), at(-61))).toEqual({ refused: 'not_yet_valid' });
  });
});

describe('our answer to it', () => {
  it.each([
    [true, 'urn:oasis:names:tc:SAML:2.0:status:Success'],
    [false, 'urn:oasis:names:tc:SAML:2.0:status:Requester'],
  ])('is signed, names the request, and says whether it was done: %s', async (isDone, status) => {
    const answer = { id: newSamlId(), inResponseTo: '_logout', isDone, relayState: 'state' };
    const url = new URL((await createLogoutResponse(scene.settings, answer)).url);
    expect(url.href.startsWith(`${scene.settings.idp.sloUrl}?`)).toBe(true);
    verifyRedirect(url, 'SAMLResponse', scene.settings.certificate);
    const text = readRedirect(url, 'SAMLResponse');
    expect(text).toContain(`ID="${answer.id}"`);
    expect(text).toContain('InResponseTo="_logout"');
    expect(text).toContain(`<samlp:StatusCode Value="${status}"`);
    expect(url.searchParams.get('RelayState')).toBe('state');
  });

  it.each(['a b+c&d=e ~!*()', 'https://idp.example.com/?x=ü', 'x'.repeat(1_000), ''])(
    'sends the provider’s own state back as it came: %j',
    async (relayState) => {
      const answer = { id: newSamlId(), inResponseTo: '_logout', isDone: true, relayState };
      const url = new URL((await createLogoutResponse(scene.settings, answer)).url);
      verifyRedirect(url, 'SAMLResponse', scene.settings.certificate);
      expect(url.searchParams.get('RelayState') ?? '').toBe(relayState);
    },
  );

  it.each(["it's", 'x'.repeat(1_001)])(
    'leaves out a state that it can’t send: %j',
    async (relayState) => {
      const answer = { id: newSamlId(), inResponseTo: '_logout', isDone: true, relayState };
      const url = new URL((await createLogoutResponse(scene.settings, answer)).url);
      verifyRedirect(url, 'SAMLResponse', scene.settings.certificate);
      expect(url.searchParams.has('RelayState')).toBe(false);
    },
  );

  it('needs an address', async () => {
    const settings = { ...scene.settings, idp: { ...scene.settings.idp, sloUrl: null } };
    const answer = { id: newSamlId(), inResponseTo: '_logout', isDone: true };
    await expect(createLogoutResponse(settings, answer)).rejects.toThrow(TypeError);
  });
});
