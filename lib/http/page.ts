import { redirect } from 'next/navigation';
import { cache } from 'react';
import { findPageActor } from '@/lib/auth/page-actor';
import type { Actor } from '@/lib/service/actor';
import { currentOrigin } from './request-context';

/** Who looks at this page, found once for its layout and its parts; null when nobody is signed in. */
export const pageActor = cache((): Promise<Actor | null> => findPageActor(currentOrigin()));

/**
 * Who looks at a page that needs a session; anybody else is sent to log in, and then back.
 * @param path of the page
 */
export async function requirePageActor(path: string): Promise<Actor> {
  const actor = await pageActor();
  if (!actor) redirect(`/login?callbackUrl=${encodeURIComponent(path)}`);
  return actor;
}
