import { serve } from '@/lib/http/route';
import { removeFriend } from '@/lib/service/team/friends';

export const DELETE = serve('DELETE /friends/{id}', ({ actor, pass, params }) =>
  removeFriend(actor, pass, params.id),
);
