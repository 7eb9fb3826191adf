import { serve } from '@/lib/http/route';
import { listComputers } from '@/lib/service/computers/computers';

export const GET = serve('GET /computers', ({ actor, query }) => listComputers(actor, query));
