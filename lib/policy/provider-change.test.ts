import { describe, expect, it } from 'vitest';
import { changesOf, describeProvider, isOtherProvider, losesKey } from './provider-change';

const speaker = (name: string, ...keys: string[]) => ({ name, keys });

describe('F7: another provider', () => {
  it.each([
    ['another name', speaker('a', '1'), speaker('b', '1'), true],
    ['keys of which none was there', speaker('a', '1', '2'), speaker('a', '3'), true],
    ['the next key beside the present one', speaker('a', '1'), speaker('a', '1', '2'), false],
    ['the old key gone, the next one known', speaker('a', '1', '2'), speaker('a', '2'), false],
    ['nothing', speaker('a', '1'), speaker('a', '1'), false],
    ['a name that differs by its last sign', speaker('a'), speaker('a/'), true],
    [
      'keys that are read at each log-in',
      { name: 'a', keys: null },
      { name: 'a', keys: null },
      false,
    ],
  ])('%s', (_, before, after, expected) => {
    expect(isOtherProvider(before, after)).toBe(expected);
  });
});

describe('F7: a key that is believed no more', () => {
  it.each([
    ['the old one, once the next one is known', speaker('a', '1', '2'), speaker('a', '2'), true],
    ['one that was put beside', speaker('a', '1', '2'), speaker('a', '1'), true],
    ['all', speaker('a', '1'), speaker('a', '2'), true],
    ['none: the next one is put beside', speaker('a', '1'), speaker('a', '1', '2'), false],
    ['none: their order is another', speaker('a', '1', '2'), speaker('a', '2', '1'), false],
    [
      'none that is known: they are read at each log-in',
      { name: 'a', keys: null },
      { name: 'a', keys: null },
      false,
    ],
  ])('%s', (_, before, after, expected) => {
    expect(losesKey(before, after)).toBe(expected);
  });
});

const VIEW = {
  connectionId: 'sso_1',
  name: 'Harbour',
  kind: 'saml',
  enabled: true,
  justInTimeRole: null,
  acceptsStaleLogIn: false,
  idpEntityId: 'https://idp.example.com',
  ssoUrl: 'https://idp.example.com/sso',
  sloUrl: null,
  certificates: ['AA:AA', 'BB:BB'],
  wantsSignedResponse: true,
  allowsIdpInitiated: false,
};

describe('F7: what changed, in words', () => {
  it.each<[string, Record<string, unknown>, string[]]>([
    ['nothing', {}, []],
    [
      'an address',
      { ssoUrl: 'https://evil.example/sso' },
      ['Sign-on URL: https://evil.example/sso (it was https://idp.example.com/sso)'],
    ],
    [
      'an address that was not there',
      { sloUrl: 'https://idp.example.com/slo' },
      ['Log-out URL: https://idp.example.com/slo (it was none)'],
    ],
    [
      'certificates',
      { certificates: ['BB:BB', 'CC:CC'] },
      ['Certificates: added CC:CC, removed AA:AA'],
    ],
    ['certificates in another order', { certificates: ['BB:BB', 'AA:AA'] }, []],
    [
      'who gets an account',
      { justInTimeRole: 'admin' },
      ['Accounts are made at a first sign-in, as admin (before: none)'],
    ],
    ['what must be signed', { wantsSignedResponse: false }, [expect.stringContaining('no longer')]],
    ['whether it is on', { enabled: false }, [expect.stringContaining('Switched off')]],
    ['a secret', { isSecretChanged: true }, ['The client secret was replaced']],
    ['the provider', { isOtherProvider: true }, [expect.stringContaining('Another provider')]],
    ['what is unknown to us yet', { believes: true }, []],
  ])('%s', (_, change, expected) => {
    expect(changesOf(VIEW, { ...VIEW, ...change })).toEqual(expected);
  });

  it('a setting without words of its own is named as it is', () => {
    expect(changesOf({ novel: 'a' }, { novel: 'b' })).toEqual(['novel: b (it was a)']);
  });

  it('of an older event, which knew less', () => {
    expect(changesOf({ name: 'Harbour' }, VIEW)).toEqual([]);
  });

  it('a new provider is told by whom it believes', () => {
    expect(describeProvider(VIEW)).toEqual([
      'Entity id: https://idp.example.com',
      'Sign-on URL: https://idp.example.com/sso',
      'Certificate: AA:AA',
      'Certificate: BB:BB',
    ]);
  });
});
