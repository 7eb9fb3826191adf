// `npm test`: everything that must hold, from a clone. One step after the other, each to its end
// even when one before it failed, so that the summary is complete. `npm test -- unit api` runs
// those steps alone. Ports, data and the build are its own: a running server is not disturbed.

import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import * as setup from './setup.mjs';

const STEP_TIMEOUT_MS = 30 * 60_000;
const DIST_DIR = '.next-test';

process.chdir(setup.root);
const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'gatehouse-npm-test-'));
// As root the database runs as another user, who must be able to pass.
fs.chmodSync(scratch, 0o755);
/** Ends what a test that was cut short has left running, and removes what all have written. */
function removeScratch() {
  for (const place of fs.existsSync(scratch) ? fs.readdirSync(scratch, { recursive: true }) : []) {
    if (path.basename(place) !== 'postmaster.pid') continue;
    const file = path.join(scratch, place);
    try {
      const pid = Number.parseInt(fs.readFileSync(file, 'utf8'), 10);
      // The number may be somebody else's by now: the server of a directory works in there.
      const isOurs =
        process.platform !== 'linux' ||
        fs.readlinkSync(`/proc/${pid}/cwd`) === fs.realpathSync(path.dirname(file));
      if (pid > 1 && isOurs) process.kill(pid, 'SIGQUIT');
    } catch {
      // It ended by itself.
    }
  }
  fs.rmSync(scratch, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
}
setup.endOnSignal(removeScratch);
process.on('exit', removeScratch);

/** A step without tests of its own counts as one. */
const asOne = ({ code }) => ({ passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1 });

/** The failed tests of a report of vitest's: where, which, and the first line of why. */
const failedTests = (report) =>
  (report?.testResults ?? []).flatMap(({ name, message, assertionResults }) => {
    const place = path.relative(setup.root, name);
    const failed = assertionResults.filter(({ status }) => status === 'failed');
    if (failed.length === 0 && message) return [`${place}: ${firstLine(message)}`];
    return failed.map(
      ({ fullName, failureMessages }) =>
        `${place} › ${fullName}: ${firstLine(failureMessages[0] ?? '')}`,
    );
  });

/** The same of a suite of Playwright's, with those that needed a second try. */
const failedSpecs = ({ suites = [], specs = [] }) => [
  ...specs
    .filter(({ tests }) =>
      tests.some(({ status }) => status === 'unexpected' || status === 'flaky'),
    )
    .map(({ file, line, title, tests }) => {
      const errors = tests.flatMap(({ results }) => results.flatMap(({ error }) => error ?? []));
      return `${file}:${line} › ${title}: ${firstLine(stripVTControlCharacters(errors[0]?.message ?? ''))}`;
    }),
  ...suites.flatMap(failedSpecs),
];

const firstLine = (text) => text.trim().split('\n', 1)[0].slice(0, 300);

/** A program's own count, unless it failed without one: then the failure counts as one more. */
function counted(code, { passed, failed } = { passed: 0, failed: 0 }) {
  // A step that found nothing to test has proven nothing.
  const isHollow = passed + failed === 0;
  return { passed, failed: failed === 0 && (code !== 0 || isHollow) ? 1 : failed };
}

const readReport = (file) => {
  try {
    return JSON.parse(fs.readFileSync(file, 'utf8'));
  } catch {
    return null;
  }
};

const shown = { isShown: true, timeoutMs: STEP_TIMEOUT_MS };

async function vitest(name, ...args) {
  const file = path.join(scratch, `${name}.json`);
  const { code } = await setup.runPackage(
    'vitest',
    ['run', ...args, '--reporter=default', '--reporter=json', `--outputFile.json=${file}`],
    { ...shown, env: { NODE_ENV: 'test' } },
  );
  const report = readReport(file);
  const counts = report
    ? { passed: report.numPassedTests, failed: report.numFailedTests }
    : undefined;
  return { ...counted(code, counts), failures: failedTests(report) };
}

/** The tests over real sockets of one folder. */
const sockets = (folder) => vitest(folder, `e2e/${folder}/`, '--config', 'vitest.api.config.ts');

async function playwright() {
  const file = path.join(scratch, 'browser.json');
  const { code } = await setup.runPackage('playwright', ['test', '--reporter=list,json'], {
    ...shown,
    env: { CHROMIUM_PATH: await requireChromium(), PLAYWRIGHT_JSON_OUTPUT_NAME: file },
  });
  const report = readReport(file);
  // A test that passed at the second try is not one to rely on.
  const counts = report?.stats && {
    passed: report.stats.expected,
    failed: report.stats.unexpected + report.stats.flaky,
  };
  return { ...counted(code, counts), failures: failedSpecs(report ?? {}) };
}

/** In the order in which a failure is cheapest to find. */
const STEPS = [
  {
    name: 'types',
    run: async () => {
      const routes = await setup.runPackage('next', ['typegen'], { timeoutMs: STEP_TIMEOUT_MS });
      if (routes.code !== 0) process.stdout.write(routes.output);
      const types = await setup.run(
        process.execPath,
        [setup.packageProgram('typescript', 'tsc'), '--noEmit', '--project', '.'],
        shown,
      );
      return asOne({ code: routes.code || types.code });
    },
  },
  {
    name: 'lint',
    run: async () =>
      asOne(
        await setup.run(
          process.execPath,
          [setup.packageProgram('@biomejs/biome', 'biome'), 'ci'],
          shown,
        ),
      ),
  },
  { name: 'unit', run: () => vitest('unit') },
  {
    name: 'build',
    run: async () => {
      await setup.build({ distDir: DIST_DIR });
      return asOne({ code: 0 });
    },
  },
  {
    name: 'api',
    needs: 'build',
    run: async () => {
      // Where there is none, the tests that need it say so.
      await findOrInstall(NGINX);
      return sockets('api');
    },
  },
  { name: 'browser', needs: 'build', run: playwright },
  // What is stopped, killed, flooded and started anew: minutes of it, by `npm run drills`.
  { name: 'drills', needs: 'build', isExtra: true, run: () => sockets('drills') },
];

/** Programs that tests need beside the packages, as they are found, and as Debian calls their package. */
const CHROMIUM = {
  names: ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'],
  places: [
    process.env.CHROMIUM_PATH,
    '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
    '/Applications/Chromium.app/Contents/MacOS/Chromium',
  ],
  package: 'chromium',
};
const NGINX = { names: ['nginx'], places: ['/usr/sbin/nginx'], package: 'nginx' };

function findProgram({ names, places }) {
  const directories = (process.env.PATH ?? '').split(path.delimiter);
  return [
    ...places,
    ...names.flatMap((name) => directories.map((directory) => path.join(directory, name))),
  ].find((place) => place && fs.statSync(place, { throwIfNoEntry: false })?.isFile());
}

/** The path of a program; as root on Debian its package is installed when there is none. Or undefined. */
async function findOrInstall(program) {
  const found = findProgram(program);
  if (found || process.getuid?.() !== 0 || !fs.existsSync('/usr/bin/apt-get')) return found;
  console.log(`Installing the ${program.package} package…`);
  // The program is wanted, not the service that its package would start.
  const env = { DEBIAN_FRONTEND: 'noninteractive', SYSTEMD_OFFLINE: '1' };
  const update = await setup.run('apt-get', ['update'], { env });
  const install = await setup.run(
    'apt-get',
    ['install', '--yes', '--no-install-recommends', program.package],
    { env },
  );
  const made = findProgram(program);
  if (!made) process.stdout.write(`${update.output}${install.output}`);
  return made;
}

async function requireChromium() {
  const found = await findOrInstall(CHROMIUM);
  if (found) return found;
  throw new setup.SetupError(
    'No Chromium found. Install it (on Debian and Ubuntu: `sudo apt-get install chromium`), or set CHROMIUM_PATH to one.',
  );
}

const chosen = process.argv.slice(2);
const unknown = chosen.filter((name) => !STEPS.some((step) => step.name === name));
if (unknown.length > 0) {
  console.error(
    `No such step: ${unknown.join(', ')}. The steps are ${STEPS.map(({ name }) => name).join(', ')}.`,
  );
  process.exit(1);
}
const isChosen = ({ name, isExtra }) =>
  (chosen.length === 0 && !isExtra) ||
  chosen.includes(name) ||
  STEPS.some((step) => step.needs === name && chosen.includes(step.name));

for (const name of ['NODE_ENV', 'NEXTAUTH_URL', 'NEXTAUTH_SECRET']) delete process.env[name];
await setup.orExplain(async () => {
  await setup.install({ withTools: true });
  // What a developer has set for a server of theirs is not the tests' business.
  for (const name of await setup.settingNames()) delete process.env[name];
  Object.assign(process.env, {
    TMPDIR: scratch,
    DATA_DIR: path.join(scratch, 'data'),
    NEXT_DIST_DIR: DIST_DIR,
    NEXT_TELEMETRY_DISABLED: '1',
  });
  await setup.generate();
});

const results = [];
for (const step of STEPS.filter(isChosen)) {
  console.log(`\n── ${step.name} ──`);
  const start = Date.now();
  let result;
  const isReady = !results.some(({ name, failed }) => name === step.needs && failed > 0);
  try {
    if (!isReady) console.log(`Not run: ${step.needs} failed.`);
    result = isReady ? await step.run() : { passed: 0, failed: 1 };
  } catch (error) {
    console.error(error instanceof setup.SetupError ? error.message : error);
    result = { passed: 0, failed: 1 };
  }
  results.push({ name: step.name, seconds: (Date.now() - start) / 1000, ...result });
}

console.log('\n── summary ──');
for (const { name, seconds, passed, failed } of results) {
  const outcome = failed === 0 ? 'ok    ' : 'FAILED';
  const counts = `${String(passed).padStart(5)} passed ${String(failed).padStart(4)} failed`;
  console.log(`${outcome}  ${name.padEnd(8)} ${counts} ${seconds.toFixed(1).padStart(7)} s`);
}
const sum = (pick) => results.reduce((total, result) => total + pick(result), 0);
const failed = sum((result) => result.failed);
for (const { failures = [] } of results) for (const line of failures) console.log(`  ${line}`);
console.log(`${sum((result) => result.passed)} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
