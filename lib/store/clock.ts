import { database } from '@/lib/platform/postgres/database';

/** The one clock, for what is decided without any other query. */
export async function databaseNow(): Promise<Date> {
  const { rows } = await database().pool.query<{ now: Date }>('SELECT gatehouse_now() AS now');
  if (!rows[0]) throw new Error('the database told no time');
  return rows[0].now;
}
