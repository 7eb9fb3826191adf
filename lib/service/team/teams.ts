import type { TeamSummary } from '@/lib/contract/resources';
import { act } from '@/lib/service/gate/act';
import type { Actor, TeamOfActor } from '@/lib/service/gate/actor';
import type { GatePass } from '@/lib/service/gate/gate';
import { renameTeam as rename } from '@/lib/store/teams';

export function presentTeam({ id, name, role }: TeamOfActor): TeamSummary {
  return { id, name, role };
}

export async function renameTeam(
  actor: Actor,
  pass: GatePass,
  team: TeamOfActor,
  { name }: { name: string },
): Promise<TeamSummary> {
  await act(actor, pass, async (tx, audit) => {
    const before = await rename(tx, team.id, name);
    if (before === name) return;
    await audit({
      type: 'team.renamed',
      teamId: team.id,
      before: { name: before },
      after: { name },
    });
  });
  return { ...presentTeam(team), name };
}
