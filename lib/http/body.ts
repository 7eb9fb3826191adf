import type { ZodError, ZodType } from 'zod';
import { GatehouseError } from '@/lib/contract/errors';

/**
 * Reads and validates a JSON body. Its size was bounded at the door (lib/http/door.ts). No bytes at all
 * are an empty object.
 * @throws unsupported_media_type, invalid_request
 */
export async function parseBody<T>(request: Request, schema: ZodType<T>): Promise<T> {
  const bytes = await readBytes(request);
  if (bytes.byteLength === 0) return validate(schema, {});
  if (!isJson(request.headers.get('content-type'))) {
    throw new GatehouseError(
      'unsupported_media_type',
      'Send the body as application/json in UTF-8.',
    );
  }
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    throw new GatehouseError('invalid_request', 'The body is not valid JSON in UTF-8.', {
      extra: { errors: [{ path: '', message: 'Not JSON' }] },
    });
  }
  requireStorable(value);
  return validate(schema, value);
}

/** @throws request_timeout when the caller hung up before the end: nobody's fault here, and nothing to log */
async function readBytes(request: Request): Promise<ArrayBuffer> {
  try {
    return await request.arrayBuffer();
  } catch {
    throw new GatehouseError('request_timeout', 'The body did not arrive.');
  }
}

/** Reads and validates a query string. A name that comes twice is refused. @throws invalid_request */
export function parseQuery<T>(url: string, schema: ZodType<T>): T {
  const params = [...new URL(url).searchParams];
  const names = new Set(params.map(([name]) => name));
  if (names.size !== params.length) {
    throw new GatehouseError('invalid_request', 'A query parameter comes more than once.', {
      extra: { errors: [{ path: '', message: 'Repeated parameter' }] },
    });
  }
  const query = Object.fromEntries(params);
  requireStorable(query);
  return validate(schema, query);
}

const MAX_DEPTH = 64;

/**
 * The attack: a text that PostgreSQL can't hold (NUL, half of a surrogate pair), wherever a field takes
 * what it gets, or a value so deep that whoever walks it runs out of stack: each a 500 on demand.
 * @throws invalid_request
 */
function requireStorable(whole: unknown): void {
  const open = [{ value: whole, path: '', depth: 0 }];
  for (let one = open.pop(); one !== undefined; one = open.pop()) {
    const { value, path, depth } = one;
    if (typeof value === 'string' && !isStorable(value))
      throw unstorable(path, 'Holds NUL or half a character');
    if (typeof value !== 'object' || value === null) continue;
    if (depth === MAX_DEPTH) throw unstorable(path, `Over ${MAX_DEPTH} levels deep`);
    for (const [name, inner] of Object.entries(value)) {
      if (!isStorable(name)) throw unstorable(path, 'A field’s name holds NUL or half a character');
      open.push({ value: inner, path: path === '' ? name : `${path}.${name}`, depth: depth + 1 });
    }
  }
}

const isStorable = (text: string): boolean => text.isWellFormed() && !text.includes('\0');

function unstorable(path: string, message: string): GatehouseError {
  return new GatehouseError('invalid_request', 'Some fields are missing or not valid.', {
    extra: { errors: [{ path: path.slice(0, 100), message }] },
  });
}

function validate<T>(schema: ZodType<T>, value: unknown): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw new GatehouseError('invalid_request', 'Some fields are missing or not valid.', {
    extra: { errors: presentIssues(result.error) },
  });
}

/** Names and reasons, never the values. */
function presentIssues(error: ZodError): { path: string; message: string }[] {
  return error.issues
    .flatMap((issue) =>
      issue.code === 'unrecognized_keys'
        ? issue.keys.map((key) => ({ path: [...issue.path, key], message: 'Unknown field' }))
        : [issue],
    )
    .slice(0, 20)
    .map(({ path, message }) => ({
      path: path.join('.').slice(0, 100),
      message: message.slice(0, 200),
    }));
}

function isJson(contentType: string | null): boolean {
  return /^application\/json\s*(;\s*charset="?utf-8"?\s*)?$/i.test(contentType ?? '');
}
