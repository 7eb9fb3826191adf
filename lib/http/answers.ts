import { sessionSetCookie } from '@/lib/auth/cookie';
import type { CredentialedActor } from '@/lib/service/actor';
import { Answer } from './route';

/** 204, and the browser forgets its cookie. */
export function signedOut(actor: CredentialedActor): Answer | undefined {
  if (actor.credential.kind !== 'cookie') return undefined;
  return new Answer(undefined, { 'Set-Cookie': sessionSetCookie(null, actor.session.expiresAt) });
}

/** The replaced token goes where the old one came from: into the body, or into the cookie. */
export function tokenReplaced<T extends object>(
  actor: CredentialedActor,
  { token, ...rest }: T & { token: string },
): unknown {
  if (actor.credential.kind === 'bearer') return { token, ...rest };
  return new Answer(rest, { 'Set-Cookie': sessionSetCookie(token, actor.session.expiresAt) });
}
