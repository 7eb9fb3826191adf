import pg from 'pg';
import { print } from '../figures';
import { type Place, runBench } from '../run';
import { seedTeam } from '../seed';
import { measureEcho, measureGatehouse } from './idle';
import { measureOffers } from './offers';
import { socketsAllowed, startEcho, startGatehouse } from './programs';
import { measureRelays } from './relays';
import { HEAD, idleRows, targets, trafficRows } from './report';

/**
 * The figures of the WebSocket edge, as ratios against a bare `ws` server of the same run. Prints a
 * Markdown table, and which targets were reached.
 */
const SOCKETS = Number(process.env.BENCH_SOCKETS ?? 10_000);
const REST_SECONDS = Number(process.env.BENCH_REST_SECONDS ?? 30);

async function run(place: Place): Promise<void> {
  const db = new pg.Pool({ connectionString: place.databaseUrl, max: 4 });
  db.on('error', (error) => process.stderr.write(`${error.message}\n`));
  place.onEnd(() => db.end());

  const count = Math.min(SOCKETS, await socketsAllowed());
  if (count < SOCKETS) {
    print(`Only ${count} sockets: a process may open no more files here. Raise \`ulimit -n\`.\n`);
  }
  const wish = { count, restSeconds: REST_SECONDS };
  const fresh = await startGatehouse(place);
  const freshEcho = await startEcho(place);
  const idle = {
    gatehouse: await measureGatehouse(place, db, fresh, wish),
    echo: await measureEcho(place, freshEcho, wish),
  };
  for (const line of [...HEAD, ...idleRows(count, idle)]) print(line);
  await fresh.stop();
  await freshEcho.stop();

  const one = await startGatehouse(place);
  const echo = await startEcho(place);
  const team = await seedTeam(db);
  const offers = await measureOffers(db, team, one, echo);
  const two = await startGatehouse(place);
  const relays = await measureRelays(db, team, { one, two, echo });

  for (const line of [...trafficRows(offers, relays), '', ...targets(idle, offers)]) print(line);
}

await runBench(run);
