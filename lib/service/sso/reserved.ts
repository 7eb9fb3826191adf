import type { ReservedProvider } from '@/lib/contract/sso';
import { env } from '@/lib/platform/env';
import { isMarkedId, markedId } from '@/lib/platform/marked-id';

/** What a provider of either kind is told of us, under an id. */
export function endpointsOf(id: string): ReservedProvider['endpoints'] {
  return {
    oidc: {
      redirectUrl: oidcRedirectUrl(id),
      backChannelLogOutUrl: absolute(`/api/v1/sso-connections/${id}/back-channel-log-out`),
    },
    saml: { ...samlEndpoints(id), metadataUrl: samlEndpoints(id).entityId },
  };
}

/** An id for a provider that is yet to be added, so that it can be told at once where browsers come back to. */
export function reserveProvider(teamId: string): ReservedProvider {
  const id = newProviderId(teamId);
  return { id, endpoints: endpointsOf(id) };
}

/** What was reserved under an id; null: it was not, or for another team. */
export function findReserved(teamId: string, id: string): ReservedProvider | null {
  return isProviderIdOf(teamId, id) ? { id, endpoints: endpointsOf(id) } : null;
}

/**
 * The id of a provider is half chance and half a mark of ours for its team, so that none but those that were
 * made here can be used. The attack: somebody takes the redirect URL of another's provider for his own.
 */
export const newProviderId = (teamId: string) => markedId('sso_', `sso connection of ${teamId}`);
export const isProviderIdOf = (teamId: string, id: string) =>
  isMarkedId('sso_', id, `sso connection of ${teamId}`);

/** Where the browser comes back to after OpenID Connect. */
function oidcRedirectUrl(id: string): string {
  return absolute(`/api/auth/callback/${id}`);
}

/** Where SAML providers send browsers. */
export function samlEndpoints(id: string) {
  const base = `/api/v1/sso-connections/${id}/saml`;
  return {
    entityId: absolute(`${base}/metadata`),
    acsUrl: absolute(`${base}/acs`),
    sloUrl: absolute(`${base}/slo`),
  };
}

export const absolute = (path: string) => new URL(path, env().appUrl).href;
