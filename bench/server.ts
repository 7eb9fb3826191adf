import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { serverFile } from '@/scripts/setup.mjs';
import type { Place } from './run';

/** As `npm start` bounds it. */
export const HEAP = ['--max-old-space-size=320'];

export type RunningServer = {
  port: number;
  pid: number;
  process: ChildProcess;
  stop: () => Promise<void>;
};

/**
 * Starts the built product on a free port, behind a trusted proxy at 127.0.0.1, and waits until it is ready.
 * @param databaseUrl default: the place's own
 * @param nodeArguments what to give Node beside the bounds of the heap; with them comes a channel for messages
 */
export async function startServer(
  place: Place,
  { databaseUrl = place.databaseUrl, nodeArguments = [] as string[] } = {},
): Promise<RunningServer> {
  const port = await freePort();
  const isWatched = nodeArguments.length > 0;
  const child = spawn(
    process.execPath,
    [...HEAP, ...(isWatched ? ['--import', 'tsx', ...nodeArguments] : []), serverFile()],
    {
      env: {
        ...process.env,
        NODE_ENV: 'production',
        PORT: String(port),
        DATA_DIR: place.directory,
        DATABASE_URL: databaseUrl,
        AUTH_SECRET: 'a secret of the bench, long enough to be one',
        TRUSTED_PROXIES: '127.0.0.1',
        DRAIN_SECONDS: '0',
        LOG_LEVEL: 'warn',
      },
      stdio: ['ignore', 'pipe', 'inherit', isWatched ? 'ipc' : 'ignore'],
    },
  );
  const stop = () => stopProcess(child);
  place.onEnd(stop);
  await new Promise<void>((resolve, reject) => {
    child.stdout?.on('data', (chunk: Buffer) => {
      if (chunk.includes('"level":"')) process.stderr.write(chunk);
      if (chunk.includes('Gatehouse is ready')) resolve();
    });
    child.once('exit', () => reject(new Error('the server did not start')));
  });
  return { port, pid: child.pid ?? 0, process: child, stop };
}

/** Ends a process in order, if it still runs. */
export async function stopProcess(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  await exited;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}
