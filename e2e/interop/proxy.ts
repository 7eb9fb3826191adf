import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type Certificate, findTool, type Tool } from './packages';

/** Where a proxy runs: the only things that differ from what README.md says. */
export type Place = {
  directory: string;
  host: string;
  port: number;
  certificate: Certificate;
  /** The ports of the instances. */
  upstreams: number[];
};

export type Proxy = {
  name: string;
  package: string;
  find: () => Tool | null;
  /** The language of its block in README.md. */
  language: string;
  /** Each line of README.md that a place changes, and what it becomes. */
  changes: (place: Place) => [RegExp, (line: string) => string][];
  /** What stands round it in a whole file. */
  whole: (block: string, place: Place, home: string) => string;
  arguments: (file: string) => string[];
};

const README = path.join(import.meta.dirname, '../../README.md');

/** One line for each instance, like that for the first. */
const eachInstance =
  ({ upstreams }: Place) =>
  (line: string) =>
    upstreams
      .map((port, at) => line.replace('3000', String(port)).replace('server one', `server i${at}`))
      .join('\n');

export const PROXIES: Proxy[] = [
  {
    name: 'nginx',
    package: 'nginx',
    find: () => findTool('nginx', 'nginx', ['-v']),
    language: 'nginx',
    changes: (place) => [
      [/^ *server 127\.0\.0\.1:3000\b.*$/m, eachInstance(place)],
      [
        /^ *listen 443 ssl;.*$/m,
        () =>
          `listen 127.0.0.1:${place.port} ssl; ssl_certificate ${place.certificate.certificate}; ssl_certificate_key ${place.certificate.key};`,
      ],
    ],
    whole: (block, _place, home) => {
      const user = process.getuid?.() === 0 ? 'user root;' : '';
      const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
        .map((name) => `${name}_temp_path ${home}/${name};`)
        .join('\n');
      return `daemon off; ${user} pid ${home}/pid; error_log stderr warn;
events { worker_connections 1024; }
http {
access_log off;
${temporary}
${block}
}
`;
    },
    arguments: (file) => ['-c', file, '-e', 'stderr'],
  },
  {
    name: 'Caddy',
    package: 'caddy',
    find: () => findTool('caddy', 'caddy', ['version']),
    language: 'caddyfile',
    changes: (place) => [
      [
        /^gatehouse\.example\.com \{$/m,
        () =>
          `https://${place.host}:${place.port} {\n bind 127.0.0.1\n tls ${place.certificate.certificate} ${place.certificate.key}`,
      ],
      [/127\.0\.0\.1:3000/, () => place.upstreams.map((port) => `127.0.0.1:${port}`).join(' ')],
    ],
    whole: (block, _place, home) =>
      `{\n admin off\n auto_https disable_redirects\n storage file_system ${home}\n}\n${block}`,
    arguments: (file) => ['run', '--adapter', 'caddyfile', '--config', file],
  },
  {
    name: 'HAProxy',
    package: 'haproxy',
    find: () => findTool('haproxy', 'haproxy', ['-v']),
    language: 'haproxy',
    changes: (place) => [
      [
        /:443 ssl crt \S+/,
        () => `127.0.0.1:${place.port} ssl crt ${path.dirname(place.certificate.key)}/haproxy.pem`,
      ],
      [/^ *server one .*$/m, eachInstance(place)],
    ],
    whole: (block) => block,
    arguments: (file) => ['-db', '-f', file],
  },
  {
    name: 'Apache',
    package: 'apache2',
    find: () => findTool('apache2', 'apache2', ['-v']),
    language: 'apache',
    changes: (place) => [
      [/^<VirtualHost \*:443>$/m, () => `<VirtualHost 127.0.0.1:${place.port}>`],
      [
        /^ *SSLEngine on$/m,
        (line) =>
          `${line}\nSSLCertificateFile ${place.certificate.certificate}\nSSLCertificateKeyFile ${place.certificate.key}`,
      ],
      [/^ *BalancerMember .*$/m, eachInstance(place)],
    ],
    whole: (block, place, home) => {
      const modules = [
        ...['mpm_event', 'authz_core', 'ssl', 'socache_shmcb', 'headers', 'proxy', 'proxy_http'],
        ...['slotmem_shm', 'proxy_balancer', 'lbmethod_byrequests', 'proxy_hcheck'],
      ].map((name) => `LoadModule ${name}_module /usr/lib/apache2/modules/mod_${name}.so`);
      return `${modules.join('\n')}
ServerRoot ${home}
DefaultRuntimeDir ${home}
PidFile ${home}/pid
User www-data
Group www-data
ServerName localhost
Listen 127.0.0.1:${place.port}
ErrorLog ${home}/error.log
LogLevel warn
${block}`;
    },
    arguments: (file) => ['-D', 'FOREGROUND', '-f', file],
  },
];

export type RunningProxy = { log: () => string; stop: () => Promise<void> };

/** Starts it with README.md's settings, and waits until it listens. */
export async function startProxy(proxy: Proxy, tool: Tool, place: Place): Promise<RunningProxy> {
  const home = await mkdtemp(path.join(place.directory, `${tool.name}-`));
  const { key, certificate } = place.certificate;
  const both = `${await readFile(certificate, 'utf8')}${await readFile(key, 'utf8')}`;
  await writeFile(path.join(path.dirname(key), 'haproxy.pem'), both);
  const file = path.join(home, 'conf');
  await writeFile(file, proxy.whole(await settingsOf(proxy, place), place, home));
  const child = spawn(tool.file, proxy.arguments(file), {
    env: { PATH: process.env.PATH, HOME: home, NODE_ENV: 'production' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      output += chunk;
    });
  }
  const isRunning = () => child.exitCode === null && child.signalCode === null;
  const stop = async () => {
    if (!isRunning()) return;
    const exited = once(child, 'exit');
    child.kill('SIGTERM');
    await exited;
  };
  const end = Date.now() + 20_000;
  while (!(await isListening(place.port))) {
    if (!isRunning() || Date.now() > end) {
      await stop();
      throw new Error(`${proxy.name} does not start:\n${output}`);
    }
    await delay(50);
  }
  return { log: () => output, stop };
}

/** The settings in README.md, with the lines changed that a place has to change. */
async function settingsOf(proxy: Proxy, place: Place): Promise<string> {
  const block = new RegExp(`^\`\`\`${proxy.language}\\n(.*?)^\`\`\`$`, 'ms');
  const [, settings] = block.exec(await readFile(README, 'utf8')) ?? [];
  if (settings === undefined) throw new Error(`README.md has no settings for ${proxy.name}`);
  return proxy.changes(place).reduce((text, [line, change]) => {
    if (!line.test(text)) throw new Error(`README.md’s ${proxy.name} has no line ${line}`);
    return text.replace(line, change);
  }, settings);
}

function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
