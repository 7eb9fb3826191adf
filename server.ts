import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { fileURLToPath } from 'node:url';
import { HEALTH_CALLS, PATHS } from '@/lib/contract/paths';
import { findAnswer, type Routes } from '@/lib/http/api';
import { createGuardedServer, endWithProblem, pathOf } from '@/lib/http/door';
import { createDoorLog } from '@/lib/http/door-log';
import { findHostProgramAnswer } from '@/lib/http/host-program';
import { prepareToLeave } from '@/lib/http/leave';
import { createAddressWarning } from '@/lib/http/proxy-warning';
import { answerPutOff } from '@/lib/http/put-off';
import { findSetUpLink } from '@/lib/http/set-up-link';
import { findStaticFile, loadStaticFiles } from '@/lib/http/static-files';
import { warmUp } from '@/lib/http/warm-up';
import { runWithClient } from '@/lib/platform/client-store';
import { EnvError, env, envWarnings } from '@/lib/platform/env';
import { loadHostProgram } from '@/lib/platform/host-program';
import { log } from '@/lib/platform/log';
import { warmUpPasswordHash } from '@/lib/platform/password-hash';
import { databaseIsPrepared } from '@/lib/platform/postgres/database-state';
import { prepareDatabase } from '@/lib/platform/postgres/prepare';
import { createRareWarning } from '@/lib/platform/rare-log';
import { runShutdownHooks } from '@/lib/platform/shutdown';
import { StartError } from '@/lib/platform/start-error';
import { beginStop } from '@/lib/platform/stopping';
import { followFirst, isFirstWorker, isWorker, startWorkers } from '@/lib/platform/workers';
import { findStartWarnings } from '@/lib/policy/address-warnings';
import { resolveClient } from '@/lib/policy/client-address';
import { parseProxyList } from '@/lib/policy/networks';
import { keepTallies } from '@/lib/service/gate/tallies';
import { untilReady } from '@/lib/service/health';
import { keepMailMoving } from '@/lib/service/mail/outgoing-mail';
import { keepRetention } from '@/lib/service/retention';
import { keepPlans } from '@/lib/service/team/planned-rules';
import { startSocketEdge } from '@/lib/ws/server';

/** How long requests that run may go on once nobody is let in any more, and how long each clean-up may take. */
const FINISH_MS = 20_000;
const CLEAN_UP_MS = 5_000;
const ONE_KEYPRESS_MS = 1_000;

/** Where a build has them, beside this file as it is built. */
const STATIC_FILES = new URL('./static', import.meta.url);

/** What has been opened, and how it is closed; last opened, first closed. */
const opened: ((signal: NodeJS.Signals | null) => Promise<unknown>)[] = [];

/** @param signal of a stop, which waits until this has noticed */
async function start(signal: AbortSignal): Promise<void> {
  const { appUrl, drainSeconds, isDevelopment, setupToken, workers } = env();
  if (isWorker()) {
    const first = await followFirst((by) => {
      if (stoppingSince === null) void stop(0, by);
    });
    closeAtLast();
    await serve(isFirstWorker() ? sayWhatIsWaitedFor : () => undefined, signal);
    return first.tellReady();
  }

  for (const warning of envWarnings(env())) log().warn(warning);
  for (const warning of findStartWarnings(proxies(), env())) log().warn(warning);
  const prepared = await prepareDatabase(signal);
  opened.push(prepared.stop);
  closeAtLast();
  signal.throwIfAborted();
  if (workers === 1 || isDevelopment) {
    await serve(sayWhatIsWaitedFor, signal);
  } else {
    const file = fileURLToPath(import.meta.url);
    const running = startWorkers(workers, file, { SETUP_TOKEN: setupToken });
    const withinMs = drainSeconds * 1_000 + FINISH_MS + CLEAN_UP_MS;
    opened.push((by) => running.stop(by, withinMs));
    await Promise.race([running.ready, once(signal, 'abort')]);
    signal.throwIfAborted();
  }
  process.stdout.write(`Gatehouse is ready on ${appUrl.origin}\n`);
  keepRetention();
  keepTallies();
  keepPlans();
  keepMailMoving();
  await announceSetUp().catch((err: unknown) =>
    log().warn({ err }, 'whether a team exists is not known'),
  );
}

