import { serve } from '@/lib/http/route';
import { proveSsoDomain } from '@/lib/service/sso/domains';

export const POST = serve(
  'POST /teams/{teamId}/sso-connections/{id}/domains/{domainId}/proof',
  ({ actor, pass, team, params }) =>
    proveSsoDomain(actor, pass, team.id, params.id, params.domainId),
);
