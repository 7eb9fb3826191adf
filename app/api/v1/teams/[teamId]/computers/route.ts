import { serve } from '@/lib/http/route';
import { listTeamComputers, registerComputer } from '@/lib/service/computers/computers';

export const GET = serve('GET /teams/{teamId}/computers', ({ actor, team, query }) =>
  listTeamComputers(actor, team.id, query),
);

export const POST = serve('POST /teams/{teamId}/computers', ({ actor, pass, team, body }) =>
  registerComputer(actor, pass, team.id, body),
);
