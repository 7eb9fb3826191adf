import { logOutByBackChannel } from '@/lib/service/sso/log-out';
import { readFormMember } from './form';
import { currentOrigin } from './request-context';
import { presentError } from './route';

/** OpenID Connect Back-Channel Logout 1.0, 2.5: the provider itself calls, with a token that it signed. */
export async function backChannelLogOut(
  request: Request,
  { params }: { params: Promise<{ id: string }> },
): Promise<Response> {
  const origin = currentOrigin();
  try {
    await logOutByBackChannel(
      (await params).id,
      await readFormMember(request, 'logout_token'),
      origin,
    );
    return new Response(null, {
      status: 204,
      headers: { 'Cache-Control': 'no-store', 'X-Request-Id': origin.requestId },
    });
  } catch (error) {
    return presentError(error, request, origin);
  }
}
