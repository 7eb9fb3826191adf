import { describe, expect, it } from 'vitest';
import { settingsOf } from './providers';

describe('a stored provider is read, whichever release has stored it', () => {
  const oidc = {
    issuer: 'https://idp.example.com',
    clientId: 'gatehouse',
    scopes: 'openid email profile',
    signingAlgorithm: 'RS256',
    tokenAuthMethod: 'client_secret_basic',
  };
  const saml = {
    idpEntityId: 'https://idp.example.com/metadata',
    ssoUrl: 'https://idp.example.com/sso',
    sloUrl: null,
    certificates: ['-----BEGIN CERTIFICATE-----'],
    wantsSignedResponse: false,
    allowsIdpInitiated: false,
    spCertificate: '-----BEGIN CERTIFICATE-----',
  };

  it.each([
    ['oidc', 'before a provider was asked again in its own words', oidc, { promptAgain: 'login' }],
    ['oidc', 'now', { ...oidc, kind: 'oidc', promptAgain: 'select_account' }, {}],
    ['saml', 'before there was a choice of binding', saml, { ssoBinding: 'redirect' }],
    ['saml', 'now', { ...saml, kind: 'saml', ssoBinding: 'post' }, {}],
  ] as const)('%s, %s', (kind, _when, settings, added) => {
    expect(settingsOf({ kind, settings })).toEqual({ kind, ...settings, ...added });
  });

  it.each([
    ['of the other kind', 'saml', oidc],
    ['with a member that is gone', 'oidc', { ...oidc, issuer: undefined }],
    ['that are none', 'oidc', null],
  ] as const)('settings %s are no provider', (_what, kind, settings) => {
    expect(() => settingsOf({ kind, settings })).toThrow();
  });
});
