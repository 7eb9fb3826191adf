import { route } from '@/lib/http/route';
import { presentMe } from '@/lib/service/me';

export const GET = route({ session: 'required', handle: async ({ actor }) => presentMe(actor) });
