import { serve } from '@/lib/http/route';
import { presentMe } from '@/lib/service/account/me';

export const GET = serve('GET /me', async ({ actor }) => presentMe(actor));
