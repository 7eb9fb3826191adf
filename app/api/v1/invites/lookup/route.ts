import { serve } from '@/lib/http/route';
import { showInvite } from '@/lib/service/team/invites';

export const POST = serve('POST /invites/lookup', ({ body, origin }) =>
  showInvite(body.token, origin),
);
