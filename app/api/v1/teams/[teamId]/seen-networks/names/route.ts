import { serve } from '@/lib/http/route';
import { nameNetworks } from '@/lib/service/team/seen-networks';

export const POST = serve(
  'POST /teams/{teamId}/seen-networks/names',
  ({ actor, pass, team, body }) => nameNetworks(actor, pass, team.id, body),
);
