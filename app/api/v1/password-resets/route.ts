import { RequestResetBody } from '@/lib/contract/schemas';
import { route } from '@/lib/http/route';
import { requestReset } from '@/lib/service/passwords';

export const POST = route({
  session: 'none',
  body: RequestResetBody,
  status: 202,
  handle: ({ body, origin }) => requestReset(body, origin),
});
