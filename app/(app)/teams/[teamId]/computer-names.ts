import type { ManagedComputer, Page } from '@/lib/contract/resources';

/** The names of a team's computers by id, for events that hold the id alone. */
export function computerNames({ data }: Page<ManagedComputer>): Record<string, string> {
  return Object.fromEntries(data.map(({ id, name }) => [id, name]));
}
