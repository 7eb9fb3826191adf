import { serve } from '@/lib/http/route';
import { showAddressHealth } from '@/lib/service/team/address-health';

export const GET = serve('GET /teams/{teamId}/address-health', ({ actor, team }) =>
  showAddressHealth(actor, team.id),
);
