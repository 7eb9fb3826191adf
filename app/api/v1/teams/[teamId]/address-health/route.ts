import { route } from '@/lib/http/route';
import { showAddressHealth } from '@/lib/service/address-health';

export const GET = route({
  session: 'required',
  permission: 'addresses.view',
  handle: ({ actor, team }) => showAddressHealth(actor, team.id),
});
