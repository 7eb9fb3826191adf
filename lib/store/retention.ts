import { transaction } from '@/lib/platform/postgres/database';

/** Rows a statement: short enough that nobody waits for its locks. */
const BATCH = 2000;

/**
 * What is kept how long. The list of verified networks is a map of where people live, so nothing is kept
 * for good. Days count from when a row stopped to matter.
 */
const KEPT: readonly { table: string; key: string; gone: string }[] = [
  {
    table: 'verified_ips',
    key: 'id',
    gone: `revoked_at < gatehouse_now() - interval '30 days'
      OR verified_at + interval '24 hours' * $1::int < gatehouse_now() - interval '30 days'`,
  },
  { table: 'challenges', key: 'id', gone: `expires_at < gatehouse_now() - interval '1 day'` },
  { table: 'sso_flows', key: 'id', gone: `expires_at < gatehouse_now() - interval '1 day'` },
  {
    table: 'sso_log_outs',
    key: '(connection_id, message_hash)',
    gone: `expires_at < gatehouse_now() - interval '1 hour'`,
  },
  {
    table: 'password_resets',
    key: 'token_hash',
    gone: `expires_at < gatehouse_now() - interval '1 day'`,
  },
  {
    table: 'invites',
    key: 'id',
    gone: `LEAST(expires_at, accepted_at, revoked_at) < gatehouse_now() - interval '30 days'`,
  },
  {
    table: 'sessions',
    key: 'id',
    gone: `LEAST(expires_at, ended_at) < gatehouse_now() - interval '30 days'`,
  },
  {
    table: 'sightings',
    key: '(session_id, network)',
    gone: `last_seen_at < gatehouse_now() - interval '180 days'`,
  },
  { table: 'outgoing_mails', key: 'id', gone: `given_up_at < gatehouse_now() - interval '1 day'` },
  {
    table: 'rate_limits',
    key: 'key',
    gone: `expire < extract(epoch FROM gatehouse_now() - interval '1 hour') * 1000`,
  },
  { table: 'connections', key: 'id', gone: `created_at < gatehouse_now() - interval '180 days'` },
];

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
 * @param trustDaysMax the longest trust a team may set; a verified network is kept 30 days beyond it
 * @param auditDays how long the audit log is kept
 * @returns how many rows went, by table
 */
export async function deletePastRetention(
  trustDaysMax: number,
  auditDays: number,
): Promise<Record<string, number>> {
  const deleted: Record<string, number> = {};
  for (const { table, key, gone } of KEPT) {
    for (let count = BATCH; count === BATCH; ) {
      count = await transaction((tx) =>
        tx.$executeRawUnsafe(
          `DELETE FROM ${table} WHERE ${key} IN (
             SELECT ${key.replace(/[()]/g, '')} FROM ${table}
             WHERE (${gone}) AND $1::int > 0 LIMIT ${BATCH} FOR UPDATE SKIP LOCKED)`,
          trustDaysMax,
        ),
      );
      deleted[table] = (deleted[table] ?? 0) + count;
    }
  }
  deleted.audit_events = await deleteEvents(auditDays);
  return deleted;
}
