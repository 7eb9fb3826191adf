import { shared } from '@/lib/platform/shared';

const holder = () =>
  shared('database-state', () => ({
    isPrepared: false,
    secretIsCommon: true,
    watching: [] as (() => void)[],
  }));

/** Whether the database was reached and has every migration of this version (readiness). */
export function databaseIsPrepared(): boolean {
  return holder().isPrepared;
}

export function setDatabaseIsPrepared(isPrepared: boolean): void {
  holder().isPrepared = isPrepared;
  for (const run of holder().watching) run();
}

/** Whether the other instances on the database have our AUTH_SECRET, as far as is known (readiness). */
export function secretIsCommon(): boolean {
  return holder().secretIsCommon;
}

export function setSecretIsCommon(isCommon: boolean): void {
  holder().secretIsCommon = isCommon;
  for (const run of holder().watching) run();
}

/** Calls `run` whenever one of the two is found anew. */
export function onDatabaseState(run: () => void): void {
  holder().watching.push(run);
}
