import { spawn } from 'node:child_process';
import { access, chown } from 'node:fs/promises';
import path from 'node:path';
import { programEnv } from '@/lib/platform/env';
import { StartError } from '@/lib/platform/start-error';

// What it takes to run one of PostgreSQL's own programs.
//
// No shell is in between (`pg_ctl start` has one): it would expand what stands in DATA_DIR.

export const ROLE = 'gatehouse';
export const DATABASE = 'gatehouse';
export const RETRY_MS = 200;

export type Account = { uid?: number; gid?: number };

/** What is needed to run one server: programs, directories, and as whom. */
export type Cluster = {
  initdb: string;
  pgCtl: string;
  postgres: string;
  account: Account;
  dataDir: string;
  /** PostgreSQL's own directory, below `dataDir`. */
  pgData: string;
  password: string;
};

type Outcome = { code: number | null; output: string };

/** Runs a program to its end; its output is both of its streams. */
export function run(command: string, args: readonly string[], account: Account): Promise<Outcome> {
  const child = spawn(command, args, {
    ...account,
    cwd: path.parse(process.cwd()).root,
    env: programEnv(),
    stdio: ['ignore', 'pipe', 'pipe'],
    windowsHide: true,
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    output += chunk.toString();
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, output: output.trim() }));
  });
}

/** A program of the package that can't even begin. */
export function explainSpawnError(error: Error): string {
  const code = codeOf(error);
  if (code === 'ENOENT') {
    return "It can't run here: it is made for glibc, and this system has another libc (Alpine has musl). Use a system with glibc, such as Debian, or set DATABASE_URL to a PostgreSQL server.";
  }
  return `It can't run here (${code}): the directory of this program must allow programs to run from it (no \`noexec\`).`;
}

export const lastLines = (text: string): string[] =>
  text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .slice(-5)
    .map((line) => `  ${line}`);

export const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error ? String(error.code) : '';

export async function exists(file: string): Promise<boolean> {
  try {
    await access(file);
    return true;
  } catch {
    return false;
  }
}

export async function own(target: string, { uid, gid }: Account): Promise<void> {
  if (uid !== undefined && gid !== undefined) await chown(target, uid, gid);
}

/** Of the system's calls, and PostgreSQL's. */
const FULL_CODES = new Set(['ENOSPC', 'EDQUOT', '53100']);

/** Whether a program, or a call, found no room on the disk, or no more than a quota allows. */
export const meansFullDisk = (fault: unknown): boolean =>
  FULL_CODES.has(codeOf(fault)) ||
  /No space left on device|Disk quota exceeded/.test(String(fault));

export const fullDisk = (cause: unknown): StartError =>
  new StartError(
    'The disk of DATA_DIR is full, or this account may use no more of it. Make room (a new database takes about 70 MB), or set DATA_DIR to a place that has some; then start again.',
    { cause },
  );
