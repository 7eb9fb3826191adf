import { createHash, timingSafeEqual } from 'node:crypto';
import type { z } from 'zod';
import { GatehouseError, invalidField } from '@/lib/contract/errors';
import type { SetUp } from '@/lib/contract/resources';
import type { SetUpBody } from '@/lib/contract/schemas';
import { env } from '@/lib/platform/env';
import { hashPassword } from '@/lib/platform/password-hash';
import { database, transaction } from '@/lib/platform/postgres/database';
import { findPasswordFault, normalizePassword } from '@/lib/policy/password';
import { type Origin, requestOrigin } from '@/lib/service/gate/actor';
import { LIMITS, requireNetworkPoint } from '@/lib/service/gate/limits';
import { partyOf } from '@/lib/service/gate/turns';
import { writeEvent } from '@/lib/store/audit';
import { addMember } from '@/lib/store/members';
import { createTeam, hasTeam, lockSetUp } from '@/lib/store/teams';
import { createUser } from '@/lib/store/users';
import { BY_PASSWORD, requireEmail, startSession } from './authentication';

/** Whether the first team exists. */
export function isSetUp(): Promise<boolean> {
  return hasTeam(database().prisma);
}

/**
 * Creates the first team and its owner, once, for whoever has the token from the server's console.
 * @throws invalid_setup_token, already_set_up, invalid_request, too_many_requests
 */
export async function setUp(body: z.infer<typeof SetUpBody>, origin: Origin): Promise<SetUp> {
  await requireNetworkPoint(LIMITS.setUp, origin.client);
  requireSetUpToken(body.setupToken);
  if (await isSetUp()) throw alreadySetUp();
  const email = requireEmail(body.owner.email, 'owner.email');
  const passwordHash = await hashPassword(
    partyOf(origin.client, email),
    requireGoodPassword(body.owner.password, { email, path: 'owner.password' }),
  );
  return transaction(async (tx) => {
    await lockSetUp(tx);
    if (await hasTeam(tx)) throw alreadySetUp();
    const user = await createUser(tx, { email, name: body.owner.name, passwordHash });
    const team = await createTeam(tx, body.team.name);
    await addMember(tx, team.id, user.id, 'owner');
    await writeEvent(tx, requestOrigin(origin, { actorId: user.id }), {
      type: 'team.created',
      teamId: team.id,
    });
    const { session } = await startSession(tx, user, BY_PASSWORD, 'Set-up', origin);
    return { ...session, team };
  });
}

/** @throws invalid_request with what is wrong with it. @returns the password in its normal form */
export function requireGoodPassword(
  password: string,
  context: { email: string; path: string },
): string {
  const fault = findPasswordFault(password, context);
  if (fault === null) return normalizePassword(password);
  throw invalidField(context.path, fault);
}

function requireSetUpToken(token: string): void {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  if (timingSafeEqual(digest(token), digest(env().setupToken))) return;
  throw new GatehouseError(
    'invalid_setup_token',
    'This is not the setup token that the server printed at its start.',
  );
}

function alreadySetUp(): GatehouseError {
  return new GatehouseError(
    'already_set_up',
    'The first team exists already. Sign in, or ask its owner for an invitation.',
  );
}
