import { route } from '@/lib/http/route';

/** The process answers. */
export const GET = route({ session: 'none', handle: async () => ({ status: 'ok' }) });
