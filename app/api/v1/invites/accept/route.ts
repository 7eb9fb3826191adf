import { AcceptInviteBody } from '@/lib/contract/schemas';
import { route } from '@/lib/http/route';
import { acceptInvite } from '@/lib/service/invites';

export const POST = route({
  session: 'none',
  body: AcceptInviteBody,
  status: 201,
  handle: ({ body, origin }) => acceptInvite(body, origin),
});
