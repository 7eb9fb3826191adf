import { database } from '@/lib/platform/postgres/database';
import { shared } from '@/lib/platform/shared';
import { findSessionFacts } from './session-facts';

/** Nobody's token: SHA-256 has 32 bytes. */
const NOBODY = new Uint8Array(32);
/** Readiness is asked by everybody and often: what it writes is bounded. */
const WRITE_EVERY_MS = 5_000;

const state = () => shared('readiness', () => ({ wroteAtMs: Number.NEGATIVE_INFINITY }));

/**
 * Asks what a gated call asks, and writes as it does: a database that answers may still be a standby,
 * full, or another one than the migrations saw. What is written here goes with the old messages of the bus.
 * @throws the database error that a gated call would meet
 */
export async function requireWorkingDatabase(): Promise<void> {
  await findSessionFacts(NOBODY, null, null);
  const nowMs = performance.now();
  if (nowMs - state().wroteAtMs < WRITE_EVERY_MS) return;
  await database().pool.query(`INSERT INTO bus_payloads (body) VALUES ('{"type":"ready"}')`);
  state().wroteAtMs = nowMs;
}
