import { type Db, database } from '@/lib/platform/postgres/database';
import { MAIL_TRIED_HOURS, type MailFailure, type MailTrouble } from '@/lib/policy/mail-failure';

/**
 * How long whoever took a mail has it to himself: longer than one try may take. After a process that was
 * killed, another takes it then.
 */
const LEASE = `interval '3 minutes'`;

/** A mail that this process has taken, to be tried now. */
export type TakenMail = {
  id: string;
  /** Sealed. */
  body: string;
  tries: number;
};

/**
 * Keeps a mail until it has left, taken by the process that keeps it.
 * @param usefulMinutes after which it is given up; null: after a day
 */
export async function keepMail(
  id: string,
  body: string,
  usefulMinutes: number | null,
): Promise<TakenMail> {
  await database().pool.query(
    `INSERT INTO outgoing_mails (id, body, due_at, expires_at)
     VALUES ($1, $2, gatehouse_now() + ${LEASE}, gatehouse_now() + interval '1 minute' * $3::int)`,
    [id, body, usefulMinutes ?? MAIL_TRIED_HOURS * 60],
  );
  return { id, body, tries: 1 };
}

/** Takes mails whose time has come. Of several instances one gets each. */
export async function takeDueMails(limit: number): Promise<TakenMail[]> {
  const { rows } = await database().pool.query<TakenMail>(
    `WITH due AS MATERIALIZED (
       SELECT id FROM outgoing_mails
       WHERE given_up_at IS NULL AND due_at <= gatehouse_now() AND expires_at > gatehouse_now()
       ORDER BY due_at LIMIT $1 FOR UPDATE SKIP LOCKED
     )
     UPDATE outgoing_mails m SET tries = tries + 1, due_at = gatehouse_now() + ${LEASE}
     FROM due WHERE m.id = due.id RETURNING m.id, m.body, m.tries`,
    [limit],
  );
  return rows;
}

/** Begins the time anew for which it is this process's. @returns false: somebody else has taken it since */
export async function holdMail({ id, tries }: TakenMail): Promise<boolean> {
  const { rowCount } = await database().pool.query(
    `UPDATE outgoing_mails SET due_at = gatehouse_now() + ${LEASE} WHERE id = $1 AND tries = $2`,
    [id, tries],
  );
  return rowCount === 1;
}

/** It has left, or is nobody's business any more. */
export async function forgetMail({ id, tries }: TakenMail): Promise<void> {
  await database().pool.query('DELETE FROM outgoing_mails WHERE id = $1 AND tries = $2', [
    id,
    tries,
  ]);
}

/** Puts a mail off that did not leave. */
export async function putMailOff(
  { id, tries }: TakenMail,
  failure: MailFailure,
  waitSeconds: number,
): Promise<void> {
  await database().pool.query(
    `UPDATE outgoing_mails SET due_at = gatehouse_now() + interval '1 second' * $4::int,
       failure = $3, failed_at = gatehouse_now()
     WHERE id = $1 AND tries = $2`,
    [id, tries, failure, waitSeconds],
  );
}

/** Nobody tries it again. What it said goes; that it was there stays for a day, for owners to see. */
export async function giveMailUp({ id, tries }: TakenMail, failure: MailFailure): Promise<void> {
  await database().pool.query(
    `UPDATE outgoing_mails SET body = NULL, failure = $3, failed_at = gatehouse_now(),
       given_up_at = gatehouse_now()
     WHERE id = $1 AND tries = $2`,
    [id, tries, failure],
  );
}

/** Gives up what is of no use any more. @returns how many, and why the last of them did not leave */
export async function giveUpExpiredMails(): Promise<{
  count: number;
  failure: MailFailure | null;
}> {
  const { rows } = await database().pool.query<{ failure: MailFailure | null }>(
    `UPDATE outgoing_mails SET body = NULL, given_up_at = gatehouse_now()
     WHERE given_up_at IS NULL AND expires_at <= gatehouse_now() RETURNING failure`,
  );
  return { count: rows.length, failure: rows.at(-1)?.failure ?? null };
}

/** Mail of this instance's database that did not leave; null: there is none. */
export async function findMailTrouble(db: Db): Promise<(MailTrouble & { now: Date }) | null> {
  const [row] = await db.$queryRaw<(MailTrouble & { now: Date })[]>`
    SELECT count(*) FILTER (WHERE given_up_at IS NULL)::int AS waiting,
      count(*) FILTER (WHERE given_up_at IS NOT NULL)::int AS "givenUp",
      min(created_at) FILTER (WHERE given_up_at IS NULL) AS since,
      (array_agg(failure ORDER BY failed_at DESC))[1] AS failure, gatehouse_now() AS now
    FROM outgoing_mails WHERE failure IS NOT NULL`;
  return row && row.waiting + row.givenUp > 0 ? row : null;
}
