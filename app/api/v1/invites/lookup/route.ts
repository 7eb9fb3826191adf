import { LinkBody } from '@/lib/contract/schemas';
import { route } from '@/lib/http/route';
import { showInvite } from '@/lib/service/invites';

export const POST = route({
  session: 'none',
  body: LinkBody,
  handle: ({ body, origin }) => showInvite(body.token, origin),
});
