import { route } from '@/lib/http/route';
import { requireUpgrade } from '@/lib/http/upgrade-required';

/** Who asks to upgrade never comes here: see lib/gateway. */
export const GET = route({ session: 'none', handle: requireUpgrade });
