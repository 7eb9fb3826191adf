import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { parseText } from '@/lib/client/parse-text';
import { environment } from '../environment';
import { readPrivateFile } from '../private-file';
import { UsageError } from '../usage-error';
import { EXIT, Failure, signedOut } from './failure';

// Whoever reads this file is its owner, as far as any server can tell. So it is never open to anybody
// else, not even while it is written.

const OTHERS = 0o077;

const StoredSession = z.object({
  url: z.url(),
  token: z.string().regex(/^gate_[A-Za-z0-9_-]{1,200}$/),
  email: z.string(),
});
/** The session of this account on this machine. */
export type StoredSession = z.infer<typeof StoredSession>;

/** @throws Failure: signed out; UsageError: others can read the file, or it holds something else */
export function readSession(): StoredSession {
  const file = environment.sessionFile();
  if (!existsSync(file)) throw signedOut();
  const session = parseText(
    (value) => StoredSession.safeParse(value).data ?? null,
    readPrivateFile(file, OTHERS),
  );
  if (!session) {
    throw new UsageError(`${file} holds no session. Remove it, then run: gatehouse login`);
  }
  return session;
}

/** The session, or null where there is none to use. @throws UsageError as `readSession` */
export function findSession(): StoredSession | null {
  return existsSync(environment.sessionFile()) ? readSession() : null;
}

/** Replaces the file in one step: whoever reads meanwhile finds the old one or the new one. */
export function writeSession(session: StoredSession): void {
  const file = environment.sessionFile();
  const draft = `${file}.${randomBytes(6).toString('hex')}`;
  try {
    mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
    writeFileSync(draft, `${JSON.stringify(session, null, 2)}\n`, { mode: 0o600, flag: 'wx' });
    renameSync(draft, file);
  } catch (error) {
    rmSync(draft, { force: true });
    const code = (error as NodeJS.ErrnoException).code ?? String(error);
    throw new Failure(
      EXIT.failed,
      `The session can’t be kept: ${file} can’t be written (${code}).`,
    );
  }
}

export function removeSession(): void {
  rmSync(environment.sessionFile(), { force: true });
}
