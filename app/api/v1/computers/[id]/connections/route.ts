import { ConnectBody } from '@/lib/contract/schemas';
import { route } from '@/lib/http/route';
import { connect } from '@/lib/service/connections';

export const POST = route({
  session: 'required',
  gate: 'computer.connect',
  computer: true,
  body: ConnectBody,
  status: 201,
  handle: ({ actor, pass, params, body }) => connect(actor, pass, params.id ?? '', body.offer),
});
