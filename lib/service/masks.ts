import { isMasked, maskValue } from '@/lib/policy/masks';
import type { Actor } from './actor';

/**
 * How an actor is shown what may hold networks: as it is where his own is trusted, else with every other
 * one masked, and `masked: true` beside it.
 */
export type Show = <T extends object>(value: T) => T & { masked: boolean };

export function showTo({ now, client, trust, teams }: Actor): Show {
  const { network } = client;
  const hides = isMasked({ now, network, trust, rules: teams.map(({ rule }) => rule) });
  return (value) => {
    const shown = hides ? maskValue(value, network) : value;
    return { ...shown, masked: shown !== value };
  };
}
