import { GatehouseError } from '@/lib/contract/errors';
import type { SsoFailure } from '@/lib/contract/sso';
import { log } from '@/lib/platform/log';
import { database, isUniqueViolation } from '@/lib/platform/postgres/database';
import { chargePoint } from '@/lib/platform/rate-limit';
import { hashToken, newToken } from '@/lib/platform/token';
import { domainOf } from '@/lib/policy/sso';
import { createLogoutResponse, type LogoutMessage, parseLogoutRequest } from '@/lib/saml/logout';
import type { SamlRefusalReason } from '@/lib/saml/refusal';
import { createAuthnRequestForm, newSamlId } from '@/lib/saml/request';
import { inResponseToOf, parseSamlResponse, type SamlIdentity } from '@/lib/saml/response';
import type { Origin } from '@/lib/service/gate/actor';
import {
  LIMITS,
  networkCounters,
  requireNetworkPoint,
  requirePointsLeft,
} from '@/lib/service/gate/limits';
import { databaseNow } from '@/lib/store/clock';
import { createSsoFlow, type SsoResult } from '@/lib/store/sso/flows';
import { findProvider, type StoredProvider } from '@/lib/store/sso/providers';
import { shownClaims } from './claims';
import { SSO_FLOW_TOKEN_PREFIX, ssoRefused, unsolicitedRequestId } from './flows';
import { type Received, receiveSsoResult, requireAnsweredFlow, requirePendingFlow } from './land';
import { endSsoSessions } from './log-out';
import { samlSettingsOf, settingsOf } from './providers';

/**
 * The request of the flow that this browser has begun, as a form that it posts to the provider.
 * @throws sso_refused, not_found
 */
export async function showSamlRequestForm(
  browserToken: string | null,
  providerId: string,
): Promise<{ action: string; samlRequest: string }> {
  const { flow, provider } = await requirePendingFlow(browserToken, providerId);
  if (provider.kind !== 'saml' || flow.requestId === null) throw ssoRefused('expired');
  const forceAuthn = flow.purpose !== 'log_in';
  return createAuthnRequestForm(samlSettingsOf(provider), { id: flow.requestId, forceAuthn });
}

/**
 * Takes a SAML response that a browser has brought. It comes from another site, without our cookies: so
 * nothing happens yet but that what it says is kept, for the browser that began the flow.
 * @throws sso_refused, not_found, too_many_requests
 */
export async function receiveSamlResponse(
  providerId: string,
  samlResponse: string,
  origin: Origin,
): Promise<Received> {
  await requireNetworkPoint(LIMITS.ssoProvider, origin.client);
  const provider = await requireSaml(providerId);
  await requirePointsLeft(refusedCounters(origin));
  const requestId = await inResponseToOf(samlResponse);
  if (typeof requestId === 'object' && requestId !== null) {
    await chargeRefused(origin);
    throw refuseLogged(provider, requestId.refused, origin);
  }
  if (requestId === null) return receiveUnsolicited(provider, samlResponse, origin);
  const flow = await requireAnsweredFlow(requestId, provider.id);
  const expected = { requestId, now: flow.now, isTest: flow.purpose === 'test' };
  const identity = await requireIdentity(provider, samlResponse, expected, origin);
  const ticket = await receiveSsoResult(flow.id, resultOf(provider, identity), origin);
  return { ticket, purpose: flow.purpose, returnPath: flow.returnPath, browserToken: null };
}

/** Flows are kept for a day, and with them which assertions were taken: none may be good for longer. */
const UNSOLICITED_LIFE_MS = 12 * 60 * 60 * 1_000;

/**
 * A response that nobody asked for. The attack: somebody else's, planted to log a victim in as him. So it
 * is refused unless the provider allows it; each is taken once; and it records no network.
 */
async function receiveUnsolicited(
  provider: StoredProvider,
  samlResponse: string,
  origin: Origin,
): Promise<Received> {
  const settings = settingsOf(provider);
  if (settings.kind !== 'saml' || !settings.allowsIdpInitiated) {
    await chargeRefused(origin);
    throw refuseLogged(provider, 'in_response_to', origin);
  }
  const now = await databaseNow();
  const expected = { requestId: null, now, isTest: false };
  const identity = await requireIdentity(provider, samlResponse, expected, origin);
  if (identity.notOnOrAfter.getTime() > now.getTime() + UNSOLICITED_LIFE_MS) {
    throw ssoRefused('invalid_response');
  }
  const browserToken = newToken(SSO_FLOW_TOKEN_PREFIX);
  const flow = await createSsoFlow({
    browserHash: hashToken(browserToken),
    providerId: provider.id,
    purpose: 'log_in',
    userId: null,
    sessionId: null,
    challengeId: null,
    network: null,
    // Unique: an assertion is taken once.
    requestId: unsolicitedRequestId(provider.id, identity.assertionId),
    returnPath: '/',
  }).catch((error: unknown) => {
    throw isUniqueViolation(error) ? ssoRefused('expired') : error;
  });
  const ticket = await receiveSsoResult(flow.id, resultOf(provider, identity), origin);
  return { ticket, purpose: 'log_in', returnPath: '/', browserToken };
}

