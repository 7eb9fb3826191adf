import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { Server as NetServer } from 'node:net';
import { setTimeout as delay, setImmediate as turn } from 'node:timers/promises';
import { isStopping } from '@/lib/platform/stopping';

/**
 * How a server goes without cutting anybody. Callers are in four places, and each can be lost: a request
 * that runs; one that is on its way on a connection kept from before; a connection that the system has
 * made and we have not taken yet; and whoever is about to come, since nobody told him not to.
 *
 * So it serves on for a while and says of every answer that its connection is the last; then it closes
 * the door at a moment when nobody stands in it, and waits for the answers under way.
 */
export type Leave = (options: {
  /** How long to serve on, while who sends callers here learns to send them elsewhere. */
  waitMs: number;
  /** How long the answers under way may take after that. */
  withinMs: number;
  /** Called when the door is closed. */
  onClosed?: () => Promise<void>;
}) => Promise<void>;

const SWEEP_MS = 50;
/** A turn of the loop that is longer leaves time in which somebody may have come. */
const SHORT_MS = 0.05;
/** Under a load that leaves no turn so short, one in which nobody came has to do. */
const SHORT_WITHIN_MS = 1_000;
const NOBODY_WITHIN_MS = 2_000;

/** @param server not yet listening */
export function prepareToLeave(server: Server): Leave {
  /** The answers under way. */
  const answers = new Set<ServerResponse>();
  let isLeaving = false;
  let taken = 0;
  server.on('connection', () => {
    taken += 1;
  });

  const note = (_req: IncomingMessage, res: ServerResponse) => {
    answers.add(res);
    res.once('close', () => answers.delete(res));
    // From the moment at which it is not ready any more: what else is closed first may take a while.
    if (isLeaving || isStopping()) res.shouldKeepAlive = false;
  };
  for (const event of ['request', 'checkContinue', 'checkExpectation']) {
    server.prependListener(event, note);
  }

  /** Ends the connections on which nothing runs and nothing has begun to arrive. */
  const endIdle = () => {
    // Node takes an answer for sent that is only written: to a slow reader it is not.
    const isWritten = (res: ServerResponse) => res.writableEnded && !res.writableFinished;
    if (![...answers].some(isWritten)) server.closeIdleConnections();
  };

  return async ({ waitMs, withinMs, onClosed }) => {
    isLeaving = true;
    for (const res of answers) if (!res.headersSent) res.shouldKeepAlive = false;
    await delay(waitMs);
    await untilNobodyWaits(() => taken);
    // HTTP's own `close` would also cut connections on which a request may be on its way.
    const closed = new Promise<void>((resolve) =>
      NetServer.prototype.close.call(server, () => resolve()),
    );
    const sweep = setInterval(endIdle, SWEEP_MS);
    const whole = (async () => {
      await onClosed?.();
      await closed;
    })();
    await Promise.race([whole, delay(withinMs)]);
    clearInterval(sweep);
    server.closeAllConnections();
    server.close(() => undefined);
  };
}

/**
 * Waits for a turn of the loop in which nobody came: it takes in one connection a turn, and what the
 * system holds for it beyond that would be reset with the closing of the door.
 */
async function untilNobodyWaits(countTaken: () => number): Promise<void> {
  await turn();
  for (const sinceMs = performance.now(); ; ) {
    const [takenBefore, beganMs] = [countTaken(), performance.now()];
    await turn();
    const nowMs = performance.now();
    const isShort = nowMs - beganMs < SHORT_MS || nowMs - sinceMs > SHORT_WITHIN_MS;
    if (isShort && countTaken() === takenBefore) return;
    if (nowMs - sinceMs > NOBODY_WITHIN_MS) return;
  }
}
