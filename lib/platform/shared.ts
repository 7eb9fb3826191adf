const store = Symbol.for('gatehouse.shared');

type Holder = { [store]?: Map<string, unknown> };

/**
 * Process-wide state, made once per name. `server.ts` and Next's bundle load separate copies of
 * every module, so a module variable would exist twice: this is the one place where state crosses.
 */
export function shared<T>(name: string, create: () => T): T {
  const holder = globalThis as Holder;
  holder[store] ??= new Map();
  if (!holder[store].has(name)) holder[store].set(name, create());
  return holder[store].get(name) as T;
}