async function requireIdentity(
  provider: StoredProvider,
  samlResponse: string,
  { requestId, now, isTest }: { requestId: string | null; now: Date; isTest: boolean },
  origin: Origin,
): Promise<SamlIdentity> {
  const settings = samlSettingsOf(provider);
  const message = { samlResponse, expectedRequestId: requestId, now };
  const identity = await parseSamlResponse(settings, message);
  if (!('refused' in identity)) return identity;
  // A provider that was asked and says no has not been forged. Unasked, anybody can say it for him.
  const isSaidByProvider = identity.refused === 'status_not_success' && requestId !== null;
  if (!isSaidByProvider) await chargeRefused(origin);
  throw refuseLogged(provider, identity.refused, origin, isTest);
}

/** Reading costs: whoever has brought a hundred that were refused is read no more for a while. */
const refusedCounters = ({ client }: Origin) => networkCounters(LIMITS.samlRefused, client);

async function chargeRefused(origin: Origin): Promise<void> {
  for (const counter of refusedCounters(origin)) await chargePoint(counter);
}

const FAILURES: Partial<Record<SamlRefusalReason, SsoFailure>> = {
  status_not_success: 'provider_refused',
  too_large: 'too_large',
};

/**
 * @param isTest an owner's own: he is told the cause, and what to set at the provider. Others are not: it
 * would teach a forger.
 */
function refuseLogged(
  provider: StoredProvider,
  reason: SamlRefusalReason,
  { requestId }: Origin,
  isTest = false,
): GatehouseError {
  log().warn({ providerId: provider.id, reason, requestId }, 'a SAML response was refused');
  const failure = FAILURES[reason] ?? 'invalid_response';
  return ssoRefused(failure, isTest ? reason : null);
}

function resultOf(provider: StoredProvider, identity: SamlIdentity): SsoResult {
  const { subject, emails, name, authnInstant, sessionIndex, attributes, issuer, nameIdFormat } =
    identity;
  return {
    subject,
    email: theOneEmail(emails, provider),
    // The provider of a proven domain speaks for its addresses; SAML has no word for it.
    emailVerified: null,
    name,
    authenticatedAt: authnInstant?.toISOString() ?? null,
    sessionIndex,
    claims: shownClaims({ issuer, nameIdFormat, ...attributes }),
  };
}

/** Of several, as directories keep them, the one that the provider speaks for; null: none, or more than one. */
function theOneEmail(emails: string[], { domains }: StoredProvider): string | null {
  const proven = domains.filter(({ provenAt }) => provenAt !== null).map(({ domain }) => domain);
  const ours = emails.filter((email) => proven.includes(domainOf(email)));
  const [email, ...more] = emails.length > 1 ? ours : emails;
  return email !== undefined && more.length === 0 ? email : null;
}

/**
 * Ends the sessions that a provider's log-out names; each request once.
 * @returns where to send the browser with our answer; null: the provider takes none
 * @throws sso_refused, not_found, too_many_requests
 */
export async function logOutBySaml(
  providerId: string,
  message: LogoutMessage,
  relayState: string | undefined,
  origin: Origin,
): Promise<string | null> {
  await requireNetworkPoint(LIMITS.ssoProvider, origin.client);
  const provider = await requireSaml(providerId);
  const settings = samlSettingsOf(provider);
  const request = await parseLogoutRequest(settings, message, await databaseNow());
  if ('refused' in request) throw ssoRefused('invalid_response');
  const { subject, sessionIndexes } = request;
  const isFirst = await endSsoSessions(provider, request, { subject, sessionIndexes }, origin);
  if (!isFirst) throw ssoRefused('expired');
  if (settings.idp.sloUrl === null) return null;
  const { url } = await createLogoutResponse(settings, {
    id: newSamlId(),
    inResponseTo: request.id,
    isDone: true,
    ...(relayState !== undefined && { relayState }),
  });
  return url;
}

async function requireSaml(id: string): Promise<StoredProvider> {
  const provider = await findProvider(database().prisma, id, null);
  if (provider?.kind === 'saml') return provider;
  throw new GatehouseError('not_found', 'There is no such provider.');
}
