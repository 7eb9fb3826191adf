import { z } from 'zod';
import { type GatehouseError, invalidField } from '@/lib/contract/errors';
import type { OidcSettings } from '@/lib/contract/sso';
import { findIssuerFault, promptAgainOf } from '@/lib/policy/issuer';
import { isBrowserUrl } from '@/lib/policy/outgoing-url';
import { notForBrowsers, readOutgoing, requireAllowedUrl } from './outgoing';

/** What is read of a provider's description (OpenID Connect Discovery 1.0, 3). */
const Metadata = z.object({
  issuer: z.string().max(500),
  authorization_endpoint: z.string().max(2_000),
  token_endpoint: z.string().max(2_000),
  jwks_uri: z.string().max(2_000),
  userinfo_endpoint: z.string().max(2_000).optional(),
  prompt_values_supported: z.array(z.string()).max(50).optional(),
  authorization_response_iss_parameter_supported: z.boolean().default(false),
  id_token_signing_alg_values_supported: z.array(z.string()).max(50).default(['RS256']),
  code_challenge_methods_supported: z.array(z.string()).max(50).optional(),
  token_endpoint_auth_methods_supported: z
    .array(z.string())
    .max(50)
    .default(['client_secret_basic']),
});

/** How a provider is used, as it says at this moment. */
export type OidcDiscovery = Pick<
  OidcSettings,
  'issuer' | 'signingAlgorithm' | 'tokenAuthMethod' | 'promptAgain'
> & {
  endpoints: {
    authorization: string;
    token: string;
    jwks: string;
    userinfo: string | null;
  };
  /** Whether it says that it checks PKCE by SHA-256; null: it says nothing of it. */
  checksPkce: boolean | null;
  /** Whether its answers name it (RFC 9207). */
  namesItself: boolean;
};

/** Signed by a key that only the provider has; the first that it offers is the one it must use. */
const ALGORITHMS = [
  'RS256',
  'PS256',
  'ES256',
  'RS384',
  'PS384',
  'ES384',
  'RS512',
  'PS512',
  'ES512',
];
const AUTH_METHODS = ['client_secret_basic', 'client_secret_post'] as const;

/**
 * Reads how a provider is used. The attack: a description that points our server at addresses inside, so
 * each endpoint that it asks is judged like the one that was typed. The issuer is compared as it is, since
 * a provider's tokens name it exactly so (OpenID Connect Discovery 1.0, 4.3).
 * @param asked.isTyped by the owner who asks, who is told what is wrong with it
 * @throws url_not_allowed, provider_unavailable, invalid_request
 */
export async function discoverOidc(
  issuer: string,
  { isTyped = false }: { isTyped?: boolean } = {},
): Promise<OidcDiscovery> {
  const fault = findIssuerFault(issuer);
  if (fault) throw invalid(fault);
  requireAllowedUrl(issuer, 'issuer');
  const text = await readOutgoing(
    wellKnownUrl(issuer),
    'application/json',
    'issuer',
    isTyped ? 'OpenID configuration' : null,
  );
  const metadata = parseMetadata(text);
  if (/[{}]/.test(metadata.issuer)) {
    throw invalid(
      `This address is for all tenants: the provider calls itself ${metadata.issuer.slice(0, 200)}, which no sign-in will ever name. Enter the issuer of your own tenant, with its id in place of the placeholder.`,
    );
  }
  if (metadata.issuer !== issuer) {
    throw invalid(
      `The provider calls itself ${metadata.issuer.slice(0, 200)}. Enter exactly that.`,
    );
  }
  // A browser goes there, not our server.
  if (!isBrowserUrl(metadata.authorization_endpoint)) throw notForBrowsers('issuer');
  for (const asked of ['token_endpoint', 'jwks_uri', 'userinfo_endpoint'] as const) {
    if (metadata[asked] !== undefined) requireAllowedUrl(metadata[asked], 'issuer');
  }
  const signingAlgorithm = ALGORITHMS.find((name) =>
    metadata.id_token_signing_alg_values_supported.includes(name),
  );
  const tokenAuthMethod = AUTH_METHODS.find((name) =>
    metadata.token_endpoint_auth_methods_supported.includes(name),
  );
  if (!signingAlgorithm)
    throw invalid('The provider signs with no algorithm that is accepted here.');
  if (!tokenAuthMethod) throw invalid('The provider takes no client secret.');
  return {
    issuer: metadata.issuer,
    signingAlgorithm,
    tokenAuthMethod,
    promptAgain: promptAgainOf(metadata.issuer, metadata.prompt_values_supported),
    endpoints: {
      authorization: metadata.authorization_endpoint,
      token: metadata.token_endpoint,
      jwks: metadata.jwks_uri,
      userinfo: metadata.userinfo_endpoint ?? null,
    },
    checksPkce: metadata.code_challenge_methods_supported?.includes('S256') ?? null,
    namesItself: metadata.authorization_response_iss_parameter_supported,
  };
}

function wellKnownUrl(issuer: string): string {
  return `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
}

function parseMetadata(text: string): z.infer<typeof Metadata> {
  try {
    const members: unknown = JSON.parse(text);
    // Some write `null` for what they don't have.
    const present = Object.entries(members ?? {}).filter(([, value]) => value !== null);
    return Metadata.parse(Object.fromEntries(present));
  } catch {
    throw invalid('What stands there is not the description of an OpenID provider.');
  }
}

function invalid(message: string): GatehouseError {
  return invalidField('issuer', message);
}
