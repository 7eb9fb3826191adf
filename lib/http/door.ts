/**
 * What is turned away before Next sees it. The attacks: a `Host` of the attacker's that ends up in
 * links and redirects; a target (`http://evil.test/x`, `//evil.test`, `/\evil.test`) that Next answers
 * with a redirect to it; a flood of header lines, which Node drops beyond its limit without a word, the
 * proxy's address among them; bodies without end; two readings of where one message ends; and headers
 * like `X-Forwarded-Host`, by which Next compares origins and which any caller can send.
 *
 * A refusal is a complete problem document, and the connection is closed after it. What is only asked
 * for in vain, at a path or by a method that does not exist, is told so, and may ask again. Health calls
 * show nothing, so they are answered under any `Host`, or none.
 */
import { randomUUID } from 'node:crypto';
import {
  createServer,
  type IncomingMessage,
  type Server,
  type ServerResponse,
  STATUS_CODES,
} from 'node:http';
import type { Duplex } from 'node:stream';
import { GatehouseError } from '@/lib/contract/errors';
import { findAllowedMethods, HEALTH_CALLS, MOVED } from '@/lib/contract/paths';
import { presentProblem } from '@/lib/contract/problem';
import { classifyAddress, parseAddress } from '@/lib/policy/networks';
import { addAnswerHeaders, answerHeaders } from './answer-headers';
import { cleanHeaders, hasReadableState } from './inner-headers';

export type DoorSettings = {
  /** The public origin: only its host is answered for, beside loopback names with the server's own port. */
  appUrl: URL;
  /** Lets through what Next asks of itself in development. */
  isDevelopment?: boolean;
};

export type DoorHandlers = {
  /** Called for each admitted request. Its body ends by itself, or with an error, within its limit. */
  onRequest: (req: IncomingMessage, res: ServerResponse, requestId: string) => void;
  /** Called for each admitted WebSocket upgrade; the socket already has an error listener. */
  onUpgrade: (req: IncomingMessage, socket: Duplex, head: Buffer, requestId: string) => void;
  /** Told of every refusal, for the log. */
  onRefusal?: (error: GatehouseError, requestId: string) => void;
};

/** What shows that something in front of Gatehouse is set up wrong. */
type DoorSign = 'other_host' | 'no_host' | 'tls' | 'proxy_protocol';
/** What the log is told of a refusal; `host` is the caller's word. */
export type DoorFault = { sign: DoorSign; host?: string };

export const MAX_BODY_BYTES = 64 * 1_024;
/** Where a SAML provider's metadata or messages come: 256 KiB of XML (lib/saml/xml.ts), written in base64 or JSON. */
export const MAX_SAML_BODY_BYTES = 512 * 1_024;
const SAML_MESSAGES = /^\/api\/v1\/sso-connections\/[^/?]+\/saml\/(?:acs|slo)(?:\?|$)/;
const SAML_SETTINGS =
  /^\/api\/v1\/teams\/[^/?]+\/(?:sso-checks|sso-connections(?:\/[^/?]+)?)(?:\?|$)/;

function maxBodyBytes(target = ''): number {
  const isLong = SAML_MESSAGES.test(target) || SAML_SETTINGS.test(target);
  return isLong ? MAX_SAML_BODY_BYTES : MAX_BODY_BYTES;
}

export const MAX_HEADER_LINES = 200;
const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];

const TIMEOUTS = {
  /** From the first byte to the end of the headers, an upgrade's too. */
  headersTimeout: 5_000,
  /** From the first byte to the end of the body. */
  requestTimeout: 60_000,
  /** Longer than proxies keep an idle connection (nginx 60 s, Go 90 s, Caddy 120 s): who closes first must be they. */
  keepAliveTimeout: 130_000,
  /** How often the first two are looked at. */
  connectionsCheckingInterval: 1_000,
};

/** How long a refused caller may go on sending: closing at once could destroy the answer on its way to him. */
const LINGER_MS = 2_000;

/**
 * An HTTP server that passes on only what is admitted; not yet listening.
 *
 * @param overrides timeouts in milliseconds, for tests
 */
