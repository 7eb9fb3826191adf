import { serve } from '@/lib/http/route';

/** The process answers. */
export const GET = serve('GET /api/health/live', async () => ({ status: 'ok' as const }));
