import { createHmac } from 'node:crypto';
import { BoundedClient } from '@/lib/platform/bounded-client';
import { log } from '@/lib/platform/log';
import { clientConfig, connection, setUpConnection } from './connection';
import { secretIsCommon, setSecretIsCommon } from './database-state';

// The fault: instances on one database with different AUTH_SECRETs. Each takes the other's sessions for
// none, nothing says so, and a browser between them is sent to the log-in again and again. So the secret in
// use leaves a mark in the database, and an instance with another one is not ready.

/** How often an instance says that its secret is in use; after three times of silence another one may be. */
const SAY_MS = 15_000;
const SILENCE_SECONDS = 60;
const TIMEOUT_MS = 5_000;

/** Of the secret's 32 characters and more; nobody finds them from it. */
const markOf = (secret: string) =>
  createHmac('sha256', secret).update('gatehouse: which AUTH_SECRET this is').digest('hex');

/**
 * Looks whether the secret is that of the other instances, and says so in the log when it changes.
 * @param isAlone whether no other instance can be on this database: a new secret then counts at once
 * @throws a database error
 */
async function lookAtSecret(secret: string, isAlone: boolean): Promise<void> {
  const isCommon = await takeMark(markOf(secret), isAlone);
  if (isCommon === secretIsCommon()) return;
  setSecretIsCommon(isCommon);
  if (isCommon) log().info('AUTH_SECRET is that of all instances on this database');
  else {
    log().error(
      `AUTH_SECRET is not that of the other instances on this database, which take each other's sessions for none: this one is not ready. Give all the same one. (Where it was changed on purpose: stop those with the old one; ${SILENCE_SECONDS} seconds later the new one counts.)`,
    );
  }
}

/**
 * On a connection of its own: a pool that is busy would make us fall silent.
 * @returns whether the mark is the one in use, or is it from now on
 */
async function takeMark(mark: string, isAlone: boolean): Promise<boolean> {
  const { url, schema } = connection();
  const client = new BoundedClient({
    ...clientConfig(url, 'gatehouse secret mark'),
    connectWithinMs: TIMEOUT_MS,
    answerWithinMs: TIMEOUT_MS,
  });
  client.on('error', () => {});
  try {
    await client.connect();
    await setUpConnection(client, { schema, statementTimeoutMs: TIMEOUT_MS });
    const { rowCount } = await client.query(
      `INSERT INTO secret_marks AS s (mark, seen_at) VALUES ($1, gatehouse_now())
     ON CONFLICT (id) DO UPDATE SET mark = excluded.mark, seen_at = excluded.seen_at
     WHERE s.mark = excluded.mark OR $2 OR s.seen_at < excluded.seen_at - interval '1 second' * $3::int`,
      [mark, isAlone, SILENCE_SECONDS],
    );
    return rowCount === 1;
  } finally {
    await client.end().catch(() => {});
  }
}

/**
 * Looks now, and from time to time until the function it returns is called.
 * @throws a database error of the first look
 */
export async function keepSecretMark(secret: string, isAlone: boolean): Promise<() => void> {
  await lookAtSecret(secret, isAlone);
  const timer = setInterval(() => {
    lookAtSecret(secret, isAlone).catch((err: unknown) =>
      log().debug({ err }, 'whether AUTH_SECRET is that of all is not known'),
    );
  }, SAY_MS).unref();
  return () => clearInterval(timer);
}
