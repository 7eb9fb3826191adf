import { serve } from '@/lib/http/route';
import { acceptFriend } from '@/lib/service/team/friends';

export const POST = serve('POST /friends/{id}/accept', ({ actor, pass, params }) =>
  acceptFriend(actor, pass, params.id),
);
