import { callNextAuth, type NextAuthContext, startOidc } from '@/lib/auth/next-auth';
import { GatehouseError } from '@/lib/contract/errors';
import { requireReadable } from './body';
import { toResponse } from './call';
import { oidcCallBack } from './oidc-call-back';
import { currentOrigin } from './request-context';
import { presentError } from './route';
import { requireSameOrigin } from './same-origin';

/** What of next-auth is reachable; the rest of it would be a second way to do what we do ourselves. */
const CALLS = new Set([
  'GET csrf',
  'GET providers',
  'POST callback/credentials',
  'POST callback/sso',
]);

/** next-auth, behind the same refusals as every other call. */
export async function browserLogIn(request: Request, context: NextAuthContext): Promise<Response> {
  const path = (await context.params).nextauth.join('/');
  const call = `${request.method} ${path}`;
  if (/^GET callback\/sso_[^/]*$/.test(call)) return oidcCallBack(request, context);
  const providerId = /^POST signin\/(sso_[^/]*)$/.exec(call)?.[1];
  const origin = currentOrigin();
  try {
    if (!CALLS.has(call) && providerId === undefined) {
      throw new GatehouseError('not_found', 'There is no such call.');
    }
    // next-auth would pass it on to the provider, past what we ask of it.
    if (new URL(request.url).search !== '') {
      throw new GatehouseError('invalid_request', 'This call has no query.');
    }
    requireSameOrigin(request);
    await requireReadable(request);
    return providerId === undefined
      ? await callNextAuth(request, context, null, origin)
      : await startOidc(request, context, providerId, origin);
  } catch (error) {
    return toResponse(presentError(error, request, origin));
  }
}
