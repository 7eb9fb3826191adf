import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { freePort } from '../support/harness';

// `npm start` as a container has it: process 1 of its own, whose end is the end of all.

vi.setConfig({ testTimeout: 180_000 });

const ROOT = path.join(import.meta.dirname, '../..');
const scratch = mkdtempSync(path.join(tmpdir(), 'gatehouse-process-one-'));
chmodSync(scratch, 0o755);
const dataDir = path.join(scratch, 'data');
let container: ChildProcess | null = null;
afterAll(() => {
  container?.kill('SIGKILL');
  rmSync(scratch, { recursive: true, force: true });
});

/** Of `npm`, which is 1 in there, as it is called from outside. */
const npmPid = () =>
  Number(readFileSync(`/proc/${container?.pid}/task/${container?.pid}/children`, 'utf8'));

describe.runIf(process.getuid?.() === 0)('O6: npm start as process 1', () => {
  it.each(['SIGTERM', 'SIGINT'] as const)(
    '%s: the request under way is answered, and the database is shut',
    async (signal) => {
      const port = await freePort();
      const child = spawn(
        'unshare',
        ['--pid', '--fork', '--kill-child', '--mount-proc', 'npm', 'start'],
        {
          cwd: ROOT,
          env: {
            ...process.env,
            npm_config_update_notifier: 'false',
            DATA_DIR: dataDir,
            NEXT_DIST_DIR: '.next-test',
            PORT: String(port),
          },
          stdio: ['ignore', 'pipe', 'pipe'],
        },
      );
      container = child;
      let output = '';
      for (const stream of [child.stdout, child.stderr]) {
        stream.on('data', (chunk: Buffer) => {
          output += chunk;
        });
      }
      const ended = once(child, 'close');
      await vi.waitFor(() => expect(output).toContain('Gatehouse is ready'), { timeout: 120_000 });
      const pidFile = path.join(dataDir, 'postgres', 'postmaster.pid');
      expect(existsSync(pidFile)).toBe(true);

      // O11: what has compiled the server is gone; what runs is npm, the server and its database.
      expect(descendantsOf(child.pid ?? 0).filter((line) => !/postgres/.test(line))).toEqual([
        expect.stringMatching(/^npm start/),
        expect.stringMatching(/^\S*node --max-old-space-size=320 scripts\/start\.mjs$/),
      ]);

      const body = JSON.stringify({ email: 'a@example.com', password: 'x' });
      const asked = request({
        host: '127.0.0.1',
        port,
        method: 'POST',
        path: '/api/v1/sessions',
        headers: {
          host: `localhost:${port}`,
          'content-type': 'application/json',
          'content-length': body.length,
          expect: '100-continue',
        },
      });
      const answered = once(asked, 'response');
      asked.flushHeaders();
      await once(asked, 'continue');
      process.kill(npmPid(), signal);
      await vi.waitFor(async () => expect(await isRefused(port)).toBe(true), { timeout: 30_000 });
      asked.end(body);
      const [response] = await answered;
      expect(response.statusCode).toBe(401);
      response.resume();
      await ended;
      expect(existsSync(pidFile)).toBe(false);
      // The file goes before PostgreSQL says that it is shut down; that word may come too late to be kept.
      const said = readFileSync(path.join(dataDir, 'postgres', 'server.log'), 'utf8');
      expect(said).toMatch(/received fast shutdown request[\s\S]*shutting down\n/);
      expect(said).not.toContain('immediate shutdown');
    },
  );
});

/** The command lines of all that a process has started, depth first. */
function descendantsOf(pid: number): string[] {
  const text = (file: string) => readFileSync(`/proc/${pid}/${file}`, 'utf8');
  return readdirSync(`/proc/${pid}/task`)
    .flatMap((task) => text(`task/${task}/children`).split(' ').filter(Boolean).map(Number))
    .flatMap((child) => {
      const line = readFileSync(`/proc/${child}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
      return [line, ...descendantsOf(child)];
    });
}

const isRefused = (port: number) =>
  new Promise<boolean>((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.destroy());
    socket.once('error', () => resolve(true));
    socket.once('close', () => resolve(false));
  });
