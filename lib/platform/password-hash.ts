import { hash, verify } from '@node-rs/argon2';
import { shared } from './shared';
import { Turns } from './turns';

/** argon2id (the library's default algorithm) with OWASP's first choice of parameters: 19 MiB, t=2, p=1. */
const PARAMETERS = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };

/** So many hashes at once: a flood of log-ins must not exhaust memory or starve other requests. */
const CONCURRENT = 2;
const WAIT_MS = 2000;

const turns = () => shared('password-hash-turns', () => new Turns(CONCURRENT, WAIT_MS));

/**
 * Does the work of checking or making a password when its turn comes, with whatever else must happen
 * in the same turn: looking the account up (so that a flood that is put off never reaches the
 * database), and counting a wrong one (so that the next turn knows of it).
 * @throws BusyError
 */
export function inHashingTurn<T>(work: () => Promise<T>): Promise<T> {
  return turns().take(work);
}

/** A PHC string. The password is taken as given: the caller has normalised it. @throws BusyError */
export function hashPassword(password: string): Promise<string> {
  return inHashingTurn(() => hash(password, PARAMETERS));
}

/**
 * Whether the password belongs to the hash; only within a hashing turn. Without a hash (no such account,
 * or one without a password) the same work is done on a dummy, so that the time tells nothing.
 */
export async function verifyPassword(
  passwordHash: string | null,
  password: string,
): Promise<boolean> {
  const known = passwordHash ?? (await dummyHash());
  return (await verify(known, password)) && passwordHash !== null;
}

function dummyHash(): Promise<string> {
  return shared('password-hash-dummy', () => hash('nobody has this password', PARAMETERS));
}

/** Called at start, so that the first unknown account does not take one hash longer than the others. */
export async function warmUpPasswordHash(): Promise<void> {
  await dummyHash();
}
