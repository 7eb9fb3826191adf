import type { z } from 'zod';
import { readSsoCookie, sessionSetCookie, ssoSetCookie } from '@/lib/auth/cookie';
import type { ReadHeaders } from '@/lib/auth/credential';
import type { Requested } from '@/lib/contract/resources';
import type {
  CompletedSsoFlow,
  JoinedSso,
  JoinSsoBody,
  StartedSsoFlow,
  StartSsoFlowBody,
} from '@/lib/contract/sso';
import { newToken } from '@/lib/platform/token';
import type { Actor, CredentialedActor, Origin } from '@/lib/service/gate/actor';
import { completeSsoFlow } from '@/lib/service/sso/end';
import { SSO_FLOW_TOKEN_PREFIX } from '@/lib/service/sso/flows';
import { joinBySso, mailJoinLink } from '@/lib/service/sso/joins';
import { startSsoFlow } from '@/lib/service/sso/start';
import { Answer } from './route';

/** 204, and the browser forgets its cookie. */
export function signedOut(actor: CredentialedActor): Answer<undefined> | undefined {
  if (actor.credential.kind !== 'cookie') return undefined;
  return new Answer(undefined, { 'Set-Cookie': sessionSetCookie(null, actor.session.expiresAt) });
}

/** The replaced token goes where the old one came from: into the body, or into the cookie. */
export function tokenReplaced<T extends object>(
  actor: CredentialedActor,
  token: string,
  rest: T,
): (T & { token: string }) | Answer<T> {
  if (actor.credential.kind === 'bearer') return { token, ...rest };
  return new Answer(rest, { 'Set-Cookie': sessionSetCookie(token, actor.session.expiresAt) });
}

/** Begins a single sign-on, and binds it to this browser by a cookie. */
export async function ssoFlowStarted(
  body: z.infer<typeof StartSsoFlowBody>,
  actor: Actor | null,
  origin: Origin,
): Promise<Answer<StartedSsoFlow>> {
  const browserToken = newToken(SSO_FLOW_TOKEN_PREFIX);
  const started = await startSsoFlow(body, actor, origin, browserToken);
  return new Answer(started, { 'Set-Cookie': ssoSetCookie(browserToken) });
}

/** Logs in this browser, whose account was proven; the session goes into its cookie alone. */
export async function ssoJoined(
  body: z.infer<typeof JoinSsoBody>,
  headers: ReadHeaders,
  actor: CredentialedActor | null,
  origin: Origin,
): Promise<Answer<JoinedSso>> {
  const replaces = actor?.credential.kind === 'cookie' ? actor.credential.token : null;
  const browser = { browserToken: readSsoCookie(headers), actor, replaces };
  const { token, ...joined } = await joinBySso(body, browser, origin);
  const expiresAt = new Date(joined.session.expiresAt);
  return new Answer(joined, { 'Set-Cookie': sessionSetCookie(token, expiresAt) });
}

/** Mails the link by which the account is proven. */
export function ssoJoinMailed(headers: ReadHeaders, origin: Origin): Promise<Requested> {
  return mailJoinLink(readSsoCookie(headers), origin);
}

/** Ends a single sign-on that does not log in; the session's new token goes into its cookie. */
export async function ssoFlowCompleted(
  ticket: string,
  headers: ReadHeaders,
  actor: CredentialedActor | null,
  origin: Origin,
): Promise<CompletedSsoFlow | Answer<CompletedSsoFlow>> {
  const browserToken = readSsoCookie(headers);
  const { completed, token } = await completeSsoFlow({ browserToken, ticket }, actor, origin);
  return actor && token !== null ? tokenReplaced(actor, token, completed) : completed;
}
