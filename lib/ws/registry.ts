import { networkKey } from '@/lib/service/gate/limits';
import type { OpenSocket } from './open-socket';

/** The sockets that are open on this instance, by whom they belong to. */
export class Registry {
  readonly #all = new Set<OpenSocket>();
  readonly #sessions = new SetMap<OpenSocket>();
  readonly #users = new SetMap<OpenSocket>();
  readonly #computers = new SetMap<OpenSocket>();
  readonly #networks = new SetMap<OpenSocket>();

  add(socket: OpenSocket): void {
    this.#all.add(socket);
    for (const [map, key] of this.#keysOf(socket)) map.add(key, socket);
  }

  delete(socket: OpenSocket): void {
    this.#all.delete(socket);
    for (const [map, key] of this.#keysOf(socket)) map.delete(key, socket);
  }

  #keysOf({ holder, client }: OpenSocket): [SetMap<OpenSocket>, string][] {
    const network: [SetMap<OpenSocket>, string] = [this.#networks, networkKey(client)];
    return holder.kind === 'host'
      ? [network, [this.#computers, holder.computerId]]
      : [network, [this.#sessions, holder.sessionId], [this.#users, holder.userId]];
  }

  get all(): ReadonlySet<OpenSocket> {
    return this.#all;
  }
  ofSession = (sessionId: string) => this.#sessions.get(sessionId);
  ofUser = (userId: string) => this.#users.get(userId);
  ofComputer = (computerId: string) => this.#computers.get(computerId);
  /** @param key see `networkKey` */
  ofNetwork = (key: string) => this.#networks.get(key);
}

const NONE: ReadonlySet<never> = new Set();

/** Sets by key; an empty one takes no place. */
class SetMap<V> {
  readonly #sets = new Map<string, Set<V>>();

  get(key: string): ReadonlySet<V> {
    return this.#sets.get(key) ?? NONE;
  }

  add(key: string, value: V): void {
    const set = this.#sets.get(key);
    if (set) set.add(value);
    else this.#sets.set(key, new Set([value]));
  }

  delete(key: string, value: V): void {
    const set = this.#sets.get(key);
    set?.delete(value);
    if (set?.size === 0) this.#sets.delete(key);
  }
}
