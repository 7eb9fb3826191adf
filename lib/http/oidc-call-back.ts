import { readSsoCookie } from '@/lib/auth/cookie';
import { checkOidcAnswer, type NextAuthContext, spentOidcCookies } from '@/lib/auth/next-auth';
import { receiveOidcAnswer } from '@/lib/service/sso/call-back';
import { toResponse } from './call';
import { currentOrigin } from './request-context';
import { completionPath, failurePath, seeOther } from './sso-completion';

/** Where an OpenID Connect provider sends the browser back to. A person stands here, so a refusal is a page too. */
export async function oidcCallBack(request: Request, context: NextAuthContext): Promise<Response> {
  const origin = currentOrigin();
  try {
    const [, providerId = ''] = (await context.params).nextauth;
    const received = await receiveOidcAnswer(
      readSsoCookie(request.headers),
      providerId,
      (flow) => checkOidcAnswer(request, context, flow, origin),
      origin,
    );
    return toResponse(seeOther(completionPath(received), spentOidcCookies()));
  } catch (error) {
    return toResponse(seeOther(failurePath(error, request, origin), []));
  }
}
