import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server } from 'node:net';
import { cpus } from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { requestPath } from '@/lib/contract/call-path';
import {
  atHome,
  away,
  computerOf,
  type Deployment,
  growVerifiedIps,
  seedDeployment,
} from './deployment';
import { median, postgresCpuMs, postmasterOf, print, ROUNDS, residentKb, SECONDS } from './figures';
import { type Asked, CONNECTIONS, type Figures, load, type Target } from './load';
import { type Place, runBench } from './run';
import { HEAP, type RunningServer, startServer, stopProcess } from './server';

/**
 * The figures of the HTTP edge at a deployment's size, beside two floors in the same rotation: what the same
 * answer costs without Gatehouse (`floor.ts`). Prints Markdown. The machine's own noise is met by rounds in
 * turn, of which the median counts.
 *
 * For a short run: BENCH_USERS, BENCH_VERIFIED_IPS, BENCH_MORE (how many times as many verified IPs the last
 * rounds have; 1: none), BENCH_SECONDS a measurement, BENCH_ROUNDS, BENCH_REQUESTS of the memory's run.
 */
const USERS = Number(process.env.BENCH_USERS ?? 200_000);
const VERIFIED_IPS = Number(process.env.BENCH_VERIFIED_IPS ?? 1_000_000);
const MORE = Number(process.env.BENCH_MORE ?? 10);
const MEMORY_REQUESTS = Number(process.env.BENCH_REQUESTS ?? 100_000);

type Row = Figures & { postgresMsPer1000: number };
type Measured = { target: Target; asked: Asked; floor: string | null };

async function run(place: Place): Promise<void> {
  const db = new pg.Pool({ connectionString: place.databaseUrl, max: 4 });
  db.on('error', (error) => process.stderr.write(`${error.message}\n`));
  place.onEnd(() => db.end());
  const postmaster = await postmasterOf(db);
  const counter = await startCounter(place.databaseUrl);
  // It makes the tables.
  await (await startServer(place)).stop();

  const seeding = performance.now();
  const deployment: Deployment = { users: USERS, verifiedIps: VERIFIED_IPS };
  await seedDeployment(db, deployment);
  const seeded = [secondsSince(seeding)];

  const counted = await startServer(place, { databaseUrl: counter.url });
  const calls = targets();
  const statements = new Map<string, number>();
  for (const target of Object.values(calls)) {
    const before = counter.count();
    const { requests } = await load(counted, target, Math.min(SECONDS, 2));
    statements.set(target.name, (counter.count() - before) / requests);
  }
  await counted.stop();
  counter.close();

  const server = await startServer(place);
  const floor = await startFloor(place);
  const measured: Measured[] = [
    { target: { ...calls.me, name: READ_FLOOR }, asked: floor, floor: null },
    { target: { ...calls.connect, name: KEEP_FLOOR }, asked: floor, floor: null },
    { target: calls.constant, asked: server, floor: null },
    { target: calls.me, asked: server, floor: READ_FLOOR },
    { target: calls.connect, asked: server, floor: KEEP_FLOOR },
    { target: calls.refused, asked: server, floor: KEEP_FLOOR },
  ];
  const rotate = async (which: Measured[]) => {
    const rows = new Map<string, Row[]>(which.map(({ target }) => [target.name, []]));
    for (const { asked, target } of which) await load(asked, target, Math.min(SECONDS, 2));
    for (let round = 0; round < ROUNDS; round++) {
      for (const { asked, target } of which) {
        const before = await postgresCpuMs(postmaster);
        const { requests, ...figures } = await load(asked, target, SECONDS);
        const postgresMs = (await postgresCpuMs(postmaster)) - before;
        rows
          .get(target.name)
          ?.push({ ...figures, postgresMsPer1000: (postgresMs / requests) * 1000 });
      }
    }
    return rows;
  };
  const few = await rotate(measured);
  let many: Map<string, Row[]> | null = null;
  if (MORE > 1) {
    const growing = performance.now();
    await growVerifiedIps(db, deployment, VERIFIED_IPS * MORE);
    seeded.push(secondsSince(growing));
    many = await rotate(measured.filter(({ target }) => IN_MORE.has(target.name)));
  }
  const memory = await measureMemory(server, calls.connect);

  const size = (ips: number) => `${ips.toLocaleString('en')} verified IPs`;
  print(
    `${USERS.toLocaleString('en')} users, sessions; ${(USERS / 10).toLocaleString('en')} teams. ${cpus().length} cores (${cpus()[0]?.model}) for client, server and PostgreSQL together; Node ${process.versions.node}, ${CONNECTIONS} connections, ${ROUNDS} rounds of ${SECONDS} s. Seeded in ${seeded.join(' + ')} s.\n`,
  );
  print(
    '| measured | requests/s | of its floor | server CPU ms per 1,000 | PostgreSQL CPU ms per 1,000 | p50 ms | p99 ms | statements |',
  );
  print('| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |');
  for (const [rows, ips] of [[few, VERIFIED_IPS] as const, [many, VERIFIED_IPS * MORE] as const]) {
    if (!rows) continue;
    for (const { target, floor } of measured) {
      const figures = rows.get(target.name);
      if (figures)
        print(
          rowOf(
            `${target.name} · ${size(ips)}`,
            figures,
            floor === null ? undefined : rows.get(floor),
            statements.get(target.name) ?? 1,
          ),
        );
    }
  }
  print('');
  if (many) {
    print(
      `Allowed connect, ${size(VERIFIED_IPS)} against ${size(VERIFIED_IPS * MORE)}: ${(perSecond(few, calls.connect.name) / perSecond(many, calls.connect.name)).toFixed(2)} times the throughput.`,
    );
  }
  print(
    `Resident memory over ${MEMORY_REQUESTS.toLocaleString('en')} allowed connects: ${memory.join(' → ')} MB.`,
  );
}

