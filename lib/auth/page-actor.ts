import { headers } from 'next/headers';
import type { Actor, Origin } from '@/lib/service/actor';
import { passGate } from '@/lib/service/gate';
import { findActor } from './authenticate';

/** Who looks at a page; null when nobody is signed in. Pages know cookies alone, never bearer tokens. */
export async function findPageActor(origin: Origin): Promise<Actor | null> {
  const cookie = (await headers()).get('cookie');
  const actor = await findActor(new Headers(cookie === null ? {} : { cookie }), origin);
  if (actor) await passGate(actor, 'api.read');
  return actor;
}