function sayWhatIsWaitedFor(what: string): void {
  process.stdout.write(`Gatehouse waits for ${what}; its log says why.\n`);
}

function closeAtLast(): void {
  opened.push(() =>
    runShutdownHooks(CLEAN_UP_MS, (name, err) => log().error({ err }, `${name} failed to close`)),
  );
}

/** @throws StartError */
function proxies() {
  const found = parseProxyList(env().trustedProxies);
  if ('error' in found) throw new StartError(`TRUSTED_PROXIES: ${found.error}.`);
  return found;
}

/**
 * Answers on the port, and returns when a gated call would work.
 * @param say told what is waited for
 * @throws StartError with the cause and the cure
 */
async function serve(say: (what: string) => void, signal: AbortSignal): Promise<void> {
  const { appUrl, clientIpHeader, host, isDevelopment, port, ...settings } = env();
  const addressing = {
    ...settings,
    trustedProxies: proxies(),
    header: clientIpHeader,
    appOrigin: appUrl.origin,
  };
  const warnRarely = createRareWarning(({ message, cure }) => log().warn({ cure }, message));
  const warnOfAddress = createAddressWarning(settings, warnRarely);

  // Built beside this file; in development, where a build would be.
  const built = isDevelopment ? './.next/host.mjs' : './host.mjs';
  loadHostProgram(fileURLToPath(new URL(built, import.meta.url)));

  // Next adds an upgrade listener to the server it is given: an idle one, which gets only what is Next's.
  const idle = createServer();
  const hostname = /^(?:0\.0\.0\.0|::)$/.test(host) ? 'localhost' : host;
  const dir = import.meta.dirname;
  const { default: next } = await import('next');
  const app = next({ dev: isDevelopment, dir, hostname, port, httpServer: idle });
  opened.push(() => app.close());
  await Promise.all([app.prepare(), warmUpPasswordHash()]);
  signal.throwIfAborted();
  const servePage = app.getRequestHandler();
  // In development Next serves all: a changed file is at once the one that answers.
  const [routes, files] = isDevelopment
    ? [new Map(), new Map()]
    : await Promise.all([loadRoutes(), loadStaticFiles(fileURLToPath(STATIC_FILES))]);
  const handle = async (req: IncomingMessage, res: ServerResponse) => {
    const answer =
      findHostProgramAnswer(req) ?? findAnswer(routes, req) ?? findStaticFile(files, req);
    if (answer) return answer(res);
    answerPutOff(res);
    return servePage(req, res);
  };
  // In development a page is compiled when it is asked for; without a database there is nothing to answer.
  if (!isDevelopment && databaseIsPrepared()) await warmUp(handle);
  signal.throwIfAborted();

  const clientOf = (req: IncomingMessage) => {
    const { httpVersion, rawHeaders, socket } = req;
    const peer = socket.remoteAddress;
    const client = resolveClient({ peer, rawHeaders, httpVersion }, addressing);
    // Whoever looks whether we are well is no client, and needs no address.
    if (!HEALTH_CALLS.has(pathOf(req))) warnOfAddress(client);
    return client;
  };
  const door = { appUrl, isDevelopment };
  const sockets = startSocketEdge((...refusal) => endWithProblem(door, ...refusal));
  const server = createGuardedServer(door, {
    onRequest: (req, res, requestId) => {
      runWithClient(clientOf(req), () => handle(req, res), requestId).catch((err: unknown) => {
        log().error({ err, requestId }, 'a request failed outside of its handler');
        res.destroy();
      });
    },
    onUpgrade: (req, socket, head, requestId) => {
      const isHotReload = isDevelopment && req.url?.startsWith('/_next/');
      if (isHotReload && idle.emit('upgrade', req, socket, head)) return;
      const client = clientOf(req);
      void runWithClient(
        client,
        () => sockets.handleUpgrade(req, socket, head, client, requestId),
        requestId,
      );
    },
    onRefusal: createDoorLog(appUrl, warnRarely),
  });
  const leave = prepareToLeave(server);
  await listen(server, port, host);
  opened.push((signal) =>
    leave({
      // Whoever presses Ctrl-C has no balancer that would have to notice.
      waitMs: signal === 'SIGTERM' && !isDevelopment ? settings.drainSeconds * 1_000 : 0,
      withinMs: isDevelopment ? 500 : FINISH_MS,
      // Who is sent away comes back at once, and must not meet us again.
      onClosed: () => sockets.stop(),
    }),
  );
  await untilReady(say, signal);
}

