import { headers } from 'next/headers';
import { redirect } from 'next/navigation';
import type { Actor, Origin } from '@/lib/service/actor';
import { passGate } from '@/lib/service/gate';
import { findActor } from './authenticate';

/** Who looks at a page; null when nobody is signed in. Pages know cookies alone, never bearer tokens. */
export async function findPageActor(origin: Origin): Promise<Actor | null> {
  const cookie = (await headers()).get('cookie');
  return findActor(new Headers(cookie === null ? {} : { cookie }), origin);
}

/**
 * Who looks at a page that needs a session; anybody else is sent to log in, and back.
 * @param path of the page, to come back to
 */
export async function requirePageActor(origin: Origin, path: string): Promise<Actor> {
  const actor = await findPageActor(origin);
  if (!actor) redirect(`/login?callbackUrl=${encodeURIComponent(path)}`);
  await passGate(actor, 'api.read');
  return actor;
}