const READ_FLOOR = 'floor for reading';
const KEEP_FLOOR = 'floor for a connect that is kept';
const IN_MORE = new Set([KEEP_FLOOR, 'connect, allowed', 'connect, refused']);

const secondsSince = (start: number) => Math.round((performance.now() - start) / 1000);

const perSecond = (rows: Map<string, Row[]>, name: string) =>
  median((rows.get(name) ?? []).map((row) => row.perSecond));

function rowOf(name: string, rows: Row[], floor: Row[] | undefined, statements: number) {
  const of = (pick: (row: Row) => number) => median(rows.map(pick));
  const cells = [
    name,
    Math.round(of((row) => row.perSecond)),
    floor
      ? median(rows.map((row, i) => row.perSecond / (floor[i]?.perSecond ?? Number.NaN))).toFixed(2)
      : '',
    Math.round(of((row) => row.cpuMsPer1000)),
    Math.round(of((row) => row.postgresMsPer1000)),
    of((row) => row.p50).toFixed(1),
    of((row) => row.p99).toFixed(1),
    statements.toFixed(2),
  ];
  return `| ${cells.join(' | ')} |`;
}

/** What is asked, each time by another user of the deployment. */
function targets() {
  const anybody = () => Math.floor(Math.random() * USERS);
  const pathTo = (no: number) =>
    requestPath('POST /computers/{id}/connections', { params: { id: computerOf(no) } });
  const connect = {
    name: 'connect, allowed',
    method: 'POST',
    path: '',
    headers: { 'content-type': 'application/json' },
    vary: () => {
      const no = anybody();
      return { path: pathTo(no), headers: atHome(no) };
    },
    body: '{}',
  } satisfies Target;
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
      vary: () => ({ headers: atHome(anybody()) }),
    },
    connect,
    refused: {
      ...connect,
      name: 'connect, refused',
      vary: () => {
        const no = anybody();
        return { path: pathTo(no), headers: away(no) };
      },
      status: 403,
    },
  } satisfies Record<string, Target>;
}

async function startFloor(place: Place): Promise<Asked> {
  const child: ChildProcess = spawn(
    process.execPath,
    [...HEAP, '--import', 'tsx', path.join(import.meta.dirname, 'floor.ts')],
    {
      env: { ...process.env, FLOOR_DATABASE_URL: place.databaseUrl },
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    },
  );
  place.onEnd(() => stopProcess(child));
  const [{ port }] = (await once(child, 'message')) as [AddressInfo];
  return { port, pid: child.pid ?? 0 };
}

async function measureMemory(server: RunningServer, target: Target): Promise<number[]> {
  const figures: number[] = [await residentMb(server.pid)];
  for (let part = 0; part < 4; part++) {
    await load(server, target, { requests: MEMORY_REQUESTS / 4 });
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

await runBench(run);
