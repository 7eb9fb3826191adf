import { hashToken, newToken } from '@/lib/platform/token';
import type { Origin } from '@/lib/service/gate/actor';
import {
  findPendingSsoFlow,
  findSsoFlowByRequest,
  type SsoPurpose,
  type SsoResult,
  type StoredSsoFlow,
  setSsoResult,
} from '@/lib/store/sso/flows';
import type { StoredProvider } from '@/lib/store/sso/providers';
import { requireProvider, ssoRefused } from './flows';

/** An answer that was kept for the browser that brought it. */
export type Received = {
  ticket: string;
  purpose: SsoPurpose;
  returnPath: string;
  /** The cookie of a flow that the provider began; null: the browser has one. */
  browserToken: string | null;
};

/** The flow under way in a browser, with its provider. @throws sso_refused */
export async function requirePendingFlow(
  browserToken: string | null,
  providerId: string,
): Promise<{ flow: StoredSsoFlow; provider: StoredProvider }> {
  if (browserToken === null) throw ssoRefused('other_browser');
  const flow = await findPendingSsoFlow(hashToken(browserToken));
  if (!flow || flow.providerId !== providerId) throw ssoRefused('expired');
  return { flow, provider: await requireProvider(providerId, flow.purpose) };
}

/** The flow that a SAML response answers, by the id of its request. @throws sso_refused */
export async function requireAnsweredFlow(
  requestId: string,
  providerId: string,
): Promise<StoredSsoFlow> {
  const flow = await findSsoFlowByRequest(requestId);
  if (!flow || flow.providerId !== providerId) throw ssoRefused('expired');
  return flow;
}

/**
 * Keeps what the provider said until the browser that brought it comes back with its ticket.
 * @returns the ticket
 * @throws sso_refused when an answer was taken before
 */
export async function receiveSsoResult(
  flowId: string,
  result: SsoResult,
  { client }: Origin,
): Promise<string> {
  const ticket = newToken('');
  const isFirst = await setSsoResult(flowId, {
    ticketHash: hashToken(ticket),
    result,
    network: client.network,
  });
  if (!isFirst) throw ssoRefused('expired');
  return ticket;
}
