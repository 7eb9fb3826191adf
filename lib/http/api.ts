import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { createGzip, gzip } from 'node:zlib';
import type { ReadHeaders } from '@/lib/auth/credential';
import { GatehouseError } from '@/lib/contract/errors';
import { findPath, readParams } from '@/lib/contract/paths';
import { logFailure } from '@/lib/service/known-error';
import type { Answered, Asked, Route } from './call';
import { pathOf } from './door';
import { currentOrigin } from './request-context';
import { presentError } from './route';

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
  if (typeof body === 'object' && body !== null)
    return sendParts(req, res, { status, headers, body });
  const isLong = body !== null && body.length >= COMPRESSED_FROM_BYTES;
  const mayCompress = isLong && takesGzip(req.headers['accept-encoding']);
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

/** Who takes nothing for so long does not read any more. */
const READS_WITHIN_MS = 60_000;

/**
 * Sends what is made as it is read. It has no length, so by HTTP/1.1 its end is said: what breaks off here, or
 * on the way, is no whole file to anybody. By HTTP/1.0 nobody could tell.
 */
async function sendParts(
  req: IncomingMessage,
  res: ServerResponse,
  { status, headers, body }: Answered & { body: AsyncGenerator<string, void, void> },
): Promise<void> {
  if (req.httpVersion === '1.0') {
    await body.return();
    return send(req, res, presentError(oldProtocol(), { method: 'GET' }, currentOrigin()));
  }
  const mayCompress = takesGzip(req.headers['accept-encoding']);
  if (res.destroyed || res.headersSent) return void (await body.return());
  res.writeHead(status, {
    ...headers,
    Vary: withEncoding(headers.Vary),
    ...(mayCompress && { 'Content-Encoding': 'gzip' }),
  });
  if (req.method === 'HEAD') {
    await body.return();
    res.end();
    return;
  }
  res.setTimeout(READS_WITHIN_MS, () => res.destroy());
  const parts = Readable.from(body);
  await (mayCompress ? pipeline(parts, createGzip(), res) : pipeline(parts, res)).catch(
    (error: NodeJS.ErrnoException) => {
      res.destroy();
      if (error.code === 'ERR_STREAM_PREMATURE_CLOSE') return;
      logFailure(error, { requestId: currentOrigin().requestId, method: req.method ?? '' });
    },
  );
}

const oldProtocol = () =>
  new GatehouseError(
    'invalid_request',
    'Ask for this by HTTP/1.1: by HTTP/1.0 a file that was cut can’t be told from a whole one. A proxy in front may be set to 1.0 (nginx: proxy_http_version 1.1).',
  );

const withEncoding = (vary: string | string[] = '') =>
  [...new Set([...`${vary}`.split(', '), 'Accept-Encoding'])].filter(Boolean).join(', ');

/** RFC 9110, 12.5.3: named, or all are taken, and not refused by a weight of nothing. */
function takesGzip(accepted: string | string[] | undefined): boolean {
  const weights = new Map(
    `${accepted ?? ''}`.split(',').map((coding) => {
      const [name = '', ...parameters] = coding.split(';').map((part) => part.trim().toLowerCase());
      return [name, !parameters.some((one) => /^q=0(?:\.0*)?$/.test(one))];
    }),
  );
  return weights.get('gzip') ?? weights.get('*') ?? false;
}
