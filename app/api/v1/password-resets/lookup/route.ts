import { LinkBody } from '@/lib/contract/schemas';
import { route } from '@/lib/http/route';
import { showReset } from '@/lib/service/passwords';

export const POST = route({
  session: 'none',
  body: LinkBody,
  handle: ({ body, origin }) => showReset(body.token, origin),
});
