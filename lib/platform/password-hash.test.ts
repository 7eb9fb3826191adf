import { hash, verify } from '@node-rs/argon2';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import {
  hashesAtOnce,
  hashPassword,
  inHashingTurn,
  verifyPassword,
  warmUpPasswordHash,
} from './password-hash';
import { BusyError } from './turns';

/** Somebody else each time. */
let parties = 0;
const party = () => ({ group: 'office', key: `account ${parties++}` });

vi.mock('@node-rs/argon2', { spy: true });
vi.mock('node:os', async (original) => ({
  ...(await original<typeof import('node:os')>()),
  availableParallelism: () => 4,
}));
vi.mock('./env', () => ({ env: () => ({ workers: 1 }) }));

const parametersOf = (phc: unknown) =>
  /^\$argon2id\$v=19\$m=\d+,t=\d+,p=\d+\$/.exec(String(phc))?.[0];

describe('the work that a password costs', () => {
  let known: string;
  beforeEach(async () => {
    await warmUpPasswordHash();
    known = await hashPassword(party(), 'the right one');
    vi.mocked(verify).mockClear();
    vi.mocked(hash).mockClear();
  });

  it('is argon2id with 19 MiB, two passes, one lane', () => {
    expect(parametersOf(known)).toBe('$argon2id$v=19$m=19456,t=2,p=1$');
  });

  it.each([
    ['the right password', () => known, 'the right one', true],
    ['a wrong password', () => known, 'another one', false],
    ['no such account', () => null, 'another one', false],
    ['the dummy’s own password, without an account', () => null, 'nobody has this password', false],
  ])('LOG-17 is one check of the same cost for %s', async (_who, phc, password, matches) => {
    expect(await verifyPassword(phc(), password)).toBe(matches);
    expect(verify).toHaveBeenCalledTimes(1);
    expect(hash).not.toHaveBeenCalled();
    const checked = vi.mocked(verify).mock.calls[0]?.[0];
    expect(parametersOf(checked)).toBe(parametersOf(known));
  });
});

describe('many passwords at once', () => {
  it.each([
    [1, 1, 1],
    [2, 1, 1],
    [4, 1, 2],
    [64, 1, 2],
    [4, 2, 1],
    [8, 2, 2],
    [8, 8, 1],
  ])('on %i processors each of %i workers hashes %i at a time', (processors, workers, most) => {
    expect(hashesAtOnce(processors, workers)).toBe(most);
  });

  it('LOG-22 two are hashed at a time, and who waits 25 seconds is told that it is busy', async () => {
    vi.useFakeTimers();
    try {
      let running = 0;
      let most = 0;
      const finish: (() => void)[] = [];
      vi.mocked(verify).mockImplementation(async () => {
        running += 1;
        most = Math.max(most, running);
        await new Promise<void>((resolve) => finish.push(resolve));
        running -= 1;
        return true;
      });
      const all = Array.from({ length: 5 }, () =>
        inHashingTurn(party(), () => verifyPassword('any', 'any')).catch((e) => e),
      );
      await vi.advanceTimersByTimeAsync(24_999);
      expect([running, finish.length]).toEqual([2, 2]);
      finish[0]?.();
      await vi.advanceTimersByTimeAsync(1);
      expect(finish.length).toBe(3);
      for (const one of finish) one();
      const outcomes = await Promise.all(all);
      expect(outcomes.filter((outcome) => outcome === true)).toHaveLength(3);
      expect(outcomes.filter((outcome) => outcome instanceof BusyError)).toHaveLength(2);
      expect(most).toBe(2);

      // Whoever gave up left no hole in the queue: the next one is served.
      vi.mocked(verify).mockResolvedValue(true);
      expect(await inHashingTurn(party(), () => verifyPassword('any', 'any'))).toBe(true);
    } finally {
      vi.useRealTimers();
    }
  });

  it('a turn that fails gives its place to the next', async () => {
    for (let i = 0; i < 5; i++) {
      await expect(inHashingTurn(party(), () => Promise.reject(new Error('no')))).rejects.toThrow(
        'no',
      );
    }
    expect(await inHashingTurn(party(), async () => 'served')).toBe('served');
  });
});
