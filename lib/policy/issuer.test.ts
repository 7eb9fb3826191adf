import { describe, expect, it } from 'vitest';
import { findIssuerFault, promptAgainOf } from './issuer';

describe('C9: an issuer', () => {
  it.each([
    'https://accounts.google.com',
    'https://example.eu.auth0.com/',
    'https://login.microsoftonline.com/11111111-2222-3333-4444-555555555555/v2.0',
    'https://sso.example.com/realms/example',
    'https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_AbCdEf',
    'http://127.0.0.1:8080',
  ])('%s is one', (issuer) => {
    expect(findIssuerFault(issuer)).toBeNull();
  });

  it.each([
    ['login.example.com', 'Did you mean https://login.example.com?'],
    [
      'https://login.example.com/.well-known/openid-configuration',
      'before: https://login.example.com',
    ],
    ['https://login.example.com/?tenant=1', 'no ?'],
    ['https://login.example.com/#a', 'no ?'],
    ['https://login.example.com/a/../b', '/../'],
    ['https://login.example.com/..', '/../'],
    ['https://login.example.com/%2E%2e/b', '/../'],
    ['https://login.example.com/./b', '/../'],
    ['https://login.microsoftonline.com/{tenantid}/v2.0', 'tenant'],
  ])('P11: %s is none, and the cure is said', (issuer, cure) => {
    expect(findIssuerFault(issuer)).toContain(cure);
  });
});

describe('P12: how a provider is told to ask again', () => {
  it.each([
    ['https://accounts.google.com', undefined, 'select_account'],
    ['https://idp.example.com', undefined, 'login'],
    ['https://idp.example.com', ['none', 'login'], 'login'],
    ['https://idp.example.com', ['none', 'select_account'], 'select_account'],
    ['https://idp.example.com', ['none'], 'login'],
  ] as const)('%s, which knows %j: %s', (issuer, supported, expected) => {
    expect(promptAgainOf(issuer, supported)).toBe(expected);
  });
});
