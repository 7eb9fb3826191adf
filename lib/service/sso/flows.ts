import { GatehouseError } from '@/lib/contract/errors';
import type { SsoFailure } from '@/lib/contract/sso';
import { SSO_FAILURE_TEXT } from '@/lib/contract/sso-failures';
import { database } from '@/lib/platform/postgres/database';
import type { SsoPurpose, SsoResult, StoredSsoFlow } from '@/lib/store/sso/flows';
import { findProvider, type StoredProvider } from '@/lib/store/sso/providers';

/**
 * One round trip to an identity provider: it starts (start.ts), its answer lands (land.ts), and it ends
 * (end.ts). It is bound to the browser that began it (a cookie) and to the browser that brought the answer
 * (a ticket), which must be one and the same; and to one network.
 */

export const SSO_FLOW_TOKEN_PREFIX = 'gateflow_';

export type Answered = StoredSsoFlow & { result: SsoResult };

/** What a provider began by itself proves nothing about who sits in front of this browser. */
const UNSOLICITED = 'unsolicited ';
export const unsolicitedRequestId = (providerId: string, assertionId: string) =>
  `${UNSOLICITED}${providerId} ${assertionId}`;
export const isUnsolicited = ({ requestId }: StoredSsoFlow) =>
  requestId?.startsWith(UNSOLICITED) ?? false;

/** A disabled provider can be tested, and does nothing else. @throws not_found */
export async function requireProvider(id: string, purpose: SsoPurpose): Promise<StoredProvider> {
  const provider = await findProvider(database().prisma, id, null);
  if (!provider || (!provider.enabled && purpose !== 'test')) throw noProvider();
  return provider;
}

export function noProvider(): GatehouseError {
  return new GatehouseError('not_found', 'There is no such provider, or it is not yours to use.');
}

/**
 * @param cause what exactly was wrong with the provider's answer, for an owner who tests a provider
 * @returns the error that a failed single sign-on is answered by
 */
export function ssoRefused(reason: SsoFailure, cause: string | null = null): GatehouseError {
  const extra = cause === null ? { reason } : { reason, cause };
  return new GatehouseError('sso_refused', SSO_FAILURE_TEXT[reason], { extra });
}
