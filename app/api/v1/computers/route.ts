import { route } from '@/lib/http/route';
import { listComputers } from '@/lib/service/computers';

export const GET = route({ session: 'required', handle: ({ actor }) => listComputers(actor) });
