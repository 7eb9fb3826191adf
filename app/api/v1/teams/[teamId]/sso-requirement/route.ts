import { serve } from '@/lib/http/route';
import { changeSsoRequirement, showSsoRequirement } from '@/lib/service/sso/domains';

export const GET = serve('GET /teams/{teamId}/sso-requirement', ({ team }) =>
  showSsoRequirement(team.id),
);

export const PATCH = serve('PATCH /teams/{teamId}/sso-requirement', ({ actor, pass, team, body }) =>
  changeSsoRequirement(actor, pass, team.id, body),
);
