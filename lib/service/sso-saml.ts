import { GatehouseError } from '@/lib/contract/errors';
import { database, isUniqueViolation } from '@/lib/platform/database';
import { log } from '@/lib/platform/log';
import { chargePoint } from '@/lib/platform/rate-limit';
import { hashToken, newToken } from '@/lib/platform/token';
import { createLogoutResponse, type LogoutMessage, parseLogoutRequest } from '@/lib/saml/logout';
import { newSamlId } from '@/lib/saml/request';
import { inResponseToOf, parseSamlResponse, type SamlIdentity } from '@/lib/saml/response';
import { databaseNow } from '@/lib/store/clock';
import { findSsoConnection, type StoredSsoConnection } from '@/lib/store/sso-connections';
import { createSsoFlow, type SsoResult } from '@/lib/store/sso-flows';
import type { Origin } from './actor';
import { LIMITS, networkCounters, requireNetworkPoint, requirePointsLeft } from './limits';
import { samlSettingsOf, settingsOf } from './sso-connections';
import {
  type Received,
  receiveSsoResult,
  requireAnsweredFlow,
  SSO_FLOW_TOKEN_PREFIX,
  unsolicitedRequestId,
} from './sso-flows';
import { endSsoSessions } from './sso-log-out';
import { ssoRefused } from './sso-refused';

/**
 * Takes a SAML response that a browser has brought. It comes from another site, without our cookies: so
 * nothing happens yet but that what it says is kept, for the browser that began the flow.
 * @throws sso_refused, not_found, too_many_requests
 */
export async function receiveSamlResponse(
  connectionId: string,
  samlResponse: string,
  origin: Origin,
): Promise<Received> {
  await requireNetworkPoint(LIMITS.ssoProvider, origin.client);
  const connection = await requireSaml(connectionId);
  const requestId = await inResponseToOf(samlResponse);
  if (requestId === null) return receiveUnsolicited(connection, samlResponse, origin);
  const flow = await requireAnsweredFlow(requestId, connection.id);
  const identity = await requireIdentity(connection, samlResponse, requestId, flow.now, origin);
  const ticket = await receiveSsoResult(flow.id, resultOf(identity), origin);
  return { ticket, purpose: flow.purpose, returnPath: flow.returnPath, browserToken: null };
}

/** Flows are kept for a day, and with them which assertions were taken: none may be good for longer. */
const UNSOLICITED_LIFE_MS = 12 * 60 * 60 * 1_000;

/**
 * A response that nobody asked for. The attack: somebody else's, planted to log a victim in as him. So it
 * is refused unless the connection allows it; each is taken once; and it records no network.
 */
async function receiveUnsolicited(
  connection: StoredSsoConnection,
  samlResponse: string,
  origin: Origin,
): Promise<Received> {
  const settings = settingsOf(connection);
  if (settings.kind !== 'saml' || !settings.allowsIdpInitiated)
    throw ssoRefused('invalid_response');
  const now = await databaseNow();
  const identity = await requireIdentity(connection, samlResponse, null, now, origin);
  if (identity.notOnOrAfter.getTime() > now.getTime() + UNSOLICITED_LIFE_MS) {
    throw ssoRefused('invalid_response');
  }
  const browserToken = newToken(SSO_FLOW_TOKEN_PREFIX);
  const flow = await createSsoFlow({
    browserHash: hashToken(browserToken),
    connectionId: connection.id,
    purpose: 'log_in',
    userId: null,
    sessionId: null,
    challengeId: null,
    network: null,
    // Unique: an assertion is taken once.
    requestId: unsolicitedRequestId(connection.id, identity.assertionId),
    returnPath: '/',
  }).catch((error: unknown) => {
    throw isUniqueViolation(error) ? ssoRefused('expired') : error;
  });
  const ticket = await receiveSsoResult(flow.id, resultOf(identity), origin);
  return { ticket, purpose: 'log_in', returnPath: '/', browserToken };
}

async function requireIdentity(
  connection: StoredSsoConnection,
  samlResponse: string,
  expectedRequestId: string | null,
  now: Date,
  { client, requestId }: Origin,
): Promise<SamlIdentity> {
  const settings = samlSettingsOf(connection);
  const counters = networkCounters(LIMITS.samlRefused, client);
  await requirePointsLeft(counters);
  const identity = await parseSamlResponse(settings, { samlResponse, expectedRequestId, now });
  if (!('refused' in identity)) return identity;
  // A provider that says no has not been forged.
  const isForged = identity.refused !== 'status_not_success';
  for (const counter of isForged ? counters : []) await chargePoint(counter);
  log().warn(
    { connectionId: connection.id, reason: identity.refused, requestId },
    'a SAML response was refused',
  );
  throw ssoRefused(
    identity.refused === 'status_not_success' ? 'provider_refused' : 'invalid_response',
  );
}

function resultOf(identity: SamlIdentity): SsoResult {
  const { subject, email, name, authnInstant, sessionIndex, attributes, issuer, nameIdFormat } =
    identity;
  return {
    subject,
    email,
    // The provider of a proven domain speaks for its addresses; SAML has no word for it.
    emailVerified: null,
    name,
    authenticatedAt: authnInstant?.toISOString() ?? null,
    sessionIndex,
    claims: { issuer, nameIdFormat, ...attributes },
  };
}

/**
 * Ends the sessions that a provider's log-out names; each request once.
 * @returns where to send the browser with our answer; null: the provider takes none
 * @throws sso_refused, not_found, too_many_requests
 */
export async function logOutBySaml(
  connectionId: string,
  message: LogoutMessage,
  relayState: string | undefined,
  origin: Origin,
): Promise<string | null> {
  await requireNetworkPoint(LIMITS.ssoProvider, origin.client);
  const connection = await requireSaml(connectionId);
  const settings = samlSettingsOf(connection);
  const request = await parseLogoutRequest(settings, message, await databaseNow());
  if ('refused' in request) throw ssoRefused('invalid_response');
  const { subject, sessionIndexes } = request;
  const isFirst = await endSsoSessions(connection, request, { subject, sessionIndexes }, origin);
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

async function requireSaml(id: string): Promise<StoredSsoConnection> {
  const connection = await findSsoConnection(database().prisma, id, null);
  if (connection?.kind === 'saml') return connection;
  throw new GatehouseError('not_found', 'There is no such connection.');
}
