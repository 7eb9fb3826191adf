import { SetUpBody } from '@/lib/contract/schemas';
import { route } from '@/lib/http/route';
import { setUp } from '@/lib/service/set-up';

export const POST = route({
  session: 'none',
  body: SetUpBody,
  status: 201,
  handle: ({ body, origin }) => setUp(body, origin),
});
