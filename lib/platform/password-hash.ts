import { availableParallelism } from 'node:os';
import { hash, verify } from '@node-rs/argon2';
import { env } from './env';
import { shared } from './shared';
import { type Party, type TurnLimits, Turns } from './turns';

/** argon2id (the library's default algorithm) with OWASP's first choice of parameters: 19 MiB, t=2, p=1. */
const PARAMETERS = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };

/** How many of one account are under way or wait, however many are hashed at once. */
const OF_ONE_ACCOUNT = 4;

/**
 * Half of the processors hash, all workers together, and two of one process at most: a flood of log-ins must not
 * exhaust memory or starve other requests. Each takes one of the four threads (`UV_THREADPOOL_SIZE`) that files,
 * names and compression wait for as well, so two are left to those. Who has waited longer than this has left; a
 * company that begins its day at once is let in within it.
 */
const HASHING: Omit<TurnLimits, 'concurrent' | 'waitingEach'> = {
  waitMs: 25_000,
  waiting: 1_000,
};

/** How many hashes each of some worker processes makes at once. */
export function hashesAtOnce(processors: number, workers: number): number {
  return Math.min(2, Math.max(1, Math.floor(processors / 2 / workers)));
}

const turns = () =>
  shared('password-hash-turns', () => {
    const concurrent = hashesAtOnce(availableParallelism(), env().workers);
    return new Turns({ ...HASHING, concurrent, waitingEach: OF_ONE_ACCOUNT - concurrent });
  });

/**
 * Does the work of checking or making a password when its turn comes, with whatever else must happen
 * in the same turn: looking the account up (so that a flood that is put off never reaches the
 * database), and counting a wrong one (so that the next turn knows of it).
 * @param party the network, and the account that was named, whether or not there is one
 * @throws BusyError
 */
export function inHashingTurn<T>(party: Party, work: () => Promise<T>): Promise<T> {
  return turns().take(party, work);
}

/** A PHC string. The password is taken as given: the caller has normalised it. @throws BusyError */
export function hashPassword(party: Party, password: string): Promise<string> {
  return inHashingTurn(party, () => hash(password, PARAMETERS));
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
