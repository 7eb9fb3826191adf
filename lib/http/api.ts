import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { ReadHeaders } from '@/lib/auth/credential';
import { findPath, readParams } from '@/lib/contract/paths';
import { takesCoding } from './accept-encoding';
import type { Answered, Asked, Route } from './call';
import { pathOf } from './door';

/** What the route files export, by the path of the table. */
export type Routes = ReadonlyMap<string, Readonly<Record<string, Route>>>;

/**
 * Answers a request that the door has admitted, if it is for one of the calls. Of its headers it reads what
 * the door has left of them.
 * @returns null: it is for none of them
 */
export function findAnswer(
  routes: Routes,
  req: IncomingMessage,
): ((res: ServerResponse) => Promise<void>) | null {
  const path = pathOf(req);
  const template = findPath(path) ?? '';
  const methods = routes.get(template);
  // Node sends no body in answer to HEAD.
  const route = methods?.[req.method === 'HEAD' ? 'GET' : (req.method ?? '')];
  if (!route) return null;
  return async (res) => send(req, res, await route.handle(asked(req), readParams(template, path)));
}

function asked(req: IncomingMessage): Asked {
  const { method = '', url = '', headers } = req;
  const queryAt = url.indexOf('?');
  return {
    method,
    headers: readable(headers),
    search: queryAt === -1 ? '' : url.slice(queryAt),
    bytes: () => readBody(req),
  };
}

/** Rejects when the caller hangs up before its end. Node's own `buffer` goes by a `Blob`, at several times the cost. */
async function readBody(req: IncomingMessage): Promise<Uint8Array> {
  const parts: Buffer[] = [];
  for await (const part of req) parts.push(part);
  return Buffer.concat(parts);
}

const readable = (headers: IncomingHttpHeaders): ReadHeaders => ({
  get: (name) => headers[name.toLowerCase()]?.toString() ?? null,
  has: (name) => headers[name.toLowerCase()] !== undefined,
});

/** Less is not worth the work: an answer goes out in one packet anyway. */
const COMPRESSED_FROM_BYTES = 1_024;
const inThreadPool = promisify(gzip);

async function send(
  req: IncomingMessage,
  res: ServerResponse,
  { status, headers, body }: Answered,
): Promise<void> {
  const isLong = body !== null && body.length >= COMPRESSED_FROM_BYTES;
  const mayCompress = isLong && takesCoding(req.headers['accept-encoding'], 'gzip');
  const sent = mayCompress ? await inThreadPool(body) : (body ?? '');
  // Whoever asked has left, or the door has answered.
  if (res.destroyed || res.headersSent) return;
  res.writeHead(status, {
    ...headers,
    ...(isLong && { Vary: withEncoding(headers.Vary) }),
    ...(mayCompress && { 'Content-Encoding': 'gzip' }),
    ...(status !== 204 && { 'Content-Length': Buffer.byteLength(sent) }),
  });
  res.end(sent);
}

const withEncoding = (vary: string | string[] = '') =>
  [...new Set([...`${vary}`.split(', '), 'Accept-Encoding'])].filter(Boolean).join(', ');
