/** Tables of cases that are written by what comes of them. */

/** Each case with its outcome, for `it.each`. */
export function byOutcome<T, Outcome extends string = string>(
  table: Partial<Record<Outcome, Record<string, T>>>,
): [title: string, given: T, outcome: Outcome][] {
  const groups = Object.entries(table) as [Outcome, Record<string, T>][];
  return groups.flatMap(([outcome, cases]) =>
    Object.entries(cases).map(([title, given]): [string, T, Outcome] => [title, given, outcome]),
  );
}

/** What is done to a text: a part of it takes another's place, or anything. */
export type Change = [from: string | RegExp, to: string] | ((text: string) => string);

/** @throws Error where that changes nothing, so that no case is empty */
export function changed(text: string, change: Change): string {
  const result = typeof change === 'function' ? change(text) : text.replace(...change);
  if (result === text) throw new Error('nothing was changed');
  return result;
}
