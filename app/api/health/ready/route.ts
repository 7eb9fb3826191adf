import { serve } from '@/lib/http/route';
import { requireReady } from '@/lib/service/health';

export const GET = serve('GET /api/health/ready', requireReady);
