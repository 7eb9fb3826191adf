import { networkIn } from '@/components/activity/activity-search';
import { listTeamComputers } from '@/lib/service/computers/computers';
import type { Actor } from '@/lib/service/gate/actor';
import { findMemberBy, listMembers } from '@/lib/service/team/members';

/** What somebody looks for in a team's events, by what he has typed. */
export type Sought =
  | { by: 'network'; network: string }
  | { by: 'user' | 'computer'; id: string; name: string }
  /** Several fit. */
  | { by: 'choice'; choices: { by: 'user' | 'computer'; id: string; name: string }[] }
  /** Nothing does: `text` is a range with bits after its prefix, say, or nobody's name. */
  | { by: 'nothing'; why: string };

const CHOICES = 5;

/**
 * Whom or what a text names: an address or a range, a member's email or name, a computer's name; of several that
 * hold it, the one that is just so.
 */
export async function findSought(actor: Actor, teamId: string, text: string): Promise<Sought> {
  const network = networkIn(text);
  if (network) {
    return 'fault' in network
      ? { by: 'nothing', why: network.fault }
      : { by: 'network', network: network.network };
  }
  const byEmail = text.includes('@') ? await findMemberBy(teamId, { email: text }) : null;
  if (byEmail) return { by: 'user', id: byEmail.id, name: byEmail.email };
  const some = { q: text.slice(0, 100), limit: CHOICES };
  const [members, computers] = await Promise.all([
    listMembers(actor, teamId, some),
    listTeamComputers(actor, teamId, some),
  ]);
  const found = [
    ...members.data.map(({ user }) => ({
      by: 'user' as const,
      id: user.id,
      name: `${user.name} <${user.email}>`,
      plain: user.name,
    })),
    ...computers.data.map(({ id, name }) => ({ by: 'computer' as const, id, name, plain: name })),
  ];
  const exact = found.filter(({ plain }) => plain.toLowerCase() === text.toLowerCase());
  const [one] = exact.length === 1 ? exact : found.length === 1 ? found : [];
  if (one) return { by: one.by, id: one.id, name: one.name };
  if (found.length > 0) {
    return { by: 'choice', choices: found.map(({ by, id, name }) => ({ by, id, name })) };
  }
  return {
    by: 'nothing',
    why: text.includes('@')
      ? 'No member has this email.'
      : 'No member or computer has this in its name, and it is no address.',
  };
}
