import { database, transaction } from '@/lib/platform/postgres/database';

/** Rows a statement: short enough that nobody waits for its locks. */
const BATCH = 2000;

/** Pages of a table that a statement looks through, 16 MB: the whole of a large one takes longer than it may. */
const PAGES = 2000;

/**
 * What is kept how long. The list of verified networks is a map of where people live, so nothing is kept
 * for good. Days count from when a row stopped to matter.
 */
const KEPT: readonly { table: string; gone: string }[] = [
  {
    table: 'verified_ips',
    gone: `revoked_at < now.at - interval '30 days'
      OR verified_at + interval '24 hours' * $1::int < now.at - interval '30 days'`,
  },
  { table: 'challenges', gone: `expires_at < now.at - interval '1 day'` },
  { table: 'sso_flows', gone: `expires_at < now.at - interval '1 day'` },
  { table: 'sso_log_outs', gone: `expires_at < now.at - interval '1 hour'` },
  { table: 'password_resets', gone: `expires_at < now.at - interval '1 day'` },
  {
    table: 'invites',
    gone: `LEAST(expires_at, accepted_at, revoked_at) < now.at - interval '30 days'`,
  },
  { table: 'sessions', gone: `LEAST(expires_at, ended_at) < now.at - interval '30 days'` },
  { table: 'uses', gone: `day < (now.at AT TIME ZONE 'UTC')::date - $3::int` },
  { table: 'sightings', gone: `last_seen_at < now.at - interval '180 days'` },
  { table: 'outgoing_mails', gone: `given_up_at < now.at - interval '1 day'` },
  {
    table: 'rate_limits',
    gone: `expire < extract(epoch FROM now.at - interval '1 hour') * 1000`,
  },
  { table: 'connections', gone: `created_at < now.at - interval '180 days'` },
];

type KeptDays = { trustDaysMax: number; auditDays: number; usesDays: number };

/** By a function of the database: nothing else may delete from the activity. */
async function deleteEvents(auditDays: number): Promise<number> {
  let deleted = 0;
  for (let count = BATCH; count === BATCH; deleted += count) {
    const [row] = await transaction(
      (tx) =>
        tx.$queryRaw<
          { n: number }[]
        >`SELECT gatehouse_forget_events(${auditDays}::int, ${BATCH}::int) AS n`,
    );
    count = row?.n ?? 0;
  }
  return deleted;
}

/**
 * Deletes what is past its time, in small batches that pass over rows somebody else holds: two instances
 * may do it at once.
 * @param days.trustDaysMax the longest trust a team may set; a verified network is kept 30 days beyond it
 * @param days.auditDays how long the audit log is kept
 * @param days.usesDays how long uses are kept
 * @returns how many rows went, by table
 */
export async function deletePastRetention(days: KeptDays): Promise<Record<string, number>> {
  const deleted: Record<string, number> = {};
  for (const { table, gone } of KEPT) {
    const pages = await countPages(table);
    for (let from = 0; from < pages; from += PAGES) {
      for (let count = BATCH; count === BATCH; ) {
        count = await deletePart(table, gone, days, from);
        deleted[table] = (deleted[table] ?? 0) + count;
      }
    }
  }
  deleted.audit_events = await deleteEvents(days.auditDays);
  return deleted;
}

async function countPages(table: string): Promise<number> {
  const [row] = await database().prisma.$queryRawUnsafe<{ pages: number }[]>(
    `SELECT ceil(pg_relation_size($1::text::regclass) / current_setting('block_size')::numeric)::int AS pages`,
    table,
  );
  return row?.pages ?? 0;
}

/** Of the pages that begin with `from`: what is gone, at most so many rows. What an update has moved is met the next time. */
function deletePart(
  table: string,
  gone: string,
  { trustDaysMax, usesDays }: KeptDays,
  from: number,
): Promise<number> {
  return transaction((tx) =>
    tx.$executeRawUnsafe(
      `DELETE FROM ${table} WHERE ctid = ANY(ARRAY(
         SELECT ${table}.ctid FROM ${table}, (SELECT gatehouse_now() AS at OFFSET 0) now
         WHERE ${table}.ctid >= ('(' || $2::int || ',0)')::tid
           AND ${table}.ctid < ('(' || $2::int + ${PAGES} || ',0)')::tid
           AND (${gone}) AND $1::int > 0 AND $3::int > 0
         LIMIT ${BATCH} FOR UPDATE OF ${table} SKIP LOCKED))`,
      trustDaysMax,
      from,
      usesDays,
    ),
  );
}
