import { serve } from '@/lib/http/route';
import { acceptInvite } from '@/lib/service/team/invites';

export const POST = serve('POST /invites/accept', ({ actor, body, origin }) =>
  acceptInvite(body, actor, origin),
);
