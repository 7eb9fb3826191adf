import cluster, { type Worker } from 'node:cluster';
import { log } from './log';
import { type Connection, connection, setConnection } from './postgres/connection';
import {
  databaseIsPrepared,
  onDatabaseState,
  secretIsCommon,
  setDatabaseIsPrepared,
  setSecretIsCommon,
} from './postgres/database-state';
import { StartError } from './start-error';

/**
 * Several processes on one port, for all cores of a machine. The first owns what there may be one of: the
 * embedded database, the migrations and the jobs. It answers nobody. The workers answer, as instances do that
 * stand on one database; one that dies is replaced.
 */

/** A worker that dies at once would die again: so it is given a while. */
const AGAIN_MS = 1_000;

/** What the first process tells a worker; over the channel between them, since it holds a password. */
type Told =
  | { what: 'database'; connection: Connection | null; secretIsCommon: boolean }
  | { what: 'stop'; signal: NodeJS.Signals | null };

/** What a worker tells the first process. */
type Said = 'follows' | 'ready';

/** Whether this process is one of several that answer. */
export const isWorker = (): boolean => cluster.isWorker;

/** Whether it speaks for all of them. */
export const isFirstWorker = (): boolean => cluster.worker?.id === 1;

export type Workers = {
  /** Fulfilled when all of them are ready. @throws StartError when one ends before: it has said why */
  ready: Promise<void>;
  /** Has all of them leave in order. @param withinMs beyond it they are ended */
  stop: (signal: NodeJS.Signals | null, withinMs: number) => Promise<void>;
};

/**
 * @param program the file that each runs
 * @param environment what they are given beside the environment of this process
 */
export function startWorkers(
  count: number,
  program: string,
  environment: Record<string, string>,
): Workers {
  cluster.setupPrimary({ exec: program, args: [] });
  let stopping: Extract<Told, { what: 'stop' }> | null = null;
  const tellDatabase = (worker: Worker) =>
    tell(worker, {
      what: 'database',
      connection: databaseIsPrepared() ? connection() : null,
      secretIsCommon: secretIsCommon(),
    });
  const all = () => Object.values(cluster.workers ?? {}).filter((worker) => worker !== undefined);
  onDatabaseState(() => all().forEach(tellDatabase));
  cluster.on('message', (worker, said: Said) => {
    // What was sent before it listened to us, Node would have dropped.
    if (said !== 'follows') return;
    if (stopping) tell(worker, stopping);
    else tellDatabase(worker);
  });

  const fork = () => {
    if (!stopping) cluster.fork(environment);
  };
  const ready = new Promise<void>((resolve, reject) => {
    let isUp = false;
    const up = new Set<number>();
    cluster.on('message', ({ id }, said: Said) => {
      if (said !== 'ready') return;
      up.add(id);
      isUp ||= up.size === count;
      if (isUp) resolve();
    });
    cluster.on('exit', ({ id }, code, signal) => {
      if (stopping) return;
      if (!isUp) return reject(new StartError('A worker ended before it was ready.'));
      log().error({ code, signal }, 'a worker has ended, and another takes its place');
      setTimeout(fork, up.delete(id) ? 0 : AGAIN_MS);
    });
  });
  for (let made = 0; made < count; made += 1) fork();

  return {
    ready,
    stop: async (signal, withinMs) => {
      const told = { what: 'stop', signal } as const;
      stopping = told;
      const running = all().filter((worker) => !worker.isDead());
      const ended = running.map((worker) => new Promise((resolve) => worker.once('exit', resolve)));
      for (const worker of running) tell(worker, told);
      const timer = setTimeout(() => {
        for (const worker of all()) worker.process.kill('SIGKILL');
      }, withinMs);
      await Promise.all(ended);
      clearTimeout(timer);
    },
  };
}

/** One that has just died hears nothing more. */
function tell(worker: Worker, told: Told): void {
  if (worker.isConnected()) worker.send(told, () => undefined);
}

/**
 * In a worker: takes over what the first process knows of the database, now and whenever it changes.
 * Node ends it when the first process is gone.
 * @param onStop called when it is told to stop
 * @returns once it was told of the database first, reached or not; `tellReady` says that it can answer
 */
export function followFirst(
  onStop: (signal: NodeJS.Signals | null) => void,
): Promise<{ tellReady: () => void }> {
  const say = (said: Said) => process.send?.(said);
  return new Promise((resolve) => {
    process.on('message', (told: Told) => {
      if (told.what === 'stop') return onStop(told.signal);
      if (told.connection) setConnection(told.connection);
      setSecretIsCommon(told.secretIsCommon);
      if (told.connection && !databaseIsPrepared()) setDatabaseIsPrepared(true);
      resolve({ tellReady: () => say('ready') });
    });
    say('follows');
  });
}
