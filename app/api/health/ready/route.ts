import { route } from '@/lib/http/route';
import { requireReady } from '@/lib/service/health';

export const GET = route({ session: 'none', handle: requireReady });
