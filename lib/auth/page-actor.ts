import { headers } from 'next/headers';
import type { Actor, Origin } from '@/lib/service/gate/actor';
import { passGate } from '@/lib/service/gate/gate';
import { requireBudget } from '@/lib/service/gate/turns';
import { findActor } from './authenticate';
import { parseCredential } from './credential';

/** Who looks at a page; null when nobody is signed in. Pages know cookies alone, never bearer tokens. @throws too_many_requests */
export async function findPageActor(origin: Origin): Promise<Actor | null> {
  const cookie = (await headers()).get('cookie');
  const credential = parseCredential(new Headers(cookie === null ? {} : { cookie }));
  if (credential) requireBudget('page', credential.tokenHash, origin.client);
  const actor = await findActor(credential, origin);
  if (actor) await passGate(actor, 'api.read');
  return actor;
}
