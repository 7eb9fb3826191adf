import { serve } from '@/lib/http/route';
import { connect } from '@/lib/service/computers/connections';

export const POST = serve('POST /computers/{id}/connections', ({ actor, pass, params, body }) =>
  connect(actor, pass, params.id, body.offer),
);
