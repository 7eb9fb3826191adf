import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  appendFileSync,
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it, vi } from 'vitest';

// What a start does before there is a server, in a directory of its own, with an npm that says what
// is asked of it. Each start ends where the packages are there: the tool that comes next is none of them.

vi.setConfig({ testTimeout: 120_000 });

const ROOT = path.join(import.meta.dirname, '..');
const base = mkdtempSync(path.join(tmpdir(), 'gatehouse-setup-'));
chmodSync(base, 0o755);
const running = new Set<ChildProcess>();
let hosts = 0;
afterAll(() => {
  for (const child of running) child.kill('SIGKILL');
  rmSync(base, { recursive: true, force: true });
});

/** Says `begin`, installs; where the file `slow` is, it takes for ever, and tidies up when it is ended. */
const NPM = `#!/bin/sh
[ -e slow ] && slow=1
echo "begin $$" >> npm-log
trap 'sleep 0.5; echo "end $$" >> npm-log; exit 1' TERM
trap '' INT
if [ "$slow" ]; then sleep 600 & wait; fi
mkdir -p node_modules/one && echo '{"version":"1.0.0"}' > node_modules/one/package.json
echo '{"packages":{"node_modules/one":{"version":"1.0.0"}}}' > node_modules/.package-lock.json
echo "done $$" >> npm-log
`;

/** A clone in which nothing is installed. */
class Clone {
  readonly directory = mkdtempSync(path.join(base, 'clone-'));
  readonly lock = path.join(this.directory, '.setup-lock');

  constructor() {
    chmodSync(this.directory, 0o755);
    cpSync(path.join(ROOT, 'scripts'), path.join(this.directory, 'scripts'), { recursive: true });
    this.write('package.json', '{"type":"module"}');
    this.write('package-lock.json', '{"packages":{"node_modules/one":{"version":"1.0.0"}}}');
    mkdirSync(path.join(this.directory, 'bin'));
    this.write('bin/npm', NPM);
    chmodSync(path.join(this.directory, 'bin/npm'), 0o755);
    mkdirSync(path.join(this.directory, 'prisma'));
    this.write('prisma/schema.prisma', '');
  }

  write(name: string, text: string): void {
    writeFileSync(path.join(this.directory, name), text);
  }

  /** What npm has said: "begin", "end", "done". */
  get asked(): string[] {
    return this.log.map((line) => line.split(' ')[0] ?? '');
  }

  get npmPid(): number {
    return Number(this.log.at(-1)?.split(' ')[1]);
  }

  private get log(): string[] {
    const file = path.join(this.directory, 'npm-log');
    return existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : [];
  }

  start(env: Record<string, string> = {}, uid?: number, clock?: string): Start {
    const script = path.join(this.directory, 'scripts/start.mjs');
    const preload = clock ? ['--import', `data:text/javascript,${encodeURIComponent(clock)}`] : [];
    return new Start(
      spawn(process.execPath, [...preload, script], {
        env: {
          PATH: `${path.join(this.directory, 'bin')}:${process.env.PATH}`,
          TMPDIR: tmpdir(),
          PORT: '34567',
          // Each start tries it, and must find it free.
          HOST: `127.0.67.${++hosts}`,
          DATA_DIR: path.join(this.directory, 'data'),
          NODE_ENV: 'production',
          ...env,
        },
        stdio: ['ignore', 'pipe', 'pipe'],
        ...(uid !== undefined && { uid, gid: uid }),
      }),
    );
  }
}

class Start {
  output = '';
  readonly ended: Promise<number | null>;

  constructor(readonly child: ChildProcess) {
    running.add(child);
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on('data', (chunk: Buffer) => {
        this.output += chunk;
      });
    }
    this.ended = once(child, 'close').then(([code]) => {
      running.delete(child);
      return code;
    });
  }
}

/** A start with this clock finds at its second look that it has waited long. */
const LONG_AFTER_ONE_LOOK = `
  const now = performance.now.bind(performance);
  let calls = 0;
  performance.now = () => now() + (++calls > 2 ? 11_000 : 0);`;