export function createGuardedServer(
  settings: DoorSettings,
  handlers: DoorHandlers,
  overrides: Partial<typeof TIMEOUTS & { lingerMs: number }> = {},
): Server {
  // Missing hosts are refused here, with a body, and unlimited headers are counted here.
  const { lingerMs = LINGER_MS, ...timeouts } = overrides;
  const server = createServer({ ...TIMEOUTS, ...timeouts, requireHostHeader: false });
  server.maxHeadersCount = 0;
  const { appUrl, isDevelopment = false } = settings;
  const always = answerHeaders(appUrl.protocol === 'https:');

  /** The latest exchange of each connection. */
  const exchanges = new WeakMap<Duplex, { req: IncomingMessage; res: ServerResponse }>();
  /** Connections that are being closed: what still arrives on them is not acted upon. */
  const closing = new WeakSet<Duplex>();

  const refuseSocket = (
    socket: Duplex,
    error: GatehouseError,
    requestId: string,
    asker?: IncomingMessage,
  ) => {
    closing.add(socket);
    handlers.onRefusal?.(error, requestId);
    endSocket(settings, socket, presentRefusal(error, requestId, settings, asker), lingerMs);
  };

  const admit = (req: IncomingMessage, res: ServerResponse, mayContinue: boolean) => {
    const { socket } = req;
    if (closing.has(socket)) return;
    const requestId = randomUUID();
    addAnswerHeaders(res, always);
    res.setHeader('X-Request-Id', requestId);
    const error = findRefusal(req, settings);
    if (error) {
      closing.add(socket);
      handlers.onRefusal?.(error, requestId);
      answerAndClose(req, res, presentRefusal(error, requestId, settings, req), lingerMs);
      return;
    }

    exchanges.set(socket, { req, res });
    if (req.headers['transfer-encoding'] !== undefined) {
      limitBody(req, (tooLarge) => {
        // Another answer is under way here: nothing may be written into it.
        if (res.headersSent || res.socket === null) req.destroy(tooLarge);
        else {
          refuseSocket(socket, tooLarge, requestId, req);
          req.resume();
        }
      });
    }
    const path = pathOf(req);
    const moved = MOVED.get(path);
    if (moved !== undefined) {
      res.writeHead(303, { Location: moved, 'Cache-Control': 'no-store' }).end();
      return;
    }
    const isForNext = isDevelopment && /^\/_+next/.test(path);
    const missed = isForNext ? null : findMissed(req.method, path);
    if (missed instanceof GatehouseError) {
      handlers.onRefusal?.(missed, requestId);
      answerMissed(req, res, missed, requestId);
      return;
    }
    if (missed) {
      res.writeHead(204, { Allow: missed, 'Cache-Control': 'no-store' }).end();
      return;
    }
    if (mayContinue) res.writeContinue();
    replaceHeaders(req, path, settings, requestId);
    handlers.onRequest(req, res, requestId);
  };

  server.on('request', (req, res) => admit(req, res, false));
  server.on('checkContinue', (req, res) => admit(req, res, true));
  server.on('checkExpectation', (req, res) => admit(req, res, false));
  server.on('connect', (_req, socket: Duplex) => {
    socket.on('error', () => socket.destroy());
    refuseSocket(socket, wrongMethod(), randomUUID());
  });
  server.on('upgrade', (req, socket: Duplex, head) => {
    socket.on('error', () => socket.destroy());
    if (closing.has(socket)) return;
    const requestId = randomUUID();
    const error = findRefusal(req, settings) ?? findUpgradeRefusal(req);
    if (error) return refuseSocket(socket, error, requestId);
    replaceHeaders(req, pathOf(req), settings, requestId);
    handlers.onUpgrade(req, socket, head, requestId);
  });
  server.on('clientError', (fault: ParserFault, socket) => {
    if (closing.has(socket)) return;
    const exchange = exchanges.get(socket);
    // With an answer under way, or a complete request waiting for one, an answer of ours would be taken for it.
    const isTaken =
      exchange &&
      !exchange.res.writableFinished &&
      (exchange.res.headersSent || exchange.req.complete);
    if (!socket.writable || fault.code === 'ECONNRESET' || isTaken) {
      socket.destroy();
      return;
    }
    refuseSocket(socket, presentFault(fault), randomUUID());
  });
  return server;
}

/**
 * Why this request is turned away, or null. Looks at its head alone.
 */
