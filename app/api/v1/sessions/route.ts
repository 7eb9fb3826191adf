import { signedOut } from '@/lib/http/answers';
import { serve } from '@/lib/http/route';
import { logIn } from '@/lib/service/account/authentication';
import { endAllSessions, listSessions } from '@/lib/service/account/sessions';

export const GET = serve('GET /sessions', ({ actor, query }) => listSessions(actor, query));

export const POST = serve('POST /sessions', ({ body, origin }) =>
  logIn({ ...body, clientName: body.client ?? 'API' }, origin),
);

export const DELETE = serve('DELETE /sessions', async ({ actor, pass }) => {
  await endAllSessions(actor, pass);
  return signedOut(actor);
});
