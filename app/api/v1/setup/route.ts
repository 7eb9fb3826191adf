import { serve } from '@/lib/http/route';
import { setUp } from '@/lib/service/account/set-up';

export const POST = serve('POST /setup', ({ body, origin }) => setUp(body, origin));
