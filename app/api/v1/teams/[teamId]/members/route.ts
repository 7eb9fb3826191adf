import { route } from '@/lib/http/route';
import { listMembers } from '@/lib/service/members';

export const GET = route({
  session: 'required',
  permission: 'members.view',
  handle: ({ actor, team }) => listMembers(actor, team.id),
});
