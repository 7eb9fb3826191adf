import { headers } from 'next/headers';
import { redirect } from 'next/navigation';
import { cache } from 'react';
import { readSsoCookie } from '@/lib/auth/cookie';
import { findPageActor } from '@/lib/auth/page-actor';
import { env } from '@/lib/platform/env';
import { parseReturnPath } from '@/lib/policy/return-path';
import type { Actor } from '@/lib/service/actor';
import { orPutOff } from './put-off';
import { currentOrigin } from './request-context';

/** Who looks at this page, found once for its layout and its parts; null when nobody is signed in. */
export const pageActor = cache(
  (): Promise<Actor | null> => orPutOff(() => findPageActor(currentOrigin())),
);

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
