import type { BodyOf } from '@/lib/contract/endpoints';
import type { Provider } from '@/lib/contract/sso';

/** What the form of a provider holds, all of it text, for either kind. */
export type ProviderValues = {
  name: string;
  issuer: string;
  clientId: string;
  /** Empty at an edit: as it is. */
  clientSecret: string;
  scopes: string;
  metadataUrl: string;
  metadata: string;
  idpEntityId: string;
  ssoUrl: string;
  sloUrl: string;
  certificates: string;
  /** Why it is believed beyond its word. */
  reason: string;
};

export type Kind = Provider['settings']['kind'];
/** From where a SAML provider is known. */
export type SamlSource = 'url' | 'xml' | 'hand';

/** What is chosen rather than typed. */
export type ProviderChoices = {
  kind: Kind;
  source: SamlSource;
  justInTimeRole: Exclude<Provider['justInTimeRole'], 'owner'>;
  believesEmail: boolean;
  wantsSignedResponse: boolean;
  allowsIdpInitiated: boolean;
  /** That another provider takes the place of the present one, and what rests on that one ends. */
  replacesProvider: boolean;
};

const EMPTY: ProviderValues = {
  name: '',
  issuer: '',
  clientId: '',
  clientSecret: '',
  scopes: 'openid email profile',
  metadataUrl: '',
  metadata: '',
  idpEntityId: '',
  ssoUrl: '',
  sloUrl: '',
  certificates: '',
  reason: '',
};

/** What the form begins with. @param provider null: a new one */
export function initialValues(provider: Provider | null): ProviderValues {
  if (!provider) return EMPTY;
  const { name, settings } = provider;
  if (settings.kind === 'oidc') {
    const { issuer, clientId, scopes } = settings;
    return { ...EMPTY, name, issuer, clientId, scopes };
  }
  const { idpEntityId, ssoUrl, sloUrl, certificates } = settings;
  return {
    ...EMPTY,
    name,
    idpEntityId,
    ssoUrl,
    sloUrl: sloUrl ?? '',
    certificates: certificates.map((pem) => pem.trim()).join('\n'),
  };
}

/** @param kind of a new one */
export function initialChoices(provider: Provider | null, kind: Kind = 'oidc'): ProviderChoices {
  const settings = provider?.settings;
  const saml = settings?.kind === 'saml' ? settings : null;
  const role = provider?.justInTimeRole ?? null;
  return {
    kind: settings?.kind ?? kind,
    source: saml ? 'hand' : 'url',
    // None is made an owner.
    justInTimeRole: role === 'owner' ? null : role,
    believesEmail: provider?.believesEmail ?? false,
    wantsSignedResponse: saml?.wantsSignedResponse ?? false,
    allowsIdpInitiated: saml?.allowsIdpInitiated ?? false,
    replacesProvider: false,
  };
}

/** What makes a provider: of the chosen kind and source alone. */
export function newProvider(
  values: ProviderValues,
  choices: ProviderChoices,
): BodyOf<'POST /teams/{teamId}/sso-connections'> {
  const common = commonOf(values, choices);
  if (choices.kind === 'oidc') {
    const { issuer, clientId, clientSecret, scopes } = values;
    return { ...common, kind: 'oidc', issuer, clientId, clientSecret, scopes };
  }
  const sloUrl = values.sloUrl.trim() || undefined;
  return { ...common, ...samlOf(values, choices, { sloUrl }), kind: 'saml' };
}

/** By what one is looked at, before it is saved. */
export function providerLook(
  values: ProviderValues,
  choices: ProviderChoices,
): BodyOf<'POST /teams/{teamId}/sso-checks'> {
  if (choices.kind === 'oidc') return { kind: 'oidc', issuer: values.issuer };
  const sloUrl = values.sloUrl.trim() || undefined;
  const {
    wantsSignedResponse: _,
    allowsIdpInitiated: __,
    ...saml
  } = samlOf(values, choices, { sloUrl });
  return { ...saml, kind: 'saml' };
}

/** What changes one: its kind never does, and a secret that was not typed anew stays. */
export function providerChange(
  values: ProviderValues,
  choices: ProviderChoices,
): BodyOf<'PATCH /teams/{teamId}/sso-connections/{id}'> {
  const common = {
    ...commonOf(values, choices),
    ...(choices.replacesProvider && { replacesProvider: true as const }),
    reason: values.reason.trim() || undefined,
  };
  if (choices.kind === 'oidc') {
    const { issuer, clientId, scopes } = values;
    return { ...common, issuer, clientId, scopes, clientSecret: values.clientSecret || undefined };
  }
  const sloUrl = values.sloUrl.trim() || null;
  return { ...common, ...samlOf(values, choices, { sloUrl }) };
}

const commonOf = (
  { name }: ProviderValues,
  { justInTimeRole, believesEmail }: ProviderChoices,
) => ({ name, justInTimeRole, believesEmail });

function samlOf<SloUrl>(
  values: ProviderValues,
  { source, wantsSignedResponse, allowsIdpInitiated }: ProviderChoices,
  { sloUrl }: { sloUrl: SloUrl },
) {
  const chosen = { wantsSignedResponse, allowsIdpInitiated };
  if (source === 'url') return { ...chosen, metadataUrl: values.metadataUrl };
  if (source === 'xml') return { ...chosen, metadata: values.metadata };
  const { idpEntityId, ssoUrl } = values;
  const certificates = splitCertificates(values.certificates);
  return { ...chosen, idpEntityId, ssoUrl, certificates, sloUrl };
}

/** Several PEM texts, one after the other; what stands outside of them is dropped. */
export function splitCertificates(text: string): string[] {
  const pems = text.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g);
  return pems ?? [text.trim()];
}
