import { InviteBody, PageQuery } from '@/lib/contract/schemas';
import { route } from '@/lib/http/route';
import { invite, listInvites } from '@/lib/service/invites';

export const GET = route({
  session: 'required',
  permission: 'members.view',
  query: PageQuery,
  handle: ({ team, query }) => listInvites(team.id, query),
});

/** Inviting an owner or admin needs a fresh authentication; the service asks, since the role is in the body. */
export const POST = route({
  session: 'required',
  permission: 'members.manage',
  gate: 'team.manage',
  body: InviteBody,
  status: 201,
  handle: ({ actor, pass, team, body }) => invite(actor, pass, team, body),
});
