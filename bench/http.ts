import { type ChildProcess, spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { type AddressInfo, connect, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import autocannon from 'autocannon';
import pg from 'pg';
import { startEmbeddedPostgres } from '@/lib/platform/embedded-postgres';

/**
 * The figures of the HTTP edge, as ratios against two baselines of the same run: a constant answer of
 * the same server, and one prepared query through `pg`. Prints a Markdown table. The machine's own
 * noise is met by rounds in turn, of which the median counts.
 */
const CONNECTIONS = 32;
const SECONDS = Number(process.env.BENCH_SECONDS ?? 5);
const ROUNDS = Number(process.env.BENCH_ROUNDS ?? 3);
const MEMORY_REQUESTS = 100_000;
const ROWS = [1_000, 1_000_000];

/** As `npm start` bounds it. */
const HEAP = ['--max-old-space-size=320'];

const HOME = '1.2.3.4';
const THIEF = '6.7.8.9';

type Target = {
  name: string;
  method: 'GET' | 'POST';
  path: string;
  headers: Record<string, string>;
  body?: string;
};
type Figures = { perSecond: number; p50: number; p99: number; cpuMsPer1000: number };

async function main(): Promise<void> {
  const directory = await mkdtemp(path.join(tmpdir(), 'gatehouse-bench-'));
  const postgres = await startEmbeddedPostgres(directory);
  try {
    await run(directory, postgres.connectionString);
  } finally {
    await postgres.stop();
    await rm(directory, { recursive: true, force: true });
  }
}

async function run(directory: string, databaseUrl: string): Promise<void> {
  const counter = await startCounter(databaseUrl);
  const counted = await startServer(directory, counter.url);
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

  const server = await startServer(directory, databaseUrl);
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

/** A team with a computer, and a user with a session that is verified at home. */
async function seed(db: pg.Pool) {
  const one = async (sql: string, values: unknown[] = []) =>
    (await db.query(sql, values)).rows[0].id as string;
  const team = await one(`INSERT INTO teams (name) VALUES ('Bench') RETURNING id`);
  await db.query(`INSERT INTO app_rules (team_id, name, is_default) VALUES ($1, 'Default', true)`, [
    team,
  ]);
  const user = await one(
    `INSERT INTO users (email, name) VALUES ('bench@example.com', 'Bench') RETURNING id`,
  );
  await db.query(`INSERT INTO memberships (team_id, user_id, role) VALUES ($1, $2, 'member')`, [
    team,
    user,
  ]);
  const computer = await one(
    `INSERT INTO computers (team_id, name, host_key_hash) VALUES ($1, 'Bench', $2) RETURNING id`,
    [team, randomBytes(32)],
  );
  await db.query(
    `INSERT INTO verified_ips (user_id, network, address, method, verified_at, last_used_at)
     VALUES ($1, $2, $3, 'password', gatehouse_now(), gatehouse_now())`,
    [user, `${HOME}/32`, HOME],
  );
  const token = `gate_${randomBytes(32).toString('base64url')}`;
  await db.query(
    `INSERT INTO sessions (user_id, token_hash, client, expires_at) VALUES ($1, $2, 'Bench', gatehouse_now() + interval '1 day')`,
    [user, createHash('sha256').update(token).digest()],
  );
  const from = (address: string) => ({
    authorization: `Bearer ${token}`,
    'x-forwarded-for': address,
  });
  const connectPath = `/api/v1/computers/${computer}/connections`;
  const json = { 'content-type': 'application/json' };
  return {
    constant: { name: 'constant answer', method: 'GET', path: '/api/health/live', headers: {} },
    me: { name: 'GET /me', method: 'GET', path: '/api/v1/me', headers: from(HOME) },
    connect: {
      name: 'connect, allowed',
      method: 'POST',
      path: connectPath,
      headers: { ...from(HOME), ...json },
      body: '{}',
    },
    refused: {
      name: 'connect, refused',
      method: 'POST',
      path: connectPath,
      headers: { ...from(THIEF), ...json },
      body: '{}',
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

async function load(server: RunningServer, target: Target, seconds: number): Promise<Figures> {
  const cpuBefore = await cpuMs(server.pid);
  const result = await autocannon({
    url: `http://localhost:${server.port}${target.path}`,
    method: target.method,
    headers: target.headers,
    ...(target.body !== undefined && { body: target.body }),
    connections: CONNECTIONS,
    duration: seconds,
  });
  const total = result.requests.total;
  const expected = target.name.endsWith('refused') ? result['4xx'] : result['2xx'];
  if (expected !== total || result.errors > 0) {
    throw new Error(
      `${target.name}: ${expected} of ${total} answers were as expected, ${result.errors} errors`,
    );
  }
  return {
    perSecond: result.requests.average,
    p50: result.latency.p50,
    p99: result.latency.p99,
    cpuMsPer1000: (((await cpuMs(server.pid)) - cpuBefore) / total) * 1000,
  };
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
  times.sort((a, b) => a - b);
  const at = (share: number) => times[Math.floor(times.length * share)] ?? 0;
  return {
    perSecond: times.length / seconds,
    p50: at(0.5),
    p99: at(0.99),
    cpuMsPer1000: ((used.user + used.system) / 1000 / times.length) * 1000,
  };
}

async function measureMemory(server: RunningServer, target: Target): Promise<number[]> {
  const figures: number[] = [await residentMb(server.pid)];
  for (let part = 0; part < 4; part++) {
    await autocannon({
      url: `http://localhost:${server.port}${target.path}`,
      method: target.method,
      headers: target.headers,
      ...(target.body !== undefined && { body: target.body }),
      connections: CONNECTIONS,
      amount: MEMORY_REQUESTS / 4,
    });
    figures.push(await residentMb(server.pid));
  }
  return figures;
}

async function residentMb(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Math.round(Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024);
}

/** User and system time of a process, from the kernel's own accounting in ticks of 10 ms. */
async function cpuMs(pid: number): Promise<number> {
  const fields = (await readFile(`/proc/${pid}/stat`, 'utf8')).split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

type RunningServer = { port: number; pid: number; stop: () => Promise<void> };

async function startServer(directory: string, databaseUrl: string): Promise<RunningServer> {
  const port = await freePort();
  const child: ChildProcess = spawn(process.execPath, [...HEAP, '--import', 'tsx', 'server.ts'], {
    env: {
      ...process.env,
      NODE_ENV: 'production',
      PORT: String(port),
      DATA_DIR: directory,
      DATABASE_URL: databaseUrl,
      AUTH_SECRET: 'a secret of the bench, long enough to be one',
      TRUSTED_PROXIES: '127.0.0.1',
      LOG_LEVEL: 'warn',
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await new Promise<void>((resolve, reject) => {
    child.stdout?.on('data', (chunk: Buffer) => {
      if (chunk.includes('"level":"')) process.stderr.write(chunk);
      if (chunk.includes('Gatehouse is ready')) resolve();
    });
    child.once('exit', () => reject(new Error('the server did not start')));
  });
  const stop = async () => {
    child.kill('SIGTERM');
    await once(child, 'exit');
  };
  return { port, pid: child.pid ?? 0, stop };
}

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
    headers: target.headers,
    ...(target.body !== undefined && { body: target.body }),
  });
  await response.arrayBuffer();
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

function median(values: number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

const print = (line: string) => process.stdout.write(`${line}\n`);

await main();