/** With this one 16 seconds have passed at each look, and whoever holds the lock has touched it. */
const SLOW_HOLDER = (lock: string) => `
  import { utimesSync } from 'node:fs';
  let looks = 0;
  performance.now = () => {
    looks += 1;
    try {
      utimesSync(${JSON.stringify(lock)}, looks, looks);
    } catch {}
    return looks * 16_000;
  };`;

const until = (isSo: () => boolean) =>
  vi.waitFor(() => expect(isSo()).toBe(true), { timeout: 30_000, interval: 20 });

const isGone = (pid: number) => {
  try {
    return /^\d+ \(.*\) [ZX]/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return true;
  }
};

/** How far a start comes in such a clone. */
const INSTALLED = /prisma is not installed/;

describe.concurrent('O9: a start that is ended while packages install', () => {
  it.each(['SIGINT', 'SIGTERM'] as const)(
    'by %s ends the installation first; the next one begins anew',
    async (signal) => {
      const clone = new Clone();
      clone.write('slow', '');
      const first = clone.start();
      await until(() => clone.asked.length > 0);
      // One keypress comes twice: from the terminal, and passed on by npm.
      for (let i = 0; i < 2; i++) first.child.kill(signal);
      expect(await first.ended).toBe(signal === 'SIGINT' ? 130 : 143);
      expect(clone.asked).toEqual(['begin', 'end']);
      expect(isGone(clone.npmPid)).toBe(true);
      expect(existsSync(clone.lock)).toBe(false);
      expect(first.output).not.toMatch(/could not be installed|not installed/);

      rmSync(path.join(clone.directory, 'slow'));
      const second = clone.start();
      await second.ended;
      expect(second.output).toMatch(INSTALLED);
      expect(clone.asked).toEqual(['begin', 'end', 'begin', 'done']);
    },
  );

  it('killed, it takes the installation with it', async () => {
    const clone = new Clone();
    clone.write('slow', '');
    const first = clone.start();
    await until(() => clone.asked.length > 0);
    const pid = clone.npmPid;
    first.child.kill('SIGKILL');
    await until(() => isGone(pid));
  });

  it('a package that is listed and not there is installed', async () => {
    const clone = new Clone();
    await clone.start().ended;
    await clone.start().ended;
    expect(clone.asked).toEqual(['begin', 'done']);
    rmSync(path.join(clone.directory, 'node_modules/one'), { recursive: true });
    const repaired = clone.start();
    await repaired.ended;
    expect(repaired.output).toMatch(INSTALLED);
    expect(clone.asked).toEqual(['begin', 'done', 'begin', 'done']);
  });
});

describe.concurrent('of two starts in one directory', () => {
  it('the second waits, names what it waits for, and installs nothing again', async () => {
    const clone = new Clone();
    clone.write('slow', '');
    const first = clone.start();
    await until(() => clone.asked.length > 0);
    rmSync(path.join(clone.directory, 'slow'));
    const second = clone.start();
    await until(() => second.output.includes('Waiting'));
    expect(second.output).toContain(`holds ${clone.lock}`);
    // What npm would have made.
    const pid = clone.npmPid;
    appendFileSync(path.join(clone.directory, 'npm-log'), `installed ${pid}\n`);
    mkdirSync(path.join(clone.directory, 'node_modules/one'), { recursive: true });
    clone.write('node_modules/one/package.json', '{"version":"1.0.0"}');
    cpSync(
      path.join(clone.directory, 'package-lock.json'),
      path.join(clone.directory, 'node_modules/.package-lock.json'),
    );
    first.child.kill('SIGTERM');
    await second.ended;
    expect(second.output).toMatch(INSTALLED);
    expect(clone.asked).toEqual(['begin', 'installed', 'end']);
  });

  it('P5: one that waits long says so every 30 seconds, and names the file', async () => {
    const clone = new Clone();
    writeFileSync(clone.lock, 'of one who is slow');
    const start = clone.start({}, undefined, SLOW_HOLDER(clone.lock));
    const waits = () => [
      ...start.output.matchAll(/^Waiting for (\d+) s for another start, .* holds (.*)…$/gm),
    ];
    await until(() => waits().length === 3);
    rmSync(clone.lock);
    await start.ended;
    const said = waits().map(([, seconds, file]) => [seconds, file]);
    expect(said.slice(0, 3)).toEqual(['48', '80', '112'].map((seconds) => [seconds, clone.lock]));
    expect(start.output).toMatch(INSTALLED);
  });

  it('P4: a lock that nobody touches is nobody’s, whatever number stands in it', async () => {
    await Promise.all(
      ['', '\n', String(process.pid), '1', 'x'].map(async (text) => {
        const clone = new Clone();
        writeFileSync(clone.lock, text);
        const start = clone.start({}, undefined, LONG_AFTER_ONE_LOOK);
        await start.ended;
        expect([text, start.output]).toEqual([text, expect.stringMatching(INSTALLED)]);
        expect(existsSync(clone.lock)).toBe(false);
      }),
    );
  });

  it('P4: of several that wait for a dead one’s lock, one at a time goes on', async () => {
    const clone = new Clone();
    writeFileSync(clone.lock, '1');
    const starts = Array.from({ length: 4 }, () => clone.start({}, undefined, LONG_AFTER_ONE_LOOK));
    await Promise.all(starts.map(({ ended }) => ended));
    expect(clone.asked).toEqual(['begin', 'done']);
    for (const { output } of starts) expect(output).toMatch(INSTALLED);
  });

  it('P4: one that stood still for long, and was taken for dead, ends', async () => {
    const clone = new Clone();
    clone.write('slow', '');
    const first = clone.start();
    await until(() => clone.asked.length > 0);
    writeFileSync(clone.lock, 'of another');
    expect(await first.ended).toBe(1);
    expect(first.output).toContain(`Another start has taken ${clone.lock} over`);
    expect(clone.asked).toEqual(['begin', 'end']);
    expect(readFileSync(clone.lock, 'utf8')).toBe('of another');
  });
});

