import type pg from 'pg';
import { median, ROUNDS, SECONDS } from '../figures';
import { CONNECTIONS, load } from '../load';
import { connectTarget, credentials, HOME, seedComputer, seedMember, seedSessions } from '../seed';
import type { RunningServer } from '../server';
import { atRate, closedLoop, inTurn, medianPace, type Pace, type RoundTrip } from './pace';
import { Peer } from './peer';

/** Offers through the gate to a computer that is online and takes its time to answer. */
export type OfferFigures = {
  /** HTTP's allowed connect, as many as go. */
  connectsPerSecond: number;
  /** As many as go. */
  most: { offers: Pace; echoes: Pace; ofConnects: number; ofEchoes: number };
  /** At `OFFER_RATE`. */
  steady: { offers: Pace; echoes: Pace };
};

/** Offers a second. */
export const OFFER_RATE = 500;

/**
 * A socket may send 20 messages a second, 50 offers of a session may wait, and a user may make 60 a minute:
 * these send 8,000 a second, 20,000 wait, and 24,000 come before it is cleared.
 */
const MEMBERS = 400;

const WARM_UP_SECONDS = 2;

export async function measureOffers(
  db: pg.Pool,
  team: string,
  server: RunningServer,
  echo: RunningServer,
): Promise<OfferFigures> {
  const tokens: string[] = [];
  for (let place = 0; place < MEMBERS; place++) {
    const member = await seedMember(db, team, `Busy-${place}`);
    tokens.push(...(await seedSessions(db, member, 1)));
  }
  const computer = await seedComputer(db, team);
  const host = await Peer.open(server.port, credentials(computer.key, HOME));
  const clients: Peer[] = [];
  const others: Peer[] = [];
  for (let place = 0; place < MEMBERS; place++) {
    const token = tokens[place] ?? '';
    clients.push(await Peer.open(server.port, credentials(token, HOME)));
    others.push(await Peer.open(echo.port, null));
  }
  const offer = inTurn(clients, (peer) => peer.offer(computer.id));
  const echoed = inTurn(others, (peer) => peer.offer(computer.id));
  const connect = connectTarget(computer.id, tokens);

  const most = (trip: RoundTrip, seconds = SECONDS) => closedLoop(trip, CONNECTIONS, seconds);
  const steady = (trip: RoundTrip) => atRate(trip, OFFER_RATE, SECONDS);
  /** What waits would run out in the middle of what is measured next. */
  const cleared = async <T>(work: Promise<T>) => {
    const result = await work;
    await db.query('DELETE FROM connections');
    return result;
  };
  await cleared(load(server, connect, WARM_UP_SECONDS));
  await cleared(most(offer, WARM_UP_SECONDS));
  await most(echoed, WARM_UP_SECONDS);

  const connects: number[] = [];
  const offers: Pace[] = [];
  const echoes: Pace[] = [];
  const steadyOffers: Pace[] = [];
  const steadyEchoes: Pace[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    connects.push((await cleared(load(server, connect, SECONDS))).perSecond);
    offers.push(await cleared(most(offer)));
    echoes.push(await most(echoed));
    steadyOffers.push(await cleared(steady(offer)));
    steadyEchoes.push(await steady(echoed));
  }
  for (const peer of [host, ...clients, ...others]) peer.close();

  const ratio = (baseline: number[]) =>
    median(offers.map(({ perSecond }, round) => perSecond / (baseline[round] ?? Number.NaN)));
  return {
    connectsPerSecond: median(connects),
    most: {
      offers: medianPace(offers),
      echoes: medianPace(echoes),
      ofConnects: ratio(connects),
      ofEchoes: ratio(echoes.map(({ perSecond }) => perSecond)),
    },
    steady: { offers: medianPace(steadyOffers), echoes: medianPace(steadyEchoes) },
  };
}
