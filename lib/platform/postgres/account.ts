import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { StartError } from '@/lib/platform/start-error';
import { type Account, run } from './programs';

// As whom PostgreSQL's programs run: PostgreSQL refuses to run as root.

async function findPostgresUser(): Promise<Account | null> {
  try {
    const id = promisify(execFile);
    const [uid, gid] = await Promise.all([
      id('id', ['-u', 'postgres']),
      id('id', ['-g', 'postgres']),
    ]);
    return { uid: Number(uid.stdout), gid: Number(gid.stdout) };
  } catch {
    return null;
  }
}

/** PostgreSQL refuses to run as root; then it runs as the system user `postgres`. */
export async function requireAccount(): Promise<Account> {
  if (process.getuid?.() !== 0) return {};
  const found = await findPostgresUser();
  if (found !== null) return found;
  try {
    await promisify(execFile)('useradd', [
      ...['--system', '--user-group', '--no-create-home'],
      ...['--home-dir', '/nonexistent', '--shell', '/usr/sbin/nologin', 'postgres'],
    ]);
  } catch (cause) {
    throw new StartError(
      'PostgreSQL refuses to run as root, and the system user `postgres` could not be made. Make it (`useradd --system postgres`), or start as an ordinary user.',
      { cause },
    );
  }
  const made = await findPostgresUser();
  if (made === null) throw new StartError('The system user `postgres` was made but is not found.');
  return made;
}

const canPass = async (directory: string, account: Account): Promise<boolean> =>
  (await run('/bin/sh', ['-c', 'cd "$1"', 'sh', directory], account)).code === 0;

/** The server's account must be able to walk to its programs and its data. */
export async function requirePassage(
  target: string,
  what: string,
  account: Account,
): Promise<void> {
  if (account.uid === undefined || (await canPass(target, account))) return;
  const { root } = path.parse(target);
  const steps = path.relative(root, target).split(path.sep);
  for (let length = 1; length <= steps.length; length += 1) {
    const step = path.join(root, ...steps.slice(0, length));
    if (await canPass(step, account)) continue;
    throw new StartError(
      `PostgreSQL refuses to run as root, and the user \`postgres\`, as whom it runs instead, can't pass through ${step} to ${what}. Allow it with \`chmod o+x ${step}\`, or move ${what} elsewhere.`,
    );
  }
}
