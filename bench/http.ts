import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server } from 'node:net';
import autocannon from 'autocannon';
import pg from 'pg';
import { requestPath } from '@/lib/contract/call-path';
import { median, print, quantile, ROUNDS, residentKb, SECONDS } from './figures';
import { CONNECTIONS, type Figures, load, requestsOf, type Target } from './load';
import { type Place, runBench } from './run';
import {
  connectTarget,
  eachOf,
  HOME,
  seedComputer,
  seedMember,
  seedSessions,
  seedTeam,
} from './seed';
import { type RunningServer, startServer } from './server';

/**
 * The figures of the HTTP edge, as ratios against two baselines of the same run: a constant answer of
 * the same server, and one prepared query through `pg`. Prints a Markdown table. The machine's own
 * noise is met by rounds in turn, of which the median counts.
 */
const MEMORY_REQUESTS = 100_000;
const ROWS = [1_000, 1_000_000];

/** Enough of them that none meets its limits. */
const SESSIONS = 256;

async function run(place: Place): Promise<void> {
  const { databaseUrl } = place;
  const counter = await startCounter(databaseUrl);
  const counted = await startServer(place, { databaseUrl: counter.url });
  const db = new pg.Pool({ connectionString: databaseUrl, max: CONNECTIONS });
  db.on('error', (error) => process.stderr.write(`${error.message}\n`));
  const targets = await seed(db);
  const { constant } = targets;

  const queries = new Map<string, number>();
  for (const target of Object.values(targets)) {
    await callOnce(counted.port, target);
    const before = counter.count();
    for (let i = 0; i < 10; i++) await callOnce(counted.port, target);
    queries.set(target.name, (counter.count() - before) / 10);
  }
  await counted.stop();
  counter.close();

  const server = await startServer(place);
  for (const target of Object.values(targets)) await load(server, target, 2);

  const results = new Map<string, Figures[]>();
  const note = (name: string, figures: Figures) =>
    results.set(name, [...(results.get(name) ?? []), figures]);
  for (const rows of ROWS) {
    await fillVerifiedIps(db, rows);
    for (let round = 0; round < ROUNDS; round++) {
      for (const target of Object.values(targets)) {
        note(
          `${target.name} · ${rows.toLocaleString('en')} rows`,
          await load(server, target, SECONDS),
        );
      }
      note(
        `one prepared query through pg · ${rows.toLocaleString('en')} rows`,
        await loadPg(db, SECONDS),
      );
    }
  }

  const memory = await measureMemory(server, targets.connect);
  await server.stop();
  await db.end();

  print(
    '| measured | requests/s | of constant | of one query | p50 ms | p99 ms | CPU ms per 1,000 | queries |',
  );
  print('| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |');
  for (const [name, figures] of results) {
    const rows = name.split(' · ')[1];
    const perSecond = median(figures.map((f) => f.perSecond));
    const ratio = (baseline: string) =>
      median(
        figures.map(
          (f, i) =>
            f.perSecond / (results.get(`${baseline} · ${rows}`)?.[i]?.perSecond ?? Number.NaN),
        ),
      );
    const cells = [
      name,
      Math.round(perSecond),
      ratio(constant.name).toFixed(2),
      ratio('one prepared query through pg').toFixed(2),
      median(figures.map((f) => f.p50)).toFixed(1),
      median(figures.map((f) => f.p99)).toFixed(1),
      Math.round(median(figures.map((f) => f.cpuMsPer1000))),
      queries.get(name.split(' · ')[0] ?? '') ?? 1,
    ];
    print(`| ${cells.join(' | ')} |`);
  }
  const at = (rows: number) =>
    median(
      (results.get(`${targets.connect.name} · ${rows.toLocaleString('en')} rows`) ?? []).map(
        (f) => f.perSecond,
      ),
    );
  print('');
  print(
    `Allowed connect, 1,000 rows against 1,000,000: ${((at(1_000) || 0) / at(1_000_000)).toFixed(2)} times the throughput.`,
  );
  print(
    `Resident memory over ${MEMORY_REQUESTS.toLocaleString('en')} allowed connects: ${memory.join(' → ')} MB.`,
  );
}

