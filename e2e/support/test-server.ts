import { type ChildProcess, type ChildProcessByStdio, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { type Agent, type IncomingHttpHeaders, request } from 'node:http';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { APP_ROLE, grantToAppRole, makeAppRole } from '@/lib/platform/postgres/app-role';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '@/lib/platform/postgres/embedded';
import { migrate } from '@/lib/platform/postgres/migrate';
import { serverFile } from '@/scripts/setup.mjs';
import { requireDeclared } from './declared';
import { listen, shut } from './listen';
import { HOME, PASSWORD, Seeder, type TestUser } from './seed';

export * from './seed';
export { serverFile };

/** PostgreSQL’s code: this statement was ended, for another to go on. */
const DEADLOCK_DETECTED = '40P01';

/** The AUTH_SECRET of all tested servers. */
export const TEST_SECRET = 'a secret of the tests, long enough to be one';

const APP_PASSWORD = 'the password of the role of the program';

export type Call = {
  /**
   * The client's address. 127.0.0.x: a real one, bound by this end of the connection. Any other: said by
   * the trusted proxy at 127.0.0.1. Default: Valerie's home.
   */
  from?: string;
  /** A bearer token. */
  token?: string | undefined;
  /** A session cookie's token, sent as our own pages would. */
  cookie?: string | undefined;
  headers?: Record<string, string | string[]>;
  /** Sent as JSON. */
  body?: unknown;
  /** Sent as it is. */
  raw?: string | Buffer;
  /** Keeps connections for further requests; else each request has its own. */
  agent?: Agent;
  /** A proxy's before the server. Default: the server's own. */
  port?: number;
};

// biome-ignore lint/suspicious/noExplicitAny: an answer of any call; each test says what it expects of it
export type Answer = { status: number; headers: IncomingHttpHeaders; body: any; text: string };

/** Of a refusal, all that a program reads. */
export const codeOf = ({ status, body }: Pick<Answer, 'status' | 'body'>): [number, string?] => [
  status,
  body?.code,
];

/** A database that has been migrated: each server gets a copy of it, which takes a tenth of the time. */
const TEMPLATE = 'migrated_template';

/**
 * Starts the PostgreSQL of a run of tests, which none of them ends: a commit waits for no disk there. What
 * outlives a crash is tested on servers of its own.
 */
export async function startTestPostgres(directory: string): Promise<EmbeddedPostgres> {
  const postgres = await startEmbeddedPostgres(directory);
  const admin = new pg.Client({ connectionString: postgres.connectionString });
  await admin.connect();
  await admin.query('ALTER ROLE ALL SET synchronous_commit = off');
  await admin.query(`CREATE DATABASE ${TEMPLATE}`);
  await admin.end();
  const template = new URL(postgres.connectionString);
  template.pathname = `/${TEMPLATE}`;
  await migrate(template.href, path.resolve('prisma/migrations'));
  TestServer.postgresUrl = () => postgres.connectionString;
  return postgres;
}

/** A process of the product, and what it has printed so far. */
export type Run = {
  child: ChildProcessByStdio<null, Readable, Readable>;
  stdout: string;
  stderr: string;
  /** Its exit code; null: a signal ended it. */
  ended: Promise<number | null>;
};

/** Starts the built product by nothing but these settings, for what a start itself does. */
export function runServer(env: Record<string, string>): Run {
  const child = spawn(process.execPath, [serverFile()], {
    env: { ...process.env, NODE_ENV: 'production', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = once(child, 'close').then(([code]) => code);
  const run: Run = { child, stdout: '', stderr: '', ended };
  child.stdout.on('data', (chunk: Buffer) => {
    run.stdout += chunk;
  });
  child.stderr.on('data', (chunk: Buffer) => {
    run.stderr += chunk;
  });
  return run;
}

/** What a test in another process needs to know of a server. */
export type ServerPlace = {
  port: number;
  databaseUrl: string;
  ownerUrl: string;
  directory: string;
  env: Record<string, string>;
  pid: number;
};

export class TestServer extends Seeder {
  /** Where databases for tests are made; set by each test runner. */
  static postgresUrl = (): string => {
    throw new Error('no PostgreSQL server for tests was named');
  };

  private child: ChildProcess | null = null;
  /** Where the log of this process, or of this test, begins in the file. */
  private logStart = 0;
  /** Every token, cookie and password that was sent or answered. */
  private readonly secrets = new Set<string>([PASSWORD, TEST_SECRET]);
  private begun: (ServerPlace & { db: pg.Pool }) | null = null;
  private isShared = false;
  private isEnded = false;

  private get whole() {
    if (!this.begun) throw new Error('the server is not started yet');
    return this.begun;
  }

  get port(): number {
    return this.whole.port;
  }

  /** Of the program's own role, as the embedded default has it: it owns nothing. */
  get databaseUrl(): string {
    return this.whole.databaseUrl;
  }

  /** For the test, which may all. */
  get db(): pg.Pool {
    return this.whole.db;
  }

  private get directory(): string {
    return this.whole.directory;
  }

  /**
   * Starts the built product on a free port, with a database of its own.
   *
   * @param postgresUrl where the database is made; default: the tests' shared PostgreSQL
   * @param role as whom the program works: its ordinary role, as with the embedded default; or the owner of
   *   the tables, as where DATABASE_URL names one role
   */
  async start(
    env: Record<string, string> = {},
    postgresUrl = TestServer.postgresUrl(),
    role: 'app' | 'owner' = 'app',
  ): Promise<this> {
    const name = `test_${randomBytes(6).toString('hex')}`;
    const admin = new pg.Client({ connectionString: postgresUrl });
    await admin.connect();
    const { rowCount } = await admin.query('SELECT 1 FROM pg_database WHERE datname = $1', [
      TEMPLATE,
    ]);
    await admin.query(`CREATE DATABASE ${name} ${rowCount ? `TEMPLATE ${TEMPLATE}` : ''}`);
    await admin.end();
    const owner = new URL(postgresUrl);
    owner.pathname = `/${name}`;
    const databaseUrl = role === 'owner' ? owner.href : await admitApp(owner);
    return this.on(databaseUrl, owner.href, env);
  }

  /** Starts a further instance on another's database, for the same origin. */
  startBeside({ place, origin }: TestServer, extra: Record<string, string> = {}): Promise<this> {
    const { databaseUrl, ownerUrl, env } = place;
    return this.on(databaseUrl, ownerUrl, { ...env, PORT: '', APP_URL: origin, ...extra });
  }

  static start(...how: Parameters<TestServer['start']>): Promise<TestServer> {
    return new TestServer().start(...how);
  }

  static startBeside(...how: Parameters<TestServer['startBeside']>): Promise<TestServer> {
    return new TestServer().startBeside(...how);
  }

  /** Takes a server that is started elsewhere, with an empty database as after its start. `stop` leaves it running. */
  async share(place: ServerPlace): Promise<void> {
    const db = openPool(place.ownerUrl);
    this.begun = { ...place, db };
    this.isShared = true;
    const { rows } = await db.query(
      `SELECT string_agg(quote_ident(tablename), ', ') AS names FROM pg_tables
       WHERE schemaname = 'public' AND tablename NOT IN ('_prisma_migrations', 'secret_marks')`,
    );
    // One transaction; in it triggers are silent, by which the log of events only grows. The server’s jobs
    // go on meanwhile, and of two that wait for each other one is ended.
    const empty = `SET LOCAL session_replication_role = replica; TRUNCATE ${rows[0].names}`;
    for (let isEmpty = false; !isEmpty; ) {
      isEmpty = await db.query(empty).then(
        () => true,
        (error: { code?: string }) => {
          if (error.code !== DEADLOCK_DETECTED) throw error;
          return false;
        },
      );
    }
    await this.freezeClock(null);
    await rm(path.join(this.directory, 'mail'), { recursive: true, force: true });
    this.logStart = this.readLog().length;
  }

  /** Where others find it. */
  get place(): ServerPlace {
    const { db: _, ...place } = this.whole;
    return { ...place, pid: this.pid };
  }

  private async on(databaseUrl: string, ownerUrl: string, env: Record<string, string>) {
    const directory = await mkdtemp(path.join(tmpdir(), 'gatehouse-server-'));
    const port = env.PORT ? Number(env.PORT) : await freePort();
    this.begun = {
      ...{ port, databaseUrl, ownerUrl, directory, pid: 0 },
      env: { ...env, PORT: String(port) },
      db: openPool(ownerUrl),
    };
    await this.launch();
    await this.warmUp();
    return this;
  }

  /** Where people find it. */
  get origin(): string {
    return this.whole.env.APP_URL ?? `http://localhost:${this.port}`;
  }

  /** The name of a cookie of the product here. */
  cookieName(name = 'session'): string {
    const { protocol, port } = new URL(this.origin);
    if (protocol === 'https:') return `__Host-gatehouse.${name}`;
    return port === '' ? `gatehouse.${name}` : `gatehouse.${port}.${name}`;
  }

  /** Starts the process and waits until it is ready, or says what it waits for itself. Also after `kill`. */
  async launch(extra: Record<string, string> = {}, nodeArguments: string[] = []): Promise<void> {
    if (this.isShared) throw new Error('a shared server is not started anew');
    const log = openSync(this.logFile, 'a');
    this.logStart = fstatSync(log).size;
    const child = spawn(process.execPath, [...nodeArguments, serverFile()], {
      env: {
        ...process.env,
        NODE_ENV: 'production',
        PORT: String(this.port),
        DATA_DIR: this.directory,
        DATABASE_URL: this.databaseUrl,
        AUTH_SECRET: TEST_SECRET,
        SETUP_TOKEN: 'the-set-up-token-of-the-tests',
        TRUSTED_PROXIES: '127.0.0.1',
        LOG_LEVEL: 'info',
        DRAIN_SECONDS: '0',
        ...this.whole.env,
        ...extra,
      },
      stdio: ['ignore', log, log],
    });
    closeSync(log);
    this.child = child;
    while (!/Gatehouse (?:is ready|waits)/.test(this.log)) {
      const { exitCode, signalCode } = child;
      if (exitCode !== null || signalCode !== null)
        throw new Error(`the server ended with ${exitCode ?? signalCode}:\n${this.log}`);
      await delay(20);
    }
  }

  /**
   * Asks until the answer is not 503. On a busy machine the first look-up of a process takes longer than
   * the second it is given; a client asks again then, and so does this, so that no test has to.
   */
  async warmUp(): Promise<void> {
    const headers = { authorization: `Bearer gate_${'A'.repeat(43)}` };
    const end = Date.now() + 60_000;
    for (;;) {
      const { status, text } = await this.get('/me', { headers });
      if (status !== 503) return;
      if (Date.now() > end) throw new Error(`not warm after a minute: ${text}`);
      await delay(100);
    }
  }

  /** Everything the process has printed, its log included; of a shared one, since this test has it. */
  get log(): string {
    return this.readLog().subarray(this.logStart).toString();
  }

  private get logFile(): string {
    return path.join(this.directory, 'server.log');
  }

  private readLog(): Buffer {
    return readFileSync(this.logFile);
  }

  /** The secrets of this run that stand in the process's output. */
  findLeakedSecrets(): string[] {
    const { log } = this;
    return [...this.secrets].filter((secret) => log.includes(secret));
  }

  get pid(): number {
    return this.child?.pid ?? this.whole.pid;
  }

  /** Of the process that has ended; null while it runs, or where a signal ended it. */
  get exitCode(): number | null {
    return this.child?.exitCode ?? null;
  }

  async kill(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    if (this.isShared) throw new Error('a shared server is not ended');
    const { child } = this;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    child.kill(signal);
    await exited;
  }

  /**
   * Ends it, unless others use it as well. Nothing to do where it was never started, or is ended.
   * @throws Error if a secret of this run stands in the log (ADM-3)
   */
  async stop(): Promise<void> {
    if (!this.begun || this.isEnded) return;
    this.isEnded = true;
    if (!this.isShared) await this.kill();
    // The tokens in mails are secrets as well.
    await this.mails();
    const leaked = this.findLeakedSecrets();
    await this.db.end();
    if (!this.isShared) await rm(this.directory, { recursive: true, force: true });
    if (leaked.length > 0) throw new Error(`secrets in the server's log: ${leaked.join(', ')}`);
  }

  /** One request on a connection of its own. `path` is below `/api/v1` unless it begins with `//`. */
  call(method: string, callPath: string, call: Call = {}): Promise<Answer> {
    const { from = HOME, port = this.port } = call;
    const isBound = from.startsWith('127.');
    const payload = call.raw ?? (call.body === undefined ? undefined : JSON.stringify(call.body));
    const headers: Record<string, string | string[]> = {};
    if (!isBound) headers['x-forwarded-for'] = from;
    if (call.body !== undefined) headers['content-type'] = 'application/json';
    if (call.token) headers.authorization = `Bearer ${call.token}`;
    if (call.cookie)
      Object.assign(headers, {
        cookie: `${this.cookieName()}=${call.cookie}`,
        origin: this.origin,
      });
    Object.assign(headers, call.headers);
    const whole = callPath.startsWith('//') ? callPath.slice(1) : `/api/v1${callPath}`;
    this.remember(call.token, call.cookie, ...secretsIn(call.body));
    return new Promise((resolve, reject) => {
      const req = request(
        {
          host: '127.0.0.1',
          port,
          localAddress: isBound ? from : '127.0.0.1',
          method,
          path: whole,
          headers: {
            host: `localhost:${port}`,
            ...(!call.agent && { connection: 'close' }),
            ...headers,
          },
          agent: call.agent ?? false,
        },
        (res) => {
          const chunks: Buffer[] = [];
          res.on('data', (chunk: Buffer) => chunks.push(chunk));
          res.once('end', () => {
            const { statusCode: status = 0, headers: received } = res;
            const text = Buffer.concat(chunks).toString();
            const type = received['content-type'] ?? '';
            try {
              const body = /\bjson\b/.test(type) && text ? JSON.parse(text) : undefined;
              this.remember(...secretsIn(body));
              requireDeclared(method, whole, { status, type, body });
              resolve({ status, headers: received, text, body });
            } catch (error) {
              reject(error);
            }
          });
          res.once('error', reject);
        },
      );
      req.once('error', reject);
      req.end(payload);
    });
  }

  /** Counts these as secrets of this run. */
  remember(...secrets: unknown[]): void {
    // Short ones (“x” for a wrong password) occur in any text.
    for (const secret of secrets) {
      if (typeof secret === 'string' && secret.length >= 8) this.secrets.add(secret);
    }
  }

  /** The mails kept in the server's DATA_DIR so far, oldest first; the tokens of their links count as secrets. */
  async mails(): Promise<TestMail[]> {
    const box = path.join(this.directory, 'mail');
    const names = await readdir(box).catch(() => []);
    const files = names.filter((name) => name.endsWith('.eml')).sort();
    const mails = await Promise.all(
      files.map(async (name) => parseMail(await readFile(path.join(box, name), 'utf8'))),
    );
    for (const { text } of mails) {
      this.remember(
        ...[...text.matchAll(/\/(?:invite|reset|join)#(\S+)/g)].map(([, token]) => token),
      );
    }
    return mails;
  }

  get = (callPath: string, call?: Call) => this.call('GET', callPath, call);
  post = (callPath: string, call?: Call) => this.call('POST', callPath, call);
  patch = (callPath: string, call?: Call) => this.call('PATCH', callPath, call);
  delete = (callPath: string, call?: Call) => this.call('DELETE', callPath, call);

  connect = (computerId: string, call: Call = {}) =>
    this.post(`/computers/${computerId}/connections`, { body: {}, ...call });

  addFriend = (email: unknown, call: Call = {}) =>
    this.post('/friends', { body: { email }, ...call });

  logIn = ({ email, password }: { email: unknown; password: unknown }, call: Call = {}) =>
    this.post('/sessions', { body: { email, password }, ...call });

  /** Re-authenticates by the password, and passes a challenge where one is named. */
  verify(
    { token, password }: { token?: string | undefined; password: unknown },
    { challengeId, ...call }: Call & { challengeId?: unknown } = {},
  ): Promise<Answer> {
    return this.post('/verifications', { token, body: { password, challengeId }, ...call });
  }

  /** Passes a challenge on its page, where nobody is signed in. */
  verifyOnPage = (challengeId: string, password: string, from: string) =>
    this.post(`/challenges/${challengeId}/verifications`, { from, body: { password } });

  /** Forgets what was counted so far: whatever comes next is the first of its minute, and written at once. */
  async beginMinute(): Promise<void> {
    await this.db.query('DELETE FROM event_tallies');
  }

  /** Ends the minutes in which events are counted, and waits until what was counted is written. */
  async endMinutes(): Promise<void> {
    await this.db.query('UPDATE event_tallies SET ends_at = gatehouse_now()');
    const end = Date.now() + 30_000;
    while ((await this.count('event_tallies WHERE ends_at <= gatehouse_now()')) > 0) {
      if (Date.now() > end) throw new Error('what was counted is not written');
      await delay(50);
    }
  }

  /** Creates the first team through the front door. */
  async setUp(): Promise<{ teamId: string; owner: TestUser }> {
    const email = 'owner@example.com';
    const setUp = () =>
      this.post('/setup', {
        body: {
          setupToken: 'the-set-up-token-of-the-tests',
          team: { name: 'Harbour' },
          owner: { name: 'Olga Owner', email, password: PASSWORD },
        },
      });
    // On a busy machine the first statements of a cold server may take longer than it allows them.
    const answer = await untilServed(setUp);
    if (answer.status !== 201) throw new Error(`set-up answered ${answer.status}: ${answer.text}`);
    const { team, user, token, session } = answer.body;
    const owner = { ...user, token, sessionId: session.id, password: PASSWORD };
    return { teamId: team.id, owner };
  }
}

function openPool(connectionString: string): pg.Pool {
  const pool = new pg.Pool({ connectionString, max: 4 });
  pool.on('error', () => undefined);
  return pool;
}

/** Makes the tables as their owner, and lets the program's ordinary role in. @returns its connection string */
async function admitApp(owner: URL): Promise<string> {
  const { schema } = await migrate(owner.href, path.resolve('prisma/migrations'));
  const client = new pg.Client({ connectionString: owner.href });
  await client.connect();
  // Two tests may do so at once.
  await makeAppRole(client, APP_PASSWORD).catch((error: { code?: string }) => {
    if (!['23505', '42710', 'XX000'].includes(error.code ?? '')) throw error;
  });
  await grantToAppRole(client, schema);
  await client.end();
  const url = new URL(owner);
  url.username = APP_ROLE;
  url.password = APP_PASSWORD;
  return url.href;
}

/** What a client does with “try later”: it tries later. The first other answer; the last after 50. */
export async function untilServed(ask: () => Promise<Answer>): Promise<Answer> {
  let answer = await ask();
  for (let i = 0; answer.status === 503 && i < 50; i++) answer = await ask();
  return answer;
}

/** The texts in a body whose names say that they are passwords, tokens or keys, but for the setup token: the console shows it. */
function secretsIn(body: unknown): unknown[] {
  if (typeof body !== 'object' || body === null) return [];
  return Object.entries(body).flatMap(([name, value]) =>
    /password|^token|hostkey|secret|ticket/i.test(name) ? [value] : secretsIn(value),
  );
}

export type TestMail = {
  to: string;
  subject: string;
  text: string;
  /** Each header line as it stands in the file, unfolded. */
  headers: string[];
};

export function parseMail(file: string): TestMail {
  const end = file.indexOf('\r\n\r\n');
  const headers = file
    .slice(0, end)
    .replace(/\r\n[ \t]+/g, ' ')
    .split('\r\n');
  const header = (name: string) =>
    headers.find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2) ?? '';
  const body = file.slice(end + 4);
  const encoding = header('Content-Transfer-Encoding');
  const text =
    encoding === 'base64'
      ? Buffer.from(body, 'base64').toString()
      : encoding === 'quoted-printable'
        ? decodeQuoted(body.replace(/=\r\n/g, ''))
        : body;
  const subject = header('Subject')
    .replace(/\?= +=\?/g, '?==?')
    .replace(/=\?UTF-8\?([QB])\?(.*?)\?=/gi, (_, kind: string, word: string) =>
      kind.toUpperCase() === 'B'
        ? Buffer.from(word, 'base64').toString()
        : decodeQuoted(word.replaceAll('_', ' ')),
    );
  return { to: header('To'), subject, text: text.replaceAll('\r\n', '\n'), headers };
}

function decodeQuoted(text: string): string {
  const bytes = text.replace(/=([0-9A-F]{2})/gi, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
  return Buffer.from(bytes, 'latin1').toString();
}

export async function freePort(): Promise<number> {
  const server = createServer();
  const port = await listen(server);
  await shut(server);
  return port;
}