describe.concurrent('what can’t work is one line, before the long steps', () => {
  it.each<[string, Record<string, string>, RegExp]>([
    [
      'O12: a TMPDIR that can’t be made',
      { TMPDIR: '/proc/x' },
      /^TMPDIR \/proc\/x can't be written/,
    ],
    [
      'O12: a TMPDIR that is a file',
      { TMPDIR: '/etc/passwd' },
      /^TMPDIR \/etc\/passwd can't be wr/,
    ],
    [
      'P6: a ~ in DATA_DIR',
      { DATA_DIR: '~/data' },
      /^DATA_DIR begins with ~, .* write the whole path/,
    ],
  ])('%s', async (_what, env, line) => {
    const clone = new Clone();
    const start = clone.start(env);
    expect(await start.ended).toBe(1);
    const said = start.output.split('\n').filter((text) => text && !text.startsWith('Node 20'));
    expect(said).toEqual([expect.stringMatching(line)]);
    expect(clone.asked).toEqual([]);
  });

  it.runIf(process.getuid?.() === 0)(
    'P6: after a start by sudo, oneself is told how to have the files again',
    async () => {
      const clone = new Clone();
      mkdirSync(path.join(clone.directory, 'node_modules/one'), { recursive: true });
      const { directory } = clone;
      const TMPDIR = path.join(directory, 'tmp');
      mkdirSync(TMPDIR);
      for (const place of [directory, TMPDIR, path.join(directory, 'prisma')])
        chownSync(place, 54_321, 54_321);
      const start = clone.start({ TMPDIR }, 54_321);
      expect(await start.ended).toBe(1);
      expect(start.output).toContain(
        `node_modules can't be written (EACCES): it belongs to another account (uid 0), as after a start by sudo. Give it to this one: sudo chown -R 54321:54321 '${directory}'.\n`,
      );
      expect(clone.asked).toEqual([]);

      rmSync(path.join(directory, 'node_modules'), { recursive: true });
      chownSync(path.join(directory, 'data'), 0, 0);
      const next = clone.start({ TMPDIR }, 54_321);
      expect(await next.ended).toBe(1);
      expect(next.output).toContain(`sudo chown -R 54321:54321 '${directory}/data'`);
    },
  );
});

it('a program that runs too long is ended, and with it what it has started', async () => {
  const { run } = await import('./setup.mjs');
  const file = path.join(base, 'pid');
  const { code } = await run('/bin/sh', ['-c', `sleep 600 & echo $! > ${file}; wait`], {
    timeoutMs: 500,
  });
  expect(code).not.toBe(0);
  const pid = Number(readFileSync(file, 'utf8'));
  await until(() => isGone(pid));
});
