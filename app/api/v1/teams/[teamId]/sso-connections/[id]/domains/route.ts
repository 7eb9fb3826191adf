import { serve } from '@/lib/http/route';
import { addSsoDomain } from '@/lib/service/sso/domains';

export const POST = serve(
  'POST /teams/{teamId}/sso-connections/{id}/domains',
  ({ actor, pass, team, params, body }) =>
    addSsoDomain(actor, pass, team.id, params.id, body.domain),
);
