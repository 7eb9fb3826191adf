import { serve } from '@/lib/http/route';
import { settleFirstSteps, showFirstSteps } from '@/lib/service/team/first-steps';

export const GET = serve('GET /teams/{teamId}/first-steps', ({ team }) => showFirstSteps(team));

export const PATCH = serve('PATCH /teams/{teamId}/first-steps', ({ actor, pass, team, body }) =>
  settleFirstSteps(actor, pass, team, body),
);
