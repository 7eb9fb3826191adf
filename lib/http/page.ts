import { headers } from 'next/headers';
import { redirect } from 'next/navigation';
import { cache, type ReactNode } from 'react';
import { readSsoCookie } from '@/lib/auth/cookie';
import { findPageActor } from '@/lib/auth/page-actor';
import { env } from '@/lib/platform/env';
import { parseReturnPath } from '@/lib/policy/return-path';
import type { Actor } from '@/lib/service/gate/actor';
import { orPutOff } from './put-off';
import { currentOrigin } from './request-context';

/** Who looks at this page, found once for its layout and its parts; null when nobody is signed in. */
export const pageActor = cache((): Promise<Actor | null> => findPageActor(currentOrigin()));

/**
 * What every page and layout that asks for something is wrapped in: where it can't be made now, the
 * answer says so, and when to come back.
 */
export function page<Props>(
  render: (props: Props) => Promise<ReactNode>,
): (props: Props) => Promise<ReactNode> {
  return (props) => orPutOff(() => render(props));
}

/**
 * Who looks at a page that needs a session; anybody else is sent to log in, and then back.
 * @param path of the page
 */
export async function requirePageActor(path: string): Promise<Actor> {
  const actor = await pageActor();
  if (!actor) redirect(`/login?callbackUrl=${encodeURIComponent(path)}`);
  return actor;
}

/** The path that was asked for, for a layout, which isn't told; as the middleware says, or `/`. */
export async function requestedPath(): Promise<string> {
  return pageReturnPath((await headers()).get('x-gatehouse-path'));
}

/** Where a log-in leads: to `text` when that is a path of ours, else to `/`. */
export function pageReturnPath(text: string | null | undefined): string {
  return parseReturnPath(text, env().appUrl.origin);
}

/** The cookie of the single sign-on that this browser has under way; null: none. */
export async function pageBrowserToken(): Promise<string | null> {
  return readSsoCookie(await headers());
}
