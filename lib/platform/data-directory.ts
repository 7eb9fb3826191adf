import { accessSync, constants, existsSync, lstatSync, mkdirSync, statSync } from 'node:fs';
import path from 'node:path';

/**
 * Makes `directory` and what is missing above it; others may pass through it, every file inside has
 * its own, closed mode. (Node's recursive `mkdir` never returns for a place like /proc/x.)
 *
 * @throws the system's error
 */
export function makeDataDirectory(directory: string): void {
  if (!existsSync(path.dirname(directory))) makeDataDirectory(path.dirname(directory));
  try {
    mkdirSync(directory, { mode: 0o711 });
  } catch (error) {
    if (!statSync(directory, { throwIfNoEntry: false })?.isDirectory()) throw error;
  }
}

/** What Gatehouse itself writes there. Not all that stands there: a mounted folder has a `lost+found` of root's. */
const OURS = ['auth-secret', 'postgres-password', 'postgres', 'mail'];

/** For an argument of a shell's. */
const quoted = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`;

/**
 * One start by `sudo` leaves files that a later one as oneself can't use.
 * @returns what to do about it, in one line, or null where all is this account's. Null for root, who may all.
 */
export function explainStrangersFiles(directory: string): string | null {
  const us = process.getuid?.();
  if (us === undefined || us === 0) return null;
  for (const name of ['.', ...OURS]) {
    const found = lstatSync(path.join(directory, name), { throwIfNoEntry: false });
    if (!found || found.uid === us || (name === '.' && isWritable(directory))) continue;
    const what = name === '.' ? `DATA_DIR ${directory}` : `${name} in DATA_DIR`;
    return `${what} belongs to another account (uid ${found.uid}), as after a start by \`sudo\` or in another container. Give it to this one: sudo chown -R ${us}:${process.getgid?.()} ${quoted(directory)}`;
  }
  return null;
}

function isWritable(directory: string): boolean {
  try {
    accessSync(directory, constants.W_OK | constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
