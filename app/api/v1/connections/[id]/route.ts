import { route } from '@/lib/http/route';
import { endConnection, showConnection } from '@/lib/service/connections';

export const GET = route({
  session: 'required',
  handle: ({ actor, params }) => showConnection(actor, params.id ?? ''),
});

export const DELETE = route({
  session: 'required',
  handle: ({ actor, pass, params }) => endConnection(actor, pass, params.id ?? ''),
});
