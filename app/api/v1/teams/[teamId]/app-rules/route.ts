import { serve } from '@/lib/http/route';
import { listAppRules } from '@/lib/service/team/app-rules';

export const GET = serve('GET /teams/{teamId}/app-rules', ({ team, query }) =>
  listAppRules(team.id, query),
);
