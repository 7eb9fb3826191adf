import type { Overview } from '@/lib/contract/resources';
import { env } from '@/lib/platform/env';
import { database } from '@/lib/platform/postgres/database';
import { hasPermission } from '@/lib/policy/roles';
import type { Actor, TeamOfActor } from '@/lib/service/gate/actor';
import { findTeamState } from '@/lib/store/teams';
import { showAddressHealth } from './address-health';
import { listAppRules } from './app-rules';
import { listEvents } from './events';
import { showImpact } from './impact';

const LAST_REFUSALS = 5;

/** What an owner or admin looks at first. */
export async function showOverview(
  actor: Actor,
  team: TeamOfActor,
  days: number,
): Promise<Overview> {
  const seesAddresses = hasPermission(team.role, 'addresses.view');
  const [impact, rules, state, refusals, health] = await Promise.all([
    showImpact(actor, team, days),
    listAppRules(team.id),
    findTeamState(database().prisma, team.id, team.rule.trustDays),
    listEvents(actor, team.id, { limit: LAST_REFUSALS, type: ['gate.refused'] }),
    seesAddresses ? showAddressHealth(actor, team.id) : null,
  ]);
  return {
    impact,
    rule: rules.data[0] ?? null,
    state,
    lastRefusals: refusals.data,
    hasMail: env().smtpUrl !== null,
    addressWarnings: health?.warnings.length ?? null,
  };
}

/** The team that somebody looks after: that of an id, where it is one, or the first; null: none. */
export function teamToLookAfter(actor: Actor, id: string | undefined): TeamOfActor | null {
  const teams = actor.teams.filter(({ role }) => hasPermission(role, 'impact.view'));
  return teams.find((team) => team.id === id) ?? teams[0] ?? null;
}
