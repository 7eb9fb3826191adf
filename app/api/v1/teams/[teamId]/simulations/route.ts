import { serve } from '@/lib/http/route';
import { simulate } from '@/lib/service/team/impact';

export const POST = serve('POST /teams/{teamId}/simulations', ({ actor, team, body }) =>
  simulate(actor, team, body),
);
