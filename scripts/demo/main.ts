import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Readable } from 'node:stream';
import pg from 'pg';
import { startEmbeddedPostgres } from '@/lib/platform/postgres/embedded';
import { StartError } from '@/lib/platform/start-error';
import { serverFile } from '@/scripts/setup.mjs';
import { seed } from './seed';
import { tellStory } from './story';

/** A set-up token and a password that everybody may know: the demo listens on this machine alone. */
const SETUP_TOKEN = randomBytes(16).toString('hex');
const PORT = process.env.PORT?.trim() || '3000';
const ORIGIN = `http://localhost:${PORT}`;

function startServer(
  dataDir: string,
  databaseUrl: string,
): ChildProcessByStdio<null, Readable, null> {
  return spawn(process.execPath, [serverFile()], {
    env: {
      ...process.env,
      HOST: '127.0.0.1',
      PORT,
      APP_URL: ORIGIN,
      // Several people, by programs, on this machine.
      PRIVATE_CLIENTS: 'allow',
      DATA_DIR: dataDir,
      DATABASE_URL: databaseUrl,
      AUTH_SECRET: randomBytes(32).toString('base64url'),
      SETUP_TOKEN,
      LOG_LEVEL: 'warn',
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

/** Goes on until Ctrl-C, at whatever point that comes: then nothing is left. */
export async function runDemo(): Promise<void> {
  const directory = mkdtempSync(path.join(tmpdir(), 'gatehouse-demo-'));
  const starting = new AbortController();
  const preparing = startEmbeddedPostgres(directory, starting.signal);
  let server: ReturnType<typeof startServer> | null = null;

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
    if (server?.exitCode === null && server.signalCode === null) {
      const ended = once(server, 'exit');
      server.kill('SIGINT');
      await ended;
    }
    await postgres?.stop();
    await rm(directory, { recursive: true, force: true });
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => void stop(0));

  try {
    const { connectionString } = await preparing;
    if (stopping) return;
    const started = startServer(directory, connectionString);
    server = started;
    started.once('exit', (code) => void stop(code ?? 1));
    await new Promise<void>((resolve) => {
      started.stdout.on('data', (chunk: Buffer) => {
        if (chunk.includes('Gatehouse is ready')) resolve();
      });
    });
    const db = new pg.Pool({ connectionString });
    console.log('Preparing a team with ninety days behind it…');
    const team = await seed(ORIGIN, SETUP_TOKEN, db);
    await db.end();
    await tellStory(ORIGIN, team);
    console.log(`
The server goes on at ${ORIGIN} until Ctrl-C. Everything is thrown away then.

  Log in as           E-mail                    Password
  Olga, the owner     ${team.owner.email}          ${team.password}
  Valerie, a member   ${team.valerie.email}       ${team.password}

  Be the thief:       curl --interface 127.0.0.66 -X POST ${ORIGIN}/api/v1/computers/${team.computerId}/connections \\
                        -H 'Authorization: Bearer ${team.valerie.token}' -H 'Content-Type: application/json' -d '{}'
`);
  } catch (error) {
    // What is stopped in the middle fails.
    if (stopping === null)
      console.error(error instanceof StartError ? error.lines.join('\n') : error);
    await stop(1);
  }
}
