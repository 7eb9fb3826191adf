import { serve } from '@/lib/http/route';
import { containMember } from '@/lib/service/team/containment';

export const POST = serve(
  'POST /teams/{teamId}/members/{userId}/containment',
  ({ actor, pass, team, params, body }) => containMember(actor, pass, team, params.userId, body),
);
