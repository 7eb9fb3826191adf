import { serve } from '@/lib/http/route';
import { endConnection, showConnection } from '@/lib/service/computers/connections';

export const GET = serve('GET /connections/{id}', ({ actor, params }) =>
  showConnection(actor, params.id),
);

export const DELETE = serve('DELETE /connections/{id}', ({ actor, pass, params }) =>
  endConnection(actor, pass, params.id),
);
