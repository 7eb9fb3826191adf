import { LogInBody, PageQuery } from '@/lib/contract/schemas';
import { signedOut } from '@/lib/http/answers';
import { route } from '@/lib/http/route';
import { logIn } from '@/lib/service/authentication';
import { endAllSessions, listSessions } from '@/lib/service/sessions';

export const GET = route({
  session: 'required',
  query: PageQuery,
  handle: ({ actor, query }) => listSessions(actor, query),
});

export const POST = route({
  session: 'none',
  body: LogInBody,
  status: 201,
  handle: ({ body, origin }) => logIn({ ...body, clientName: body.client ?? 'API' }, origin),
});

/** Signs out everywhere. */
export const DELETE = route({
  session: 'required',
  handle: async ({ actor, pass }) => {
    await endAllSessions(actor, pass);
    return signedOut(actor);
  },
});
