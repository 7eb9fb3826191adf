import { route } from '@/lib/http/route';
import { revokeInvite } from '@/lib/service/invites';

export const DELETE = route({
  session: 'required',
  permission: 'members.manage',
  gate: 'team.manage',
  handle: ({ actor, pass, team, params }) => revokeInvite(actor, pass, team.id, params.id ?? ''),
});
