import { serve } from '@/lib/http/route';
import { presentClientAddress } from '@/lib/service/account/me';

export const GET = serve('GET /client-address', async ({ actor }) => presentClientAddress(actor));
