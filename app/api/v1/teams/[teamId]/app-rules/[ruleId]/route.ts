import { serve } from '@/lib/http/route';
import { changeAppRule } from '@/lib/service/team/app-rules';

export const PATCH = serve(
  'PATCH /teams/{teamId}/app-rules/{ruleId}',
  ({ actor, pass, team, params, body }) => changeAppRule(actor, pass, team, params.ruleId, body),
);
