import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import { BoundedClient } from './bounded-client';
import { log } from './log';
import { clientConfig, connection, setUpConnection } from './postgres/connection';
import { announce, database } from './postgres/database';
import { databaseIsPrepared } from './postgres/database-state';
import { shared } from './shared';

/**
 * What instances tell each other, over PostgreSQL's LISTEN/NOTIFY: events are published inside the
 * database (`gatehouse_publish`) and heard here, on a connection of its own, since poolers in transaction
 * mode pass no notifications on.
 */

const CHANNEL = 'gatehouse';
const FIRST_RETRY_MS = 100;
const LAST_RETRY_MS = 5_000;
/**
 * How often it says something to itself, over another connection, as another instance would: by one that
 * died without a word, or a pooler that passes no notifications on, nothing is heard.
 */
const PING_MS = 5_000;
const TIMEOUT_MS = 2_000;
/** How often it looks for what somebody published and did not have told: one who was killed, or wrote by hand. */
const ANNOUNCE_MS = 200;

export type BusHandlers = {
  onEvent: (event: unknown) => void;
  /** Listening again after a time in which anything may have happened; also at the first time. */
  onListening: () => void;
  /** Nothing is heard any more. */
  onLost: () => void;
};

type Event = { type?: unknown; id?: unknown };

const state = () => shared('bus', () => ({ isListening: false }));

/** Whether this instance hears what the others tell (readiness). */
export function busIsListening(): boolean {
  return state().isListening;
}

/** Listens until stopped, through every loss, with growing delays. @returns stops it */
export function listenToBus(handlers: BusHandlers): () => Promise<void> {
  let client: pg.Client | null = null;
  let timer: NodeJS.Timeout | undefined;
  let retryMs = FIRST_RETRY_MS;
  let isStopped = false;
  /** What was said to itself, and not heard yet. */
  let awaited: string | null = null;

  const lose = (lost: pg.Client, error: unknown) => {
    if (client !== lost) return;
    client = null;
    state().isListening = false;
    clearTimeout(timer);
    lost.end().catch(() => undefined);
    if (isStopped) return;
    log().warn({ err: error, retryMs }, 'the connection for notifications was lost');
    handlers.onLost();
    timer = setTimeout(connect, retryMs);
    retryMs = Math.min(retryMs * 2, LAST_RETRY_MS);
  };
  const ping = (pinged: pg.Client) => {
    const id = randomUUID();
    const next = (run: () => void, ms: number) => {
      if (client === pinged) timer = setTimeout(run, ms);
    };
    // What has arrived while this process was busy is read before it is judged.
    const judge = () => setImmediate(() => (awaited === id ? lose(pinged, deaf()) : ping(pinged)));
    awaited = id;
    say({ type: 'ping', id }).then(
      () => next(judge, state().isListening ? PING_MS : TIMEOUT_MS),
      // Nothing was said, so nothing follows from the silence; but this connection must answer.
      () =>
        pinged.query('SELECT').then(
          () => next(() => ping(pinged), FIRST_RETRY_MS),
          (error: unknown) => lose(pinged, error),
        ),
    );
  };
  const onEvent = (heard: pg.Client, event: Event) => {
    if (event.type !== 'ping') return handlers.onEvent(event);
    if (client !== heard || event.id !== awaited) return;
    awaited = null;
    if (state().isListening) return;
    retryMs = FIRST_RETRY_MS;
    state().isListening = true;
    handlers.onListening();
  };
  const connect = () => {
    // Not reached yet: whoever waits for the database says so.
    if (!databaseIsPrepared()) {
      timer = setTimeout(connect, FIRST_RETRY_MS);
      return;
    }
    const { url, schema } = connection();
    const opened = new BoundedClient({
      ...clientConfig(url, 'gatehouse bus'),
      connectWithinMs: TIMEOUT_MS,
      answerWithinMs: TIMEOUT_MS,
    });
    client = opened;
    awaited = null;
    opened.on('error', (error) => lose(opened, error));
    opened.on('end', () => lose(opened, new Error('the database closed the connection')));
    opened.on('notification', ({ payload = '' }) => {
      deliver(payload, (event) => onEvent(opened, event)).catch((err: unknown) =>
        log().error({ err }, 'a notification could not be read'),
      );
    });
    opened
      .connect()
      .then(() => setUpConnection(opened, { schema, statementTimeoutMs: TIMEOUT_MS }))
      .then(() => opened.query(`LISTEN ${CHANNEL}`))
      .then(
        () => {
          if (client === opened) ping(opened);
        },
        (error: unknown) => lose(opened, error),
      );
  };
  connect();
  const announcing = setInterval(() => {
    if (state().isListening) client?.query('SELECT gatehouse_announce()').catch(() => undefined);
  }, ANNOUNCE_MS);

  return async () => {
    isStopped = true;
    clearInterval(announcing);
    state().isListening = false;
    clearTimeout(timer);
    const last = client;
    client = null;
    await last?.end();
  };
}

async function say(event: Event): Promise<void> {
  await database().pool.query('SELECT pg_notify($1, $2)', [CHANNEL, JSON.stringify(event)]);
}

function deaf(): Error {
  return new Error(
    'the database answers, but passes no notifications on: is there a pooler in transaction mode? It must be in session mode',
  );
}

/** Tells every instance that listens, this one too. */
export async function publish(event: object): Promise<void> {
  await database().pool.query('SELECT gatehouse_publish($1::jsonb)', [JSON.stringify(event)]);
  announce();
}

/** What had to be stored may be heard after what was published later. */
async function deliver(payload: string, onEvent: (event: Event) => void): Promise<void> {
  const event: Event = JSON.parse(payload);
  if (event.type !== 'stored') {
    onEvent(event);
    return;
  }
  const body = await findPayload(event.id);
  if (body !== null) onEvent(JSON.parse(body));
}

async function findPayload(id: unknown): Promise<string | null> {
  const { rows } = await database().pool.query<{ body: string }>(
    'SELECT body FROM bus_payloads WHERE id = $1',
    [id],
  );
  return rows[0]?.body ?? null;
}

/** Deletes what every instance has read by now. */
export async function deleteOldPayloads(): Promise<void> {
  await database().pool.query(
    `DELETE FROM bus_payloads WHERE created_at < gatehouse_now() - interval '1 minute'`,
  );
}
