import type { SsoConnection } from '@/lib/contract/sso';

/** What the form of a connection holds, all of it text, for either kind. */
export type ConnectionValues = {
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
};

export type Kind = SsoConnection['settings']['kind'];
/** From where a SAML provider is known. */
export type SamlSource = 'url' | 'xml' | 'hand';

/** What is chosen rather than typed. */
export type ConnectionChoices = {
  kind: Kind;
  source: SamlSource;
  justInTimeRole: SsoConnection['justInTimeRole'];
  believesEmail: boolean;
  wantsSignedResponse: boolean;
  allowsIdpInitiated: boolean;
  /** That another provider takes the place of the present one, and what rests on that one ends. */
  replacesProvider: boolean;
};

const EMPTY: ConnectionValues = {
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
};

/** What the form begins with. @param connection null: a new one */
export function initialValues(connection: SsoConnection | null): ConnectionValues {
  if (!connection) return EMPTY;
  const { name, settings } = connection;
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

export function initialChoices(connection: SsoConnection | null): ConnectionChoices {
  const settings = connection?.settings;
  const saml = settings?.kind === 'saml' ? settings : null;
  return {
    kind: settings?.kind ?? 'oidc',
    source: saml ? 'hand' : 'url',
    justInTimeRole: connection?.justInTimeRole ?? null,
    believesEmail: connection?.believesEmail ?? false,
    wantsSignedResponse: saml?.wantsSignedResponse ?? false,
    allowsIdpInitiated: saml?.allowsIdpInitiated ?? false,
    replacesProvider: false,
  };
}

/** What is sent: of the chosen kind and source alone. @param isNew else a change, which keeps the kind */
export function connectionBody(
  values: ConnectionValues,
  choices: ConnectionChoices,
  isNew: boolean,
): Record<string, unknown> {
  const { kind, justInTimeRole, believesEmail, wantsSignedResponse, allowsIdpInitiated } = choices;
  const common = {
    ...(isNew && { kind }),
    ...(choices.replacesProvider && { replacesProvider: true }),
    name: values.name,
    justInTimeRole,
    believesEmail,
  };
  if (kind === 'oidc') {
    const { issuer, clientId, clientSecret, scopes } = values;
    return { ...common, issuer, clientId, scopes, ...(clientSecret !== '' && { clientSecret }) };
  }
  return {
    ...common,
    wantsSignedResponse,
    allowsIdpInitiated,
    ...samlSource(values, choices.source, isNew),
  };
}

function samlSource(values: ConnectionValues, source: SamlSource, isNew: boolean) {
  if (source === 'url') return { metadataUrl: values.metadataUrl };
  if (source === 'xml') return { metadata: values.metadata };
  const { idpEntityId, ssoUrl } = values;
  const sloUrl = values.sloUrl.trim();
  return {
    idpEntityId,
    ssoUrl,
    certificates: splitCertificates(values.certificates),
    ...(sloUrl !== '' ? { sloUrl } : !isNew && { sloUrl: null }),
  };
}

/** Several PEM texts, one after the other; what stands outside of them is dropped. */
export function splitCertificates(text: string): string[] {
  const pems = text.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g);
  return pems ?? [text.trim()];
}
