import { serve } from '@/lib/http/route';
import { removeSsoDomain } from '@/lib/service/sso/domains';

export const DELETE = serve(
  'DELETE /teams/{teamId}/sso-connections/{id}/domains/{domainId}',
  ({ actor, pass, team, params }) =>
    removeSsoDomain(actor, pass, team.id, params.id, params.domainId),
);
