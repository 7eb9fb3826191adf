import { isMasked, maskValue } from '@/lib/policy/masks';
import type { Actor } from './actor';

/**
 * How an actor is shown what may hold networks: as it is where his own is trusted, else with every other
 * one masked, and `masked: true` beside it.
 */
export type Show = <T extends object>(value: T) => T & { masked: boolean };

export function showTo(actor: Actor): Show {
  const { network } = actor.client;
  const hides = hidesNetworks(actor);
  return (value) => {
    const shown = hides ? maskValue(value, network) : value;
    return { ...shown, masked: shown !== value };
  };
}

/** Whether this actor may not see other networks than his own. */
export function hidesNetworks({ now, client, trust, teams }: Actor): boolean {
  return isMasked({ now, network: client.network, trust, rules: teams.map(({ rule }) => rule) });
}
