/** No turn came in time, or none was left to wait for. */
export class BusyError extends Error {
  override name = 'BusyError';

  /** @param isOwn whether it is whoever asks that has too many waiting, rather than everybody together */
  constructor(
    message: string,
    readonly isOwn: boolean,
  ) {
    super(message);
  }
}

/** Who waits. */
export type Party = {
  /** Groups are served in turn: who asks often comes no sooner, and keeps nobody else from coming. */
  group: string;
  /** Within its group, likewise; a key of its own for each group. So many of it may wait. */
  key: string;
  /** Its group gives way last when too many wait. */
  isSpared?: boolean;
};

export type TurnLimits = {
  /** How many work at once. */
  concurrent: number;
  /** How long one waits before being turned away. */
  waitMs: number;
  /** How many of one key may wait; the next is turned away at once. */
  waitingEach: number;
  /** How many may wait in all: beyond, the group that has most waiting loses its last, a spared one last of all. */
  waiting: number;
};

type Waiter = { party: Party; start: () => void; refuse: (error: BusyError) => void };

/**
 * Lets only so many do something at once; the others wait. The attack: one asks a thousand times, and
 * everybody else stands behind him. So each group in which somebody waits has its turn, then each key in it.
 */
export class Turns {
  #running = 0;
  #waiting = 0;
  /** By group, by key; whose turn is next stands first. */
  readonly #groups = new Map<string, Map<string, Waiter[]>>();

  constructor(private readonly limits: TurnLimits) {}

  /** Nobody works, nobody waits. */
  get isIdle(): boolean {
    return this.#running === 0;
  }

  /** Does the work when its turn comes. @throws BusyError */
  async take<T>(party: Party, work: () => Promise<T>): Promise<T> {
    await this.#turn(party);
    try {
      return await work();
    } finally {
      const next = this.#next();
      if (next) next.start();
      else this.#running -= 1;
    }
  }

  async #turn(party: Party): Promise<void> {
    const { concurrent, waitMs, waiting, waitingEach } = this.limits;
    if (this.#running < concurrent) {
      this.#running += 1;
      return;
    }
    if ((this.#groups.get(party.group)?.get(party.key)?.length ?? 0) >= waitingEach) {
      throw new BusyError(`${waitingEach} of the same wait already`, true);
    }
    await new Promise<void>((resolve, reject) => {
      const waiter: Waiter = {
        party,
        start: () => {
          clearTimeout(timer);
          resolve();
        },
        refuse: (error) => {
          clearTimeout(timer);
          reject(error);
        },
      };
      const timer = setTimeout(() => {
        this.#remove(waiter);
        reject(new BusyError(`no turn within ${waitMs} ms`, false));
      }, waitMs);
      this.#add(waiter);
      if (this.#waiting > waiting) this.#crowdOut();
    });
  }

  #add(waiter: Waiter): void {
    const { group, key } = waiter.party;
    const keys = this.#groups.get(group) ?? new Map<string, Waiter[]>();
    const waiters = keys.get(key) ?? [];
    waiters.push(waiter);
    keys.set(key, waiters);
    this.#groups.set(group, keys);
    this.#waiting += 1;
  }

  #remove(waiter: Waiter): void {
    const { group, key } = waiter.party;
    const keys = this.#groups.get(group);
    const waiters = keys?.get(key);
    if (!keys || !waiters) return;
    waiters.splice(waiters.indexOf(waiter), 1);
    this.#waiting -= 1;
    if (waiters.length === 0) keys.delete(key);
    if (keys.size === 0) this.#groups.delete(group);
  }

  /** Takes whose turn it is out of the queue. What is left of its key and group stands last from now on. */
  #next(): Waiter | undefined {
    const [group] = this.#groups;
    if (!group) return undefined;
    const [groupName, keys] = group;
    const [keyed] = keys;
    const waiter = keyed?.[1][0];
    if (!keyed || !waiter) return undefined;
    const [key, waiters] = keyed;
    this.#remove(waiter);
    if (waiters.length > 0) {
      keys.delete(key);
      keys.set(key, waiters);
    }
    if (keys.size > 0) {
      this.#groups.delete(groupName);
      this.#groups.set(groupName, keys);
    }
    return waiter;
  }

  #crowdOut(): void {
    const count = (keys: Map<string, Waiter[]>) =>
      [...keys.values()].reduce((sum, waiters) => sum + waiters.length, 0);
    const isSpared = (keys: Map<string, Waiter[]>) =>
      [...keys.values()].some((waiters) => waiters.some(({ party }) => party.isSpared));
    const [largest] = [...this.#groups.values()].sort(
      (a, b) => Number(isSpared(a)) - Number(isSpared(b)) || count(b) - count(a),
    );
    const last = largest && [...largest.values()].at(-1)?.at(-1);
    if (!last) return;
    this.#remove(last);
    last.refuse(new BusyError('too many wait', false));
  }
}

/** Turns of each key for itself: what one key does waits for that key alone. */
export class Lanes {
  readonly #lanes = new Map<string, Turns>();

  constructor(private readonly limits: TurnLimits) {}

  /** Does the work when its turn in the lane comes. @throws BusyError */
  async take<T>(lane: string, party: Party, work: () => Promise<T>): Promise<T> {
    const turns = this.#lanes.get(lane) ?? new Turns(this.limits);
    this.#lanes.set(lane, turns);
    try {
      return await turns.take(party, work);
    } finally {
      if (turns.isIdle && this.#lanes.get(lane) === turns) this.#lanes.delete(lane);
    }
  }

  /** In how many somebody works or waits. */
  get size(): number {
    return this.#lanes.size;
  }
}
