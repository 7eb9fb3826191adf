import { serve } from '@/lib/http/route';
import { showMe } from '@/lib/service/account/me';

export const GET = serve('GET /me', ({ actor }) => showMe(actor));
