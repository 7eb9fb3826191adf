import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

export type Nginx = {
  port: number;
  /** What it has complained of so far. */
  readonly log: string;
  stop: () => Promise<void>;
};

/**
 * Starts nginx before instances of the product, with the settings that README.md recommends. Clients
 * are whoever connects to it: 127.0.0.x, bound by their end.
 *
 * @param port where it listens, at 127.0.0.1
 * @param upstreams the ports of the instances
 * @throws how to install nginx where it is missing
 */
export async function startNginx(port: number, upstreams: number[]): Promise<Nginx> {
  const program = findNginx();
  const directory = await mkdtemp(path.join(tmpdir(), 'gatehouse-nginx-'));
  const file = path.join(directory, 'nginx.conf');
  await writeFile(file, await configuration(directory, port, upstreams));
  const child = spawn(program, ['-p', directory, '-c', file, '-e', 'stderr'], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let log = '';
  const started = new Promise<void>((resolve, reject) => {
    child.stderr.on('data', (chunk: Buffer) => {
      log += chunk;
      if (/\[notice\].*start worker process/.test(log)) resolve();
    });
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`nginx ended with ${code}:\n${log}`)));
  });
  const stop = async () => {
    if (child.exitCode === null && child.signalCode === null) {
      const exited = once(child, 'exit');
      child.kill('SIGTERM');
      await exited;
    }
    await rm(directory, { recursive: true, force: true });
  };
  await started.catch(async (error: unknown) => {
    await stop();
    throw error;
  });
  return {
    port,
    stop,
    get log() {
      return log;
    },
  };
}

/** What Debian puts where an ordinary user's PATH does not look. */
const SYSTEM_DIRECTORIES = ['/usr/sbin', '/usr/local/sbin', '/opt/homebrew/bin'];

function findNginx(): string {
  const directories = [...(process.env.PATH ?? '').split(path.delimiter), ...SYSTEM_DIRECTORIES];
  const found = directories.map((one) => path.join(one, 'nginx')).find((one) => existsSync(one));
  if (found) return found;
  throw new Error(
    'No nginx found. Install it: on Debian and Ubuntu `sudo apt-get install nginx`, on macOS `brew install nginx`.',
  );
}

const README = path.join(import.meta.dirname, '../..', 'README.md');

async function configuration(directory: string, port: number, upstreams: number[]) {
  const user = process.getuid?.() === 0 ? 'user root;' : '';
  return `daemon off;
${user}
worker_processes 1;
pid ${directory}/nginx.pid;
error_log stderr notice;
events { worker_connections 1024; }
http {
access_log off;
${['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `${name}_temp_path ${directory}/${name};`).join('\n')}
${withPorts(await recommended(), port, upstreams)}
}
`;
}

/** The settings in README.md: what is tested is what people copy. */
async function recommended(): Promise<string> {
  const [, block] = /^```nginx\n(.*?)^```$/ms.exec(await readFile(README, 'utf8')) ?? [];
  if (block === undefined) throw new Error('README.md recommends no settings for nginx');
  return block;
}

/** Changes only what differs from place to place: who listens, for whom, and where the instances are. */
function withPorts(block: string, port: number, upstreams: number[]): string {
  const changes: [RegExp, (line: string) => string][] = [
    [
      /^ *server 127\.0\.0\.1:3000\b.*$/m,
      (line) => upstreams.map((to) => line.replace('3000', String(to))).join('\n'),
    ],
    [/^ *listen 443 ssl;.*$/m, () => `listen 127.0.0.1:${port};`],
    [/^ *server_name .*$/m, () => 'server_name localhost;'],
  ];
  return changes.reduce((text, [line, change]) => {
    if (!line.test(text)) throw new Error(`README.md’s settings for nginx have no line ${line}`);
    return text.replace(line, change);
  }, block);
}
