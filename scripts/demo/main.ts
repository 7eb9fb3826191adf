import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { SETTINGS } from '@/lib/platform/env';
import { startEmbeddedPostgres } from '@/lib/platform/postgres/embedded';
import { freePort } from '@/lib/platform/postgres/server';
import { StartError } from '@/lib/platform/start-error';
import { root, serverFile } from '@/scripts/setup.mjs';
import { type Door, openDoor } from './door';
import { CAFE, HOME, OFFICE, THIEF } from './places';
import { callsTo } from './request';
import { seed } from './seed';
import { inviteToTry, tellTheft } from './story';

/** A program of ours. What the developer has set for a server of theirs is not the demo's business. */
function run(file: string, args: readonly string[], env: Record<string, string>): ChildProcess {
  const inherited = { ...process.env, ...env };
  for (const name of SETTINGS) if (!(name in env)) delete inherited[name];
  return spawn(process.execPath, [path.join(root, file), ...args], {
    cwd: root,
    env: inherited,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

/** Of programs that say in a line when they are ready. */
async function untilSaid(child: ChildProcess, text: string): Promise<void> {
  await new Promise<void>((resolve) => {
    let said = '';
    child.stdout?.on('data', (chunk: Buffer) => {
      said = `${said}${chunk}`.slice(-1_000);
      if (said.includes(text)) resolve();
    });
  });
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGINT');
  await ended;
}

/**
 * Goes on until Ctrl-C, at whatever point that comes: then nothing is left.
 * @param ports of home, of the café and of the thief
 */
export async function runDemo(ports: readonly [number, number, number]): Promise<void> {
  const directory = mkdtempSync(path.join(tmpdir(), 'gatehouse-demo-'));
  const starting = new AbortController();
  const preparing = startEmbeddedPostgres(directory, starting.signal);
  /** Last started, first ended. */
  const programs: ChildProcess[] = [];
  let db: pg.Client | null = null;
  const doors: Door[] = [];

  let stopping: Promise<void> | null = null;
  /** Once, however often it is asked: a Ctrl-C comes from the terminal and from npm. */
  const stop = async (exitCode: number): Promise<never> => {
    stopping ??= clear();
    await stopping;
    process.exit(exitCode);
  };
  const clear = async () => {
    starting.abort();
    const postgres = await preparing.catch(() => null);
    for (const program of programs.reverse()) await end(program);
    for (const door of doors) door.close();
    await db?.end().catch(() => undefined);
    await postgres?.stop();
    await rm(directory, { recursive: true, force: true });
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => void stop(0));
  }
  /** Goes no further once it is to stop, so that nothing is started behind the back of `clear`. */
  const goOn = () => starting.signal.throwIfAborted();

  try {
    const { connectionString } = await preparing;
    const port = await freePort();
    goOn();
    const appOrigin = `http://localhost:${ports[0]}`;
    const setupToken = randomBytes(16).toString('hex');
    const server = run(serverFile(), [], {
      HOST: '127.0.0.1',
      PORT: String(port),
      APP_URL: appOrigin,
      TRUSTED_PROXIES: '127.0.0.1',
      DATA_DIR: directory,
      DATABASE_URL: connectionString,
      AUTH_SECRET: randomBytes(32).toString('base64url'),
      SETUP_TOKEN: setupToken,
      LOG_LEVEL: 'warn',
    });
    programs.push(server);
    server.once('exit', (code) => void stop(code ?? 1));
    await untilSaid(server, 'Gatehouse is ready');
    goOn();

    console.log('Preparing a team with ninety days behind it…\n');
    const client = new pg.Client({ connectionString });
    // Where the database is stopped in the middle, `seed` fails and says so.
    client.on('error', () => undefined);
    db = client;
    await client.connect();
    const from = callsTo(port);
    const team = await seed(from, setupToken, client);
    await client.end();
    const token = await tellTheft(from, team);
    goOn();

    const open = async (at: number, address: string) => {
      const door = await openDoor(at, address, port, appOrigin);
      doors.push(door);
      return door;
    };
    const home = await open(ports[0], HOME);
    const cafe = await open(ports[1], CAFE);
    const elsewhere = await open(ports[2], THIEF);
    const office = await open(0, OFFICE);
    goOn();
    const host = run('bin/gatehouse-host.mjs', ['--url', office.origin], {
      GATEHOUSE_HOST_KEY: team.computer.hostKey,
    });
    programs.push(host);
    await untilSaid(host, 'Online as');
    goOn();
    console.log(inviteToTry({ home, cafe, elsewhere }, team, token));
  } catch (error) {
    // What is stopped in the middle fails.
    if (stopping === null)
      console.error(error instanceof StartError ? error.lines.join('\n') : error);
    await stop(1);
  }
}
