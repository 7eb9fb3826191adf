import { execFile, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, chownSync, copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { freePort } from '../support/test-server';
import type { Certificate } from './packages';

const run = promisify(execFile);
const PASSWORD = 'the password of the database';

/** Neither server runs as root; Debian's packages make this account. */
const account =
  process.getuid?.() === 0
    ? { uid: idOf('-u'), gid: idOf('-g') }
    : { uid: undefined, gid: undefined };

function idOf(which: string): number {
  return Number(execFileSync('id', [which, 'postgres'], { encoding: 'utf8' }));
}

/** A directory that is the servers' own. */
function makeDirectory(parent: string, name: string): string {
  chmodSync(parent, 0o755);
  const directory = path.join(parent, name);
  mkdirSync(directory, { mode: 0o700 });
  own(directory);
  return directory;
}

function own(file: string): void {
  if (account.uid !== undefined) chownSync(file, account.uid, account.gid);
}

function write(file: string, text: string): void {
  writeFileSync(file, text, { mode: 0o600 });
  own(file);
}

/** A cluster by Debian's PostgreSQL that is reached by TLS alone, in a zone that is not UTC. */
export class DebianPostgres {
  private constructor(
    private readonly programs: string,
    private readonly data: string,
    readonly port: number,
  ) {}

  static async start(
    { directory: programs }: { directory: string },
    directory: string,
    certificate: Certificate,
  ): Promise<DebianPostgres> {
    const home = makeDirectory(directory, 'postgres-home');
    const data = path.join(home, 'data');
    write(path.join(home, 'password'), PASSWORD);
    const scram = ['--auth=scram-sha-256', '--encoding=UTF8', '--locale=C', '-U', 'postgres'];
    const password = `--pwfile=${path.join(home, 'password')}`;
    await run(path.join(programs, 'initdb'), ['-D', data, ...scram, password], {
      ...account,
      cwd: '/',
    });
    for (const [from, to] of [
      [certificate.certificate, 'server.crt'],
      [certificate.key, 'server.key'],
    ] as const) {
      copyFileSync(from, path.join(data, to));
      chmodSync(path.join(data, to), 0o600);
      own(path.join(data, to));
    }
    write(
      path.join(data, 'pg_hba.conf'),
      'hostssl all all 127.0.0.1/32 scram-sha-256\nhostssl all all ::1/128 scram-sha-256\n',
    );
    const server = new DebianPostgres(programs, data, await freePort());
    await server.ctl('start');
    return server;
  }

  get url(): string {
    return `postgresql://postgres:${encodeURIComponent(PASSWORD)}@localhost:${this.port}/postgres`;
  }

  async restart(): Promise<void> {
    await this.ctl('restart');
  }

  async stop(): Promise<void> {
    await this.ctl('stop');
  }

  private async ctl(action: 'start' | 'restart' | 'stop'): Promise<void> {
    const settings = [
      ...[`port=${this.port}`, 'listen_addresses=localhost', 'unix_socket_directories='],
      ...['ssl=on', 'timezone=Asia/Tokyo', 'max_connections=200'],
    ].flatMap((one) => ['-c', one]);
    const options = action === 'stop' ? [] : ['-o', settings.join(' '), '-l', `${this.data}/log`];
    await run(
      path.join(this.programs, 'pg_ctl'),
      [action, '-D', this.data, '-w', ...(action === 'start' ? [] : ['-m', 'fast']), ...options],
      { ...account, cwd: '/' },
    );
  }
}

/** PgBouncer before it, as README.md says. */
export async function startPgBouncer(
  program: string,
  mode: 'session' | 'transaction',
  directory: string,
  postgres: DebianPostgres,
  { authority }: Certificate,
  port?: number,
): Promise<{ url: string; stop: () => Promise<void> }> {
  const listenPort = port ?? (await freePort());
  const home = makeDirectory(directory, `pgbouncer-${mode}-${Date.now()}`);
  const file = path.join(home, 'pgbouncer.ini');
  copyFileSync(authority, path.join(home, 'ca.pem'));
  own(path.join(home, 'ca.pem'));
  write(path.join(home, 'users'), `"postgres" "${PASSWORD}"\n`);
  write(
    file,
    `[databases]
* = host=localhost port=${postgres.port}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${listenPort}
unix_socket_dir =
auth_type = scram-sha-256
auth_file = ${home}/users
auth_user = postgres
pool_mode = ${mode}
default_pool_size = 60
server_tls_sslmode = verify-full
server_tls_ca_file = ${home}/ca.pem
`,
  );
  const child = spawn(program, [file], { ...account, stdio: ['ignore', 'ignore', 'pipe'] });
  let output = '';
  await new Promise<void>((resolve, reject) => {
    child.stderr.on('data', (chunk: Buffer) => {
      output += chunk;
      if (/process up/.test(output)) resolve();
    });
    child.once('exit', (code) => reject(new Error(`pgbouncer ended with ${code}:\n${output}`)));
  });
  const url = new URL(postgres.url);
  url.hostname = '127.0.0.1';
  url.port = String(listenPort);
  return {
    url: url.href,
    stop: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const exited = once(child, 'exit');
      // At once: an orderly end waits for its clients.
      child.kill('SIGTERM');
      await exited;
    },
  };
}
