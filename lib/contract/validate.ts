import type { ZodError, ZodType } from 'zod';
import { GatehouseError, invalidField } from './errors';

const MAX_DEPTH = 64;
const NOT_VALID = 'Some fields are missing or not valid.';

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
  return invalidField(path.slice(0, 100), message, NOT_VALID);
}

/**
 * What a caller sent, as the schema says.
 * @throws invalid_request with `errors`: names and reasons
 */
export function validate<T>(schema: ZodType<T>, value: unknown): T {
  requireStorable(value);
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw new GatehouseError('invalid_request', NOT_VALID, {
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
