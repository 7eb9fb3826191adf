import { serve } from '@/lib/http/route';
import { requireUpgrade } from '@/lib/http/upgrade-required';

export const GET = serve('GET /ws', requireUpgrade);
