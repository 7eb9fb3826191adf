import type { Agent } from 'node:https';
import { GatehouseError, isGatehouseError } from '@/lib/contract/errors';
import type { OidcSettings, SsoFailure } from '@/lib/contract/sso';
import type { Origin } from '@/lib/service/gate/actor';
import { LIMITS, requireNetworkPoint } from '@/lib/service/gate/limits';
import { ssoRefused } from './flows';
import { type Received, receiveSsoResult, requirePendingFlow } from './land';
import { parseOidcClaims } from './oidc';
import { discoverOidc, type OidcDiscovery } from './oidc-discovery';
import { outgoing } from './outgoing';
import { secretOf, settingsOf } from './providers';

/** What speaks OpenID Connect needs to know of one flow. */
export type OidcFlow = {
  providerId: string;
  name: string;
  settings: OidcSettings;
  clientSecret: string;
  discovery: OidcDiscovery;
  /** Asks the provider to ask its user again. */
  asksAgain: boolean;
  /** The one way by which requests leave, with its own limits. */
  agent: Agent;
};

/** What came of an answer: the claims of a checked ID token, or what its user is told instead. */
export type OidcAnswer = { profile: Record<string, unknown> } | { refusal: SsoFailure };

/**
 * The flow that this browser has under way with a provider.
 * @throws sso_refused, not_found, provider_unavailable, too_many_requests
 */
export async function requireOidcFlow(
  browserToken: string | null,
  providerId: string,
  { client }: Origin,
): Promise<OidcFlow> {
  const { flow, provider } = await requirePendingFlow(browserToken, providerId);
  await requireNetworkPoint(LIMITS.ssoProvider, client);
  const settings = settingsOf(provider);
  if (settings.kind !== 'oidc') throw new GatehouseError('not_found', 'There is no such call.');
  return {
    providerId,
    name: provider.name,
    settings,
    clientSecret: secretOf(provider),
    discovery: await discoverOidc(settings.issuer),
    asksAgain: flow.purpose !== 'log_in',
    agent: outgoing().agent,
  };
}

/**
 * Takes a browser that comes back from a provider: its answer is checked against the flow that it has under
 * way, and kept until it comes with its ticket. The attack: a token of another issuer, or the answer of one
 * provider at the call-back of another.
 * @param check checks the answer as the protocol asks for
 * @throws sso_refused, not_found, too_many_requests
 */
export async function receiveOidcAnswer(
  browserToken: string | null,
  providerId: string,
  check: (flow: OidcFlow) => Promise<OidcAnswer>,
  origin: Origin,
): Promise<Received> {
  const asked = await requireOidcFlow(browserToken, providerId, origin).catch(asRefusal);
  const answer = await check(asked);
  if ('refusal' in answer) throw ssoRefused(answer.refusal);
  // Read anew: the provider may have been changed or switched off meanwhile.
  const { flow, provider } = await requirePendingFlow(browserToken, providerId);
  const result = parseOidcClaims(settingsOf(provider), answer.profile);
  const ticket = await receiveSsoResult(flow.id, result, origin);
  return { ticket, purpose: flow.purpose, returnPath: flow.returnPath, browserToken: null };
}

/** A person stands here, who is told of the provider in the words of a failed single sign-on. */
function asRefusal(error: unknown): never {
  const isDown = isGatehouseError(error) && error.code === 'provider_unavailable';
  throw isDown ? ssoRefused('provider_unreachable') : error;
}
