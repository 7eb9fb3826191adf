import { spawn } from 'node:child_process';
import { open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { createServer } from 'node:net';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { programEnv } from '@/lib/platform/env';
import { log } from '@/lib/platform/log';
import {
  type Account,
  type Cluster,
  codeOf,
  exists,
  explainSpawnError,
  own,
  run,
} from './programs';

// The running server.
//
// It is started in a session of its own. So a Ctrl-C in the terminal reaches Gatehouse
// alone, which stops its database last and in order; and a Gatehouse that was killed finds its
// server still running, or crashed, and goes on from there. Nothing about the running server is
// kept but what PostgreSQL itself writes (`postmaster.pid`), and that is a number which may be
// anybody's by now, or the original's where the directory is a copy: a process is this directory's
// server when it works in this directory.

const STOP_TIMEOUT_S = 60;
/** Recovery after a crash takes as long as it takes; whoever waits is told so, and where to look. */
const SAY_WAITING_MS = 30_000;
const POLL_MS = 50;
const LOG_BYTES_MAX = 5_000_000;

const SETTINGS: Readonly<Record<string, string>> = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  fsync: 'on',
  full_page_writes: 'on',
  synchronous_commit: 'on',
  password_encryption: 'scram-sha-256',
  timezone: 'UTC',
  log_timezone: 'UTC',
  // Errors of statements reach the log of Gatehouse; their details may hold an email address.
  log_min_messages: 'log',
  log_error_verbosity: 'terse',
  log_checkpoints: 'off',
};

/** Whether `pid` is a living process, and, where that can be told, one of PostgreSQL's. */
async function isPostgres(pid: number): Promise<boolean> {
  if (process.platform !== 'linux') {
    try {
      process.kill(pid, 0);
      return true;
    } catch (error) {
      return codeOf(error) === 'EPERM';
    }
  }
  try {
    // "123 (postgres) S …"; Z is a dead one whose parent has not noticed.
    const line = await readFile(`/proc/${pid}/stat`, 'utf8');
    return /^\d+ \(postgres\) [^ZX]/.test(line);
  } catch {
    return false;
  }
}

type PidFile = { pid: number; port: number; isReady: boolean };

export async function findPidFile({ pgData }: Cluster): Promise<PidFile | null> {
  try {
    const lines = (await readFile(path.join(pgData, 'postmaster.pid'), 'utf8')).split('\n');
    const isReady = lines[7]?.trim() === 'ready';
    return { pid: Number(lines[0]), port: Number(lines[3]), isReady };
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return null;
    throw error;
  }
}

/** Which directory that is, by the numbers of the file system; null where it can't be told. */
async function identify(directory: string, account: Account): Promise<string | null> {
  try {
    const { dev, ino } = await stat(directory, { bigint: true });
    return `${dev}:${ino}`;
  } catch (error) {
    if (codeOf(error) !== 'EACCES' || account.uid === undefined) return null;
  }
  // The root of a container may commonly not look into the processes of another user; the user may.
  const { code, output } = await run('stat', ['-L', '-c', '%d:%i', directory], account);
  return code === 0 ? output : null;
}

/** Whether `pid` is of a server on this directory: all its processes work in there. */
async function isOnDirectory({ pgData, account }: Cluster, pid: number): Promise<boolean> {
  if (!(pid > 1) || !(await isPostgres(pid))) return false;
  if (process.platform !== 'linux') return true;
  const place = await identify(`/proc/${pid}/cwd`, account);
  return place !== null && place === (await identify(pgData, account));
}

/** The port of the server that runs on this directory, whoever started it. */
export async function findRunningPort(cluster: Cluster): Promise<number | null> {
  const found = await findPidFile(cluster);
  if (found === null || !(found.port > 0)) return null;
  return (await isOnDirectory(cluster, found.pid)) ? found.port : null;
}

