import { logOutByBackChannel } from '@/lib/service/sso/log-out';
import { readFormMember } from './form';
import { orProblem } from './route';

/** OpenID Connect Back-Channel Logout 1.0, 2.5: the provider itself calls, with a token that it signed. */
export function backChannelLogOut(
  request: Request,
  { params }: { params: Promise<{ id: string }> },
): Promise<Response> {
  return orProblem(request, async (origin) => {
    const token = await readFormMember(request, 'logout_token');
    await logOutByBackChannel((await params).id, token, origin);
    return new Response(null, {
      status: 204,
      headers: { 'Cache-Control': 'no-store', 'X-Request-Id': origin.requestId },
    });
  });
}
