import { type Db, transaction } from '@/lib/platform/database';
import { type NewEvent, writeEvent } from '@/lib/store/audit';
import { type GuardState, holdGuard } from '@/lib/store/guard';
import { type Actor, auditOrigin } from './actor';
import { type GatePass, refuseLate } from './gate';

export type ActEvent = Omit<
  NewEvent,
  'actorId' | 'sessionId' | 'network' | 'address' | 'requestId'
>;

/** Writes an audit row of this act; it stands or falls with the act. */
export type Audit = (event: ActEvent) => Promise<void>;

class PassGone extends Error {
  constructor(readonly why: Exclude<GuardState, 'held'>) {
    super(why);
  }
}

/**
 * One act of a signed-in user: one transaction that holds what the gate decided by, does the act and
 * writes its audit rows.
 * @throws unauthenticated, ip_verification_required when the session ended, or its network lost its
 * trust, since the check; nothing is done then
 */
export async function act<T>(
  actor: Actor,
  pass: GatePass,
  work: (tx: Db, audit: Audit) => Promise<T>,
): Promise<T> {
  try {
    return await transaction(async (tx) => {
      const state = await holdGuard(tx, pass);
      if (state !== 'held') throw new PassGone(state);
      return work(tx, (event) => writeEvent(tx, { ...auditOrigin(actor), ...event }));
    });
  } catch (error) {
    if (error instanceof PassGone) return refuseLate(actor, pass, error.why);
    throw error;
  }
}