/** Whether a process of a dead server still has this directory open. Linux only. */
async function hasSurvivors(cluster: Cluster): Promise<boolean> {
  for (const name of await readdir('/proc')) {
    if (/^\d+$/.test(name) && (await isOnDirectory(cluster, Number(name)))) return true;
  }
  return false;
}

/**
 * PostgreSQL takes any living process whose number stands in `postmaster.pid` for itself, and refuses
 * to start; it refuses half a file too. The file guards against two servers on one directory: it is
 * removed only when nobody is left on it. (A number of nobody PostgreSQL understands by itself.)
 */
export async function forgetStrangersPid(cluster: Cluster): Promise<void> {
  const found = await findPidFile(cluster);
  if (found === null || process.platform !== 'linux') return;
  if (found.pid > 0 && !(await exists(`/proc/${found.pid}`))) return;
  if (await hasSurvivors(cluster)) return;
  await rm(path.join(cluster.pgData, 'postmaster.pid'), { force: true });
}

export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      const port = address !== null && typeof address === 'object' ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}

const logOf = ({ pgData }: Cluster) => path.join(pgData, 'server.log');

/** Says every 30 seconds that the server still starts, and where it says why. */
export function createTeller(cluster: Cluster): () => void {
  const startMs = performance.now();
  let told = 0;
  return () => {
    const waitedMs = performance.now() - startMs;
    if (waitedMs < (told + 1) * SAY_WAITING_MS) return;
    told += 1;
    log().warn(
      `the embedded database has been starting for ${Math.round(waitedMs / 1000)} s, as it may after a crash; what it does stands in ${logOf(cluster)}`,
    );
  };
}

async function newLog(cluster: Cluster): Promise<string> {
  const { account } = cluster;
  const file = logOf(cluster);
  if ((await exists(file)) && (await stat(file)).size > LOG_BYTES_MAX) {
    await rename(file, `${file}.1`);
  }
  const handle = await open(file, 'a', 0o600);
  await handle.close();
  await own(file, account);
  return file;
}

/**
 * Starts the server on `port` and waits until it has recovered.
 * @param signal ends the waiting, and the server
 * @returns null, or what it said before it ended
 */
export async function startServer(
  cluster: Cluster,
  port: number,
  signal?: AbortSignal,
): Promise<string | null> {
  await forgetStrangersPid(cluster);
  const logFile = await newLog(cluster);
  const output = await open(logFile, 'a');
  const from = (await output.stat()).size;
  const settings = Object.entries({ ...SETTINGS, port: String(port) });
  const server = spawn(
    cluster.postgres,
    ['-D', cluster.pgData, ...settings.flatMap(([name, value]) => ['-c', `${name}=${value}`])],
    {
      ...cluster.account,
      cwd: path.parse(process.cwd()).root,
      env: programEnv(),
      detached: true,
      stdio: ['ignore', output.fd, output.fd],
      windowsHide: true,
    },
  );
  server.unref();
  let end: string | null = null;
  server.once('error', (error) => {
    end = explainSpawnError(error);
  });
  server.once('exit', (code, by) => {
    end ??= `It ended with ${code ?? by}.`;
  });
  await output.close();
  const sayWaiting = createTeller(cluster);
  for (; end === null; await delay(POLL_MS)) {
    const found = await findPidFile(cluster).catch(() => null);
    if (found?.isReady && found.pid === server.pid) return null;
    if (signal?.aborted) server.kill('SIGINT');
    sayWaiting();
  }
  const said = (await readFile(logFile)).subarray(from).toString().trim();
  return said === '' ? end : said;
}

/** Stops the server on this directory, and nobody else's. */
export async function stopServer(cluster: Cluster): Promise<void> {
  if ((await findRunningPort(cluster)) === null) return;
  const { code, output } = await run(
    cluster.pgCtl,
    ['stop', '-m', 'fast', '-w', '-t', String(STOP_TIMEOUT_S), '-D', cluster.pgData],
    cluster.account,
  );
  if (code !== 0) log().error({ output }, 'the embedded database did not stop');
}
