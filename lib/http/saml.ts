import { ssoSetCookie } from '@/lib/auth/cookie';
import { showSamlMetadata } from '@/lib/service/sso-connections';
import { logOutBySaml, receiveSamlResponse } from '@/lib/service/sso-saml';
import { readForm, readFormMember } from './form';
import { currentOrigin } from './request-context';
import { presentError } from './route';
import { completionPath, failurePath } from './sso-completion';

type Context = { params: Promise<{ id: string }> };

/** What the provider's administrator reads to set us up; public. */
export async function samlMetadata(request: Request, { params }: Context): Promise<Response> {
  const origin = currentOrigin();
  try {
    return new Response(await showSamlMetadata((await params).id), {
      headers: {
        'Content-Type': 'application/samlmetadata+xml',
        'Cache-Control': 'no-store',
        'X-Content-Type-Options': 'nosniff',
        'X-Request-Id': origin.requestId,
      },
    });
  } catch (error) {
    return presentError(error, request, origin);
  }
}

/**
 * The assertion consumer service. A person's browser stands here, so a refusal is a page too. What the
 * provider sends along as `RelayState` is not read: where to go on stands in the flow.
 */
export async function samlResponse(request: Request, { params }: Context): Promise<Response> {
  const origin = currentOrigin();
  try {
    const text = await readFormMember(request, 'SAMLResponse');
    const received = await receiveSamlResponse((await params).id, text, origin);
    const cookies = received.browserToken === null ? [] : [ssoSetCookie(received.browserToken)];
    return seeOther(completionPath(received), cookies);
  } catch (error) {
    return seeOther(failurePath(error, request, origin), []);
  }
}

/** Single log-out, by redirect or by post. */
export async function samlLogOut(request: Request, { params }: Context): Promise<Response> {
  const origin = currentOrigin();
  try {
    const isGet = request.method === 'GET';
    const query = new URL(request.url).search.slice(1);
    const members = isGet ? new URLSearchParams(query) : await readForm(request);
    const url = await logOutBySaml(
      (await params).id,
      isGet
        ? { binding: 'redirect', query }
        : { binding: 'post', samlRequest: members.get('SAMLRequest') ?? '' },
      members.get('RelayState') ?? undefined,
      origin,
    );
    return seeOther(url ?? '/login', []);
  } catch (error) {
    return presentError(error, request, origin);
  }
}

function seeOther(location: string, cookies: string[]): Response {
  const headers = new Headers({ Location: location, 'Cache-Control': 'no-store' });
  for (const cookie of cookies) headers.append('Set-Cookie', cookie);
  return new Response(null, { status: 303, headers });
}
