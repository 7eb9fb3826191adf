import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { BusyError, Lanes, type Party, type TurnLimits, Turns } from './turns';

const LIMITS: TurnLimits = { concurrent: 1, waitMs: 1_000, waitingEach: 2, waiting: 100 };

/** Work that ends when it is told to; what was begun, in order. */
class Bench {
  readonly begun: string[] = [];
  readonly refused: [string, boolean][] = [];
  readonly #ends = new Map<string, () => void>();

  constructor(private readonly take: <T>(party: Party, work: () => Promise<T>) => Promise<T>) {}

  ask(name: string, group: string, key = group, isSpared = false): void {
    this.take({ group, key, isSpared }, () => {
      this.begun.push(name);
      return new Promise<void>((resolve) => this.#ends.set(name, resolve));
    }).catch((error: unknown) => {
      if (!(error instanceof BusyError)) throw error;
      this.refused.push([name, error.isOwn]);
    });
  }

  async end(name: string): Promise<void> {
    this.#ends.get(name)?.();
    await vi.advanceTimersByTimeAsync(0);
  }

  /** Ends what runs, one after the other, until nothing is begun any more. */
  async endAll(): Promise<string[]> {
    await vi.advanceTimersByTimeAsync(0);
    for (let done = 0; done < this.begun.length; done += 1) await this.end(this.begun[done] ?? '');
    return this.begun;
  }
}

const benchOf = (limits: Partial<TurnLimits> = {}) => {
  const turns = new Turns({ ...LIMITS, ...limits });
  return new Bench((party, work) => turns.take(party, work));
};

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe('F10: a queue has turns for everybody', () => {
  it('who asks a hundred times comes no sooner than who asks once', async () => {
    const bench = benchOf({ waitingEach: 100, waiting: 1_000 });
    for (let i = 0; i < 100; i++) bench.ask(`thief ${i}`, 'thief');
    bench.ask('valerie', 'valerie');
    bench.ask('olga', 'olga');
    expect((await bench.endAll()).slice(0, 4)).toEqual(['thief 0', 'thief 1', 'valerie', 'olga']);
    expect(bench.begun).toHaveLength(102);
  });

  it('made-up accounts of one network stand behind each other alone', async () => {
    const bench = benchOf();
    for (let i = 0; i < 50; i++) bench.ask(`made up ${i}`, 'thief', `account ${i}`);
    bench.ask('valerie', 'home', 'valerie');
    expect((await bench.endAll()).indexOf('valerie')).toBeLessThanOrEqual(2);
  });

  it('within a network each account has its turn', async () => {
    const bench = benchOf();
    for (const name of ['a1', 'a2', 'a3', 'b1', 'b2', 'c1']) bench.ask(name, 'office', name[0]);
    expect(await bench.endAll()).toEqual(['a1', 'a2', 'b1', 'c1', 'a3', 'b2']);
  });

  it('two of one account wait, a third is turned away at once, and told that it is its own', async () => {
    const bench = benchOf();
    for (const name of ['running', 'first', 'second', 'third']) bench.ask(name, 'office', 'a');
    bench.ask('another', 'office', 'b');
    await vi.advanceTimersByTimeAsync(0);
    expect(bench.refused).toEqual([['third', true]]);
    expect(await bench.endAll()).toEqual(['running', 'first', 'another', 'second']);
  });

  it('O13: two hundred at once wait, and all are served', async () => {
    const bench = benchOf({ concurrent: 2, waiting: 1_000, waitMs: 25_000 });
    for (let i = 0; i < 200; i++) bench.ask(`${i}`, 'office', `account ${i}`);
    await vi.advanceTimersByTimeAsync(24_999);
    await bench.endAll();
    expect([bench.begun.length, bench.refused.length]).toEqual([200, 0]);
  });

  it('when too many wait, whoever has most waiting gives way, not who comes last', async () => {
    const bench = benchOf({ waiting: 10 });
    for (let i = 0; i < 20; i++) bench.ask(`made up ${i}`, 'thief', `account ${i}`);
    bench.ask('valerie', 'home');
    bench.ask('olga', 'office');
    await vi.advanceTimersByTimeAsync(0);
    expect(bench.refused.map(([name, isOwn]) => [name.slice(0, 7), isOwn])).toEqual(
      Array(11).fill(['made up', false]),
    );
    expect(await bench.endAll()).toContain('valerie');
    expect(bench.begun).toContain('olga');
  });

  it('a spared group stays, of however many groups it is one: a stolen token at 120 addresses', async () => {
    const bench = benchOf({ waiting: 50 });
    bench.ask('running', 'thief');
    bench.ask('her own', 'home', 'home', true);
    for (let i = 0; i < 120; i++) bench.ask(`thief ${i}`, `address ${i}`);
    await vi.advanceTimersByTimeAsync(0);
    expect(bench.refused).toHaveLength(71);
    expect((await bench.endAll()).slice(0, 2)).toEqual(['running', 'her own']);
  });

  it('spared groups alone give way as others do', async () => {
    const bench = benchOf({ waiting: 2 });
    bench.ask('running', 'a');
    for (const name of ['b1', 'b2', 'c1']) bench.ask(name, name[0] ?? '', name, true);
    await vi.advanceTimersByTimeAsync(0);
    expect(bench.refused).toEqual([['b2', false]]);
  });

  it('who has waited too long is told so, and leaves no hole', async () => {
    const bench = benchOf();
    for (const name of ['running', 'late', 'later']) bench.ask(name, name);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(bench.refused).toEqual([
      ['late', false],
      ['later', false],
    ]);
    bench.ask('next', 'next');
    expect(await bench.endAll()).toEqual(['running', 'next']);
    bench.ask('after all', 'x');
    expect((await bench.endAll()).at(-1)).toBe('after all');
  });

  it('work that fails gives its place to the next', async () => {
    const turns = new Turns(LIMITS);
    const party = { group: 'g', key: 'k' };
    for (let i = 0; i < 3; i++) {
      await expect(turns.take(party, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    }
    expect(await turns.take(party, async () => 'served')).toBe('served');
    expect(turns.isIdle).toBe(true);
  });
});

describe('F11: what one does waits for him alone', () => {
  it('each lane has its own turn, and is forgotten when nobody is in it', async () => {
    const lanes = new Lanes(LIMITS);
    const bench = new Bench((party, work) => lanes.take(party.group, party, work));
    for (const name of ['thief 1', 'thief 2', 'thief 3', 'thief 4']) bench.ask(name, 'thief');
    bench.ask('valerie', 'valerie');
    await vi.advanceTimersByTimeAsync(0);
    expect(bench.begun).toEqual(['thief 1', 'valerie']);
    expect(bench.refused).toEqual([['thief 4', true]]);
    expect(lanes.size).toBe(2);
    await bench.endAll();
    expect(lanes.size).toBe(0);
  });

  it('in the lane of one user each of his networks has its turn: a thief elsewhere fills his own queue', async () => {
    const lanes = new Lanes({ ...LIMITS, waitingEach: 5 });
    const bench = new Bench((party, work) => lanes.take('valerie', party, work));
    for (let i = 0; i < 50; i++) bench.ask(`thief ${i}`, 'thief');
    bench.ask('her own', 'home');
    await vi.advanceTimersByTimeAsync(0);
    expect(bench.refused).toHaveLength(44);
    expect((await bench.endAll()).indexOf('her own')).toBeLessThanOrEqual(2);
  });
});
