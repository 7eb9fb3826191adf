import { shared } from './shared';

const holder = () => shared('database-state', () => ({ isPrepared: false }));

/** Whether the database was reached and has every migration of this version (readiness). */
export function databaseIsPrepared(): boolean {
  return holder().isPrepared;
}

export function setDatabaseIsPrepared(isPrepared: boolean): void {
  holder().isPrepared = isPrepared;
}