/** A team with a computer, and a member with a session that is verified at home. */
async function seed(db: pg.Pool) {
  const team = await seedTeam(db);
  const tokens = await seedSessions(db, await seedMember(db, team, 'Bench'), SESSIONS);
  const connect = connectTarget((await seedComputer(db, team)).id, tokens);
  return {
    constant: {
      name: 'constant answer',
      method: 'GET',
      path: requestPath('GET /api/health/live', {}),
      headers: {},
    },
    me: {
      name: 'GET /me',
      method: 'GET',
      path: requestPath('GET /me', {}),
      headers: {},
      vary: eachOf(tokens, () => HOME),
    },
    connect,
    // From one network after the other: who is refused too often at one is sent away unheard.
    refused: {
      ...connect,
      name: 'connect, refused',
      vary: eachOf(tokens, (made) => `6.${(made >> 8) % 256}.${made % 256}.8`),
    },
  } satisfies Record<string, Target>;
}

/** Verified IPs of other users, up to a number of rows. */
async function fillVerifiedIps(db: pg.Pool, rows: number): Promise<void> {
  const { rows: found } = await db.query('SELECT count(*)::int AS n FROM verified_ips');
  const missing = rows - found[0].n;
  const client = await db.connect();
  await client.query('SET statement_timeout = 0');
  await client.query(
    `WITH u AS (INSERT INTO users (email, name) SELECT 'u' || i || '-' || $1 || '@example.com', 'U' FROM generate_series(1, $1 / 10 + 1) i RETURNING id)
     INSERT INTO verified_ips (user_id, network, address, method, verified_at, last_used_at)
     SELECT id, host || '/32', host, 'password', gatehouse_now(), gatehouse_now()
     FROM u, LATERAL (SELECT '20.' || k || '.1.1' AS host FROM generate_series(1, 10) k) h LIMIT $1`,
    [missing],
  );
  await client.query('ANALYZE');
  client.release();
}

/** The baseline without HTTP: as many prepared queries as one process of `pg` sends. */
async function loadPg(db: pg.Pool, seconds: number): Promise<Figures> {
  const until = performance.now() + seconds * 1000;
  const times: number[] = [];
  const before = process.cpuUsage();
  const worker = async () => {
    while (performance.now() < until) {
      const start = performance.now();
      await db.query({
        name: 'one',
        text: 'SELECT * FROM users WHERE email = $1',
        values: ['bench@example.com'],
      });
      times.push(performance.now() - start);
    }
  };
  await Promise.all(Array.from({ length: 10 }, worker));
  const used = process.cpuUsage(before);
  return {
    perSecond: times.length / seconds,
    p50: quantile(times, 0.5),
    p99: quantile(times, 0.99),
    cpuMsPer1000: ((used.user + used.system) / 1000 / times.length) * 1000,
  };
}

async function measureMemory(server: RunningServer, target: Target): Promise<number[]> {
  const figures: number[] = [await residentMb(server.pid)];
  for (let part = 0; part < 4; part++) {
    await autocannon({ ...requestsOf(server, target), amount: MEMORY_REQUESTS / 4 });
    figures.push(await residentMb(server.pid));
  }
  return figures;
}

const residentMb = async (pid: number) => Math.round((await residentKb(pid)) / 1024);

/** Passes a connection to PostgreSQL on, and counts what executes: simple queries and extended ones. */
async function startCounter(databaseUrl: string) {
  const url = new URL(databaseUrl);
  const target = { port: Number(url.port), host: url.hostname };
  let executed = 0;
  const server: Server = createServer((inside) => {
    const outside = connect(target);
    let pending = Buffer.alloc(0);
    let isStarted = false;
    inside.on('data', (chunk: Buffer) => {
      pending = Buffer.concat([pending, chunk]);
      for (;;) {
        const head = isStarted ? 1 : 0;
        if (pending.length < head + 4) break;
        const length = head + pending.readInt32BE(head);
        if (pending.length < length) break;
        if (isStarted && (pending[0] === 0x51 || pending[0] === 0x45)) executed++;
        isStarted = true;
        pending = pending.subarray(length);
      }
      outside.write(chunk);
    });
    outside.pipe(inside);
    inside.on('close', () => outside.destroy());
    for (const socket of [inside, outside]) socket.on('error', () => socket.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  url.port = String((server.address() as AddressInfo).port);
  return { url: url.href, count: () => executed, close: () => server.close() };
}

async function callOnce(port: number, target: Target): Promise<void> {
  const response = await fetch(`http://localhost:${port}${target.path}`, {
    method: target.method,
    headers: { ...target.headers, ...target.vary?.() },
    ...(target.body !== undefined && { body: target.body }),
  });
  await response.arrayBuffer();
}

await runBench(run);
