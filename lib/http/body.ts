import { ZodArray, ZodObject, ZodOptional, type ZodType } from 'zod';
import { GatehouseError, invalidField } from '@/lib/contract/errors';
import { FormBody } from '@/lib/contract/schemas';
import { validate } from '@/lib/contract/validate';
import { type Asked, askedBy } from './call';

/**
 * Reads and validates a JSON body. Its size was bounded at the door (lib/http/door.ts). No bytes at all
 * are an empty object.
 * @throws unsupported_media_type, invalid_request
 */
export async function parseBody<T>(
  asked: Pick<Asked, 'headers' | 'bytes'>,
  schema: ZodType<T>,
): Promise<T> {
  const bytes = await readBytes(asked);
  if (bytes.byteLength === 0) return validate(schema, {});
  if (!isJson(asked.headers.get('content-type'))) {
    throw new GatehouseError(
      'unsupported_media_type',
      'Send the body as application/json in UTF-8.',
    );
  }
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    throw invalidField('', 'Not JSON', 'The body is not valid JSON in UTF-8.');
  }
  return validate(schema, value);
}

/** For who takes what it is sent as it is, and fails with 500. @throws invalid_request, request_timeout */
export async function requireReadable(request: Request): Promise<void> {
  if (request.method !== 'POST') return;
  if (!request.headers.get('content-type')?.includes('application/json')) return;
  await parseBody(askedBy(request.clone()), FormBody);
  if ((await request.clone().text()) === '') {
    throw new GatehouseError('invalid_request', 'The body is empty.');
  }
}

/** @throws request_timeout when the caller hung up before the end: nobody's fault here, and nothing to log */
export async function readBytes(asked: Pick<Asked, 'bytes'>): Promise<Uint8Array> {
  try {
    return await asked.bytes();
  } catch {
    throw new GatehouseError('request_timeout', 'The body did not arrive.');
  }
}

/**
 * Reads and validates a query string. A name that comes twice is refused, but for one that takes several.
 * @throws invalid_request
 */
export function parseQuery<T>(search: string, schema: ZodType<T>): T {
  const params = new URLSearchParams(search);
  const query = new Map<string, string | string[]>();
  for (const name of params.keys()) {
    const values = params.getAll(name);
    const [value = ''] = values;
    if (takesSeveral(schema, name)) query.set(name, values);
    else if (values.length === 1) query.set(name, value);
    else throw invalidField('', 'Repeated parameter', 'A query parameter comes more than once.');
  }
  return validate(schema, Object.fromEntries(query));
}

function takesSeveral(schema: ZodType, name: string): boolean {
  if (!(schema instanceof ZodObject) || !Object.hasOwn(schema.shape, name)) return false;
  const field: unknown = schema.shape[name];
  return (field instanceof ZodOptional ? field.unwrap() : field) instanceof ZodArray;
}

function isJson(contentType: string | null): boolean {
  return /^application\/json\s*(;\s*charset="?utf-8"?\s*)?$/i.test(contentType ?? '');
}
