import { MembersQuery } from '@/lib/contract/schemas';
import { route } from '@/lib/http/route';
import { listMembers } from '@/lib/service/members';

export const GET = route({
  session: 'required',
  permission: 'members.view',
  query: MembersQuery,
  handle: ({ actor, team, query }) => listMembers(actor, team.id, query),
});
