import { route } from '@/lib/http/route';
import { presentClientAddress } from '@/lib/service/me';

export const GET = route({
  session: 'required',
  gate: 'never',
  handle: async ({ actor }) => presentClientAddress(actor),
});
