import NextAuth from 'next-auth';
import { readSsoCookie } from '@/lib/auth/cookie';
import { parseCredential } from '@/lib/auth/credential';
import { authOptions, type OidcFlow } from '@/lib/auth/next-auth';
import { GatehouseError, isGatehouseError } from '@/lib/contract/errors';
import { FormBody } from '@/lib/contract/schemas';
import { OutgoingError } from '@/lib/platform/guarded-http';
import type { Origin } from '@/lib/service/gate/actor';
import { LIMITS, requireNetworkPoint } from '@/lib/service/gate/limits';
import { requirePendingFlow } from '@/lib/service/sso/flows';
import { receiveOidcClaims } from '@/lib/service/sso/oidc';
import { discoverOidc } from '@/lib/service/sso/oidc-discovery';
import { outgoing } from '@/lib/service/sso/outgoing';
import { secretOf, settingsOf } from '@/lib/service/sso/providers';
import { ssoRefused } from '@/lib/service/sso/refused';
import { parseBody } from './body';
import { currentOrigin } from './request-context';
import { presentError } from './route';
import { requireSameOrigin } from './same-origin';
import { completionPath, failurePath } from './sso-completion';

/** What of next-auth is reachable; the rest of it would be a second way to do what we do ourselves. */
const CALLS = new Set([
  'GET csrf',
  'GET providers',
  'POST callback/credentials',
  'POST callback/sso',
]);

type Context = { params: Promise<{ nextauth: string[] }> };

/** next-auth, behind the same refusals as every other call. */
export async function browserLogIn(request: Request, context: Context): Promise<Response> {
  const origin = currentOrigin();
  const [action, id = '', ...rest] = (await context.params).nextauth;
  const isOfConnection = id.startsWith('sso_') && rest.length === 0;
  if (isOfConnection && action === 'callback' && request.method === 'GET') {
    return oidcCallBack(request, context, id, origin);
  }
  try {
    const isOidcStart = isOfConnection && action === 'signin' && request.method === 'POST';
    const call = `${request.method} ${(await context.params).nextauth.join('/')}`;
    if (!CALLS.has(call) && !isOidcStart) {
      throw new GatehouseError('not_found', 'There is no such call.');
    }
    // next-auth would pass it on to the provider, past what we ask of it.
    if (new URL(request.url).search !== '') {
      throw new GatehouseError('invalid_request', 'This call has no query.');
    }
    requireSameOrigin(request);
    await requireReadable(request);
    const provider = isOidcStart ? await oidcFlow(request, id, origin) : null;
    return await callNextAuth(request, context, origin, provider);
  } catch (error) {
    return presentError(error, request, origin);
  }
}

/** next-auth takes what it is sent as it is, and fails with 500. @throws invalid_request, request_timeout */
async function requireReadable(request: Request): Promise<void> {
  if (request.method !== 'POST') return;
  const isJson = request.headers.get('content-type')?.includes('application/json');
  if (isJson) await parseBody(request.clone(), FormBody);
}

/** Where a provider sends the browser back to. A person stands here, so a refusal is a page too. */
async function oidcCallBack(
  request: Request,
  context: Context,
  id: string,
  origin: Origin,
): Promise<Response> {
  let refusal: unknown = ssoRefused('invalid_response');
  try {
    const flow = await oidcFlow(request, id, origin);
    let completion: string | null = null;
    const response = await callNextAuth(request, context, origin, {
      ...flow,
      onProfile: async (claims) => {
        completion = await flow.onProfile(claims).catch((error: unknown) => {
          refusal = error;
          throw error;
        });
        return completion;
      },
      onRefusal: (error) => {
        refusal = reasonOf(error);
      },
    });
    if (completion !== null) return response;
    const said = new URL(request.url).searchParams.get('error');
    if (said !== null) {
      refusal = ssoRefused(said === 'access_denied' ? 'cancelled' : 'provider_refused');
    }
  } catch (error) {
    const isDown = isGatehouseError(error) && error.code === 'provider_unavailable';
    refusal = isDown ? ssoRefused('provider_unreachable') : error;
  }
  return new Response(null, {
    status: 303,
    headers: { Location: failurePath(refusal, request, origin), 'Cache-Control': 'no-store' },
  });
}

/** What a person is told of an answer that was not accepted; next-auth's log holds why. */
function reasonOf(error: unknown): GatehouseError {
  // openid-client's own words for a provider's fault of its own.
  const isDown = error instanceof Error && /^expected 200 OK, got: 5/.test(error.message);
  const isUnreachable =
    isDown || (error instanceof OutgoingError && error.reason === 'unreachable');
  return ssoRefused(isUnreachable ? 'provider_unreachable' : 'invalid_response');
}

/**
 * The flow that this browser has under way with a connection.
 * @throws sso_refused, provider_unavailable, too_many_requests
 */
async function oidcFlow(request: Request, connectionId: string, origin: Origin): Promise<OidcFlow> {
  const browserToken = readSsoCookie(request.headers);
  const { flow, connection } = await requirePendingFlow(browserToken, connectionId);
  await requireNetworkPoint(LIMITS.ssoProvider, origin.client);
  const settings = settingsOf(connection);
  if (settings.kind !== 'oidc') throw new GatehouseError('not_found', 'There is no such call.');
  return {
    connectionId,
    name: connection.name,
    settings,
    clientSecret: secretOf(connection),
    provider: await discoverOidc(settings.issuer),
    asksAgain: flow.purpose !== 'log_in',
    agent: outgoing().agent,
    onProfile: async (claims) =>
      completionPath(await receiveOidcClaims(browserToken, connectionId, claims, origin)),
  };
}

async function callNextAuth(
  request: Request,
  context: Context,
  origin: Origin,
  provider: OidcFlow | null,
): Promise<Response> {
  const credential = parseCredential(request.headers);
  const options = authOptions({
    origin,
    presentToken: credential?.kind === 'cookie' ? credential.token : null,
    browserToken: readSsoCookie(request.headers),
    provider,
  });
  const response: Response = await NextAuth(request as never, context as never, options);
  response.headers.set('Cache-Control', 'no-store');
  response.headers.set('X-Request-Id', origin.requestId);
  return response;
}
