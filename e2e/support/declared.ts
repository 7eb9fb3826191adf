import { codesOf, DOOR_CODES } from '@/lib/contract/codes';
import { type Call, ENDPOINTS, type Endpoint } from '@/lib/contract/endpoints';
import { ERROR_CODES, type ErrorCode } from '@/lib/contract/errors';
import { ServerMessage } from '@/lib/contract/messages';
import { findPath } from '@/lib/contract/paths';

/**
 * What every answer that a test receives must be: what the table of calls says of a success, member by
 * member, or a problem document with a code that the contract has.
 * @param path whole, perhaps with a query
 * @throws Error that names what is wrong
 */
export function requireDeclared(
  method: string,
  path: string,
  { status, type, body }: { status: number; type: string; body: unknown },
): void {
  const fail = (what: string) => {
    throw new Error(`${method} ${path} answered ${status}: ${what}: ${JSON.stringify(body)}`);
  };
  // There is nothing to read in it.
  if (method === 'HEAD') return;
  const template = findPath(path.replace(/\?.*/s, ''));
  const call = `${method} ${template?.replace(/^\/api\/v1(?=\/)/, '')}` as Call;
  const endpoint: Endpoint | null = Object.hasOwn(ENDPOINTS, call) ? ENDPOINTS[call] : null;
  if (type === 'application/problem+json') {
    const { code, status: said } = body as { code: ErrorCode; status: number };
    if (ERROR_CODES[code]?.status !== status || said !== status) fail('not a problem of ours');
    const codes = endpoint ? [...DOOR_CODES, ...codesOf(endpoint, call)] : [code];
    if (!codes.includes(code)) fail('a code that the table does not say');
  }
  if (!endpoint || status >= 300) return;
  const { answer, download, status: success } = endpoint;
  if (download) {
    if (status !== 200 || !download.includes(type.replace(/;.*/, ''))) fail('no such file');
    return;
  }
  if (status !== (answer ? (success ?? 200) : 204)) fail('another status than the table says');
  if (!answer) return;
  const read = answer.safeParse(body);
  if (!read.success) fail(read.error.message);
  else if (!isSame(read.data, body)) fail('more than the table says');
}

/** The same of a message over the WebSocket. @throws Error that names what is wrong */
export function requireServerMessage(message: unknown): ServerMessage {
  const read = ServerMessage.safeParse(message);
  if (read.success && isSame(read.data, message)) return read.data;
  const what = read.error?.message ?? 'more than the contract says';
  throw new Error(`The server sent ${JSON.stringify(message)}: ${what}`);
}

/** Whether nothing was left out in reading. */
function isSame(read: unknown, sent: unknown): boolean {
  if (typeof read !== 'object' || typeof sent !== 'object' || read === null || sent === null) {
    return read === sent;
  }
  const keys = Object.keys(sent);
  return (
    keys.length === Object.keys(read).length &&
    keys.every((key) => isSame(Reflect.get(read, key), Reflect.get(sent, key)))
  );
}
