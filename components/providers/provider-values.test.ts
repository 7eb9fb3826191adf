import { describe, expect, it } from 'vitest';
import { ChangeProviderBody, CreateProviderBody, type Provider } from '@/lib/contract/sso';
import {
  initialChoices,
  initialValues,
  newProvider,
  type ProviderChoices,
  type ProviderValues,
  providerChange,
  splitCertificates,
} from './provider-values';

const PEM_A = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----';
const PEM_B = '-----BEGIN CERTIFICATE-----\nBBBB\n-----END CERTIFICATE-----';

const typed: ProviderValues = {
  name: 'Harbour',
  issuer: 'https://idp.example.com',
  clientId: 'gatehouse',
  clientSecret: 's3cret',
  scopes: 'openid email',
  metadataUrl: 'https://idp.example.com/metadata',
  metadata: '<EntityDescriptor/>',
  idpEntityId: 'https://idp.example.com/metadata',
  ssoUrl: 'https://idp.example.com/sso',
  sloUrl: '',
  certificates: `${PEM_A}\n${PEM_B}\n`,
  reason: '',
};
const chosen: ProviderChoices = { ...initialChoices(null), justInTimeRole: 'member' };

const saml: Provider = {
  id: 'sso_1',
  name: 'Harbour',
  enabled: true,
  settings: {
    kind: 'saml',
    idpEntityId: 'https://idp.example.com/metadata',
    ssoUrl: 'https://idp.example.com/sso',
    ssoBinding: 'redirect',
    sloUrl: null,
    certificates: [PEM_A, `${PEM_B}\n`],
    wantsSignedResponse: true,
    allowsIdpInitiated: false,
    spCertificate: PEM_A,
  },
  justInTimeRole: null,
  acceptsStaleLogIn: false,
  believesEmail: true,
  domains: [],
  createdAt: '2026-11-22T12:00:00.000Z',
  endpoints: { entityId: '', acsUrl: '', sloUrl: '', metadataUrl: '' },
  members: 0,
  warnings: [],
};

/** As it goes over the wire. */
const sent = (body: object): unknown => JSON.parse(JSON.stringify(body));

describe('what the form of a provider sends', () => {
  it.each([
    ['oidc', 'url'],
    ['saml', 'url'],
    ['saml', 'xml'],
    ['saml', 'hand'],
  ] as const)('is what the API takes: a new one, %s by %s', (kind, source) => {
    const body = sent(newProvider(typed, { ...chosen, kind, source }));
    expect(CreateProviderBody.safeParse(body).error).toBeUndefined();
  });

  it('keeps the secret where none was typed', () => {
    const body = sent(providerChange({ ...typed, clientSecret: '' }, chosen));
    expect(body).not.toHaveProperty('clientSecret');
    expect(body).not.toHaveProperty('kind');
    expect(body).not.toHaveProperty('reason');
    expect(ChangeProviderBody.safeParse(body).error).toBeUndefined();
  });

  it('sends back what is there when nothing was touched', () => {
    const body = sent(providerChange(initialValues(saml), initialChoices(saml)));
    expect(ChangeProviderBody.safeParse(body).error).toBeUndefined();
    expect(body).toMatchObject({
      certificates: [PEM_A, PEM_B],
      sloUrl: null,
      wantsSignedResponse: true,
      believesEmail: true,
    });
  });
});

it('says why a provider is believed beyond its word, where that was asked', () => {
  const body = sent(providerChange({ ...typed, reason: ' it never says ' }, chosen));
  expect(body).toMatchObject({ reason: 'it never says' });
});

describe('pasted certificates', () => {
  it('are told apart, whatever stands between them', () => {
    expect(splitCertificates(`subject=/CN=a\n${PEM_A}\nsubject=/CN=b\n${PEM_B}`)).toEqual([
      PEM_A,
      PEM_B,
    ]);
  });

  it('without their frame are taken as one, which the server judges', () => {
    expect(splitCertificates(' AAAA\n')).toEqual(['AAAA']);
  });
});
