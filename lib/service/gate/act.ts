import { type Db, transaction } from '@/lib/platform/postgres/database';
import type { Role } from '@/lib/policy/roles';
import { type NewEvent, writeEvents } from '@/lib/store/audit';
import { holdGuard } from '@/lib/store/guard';
import { type Actor, actorOrigin } from './actor';
import { type GatePass, isGated, judgePass, type PassGone, refuseLate } from './gate';
import { inUserTurn } from './turns';

/** Writes audit rows of this act; they stand or fall with the act. */
export type Audit = (...events: NewEvent[]) => Promise<void>;

class NoLongerAllowed extends Error {
  constructor(readonly gone: PassGone) {
    super(gone.why);
  }
}

/**
 * One act of a signed-in user: one transaction that holds what it was allowed by, judges that again, does
 * the act and writes its audit rows.
 * @param work `role`: the actor's in the pass's team, as it is now and stays until the end; null without one
 * @throws unauthenticated, not_found, forbidden, ip_verification_required when the session ended, the role
 * was taken away, or the network lost its trust or the rule its leniency, since the check; nothing is done
 * then; a BusyError when too many acts of the user wait
 */
export async function act<T>(
  actor: Actor,
  pass: GatePass,
  work: (tx: Db, audit: Audit, role: Role | null) => Promise<T>,
): Promise<T> {
  try {
    return await inUserTurn(actor, () =>
      transaction(async (tx) => {
        const held = await holdGuard(tx, {
          sessionId: pass.sessionId,
          userId: pass.userId,
          teamId: pass.membership?.teamId ?? null,
          network: actor.client.network,
          isGated: isGated(pass),
        });
        const gone = judgePass(actor, pass, held);
        if (gone) throw new NoLongerAllowed(gone);
        return work(tx, (...events) => writeEvents(tx, actorOrigin(actor), events), held.role);
      }),
    );
  } catch (error) {
    if (error instanceof NoLongerAllowed) return refuseLate(actor, pass, error.gone);
    throw error;
  }
}
