import type { Kind } from '@/components/providers/provider-values';

export const kindWords: Record<Kind, string> = { oidc: 'OpenID Connect', saml: 'SAML' };

/** A product by which many companies sign in, and where in it the steps are done. */
export type ProviderChoice = {
  id: string;
  label: string;
  kind: Kind;
  /** Where our address is entered there. */
  where: string;
  /** Where what we need from there stands. */
  gives: string;
  /** The issuer, where it is the same for all. */
  issuer?: string;
  /** What an issuer looks like there. */
  issuerExample?: string;
  /** What has to be known of it before one signs in by it. */
  note?: string;
};

const OTHER_OIDC: ProviderChoice = {
  id: 'oidc',
  label: 'Other, by OpenID Connect',
  kind: 'oidc',
  where:
    'Make a web application there (a confidential client), and enter this as its redirect URL.',
  gives: 'The provider shows the issuer, the client ID and the client secret of the application.',
};

export const PROVIDER_CHOICES: readonly ProviderChoice[] = [
  {
    id: 'okta',
    label: 'Okta',
    kind: 'oidc',
    where:
      'In the Okta admin console: Applications, Create App Integration, OIDC, Web Application. Enter this under Sign-in redirect URIs.',
    gives:
      'Client ID and client secret stand on the application’s General tab. The issuer is the address of your Okta, without /admin.',
    issuerExample: 'https://your-company.okta.com',
  },
  {
    id: 'entra',
    label: 'Microsoft Entra',
    kind: 'oidc',
    where:
      'In the Entra admin center: App registrations, New registration. Enter this as Redirect URI, of the kind Web.',
    gives:
      'The client ID and your tenant’s ID stand on the application’s Overview; make the secret under Certificates & secrets.',
    issuerExample: 'https://login.microsoftonline.com/your-tenant-id/v2.0',
    note: 'Entra does not say whether an email is verified. If administrators alone set emails there, tick “Believe its emails”.',
  },
  {
    id: 'google',
    label: 'Google Workspace',
    kind: 'oidc',
    where:
      'In the Google Cloud console: APIs & Services, Credentials, Create OAuth client ID, Web application. Enter this under Authorized redirect URIs.',
    gives: 'Google shows the client ID and the client secret once the client is made.',
    issuer: 'https://accounts.google.com',
    note: 'Google can’t be told to ask for a password again: in the prompt of a new network, members confirm by a password here.',
  },
  {
    id: 'keycloak',
    label: 'Keycloak',
    kind: 'oidc',
    where:
      'In your realm: Clients, Create client, OpenID Connect, with Client authentication on. Enter this under Valid redirect URIs.',
    gives:
      'The secret stands on the client’s Credentials tab. The issuer is the address of the realm.',
    issuerExample: 'https://keycloak.example.com/realms/your-realm',
  },
  OTHER_OIDC,
  {
    id: 'saml',
    label: 'Other, by SAML',
    kind: 'saml',
    where: 'Make a SAML 2.0 application there, and enter these.',
    gives: 'The provider has a metadata URL or file, which says all that is needed.',
  },
];

/** The product of an id; for any other text none. */
export function findChoice(id: string): ProviderChoice | null {
  return PROVIDER_CHOICES.find((choice) => choice.id === id) ?? null;
}