/**
 * The calls, from the files in which they stand; next-auth's are Next's. A path of the table without its file
 * is found here, at the start; a file without a path by a test.
 */
async function loadRoutes(): Promise<Routes> {
  const paths = Object.keys(PATHS).filter((path) => !path.startsWith('/api/auth/'));
  const load = async (path: string) => {
    const [, , root, ...names] = path.replaceAll(/\{(\w+)\}/g, '[$1]').split('/');
    const place = names.join('/');
    // The bundler takes in what such a text can name.
    const route = await (root === 'v1'
      ? import(`./app/api/v1/${place}/route.ts`)
      : import(`./app/api/health/${place}/route.ts`));
    return [path, route] as const;
  };
  return new Map(await Promise.all(paths.map(load)));
}

/** While no team exists: how to make it. */
async function announceSetUp(): Promise<void> {
  const link = await findSetUpLink();
  if (link) process.stdout.write(`No team exists yet. Create it here, once: ${link}\n`);
}

/** @throws StartError with the cause and the cure. */
async function listen(server: Server, port: number, host: string): Promise<void> {
  const cures: Record<string, string> = {
    EADDRINUSE: `Port ${port} on ${host} is taken: stop the program that uses it, or set PORT to another.`,
    EACCES: `Port ${port} may not be used by this account: set PORT to one over 1023.`,
    EADDRNOTAVAIL: `HOST ${host} is not an address of this machine: set HOST to one that is, or to 0.0.0.0 for all.`,
    ENOTFOUND: `HOST ${host} is not known: set HOST to an address of this machine.`,
  };
  server.listen({ port, host });
  await once(server, 'listening').catch((error: NodeJS.ErrnoException) => {
    throw new StartError(cures[error.code ?? ''] ?? `Can't listen: ${error.message}`);
  });
}

/**
 * Closes what is open, and ends the process; at once when asked a second time. One Ctrl-C may come
 * twice, from the terminal and passed on by npm, and must not cut the database's stop short.
 */
async function stop(exitCode: number, signal: NodeJS.Signals | null = null): Promise<void> {
  if (stoppingSince !== null) {
    if (Date.now() - stoppingSince > ONE_KEYPRESS_MS) process.exit(1);
    return;
  }
  stoppingSince = Date.now();
  beginStop();
  starting.abort();
  await started;
  for (const close of opened.splice(0).reverse()) {
    await close(signal).catch((err: unknown) => log().error({ err }, 'something failed to close'));
  }
  process.exit(exitCode);
}
let stoppingSince: number | null = null;

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.on(signal, () => {
    // A Ctrl-C in the terminal comes to all processes: the first one says how to stop.
    if (!isWorker() || signal === 'SIGTERM') void stop(0, signal);
  });
}
const starting = new AbortController();
const started = start(starting.signal).catch((error: unknown) => {
  if (stoppingSince !== null) return;
  if (error instanceof StartError || error instanceof EnvError) {
    for (const line of error.lines) process.stderr.write(`${line}\n`);
  } else {
    log().fatal({ err: error }, 'the start failed');
  }
  void stop(1);
});
