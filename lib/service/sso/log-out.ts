import { createLocalJWKSet, errors, type JWTPayload, jwtVerify } from 'jose';
import { z } from 'zod';
import { GatehouseError } from '@/lib/contract/errors';
import type { OidcSettings } from '@/lib/contract/sso';
import { database, transaction } from '@/lib/platform/postgres/database';
import { hashToken } from '@/lib/platform/token';
import { SSO_SKEW_SECONDS } from '@/lib/policy/sso';
import { type Origin, requestOrigin } from '@/lib/service/gate/actor';
import { LIMITS, requireNetworkPoint } from '@/lib/service/gate/limits';
import { writeEvent } from '@/lib/store/audit';
import { databaseNow } from '@/lib/store/clock';
import { endSessions } from '@/lib/store/sessions';
import { findSessionsOfIdentity, takeSsoLogOut } from '@/lib/store/sso/identities';
import { findProvider, type StoredProvider } from '@/lib/store/sso/providers';
import { discoverOidc } from './oidc-discovery';
import { readOutgoing } from './outgoing';
import { settingsOf } from './providers';

/**
 * Ends the live sessions that a provider names: of a subject, of some of its sessions, or both.
 * @param message its identifier, and from when on it is refused in any case
 * @returns false when this very message was done before: nothing has happened
 */
export async function endSsoSessions(
  provider: StoredProvider,
  message: { id: string; notOnOrAfter: Date },
  named: { subject: string | null; sessionIndexes: string[] },
  origin: Origin,
): Promise<boolean> {
  const hash = hashToken(message.id);
  const byProvider = requestOrigin(origin, {
    actorKind: 'provider',
    actorLabel: provider.name,
  });
  return transaction(async (tx) => {
    const until = message.notOnOrAfter;
    if (!(await takeSsoLogOut(tx, provider.id, { hash, until }))) return false;
    for (const { id, userId } of await findSessionsOfIdentity(tx, provider.id, named)) {
      await endSessions(tx, userId, { only: id });
      await writeEvent(tx, byProvider, {
        type: 'session.ended',
        userId,
        teamId: provider.teamId,
        reason: 'sso',
        after: { sessionId: id, connectionId: provider.id },
      });
    }
    return true;
  });
}

const EVENT = 'http://schemas.openid.net/event/backchannel-logout';

/** OpenID Connect Back-Channel Logout 1.0, 2.4. */
const Claims = z
  .object({
    sub: z.string().min(1).max(255).optional(),
    sid: z.string().min(1).max(255).optional(),
    jti: z.string().min(1).max(255),
    iat: z.number(),
    events: z.object({ [EVENT]: z.object({}) }),
    // A token that has one is an ID token in disguise.
    nonce: z.never().optional(),
  })
  .refine(({ sub, sid }) => sub !== undefined || sid !== undefined);

/**
 * Ends the sessions that a provider's log-out token names, if the provider has signed it; each token once.
 * @throws not_found, invalid_request, provider_unavailable, too_many_requests
 */
export async function logOutByBackChannel(
  providerId: string,
  logoutToken: string,
  origin: Origin,
): Promise<void> {
  const provider = await findProvider(database().prisma, providerId, null);
  const settings = provider && settingsOf(provider);
  if (!provider || settings?.kind !== 'oidc') {
    throw new GatehouseError('not_found', 'There is no such provider.');
  }
  await requireNetworkPoint(LIMITS.ssoProvider, origin.client);
  const claims = Claims.safeParse(await verifyLogoutToken(settings, logoutToken));
  if (!claims.success) throw invalidToken();
  const { sub = null, sid, jti, iat } = claims.data;
  const message = {
    id: jti,
    notOnOrAfter: new Date((iat + TOKEN_AGE_SECONDS + SSO_SKEW_SECONDS) * 1_000),
  };
  const named = { subject: sub, sessionIndexes: sid === undefined ? [] : [sid] };
  if (!(await endSsoSessions(provider, message, named, origin))) throw invalidToken();
}

/** A log-out token says what happens now. */
const TOKEN_AGE_SECONDS = 10 * SSO_SKEW_SECONDS;

async function verifyLogoutToken(settings: OidcSettings, token: string): Promise<JWTPayload> {
  const { issuer, clientId, signingAlgorithm } = settings;
  const { endpoints } = await discoverOidc(issuer);
  const keys = await readOutgoing(endpoints.jwks, 'application/json', 'issuer', null);
  try {
    const { payload } = await jwtVerify(token, createLocalJWKSet(JSON.parse(keys)), {
      issuer,
      audience: clientId,
      algorithms: [signingAlgorithm],
      clockTolerance: SSO_SKEW_SECONDS,
      maxTokenAge: TOKEN_AGE_SECONDS,
      requiredClaims: ['iat', 'jti', 'events'],
      currentDate: await databaseNow(),
    });
    return payload;
  } catch (error) {
    if (error instanceof errors.JOSEError || error instanceof SyntaxError) throw invalidToken();
    throw error;
  }
}

function invalidToken(): GatehouseError {
  return new GatehouseError('invalid_request', 'This is not a log-out token of the provider.');
}
