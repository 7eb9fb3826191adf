import { serve } from '@/lib/http/route';
import { acceptInvite } from '@/lib/service/team/invites';

export const POST = serve('POST /invites/accept', ({ body, origin }) => acceptInvite(body, origin));