export function findRefusal(
  req: Pick<IncomingMessage, 'httpVersion' | 'method' | 'url' | 'headers' | 'rawHeaders'> & {
    socket: { localPort?: number | undefined };
  },
  settings: DoorSettings,
): GatehouseError | null {
  if (req.rawHeaders.length / 2 > MAX_HEADER_LINES) {
    return new GatehouseError(
      'too_many_headers',
      `At most ${MAX_HEADER_LINES} header lines are read.`,
    );
  }
  if (req.httpVersion !== '1.1' && req.httpVersion !== '1.0') {
    return invalid('Speak HTTP/1.1.');
  }
  if (!METHODS.includes(req.method ?? '')) return wrongMethod();
  // Node keeps the first of several without a word, and a proxy may have looked at the last.
  if (headerLines(req.rawHeaders, 'authorization').length > 1) {
    return invalid('Send at most one Authorization header.');
  }
  if (!hasReadableState(req.headers)) {
    return invalid('The page that asks says in Next-Router-State-Tree what nobody can read.');
  }
  // An orchestrator asks by the address that it has, or by none (HTTP/1.0).
  const hostRefusal = HEALTH_CALLS.has(pathOf(req))
    ? null
    : findHostRefusal(headerLines(req.rawHeaders, 'host'), settings.appUrl, req.socket.localPort);
  return (
    findTargetRefusal(req.url ?? '') ??
    hostRefusal ??
    findBodyRefusal(req.rawHeaders, req.httpVersion, maxBodyBytes(req.url))
  );
}

/** Only origin-form (RFC 9112, 3.2.1), and only paths that no later reader takes for another path or origin. */
function findTargetRefusal(target: string): GatehouseError | null {
  if (!/^\/[\x21\x22\x24-\x7e]*$/.test(target)) {
    return invalid('The request target must be a path, such as /computers.');
  }
  const [path = ''] = target.split('?', 1);
  if (/\\|\/\/|%(?:2f|5c|00)|\/(?:\.|%2e){1,2}(?:\/|$)/i.test(path) || !isDecodable(path)) {
    return invalid(
      'The path holds doubled, backward or encoded slashes, dots for a step, or an encoding that is not valid.',
    );
  }
  return null;
}

/** The path as it was sent, without its query. */
export function pathOf({ url = '' }: Pick<IncomingMessage, 'url'>): string {
  const [path = ''] = url.split('?', 1);
  return path;
}

/** @returns an error where there is no such call or no such method, what is allowed for OPTIONS, else null */
function findMissed(method = '', path: string): GatehouseError | string | null {
  const allowed = findAllowedMethods(path);
  if (allowed === null) {
    const what = path.startsWith('/api') ? 'call' : 'file';
    return new GatehouseError('not_found', `There is no such ${what}.`);
  }
  const allow = allowed.join(', ');
  if (method === 'OPTIONS') return allow;
  return allowed.includes(method) ? null : wrongMethod(allow);
}

function isDecodable(path: string): boolean {
  try {
    decodeURIComponent(path);
    return true;
  } catch {
    return false;
  }
}

function findHostRefusal(
  hosts: string[],
  appUrl: URL,
  ownPort: number | undefined,
): GatehouseError | null {
  const [host = ''] = hosts;
  const [, name = '', portText] =
    /^(\[[0-9a-fA-F:.]+\]|[0-9A-Za-z._~-]+)(?::([0-9]{1,5}))?$/.exec(host) ?? [];
  const bracketed = name.startsWith('[') ? parseAddress(name.slice(1, -1)) : null;
  if (
    hosts.length !== 1 ||
    name === '' ||
    Number(portText ?? 0) > 65_535 ||
    (name.startsWith('[') && !bracketed)
  ) {
    return invalid('Send exactly one Host header, with a valid host.', { sign: 'no_host' });
  }

  const defaultPort = appUrl.protocol === 'https:' ? 443 : 80;
  const isApp =
    name.toLowerCase() === appUrl.hostname &&
    Number(portText ?? defaultPort) === Number(appUrl.port || defaultPort);
  const address = bracketed ?? parseAddress(name);
  const isLoopback =
    (name.toLowerCase() === 'localhost' || (address && classifyAddress(address) === 'loopback')) &&
    Number(portText ?? 80) === ownPort;
  if (isApp || isLoopback) return null;
  return new GatehouseError(
    'misdirected_request',
    `This server answers for ${appUrl.host} only. Set APP_URL to the address that people use, and let a proxy in front pass the Host header on.`,
    { log: { sign: 'other_host', host } },
  );
}

/** One reading of where the message ends (RFC 9112, 6.3), and a length that is known to be small enough. */
function findBodyRefusal(
  rawHeaders: readonly string[],
  httpVersion: string,
  maxBytes: number,
): GatehouseError | null {
  const lengths = headerLines(rawHeaders, 'content-length');
  const codings = headerLines(rawHeaders, 'transfer-encoding');
  const isAmbiguous =
    lengths.length + codings.length > 1 || (codings.length > 0 && httpVersion === '1.0');
  if (
    isAmbiguous ||
    codings.some((coding) => coding.toLowerCase() !== 'chunked') ||
    lengths.some((length) => !/^[0-9]{1,15}$/.test(length))
  ) {
    return invalid('Send one Content-Length, or Transfer-Encoding: chunked.');
  }
  return Number(lengths[0] ?? 0) > maxBytes ? bodyTooLarge(maxBytes) : null;
}

