import { GatehouseError } from '@/lib/contract/errors';
import { readBytes } from './body';
import type { Asked } from './call';

/**
 * One member of a form that another site has posted (OpenID Connect, SAML). Its size was bounded at the
 * door. A name that comes twice is refused: two readers could take different ones.
 * @throws unsupported_media_type, invalid_request
 */
export async function readFormMember(asked: Asked, name: string): Promise<string> {
  const member = (await readForm(asked)).getAll(name);
  const [value] = member;
  if (member.length === 1 && value) return value;
  throw new GatehouseError('invalid_request', `Post one ${name}.`);
}

/** @throws unsupported_media_type, request_timeout */
export async function readForm(asked: Asked): Promise<URLSearchParams> {
  const type = asked.headers.get('content-type') ?? '';
  if (!/^application\/x-www-form-urlencoded\s*(;|$)/i.test(type)) {
    throw new GatehouseError('unsupported_media_type', 'Post a form.');
  }
  return new URLSearchParams(new TextDecoder().decode(await readBytes(asked)));
}
