import { database } from '@/lib/platform/postgres/database';
import type { Action, Mode } from '@/lib/policy/actions';
import type { UnknownReason } from '@/lib/policy/client-address';
import { dayOf } from '@/lib/policy/days';
import type { Finding } from '@/lib/policy/decide';
import { gatherer } from './gather';

/**
 * What each session did, from where, and how the gate found it: whatever the mode was, also where the address
 * was unknown. One row a day of UTC; what another rule would have meant is told from these.
 */
export type Use = {
  sessionId: string;
  userId: string;
  /** Null: it is unknown, for a reason. */
  network: string | null;
  reason: UnknownReason | null;
  action: Action;
  finding: Finding;
  mode: Mode;
  /** What the trust rested on; null: on nothing. */
  verifiedAt: Date | null;
  at: Date;
};

type Gathered = Omit<Use, 'network' | 'reason'> & { network: string; firstAt: Date; count: number };

const UNKNOWN = 'unknown ';

/** Whether a row of `uses` has a network, and no reason for which there is none. @param column of SQL */
export const hasNetwork = (column: string) => `${column} NOT LIKE '${UNKNOWN}%'`;

/** The network of such a row; null: it was unknown. */
export const networkOf = (kept: string): string | null => (kept.startsWith(UNKNOWN) ? null : kept);

const uses = gatherer<Gathered>({
  name: 'uses',
  keyOf: (use) =>
    [
      dayOf(use.at),
      use.sessionId,
      use.network,
      use.action,
      use.finding,
      use.mode,
      use.verifiedAt?.getTime(),
    ].join(' '),
  merge: (earlier, later) => ({
    ...later,
    firstAt: earlier.firstAt,
    count: earlier.count + later.count,
  }),
  write,
});

/** Writes what was gathered, now. */
export const flushUses = uses.flush;

export function recordUse({ network, reason, ...use }: Use): void {
  uses.record({ ...use, network: network ?? `${UNKNOWN}${reason}`, firstAt: use.at, count: 1 });
}

/** In the order of the key, so that two instances never wait for each other in a circle. */
const WRITE = `
INSERT INTO uses AS u (day, session_id, user_id, network, action, finding, mode, verified_at, count, first_at, last_at)
SELECT b.day, b.session_id, b.user_id, b.network, b.action, b.finding, b.mode, b.verified_at, b.count, b.first_at, b.last_at
FROM jsonb_to_recordset($1::jsonb) AS b(day date, session_id text, user_id text, network text, action text, finding text,
  mode text, verified_at timestamptz, count bigint, first_at timestamptz, last_at timestamptz)
WHERE EXISTS (SELECT 1 FROM users x WHERE x.id = b.user_id)
ORDER BY b.session_id, b.day, b.network, b.action, b.finding, b.mode, b.verified_at
ON CONFLICT (session_id, day, network, action, finding, mode, verified_at) DO UPDATE SET
  count = u.count + excluded.count,
  first_at = LEAST(u.first_at, excluded.first_at), last_at = GREATEST(u.last_at, excluded.last_at)`;

async function write(batch: Gathered[]): Promise<Gathered[]> {
  const rows = batch.map((use) => ({
    day: dayOf(use.at),
    session_id: use.sessionId,
    user_id: use.userId,
    network: use.network,
    action: use.action,
    finding: use.finding,
    mode: use.mode,
    verified_at: use.verifiedAt,
    count: use.count,
    first_at: use.firstAt,
    last_at: use.at,
  }));
  await database().pool.query<never>({ name: 'uses', text: WRITE, values: [JSON.stringify(rows)] });
  return [];
}