function findUpgradeRefusal(req: IncomingMessage): GatehouseError | null {
  if (req.method !== 'GET') return wrongMethod('GET');
  if (req.httpVersion !== '1.1') return invalid('Speak HTTP/1.1.');
  if (req.headers.upgrade?.toLowerCase() === 'websocket') return null;
  return invalid('Only an upgrade to websocket is offered.');
}

/**
 * Counts a body of unknown length as it arrives, without keeping it. Beyond the limit nothing more of
 * it is passed on, and it never ends well: what was cut can't be taken for what was sent.
 */
function limitBody(req: IncomingMessage, onTooLarge: (error: GatehouseError) => void): void {
  const push = req.push.bind(req);
  const maxBytes = maxBodyBytes(req.url);
  let bytes = 0;
  req.push = (chunk: Buffer | null, encoding?: BufferEncoding) => {
    if (bytes > maxBytes) return true;
    bytes += chunk?.length ?? 0;
    if (bytes <= maxBytes) return push(chunk, encoding);
    onTooLarge(bodyTooLarge(maxBytes));
    return true;
  };
}

/**
 * Whoever reads such a header further in reads ours: the public origin, and no address. The client's
 * address never travels in a header (see `lib/platform/client-store`).
 */
function replaceHeaders(
  req: IncomingMessage,
  path: string,
  { appUrl, isDevelopment = false }: DoorSettings,
  requestId: string,
): void {
  const { headers } = req;
  cleanHeaders(headers, path, isDevelopment);
  if (HEALTH_CALLS.has(path)) headers.host = appUrl.host;
  headers['x-forwarded-host'] = appUrl.host;
  headers['x-forwarded-proto'] = appUrl.protocol.slice(0, -1);
  // Next fills in the peer, a proxy's address, where it finds nothing.
  headers['x-forwarded-for'] = '';
  headers['x-request-id'] = requestId;
}

/** Whether a person's browser goes to this address, rather than a program or a page of ours that asks. */
function isPerson({ headers }: IncomingMessage): boolean {
  const mode = headers['sec-fetch-mode'] ?? 'navigate';
  return mode === 'navigate' && /\btext\/html\b/.test(headers.accept ?? '');
}

type Refusal = { status: number; headers: Record<string, string>; text: string };

/** What a refused caller is answered: a problem document, and a person a page. */
function presentRefusal(
  error: GatehouseError,
  requestId: string,
  { appUrl }: DoorSettings,
  asker?: IncomingMessage,
): Refusal {
  const { status, headers, body } = presentProblem(error, requestId);
  // A provider's page has posted it, and no program does.
  if (error.code === 'payload_too_large' && SAML_MESSAGES.test(asker?.url ?? '')) {
    const { 'Content-Type': _, ...others } = headers;
    return { status: 303, headers: { ...others, Location: FAILED_TOO_LARGE }, text: '' };
  }
  if (!asker || !isPerson(asker)) return { status, headers, text: JSON.stringify(body) };
  const words = `${error.detail} <a href="${appUrl.origin}">Go to ${appUrl.host}</a>`;
  return { status, headers: { ...headers, ...IS_PAGE }, text: page(body.title, words) };
}

const FAILED_TOO_LARGE = '/sso/failed?reason=too_large';
const IS_PAGE = { 'Content-Type': 'text/html; charset=utf-8' };

/** Answers what is not there; the connection stays, since nothing was wrong with the message. */
function answerMissed(
  req: IncomingMessage,
  res: ServerResponse,
  error: GatehouseError,
  requestId: string,
): void {
  const { status, headers, body } = presentProblem(error, requestId);
  const isPage = isPerson(req) && !pathOf(req).startsWith('/api/');
  const text = !isPage
    ? JSON.stringify(body)
    : error.code === 'not_found'
      ? NO_SUCH_PAGE
      : PAGE_NOT_READY;
  res.writeHead(status, {
    ...headers,
    ...(isPage && IS_PAGE),
    'Content-Length': Buffer.byteLength(text),
  });
  res.end(text);
}

const page = (title: string, body: string) =>
  `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="color-scheme" content="light dark"><title>${title}</title><p>${body}</p></html>`;
/** Whoever pressed a button before the page was ready. */
const PAGE_NOT_READY = page(
  'Nothing was sent',
  'The page was not ready yet, so nothing was done. <a href="">Open it again</a>, and try once more.',
);
const NO_SUCH_PAGE = page('Not found', 'There is no such page. <a href="/">Go to Gatehouse</a>');

