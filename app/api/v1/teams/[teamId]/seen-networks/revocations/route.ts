import { serve } from '@/lib/http/route';
import { revokeSeenNetworks } from '@/lib/service/team/seen-networks';

export const POST = serve(
  'POST /teams/{teamId}/seen-networks/revocations',
  ({ actor, pass, team, body }) => revokeSeenNetworks(actor, pass, team.id, body.networks),
);
