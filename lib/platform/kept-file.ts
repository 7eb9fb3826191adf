import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  closeSync,
  fsyncSync,
  linkSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';

// Small files that are made once and believed for good: secrets. A full disk or a kill in the middle of
// writing must leave none rather than half of one, and an empty one, from wherever, is none.

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error ? String(error.code) : '';

const besides = (file: string) => `${file}.${randomBytes(6).toString('hex')}.part`;

/** Its text without white space around; '' where it is missing or empty, as after a power cut: all zeros. */
function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8').replaceAll('\0', '').trim();
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return '';
    throw error;
  }
}

function sync(place: string): void {
  const handle = openSync(place, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

/** Moves an empty file away; what somebody else has written there meanwhile is put back. */
function removeEmpty(file: string): void {
  const aside = besides(file);
  try {
    renameSync(file, aside);
    if (readText(aside) !== '') linkSync(aside, file);
  } catch (error) {
    if (!['ENOENT', 'EEXIST'].includes(codeOf(error))) throw error;
  } finally {
    rmSync(aside, { force: true });
  }
}

/** Gives `part` its final name unless somebody was quicker. */
function place(part: string, file: string): void {
  try {
    linkSync(part, file);
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return;
    // A file system without links: the name is taken by moving there.
    if (!['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS'].includes(codeOf(error))) throw error;
    renameSync(part, file);
  }
}

/**
 * What `file` holds, without white space around. Where it is missing or empty it is made, of `make()`:
 * whole and on the disk, or not at all; of two that make it at once both get the same. Mode 0600.
 *
 * @throws the system's error
 */
export function keptText(file: string, make: () => string): { text: string; isNew: boolean } {
  const found = readText(file);
  if (found !== '') {
    chmodSync(file, 0o600);
    return { text: found, isNew: false };
  }
  const part = besides(file);
  const made = make();
  try {
    writeFileSync(part, `${made}\n`, { mode: 0o600, flag: 'wx', flush: true });
    removeEmpty(file);
    place(part, file);
    sync(path.dirname(file));
  } finally {
    rmSync(part, { force: true });
  }
  const text = readText(file);
  return { text, isNew: text === made };
}