/** Answers in turn with other answers of the connection, then closes it. */
function answerAndClose(
  req: IncomingMessage,
  res: ServerResponse,
  { status, headers, text }: Refusal,
  lingerMs: number,
): void {
  res.writeHead(status, {
    ...headers,
    'Content-Length': Buffer.byteLength(text),
    Connection: 'close',
  });
  res.write(text);

  const close = () => {
    clearTimeout(timer);
    res.end();
  };
  const timer = setTimeout(close, lingerMs).unref();
  req.once('end', close).once('close', close).resume();
}

/** Answers a socket with a problem document, and closes it: for upgrades that are refused further in. */
export function endWithProblem(
  settings: DoorSettings,
  socket: Duplex,
  error: GatehouseError,
  requestId: string,
): void {
  endSocket(settings, socket, presentRefusal(error, requestId, settings), LINGER_MS);
}

/**
 * Writes a complete answer to a socket that has no `ServerResponse`, and closes it: for refused
 * upgrades and for what the parser couldn't read.
 */
function endSocket(
  { appUrl }: DoorSettings,
  socket: Duplex,
  { status, headers, text }: Refusal,
  lingerMs: number,
): void {
  const lines = Object.entries({
    ...answerHeaders(appUrl.protocol === 'https:'),
    ...headers,
    Date: new Date().toUTCString(),
    'Content-Length': Buffer.byteLength(text),
    Connection: 'close',
  }).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines.join('')}\r\n${text}`);
  socket.resume();
  const timer = setTimeout(() => socket.destroy(), lingerMs).unref();
  socket.once('close', () => clearTimeout(timer));
}

type ParserFault = Error & { code?: string; rawPacket?: Buffer; bytesParsed?: number };

/** What the HTTP parser couldn't read, in our words. */
function presentFault(fault: ParserFault): GatehouseError {
  const sign = findOtherProtocol(fault.rawPacket);
  if (sign) return invalid('This is not an HTTP/1.1 request.', { sign });
  switch (fault.code) {
    case 'HPE_HEADER_OVERFLOW':
      return new GatehouseError('too_many_headers', 'The header section is over 16 KiB.');
    case 'HPE_CHUNK_EXTENSIONS_OVERFLOW':
      return bodyTooLarge();
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return new GatehouseError('request_timeout', 'The request took too long to arrive.');
    case 'HPE_INVALID_METHOD':
      return isRequestLine(fault) ? wrongMethod() : invalid('This is not an HTTP/1.1 request.');
    default:
      return invalid('This is not an HTTP/1.1 request.');
  }
}

/** What a proxy that was set up wrong speaks: a TLS record (RFC 8446, 5.1), or the PROXY protocol, 1 or 2. */
function findOtherProtocol(bytes: Buffer | undefined): DoorSign | null {
  if (bytes?.[0] === 0x16 && bytes[1] === 3) return 'tls';
  const start = bytes?.toString('latin1', 0, 12) ?? '';
  const isProxys = start.startsWith('PROXY ') || start === '\r\n\r\n\0\r\nQUIT\n';
  return isProxys ? 'proxy_protocol' : null;
}

/** Tells a method nobody knows (`FOO / HTTP/1.1`) from what is no HTTP at all (a PROXY line, TLS). */
function isRequestLine({ rawPacket, bytesParsed = 0 }: ParserFault): boolean {
  const text = rawPacket?.toString('latin1') ?? '';
  const start = text.lastIndexOf('\n', Math.max(0, bytesParsed - 1)) + 1;
  return /^[A-Za-z-]+ \/\S* HTTP\/1\.[01]\r\n/.test(text.slice(start));
}

function headerLines(rawHeaders: readonly string[], name: string): string[] {
  const values: string[] = [];
  for (let index = 0; index < rawHeaders.length; index += 2) {
    if (rawHeaders[index]?.toLowerCase() === name) values.push(rawHeaders[index + 1] ?? '');
  }
  return values;
}

function invalid(detail: string, log?: DoorFault): GatehouseError {
  return new GatehouseError('invalid_request', detail, { log });
}

function wrongMethod(allow = METHODS.join(', ')): GatehouseError {
  return new GatehouseError('method_not_allowed', 'This method is not served here.', {
    headers: { Allow: allow },
  });
}

function bodyTooLarge(maxBytes = MAX_BODY_BYTES): GatehouseError {
  return new GatehouseError(
    'payload_too_large',
    `A body may hold at most ${maxBytes / 1_024} KiB.`,
  );
}
