import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { startEmbeddedPostgres } from '@/lib/platform/embedded-postgres';
import { serverFile } from '@/scripts/setup.mjs';
import { seed } from './seed';
import { tellStory } from './story';

/** A set-up token and a password that everybody may know: the demo listens on this machine alone. */
const SETUP_TOKEN = randomBytes(16).toString('hex');
const PORT = process.env.PORT?.trim() || '3000';
const ORIGIN = `http://localhost:${PORT}`;

const directory = await mkdtemp(path.join(tmpdir(), 'gatehouse-demo-'));
const postgres = await startEmbeddedPostgres(directory);
const server = spawn(process.execPath, [serverFile()], {
  env: {
    ...process.env,
    HOST: '127.0.0.1',
    PORT,
    APP_URL: ORIGIN,
    // Several people, by programs, on this machine.
    PRIVATE_CLIENTS: 'allow',
    DATA_DIR: directory,
    DATABASE_URL: postgres.connectionString,
    AUTH_SECRET: randomBytes(32).toString('base64url'),
    SETUP_TOKEN,
    LOG_LEVEL: 'warn',
  },
  stdio: ['ignore', 'pipe', 'inherit'],
});

let stopping: Promise<void> | null = null;
/** Once, however often it is asked: a Ctrl-C comes from the terminal and from npm. */
async function stop(exitCode: number): Promise<never> {
  stopping ??= clear();
  await stopping;
  process.exit(exitCode);
}
async function clear(): Promise<void> {
  if (server.exitCode === null) {
    const ended = once(server, 'exit');
    server.kill('SIGINT');
    await ended;
  }
  await postgres.stop();
  await rm(directory, { recursive: true, force: true });
}
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => void stop(0));
server.once('exit', (code) => void stop(code ?? 1));

try {
  await new Promise<void>((resolve) => {
    server.stdout.on('data', (chunk: Buffer) => {
      if (chunk.includes('Gatehouse is ready')) resolve();
    });
  });
  const db = new pg.Pool({ connectionString: postgres.connectionString });
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
  console.error(error);
  await stop(1);
}
