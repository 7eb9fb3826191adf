import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import { ROUNDS, SECONDS } from '../figures';
import { credentials, HOME, seedComputer, seedMember, seedSessions } from '../seed';
import type { RunningServer } from '../server';
import { atRate, inTurn, medianPace, type Pace } from './pace';
import { answerKey, Peer } from './peer';

/** Candidates from a client to its computer and back. */
export type RelayFigures = { oneInstance: Pace; twoInstances: Pace; echoes: Pace };

/** Round trips a second. */
export const RELAY_RATE = 200;

/** A socket may send 20 messages a second: these may send 500. */
const PAIRS = 25;

/** A connected client, and how it says what its computer says back. */
type Pair = { client: Peer; host: Peer | null; attemptId: string };

export async function measureRelays(
  db: pg.Pool,
  team: string,
  { one, two, echo }: { one: RunningServer; two: RunningServer; echo: RunningServer },
): Promise<RelayFigures> {
  const near = await times(PAIRS, () => connectPair(db, { team, client: one, host: one }));
  const far = await times(PAIRS, () => connectPair(db, { team, client: one, host: two }));
  const echoed = await times(PAIRS, () => echoPair(echo));

  const relay = (pairs: Pair[]) => {
    const exchange = inTurn(pairs, ({ client, attemptId }) => client.exchange(attemptId));
    return atRate(exchange, RELAY_RATE, SECONDS);
  };
  const figures = { near: [] as Pace[], far: [] as Pace[], echoed: [] as Pace[] };
  // The first of each warms up.
  for (let round = 0; round <= ROUNDS; round++) {
    figures.near[round] = await relay(near);
    figures.far[round] = await relay(far);
    figures.echoed[round] = await relay(echoed);
  }
  for (const { client, host } of [...near, ...far, ...echoed]) {
    client.close();
    host?.close();
  }
  return {
    oneInstance: medianPace(figures.near.slice(1)),
    twoInstances: medianPace(figures.far.slice(1)),
    echoes: medianPace(figures.echoed.slice(1)),
  };
}

/** A member and a computer of its own, each at an instance, with a connection that was accepted. */
async function connectPair(
  db: pg.Pool,
  ends: { team: string; client: RunningServer; host: RunningServer },
): Promise<Pair> {
  const computer = await seedComputer(db, ends.team);
  const member = await seedMember(db, ends.team, `Connected-${computer.id}`);
  const [token = ''] = await seedSessions(db, member, 1);
  const host = await Peer.open(ends.host.port, credentials(computer.key, HOME));
  host.onMessage = ({ action, payload: { attemptId, data } }) => {
    if (attemptId === undefined) return;
    if (action === 'offer_relay') host.send('answer', { attemptId, approved: true, data: {} });
    if (action === 'candex_relay') host.send('candex', { attemptId, ...(data && { data }) });
  };
  const client = await Peer.open(ends.client.port, credentials(token, HOME));
  const attemptId = randomUUID();
  const accepted = client.wait(answerKey(attemptId));
  await Promise.all([accepted, client.offer(computer.id, attemptId)]);
  return { client, host, attemptId };
}

async function echoPair(echo: RunningServer): Promise<Pair> {
  return { client: await Peer.open(echo.port, null), host: null, attemptId: randomUUID() };
}

/** One after the other. */
async function times<T>(count: number, make: () => Promise<T>): Promise<T[]> {
  const made: T[] = [];
  while (made.length < count) made.push(await make());
  return made;
}
