import { randomUUID } from 'node:crypto';
import type { z } from 'zod';
import type { StartedSsoFlow, StartSsoFlowBody } from '@/lib/contract/sso';
import { env } from '@/lib/platform/env';
import { database } from '@/lib/platform/postgres/database';
import { hashToken } from '@/lib/platform/token';
import { parseReturnPath } from '@/lib/policy/return-path';
import { hasPermission } from '@/lib/policy/roles';
import { requireNetwork } from '@/lib/service/account/authentication';
import { requireChallenge, requirePending } from '@/lib/service/account/verifications';
import type { Actor, Origin } from '@/lib/service/gate/actor';
import { unauthenticated } from '@/lib/service/gate/gate';
import { LIMITS, requireNetworkPoint } from '@/lib/service/gate/limits';
import { createSsoFlow } from '@/lib/store/sso/flows';
import { findSsoOfUser } from '@/lib/store/sso/identities';
import type { StoredProvider } from '@/lib/store/sso/providers';
import { noProvider, requireProvider } from './flows';
import { samlRequestUrl } from './providers';

/**
 * Begins a flow.
 * @param browserToken the secret of the cookie that binds it to its browser
 * @throws not_found, unauthenticated, conflict, client_address_unknown, too_many_requests
 */
export async function startSsoFlow(
  body: z.infer<typeof StartSsoFlowBody>,
  actor: Actor | null,
  origin: Origin,
  browserToken: string,
): Promise<StartedSsoFlow> {
  await requireNetworkPoint(LIMITS.ssoFlow, origin.client);
  const provider = await requireProvider(body.connectionId, body.purpose);
  const subject = await subjectOf(body, provider, actor, origin);
  const requestId = provider.kind === 'saml' ? `_${randomUUID()}` : null;
  const flow = await createSsoFlow({
    browserHash: hashToken(browserToken),
    providerId: provider.id,
    purpose: body.purpose,
    ...subject,
    network: origin.client.network,
    requestId,
    returnPath: parseReturnPath(body.returnPath, env().appUrl.origin),
  });
  return {
    expiresAt: flow.expiresAt.toISOString(),
    url:
      requestId === null
        ? null
        : await samlRequestUrl(provider, { requestId, asksAgain: body.purpose !== 'log_in' }),
  };
}

/** Whose network is to be verified. */
type Subject = { userId: string | null; sessionId: string | null; challengeId: string | null };

async function subjectOf(
  { purpose, challengeId }: z.infer<typeof StartSsoFlowBody>,
  provider: StoredProvider,
  actor: Actor | null,
  { client }: Origin,
): Promise<Subject> {
  if (purpose === 'log_in') return { userId: null, sessionId: null, challengeId: null };
  if (purpose === 'test') {
    if (!actor) throw unauthenticated();
    const team = actor.teams.find(({ id }) => id === provider.teamId);
    if (!team || !hasPermission(team.role, 'sso.change')) throw noProvider();
    return { userId: actor.user.id, sessionId: actor.session.id, challengeId: null };
  }
  requireNetwork(client);
  const challenge = challengeId === undefined ? null : await requireChallenge(challengeId);
  if (challenge) requirePending(challenge);
  if (!challenge && !actor) throw unauthenticated();
  const userId = challenge?.userId ?? actor?.user.id ?? '';
  const own = await findSsoOfUser(database().prisma, userId);
  if (!own.some(({ id }) => id === provider.id)) throw noProvider();
  return {
    userId,
    sessionId: actor?.user.id === userId ? actor.session.id : null,
    challengeId: challenge?.id ?? null,
  };
}
