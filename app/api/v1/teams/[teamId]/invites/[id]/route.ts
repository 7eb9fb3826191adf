import { serve } from '@/lib/http/route';
import { revokeInvite } from '@/lib/service/team/invites';

export const DELETE = serve(
  'DELETE /teams/{teamId}/invites/{id}',
  ({ actor, pass, team, params }) => revokeInvite(actor, pass, team.id, params.id),
);
