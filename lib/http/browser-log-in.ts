import NextAuth from 'next-auth';
import { parseCredential } from '@/lib/auth/credential';
import { authOptions } from '@/lib/auth/next-auth';
import { GatehouseError } from '@/lib/contract/errors';
import { currentOrigin } from './request-context';
import { presentError } from './route';
import { requireSameOrigin } from './same-origin';

/** What of next-auth is reachable; the rest of it would be a second way to do what we do ourselves. */
const CALLS = new Set(['GET csrf', 'GET providers', 'POST callback/credentials']);

/** next-auth, behind the same refusals as every other call. */
export async function browserLogIn(
  request: Request,
  context: { params: Promise<{ nextauth: string[] }> },
): Promise<Response> {
  const origin = currentOrigin();
  try {
    const call = `${request.method} ${(await context.params).nextauth.join('/')}`;
    if (!CALLS.has(call)) throw new GatehouseError('not_found', 'There is no such call.');
    if (new URL(request.url).search !== '') {
      throw new GatehouseError('invalid_request', 'This call has no query.');
    }
    requireSameOrigin(request);
    const credential = parseCredential(request.headers);
    const options = authOptions(origin, credential?.kind === 'cookie' ? credential.token : null);
    const response: Response = await NextAuth(request as never, context as never, options);
    response.headers.set('Cache-Control', 'no-store');
    response.headers.set('X-Request-Id', origin.requestId);
    return response;
  } catch (error) {
    return presentError(error, request, origin);
  }
}
