import { lookup } from 'node:dns/promises';
import http from 'node:http';
import https from 'node:https';
import { connect as connectPlain, isIP, type LookupFunction, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { connect as connectTls } from 'node:tls';

// The attack: a URL that a user typed makes our server a client inside our own network. A check
// before the request is not enough, because the name can resolve otherwise a moment later
// (rebinding), and a server that answers one byte a second, or without end, ties us up. So the guard
// sits where the connection is made: a name is resolved once, all of its addresses are judged, the
// connection goes to those and no others, and it has an end in time and in bytes.

/** How long a connection may last in all, its look-up and its answer included. */
export const CONNECTION_MS = 5_000;

/** The largest body of an answer. */
export const BODY_BYTES_MAX = 512 * 1024;

/** What comes with a body: headers (Node reads 16 KiB of them at most) and chunk sizes. */
const ENVELOPE_BYTES_MAX = 64 * 1024;

/** Why a request failed, as far as whoever typed the URL may know. */
export type OutgoingReason =
  | 'url_not_allowed'
  /** No such name, refused, no TLS, too slow: one reason for all, or it would be a port scanner. */
  | 'unreachable'
  | 'too_large'
  /** Not HTTP, a redirect, a compressed or broken body. */
  | 'bad_answer';

const MESSAGES: Record<OutgoingReason, string> = {
  url_not_allowed: 'This URL may not be asked.',
  unreachable: 'The other server could not be reached.',
  too_large: 'The answer of the other server is too large.',
  bad_answer: 'The answer of the other server is not what was expected.',
};

/** A request that failed. Its message may be shown; `detail` and `cause` are for the log alone. */
export class OutgoingError extends Error {
  override readonly name = 'OutgoingError';

  constructor(
    readonly reason: OutgoingReason,
    readonly detail: string,
    options?: ErrorOptions,
  ) {
    super(MESSAGES[reason], options);
  }
}

/** A URL that passed `mayAsk`. */
export type AskedUrl = {
  readonly href: string;
  /** https; else http. */
  readonly secure: boolean;
  /** A name, or an address without brackets. */
  readonly host: string;
  readonly port: number;
};

type Refused = { readonly verdict: 'refused'; readonly fault: string };

export type GuardedHttpSettings<Url extends AskedUrl> = {
  /** Whether a URL may be asked at all. */
  readonly mayAsk: (text: string) => { readonly verdict: 'allowed'; readonly url: Url } | Refused;
  /** Whether one address of the URL's host may be connected to. */
  readonly mayConnect: (url: Url, address: string) => { readonly verdict: 'allowed' } | Refused;
  /** All addresses of a name. Asked once for each connection. Default: the system's resolver. */
  readonly resolve?: (host: string) => Promise<readonly string[]>;
  /** Certificate authorities (PEM) in place of those that Node trusts. */
  readonly ca?: string;
};

export type GuardedAnswer = {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly text: string;
};

export type GuardedHttp = {
  /**
   * For libraries that make their own requests by `node:https` or `node:http`: one agent for both.
   * What such a request says of TLS, look-up or sockets is ignored. Refusals reach the request as its
   * `error`, an `OutgoingError`; so do an answer that is too long or takes too long.
   */
  readonly agent: https.Agent;
  /**
   * Asks by GET. Redirects are not followed, compressed answers not read.
   *
   * @param request.accept the media type that is wanted; any by default
   * @returns the answer, whatever its status below 300 or from 400 on; `text` is decoded as UTF-8
   * @throws OutgoingError
   */
  readonly guardedFetch: (
    url: string,
    request?: { readonly headers?: Readonly<Record<string, string>>; readonly accept?: string },
  ) => Promise<GuardedAnswer>;
};

/** An agent, and a small client that uses it, which connect only where the rules allow it. */
export function createGuardedHttp<Url extends AskedUrl>(
  settings: GuardedHttpSettings<Url>,
): GuardedHttp {
  const { mayAsk, mayConnect, resolve = resolveAll, ca } = settings;

  /** @throws OutgoingError, also when the resolver fails */
  async function checkedAddresses(url: Url): Promise<readonly string[]> {
    // A literal address is judged as any other; Node would not even ask a `lookup` for it.
    const addresses = isIP(url.host) ? [url.host] : await resolve(url.host);
    for (const address of addresses) {
      const verdict = mayConnect(url, address);
      if (verdict.verdict === 'refused') throw new OutgoingError('url_not_allowed', verdict.fault);
    }
    if (addresses.length === 0) throw new OutgoingError('unreachable', 'no address');
    return addresses;
  }

  function open(options: https.RequestOptions, done: Done): void {
    const asked = mayAsk(originOf(options));
    if (asked.verdict === 'refused') {
      done(new OutgoingError('url_not_allowed', asked.fault));
      return;
    }
    const deadline = newDeadline();
    Promise.race([checkedAddresses(asked.url), deadline.passed])
      .then((addresses) => {
        const socket = connectPinned(asked.url, addresses, ca);
        deadline.passed.catch((error) => socket.destroy(error));
        socket.once('close', deadline.clear);
        endAfter(socket, BODY_BYTES_MAX + ENVELOPE_BYTES_MAX);
        return socket;
      })
      .then(
        (socket) => done(null, socket),
        (error: unknown) => {
          deadline.clear();
          done(asOutgoingError(error));
        },
      );
  }

  const agent = new GuardedAgent(open);

  async function guardedFetch(
    ...[text, { headers, accept = '*/*' } = {}]: Parameters<GuardedHttp['guardedFetch']>
  ): Promise<GuardedAnswer> {
    const asked = mayAsk(text);
    if (asked.verdict === 'refused') throw new OutgoingError('url_not_allowed', asked.fault);
    const request = (asked.url.secure ? https : http).request(asked.url.href, {
      agent,
      headers: { ...headers, accept, 'accept-encoding': 'identity', 'user-agent': 'Gatehouse' },
    });
    try {
      return await new Promise<GuardedAnswer>((fulfil, reject) => {
        request.on('error', reject);
        request.on('response', (response) => readAnswer(response).then(fulfil, reject));
        request.end();
      });
    } catch (error) {
      throw asOutgoingError(error);
    } finally {
      request.destroy();
    }
  }

  return { agent, guardedFetch };
}

type Done = (error: Error | null, socket?: Duplex) => void;

/**
 * One agent for both schemes, since openid-client takes a single one: an agent without a `protocol`
 * is not held to one (`agent-base` rests on this too). Its default port is that of https, so that an
 * http URL must bring its own.
 */
class GuardedAgent extends https.Agent {
  protocol?: string;
  readonly #open: (options: https.RequestOptions, done: Done) => void;

  constructor(open: (options: https.RequestOptions, done: Done) => void) {
    super({ keepAlive: false });
    this.protocol = undefined;
    this.#open = open;
  }

  override createConnection(options: https.RequestOptions, done: Done): undefined {
    this.#open(options, done);
  }
}

async function resolveAll(host: string): Promise<string[]> {
  const found = await lookup(host, { all: true, verbatim: true });
  return found.map(({ address }) => address);
}

/** What the request is about to connect to, as a URL. Without a scheme it is taken for https. */
function originOf({ protocol, host, port }: https.RequestOptions): string {
  const scheme = protocol ?? 'https:';
  return `${scheme}//${isIP(host ?? '') === 6 ? `[${host}]` : host}:${port}/`;
}

/** Connects to one of these addresses: no other look-up happens. */
function connectPinned(url: AskedUrl, addresses: readonly string[], ca?: string): Socket {
  const pinned: LookupFunction = (_host, _options, callback) => {
    const all = addresses.map((address) => ({ address, family: isIP(address) }));
    process.nextTick(callback, null, all);
  };
  const { host, port } = url;
  const target = { host, port, lookup: pinned, autoSelectFamily: true };
  if (!url.secure) return connectPlain(target);
  // Said aloud: an environment variable may otherwise switch the check of certificates off.
  const rejectUnauthorized = true;
  return connectTls({ ...target, ca, rejectUnauthorized, servername: isIP(host) ? '' : host });
}

/** Starts the time of one connection. */
function newDeadline(): { readonly passed: Promise<never>; readonly clear: () => void } {
  let timer: NodeJS.Timeout | undefined;
  const passed = new Promise<never>((_fulfil, reject) => {
    timer = setTimeout(() => {
      reject(new OutgoingError('unreachable', `took over ${CONNECTION_MS} ms`));
    }, CONNECTION_MS);
  });
  return { passed, clear: () => clearTimeout(timer) };
}

function endAfter(socket: Socket, bytesMax: number): void {
  let bytes = 0;
  socket.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > bytesMax) socket.destroy(new OutgoingError('too_large', `over ${bytesMax} bytes`));
  });
}

/** @throws OutgoingError, or what the socket died of */
async function readAnswer(response: http.IncomingMessage): Promise<GuardedAnswer> {
  const { statusCode: status = 0, headers } = response;
  if (status >= 300 && status < 400) throw new OutgoingError('bad_answer', `redirect ${status}`);
  const encoding = headers['content-encoding']?.trim().toLowerCase() ?? '';
  if (encoding !== '' && encoding !== 'identity') {
    throw new OutgoingError('bad_answer', `content encoding ${encoding}`);
  }
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > BODY_BYTES_MAX) throw new OutgoingError('too_large', `body over ${BODY_BYTES_MAX}`);
    chunks.push(chunk);
  }
  return { status, headers, text: decode(Buffer.concat(chunks)) };
}

function decode(body: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(body);
  } catch (cause) {
    throw new OutgoingError('bad_answer', 'not UTF-8', { cause });
  }
}

function asOutgoingError(error: unknown): OutgoingError {
  if (error instanceof OutgoingError) return error;
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
  const reason =
    code === 'HPE_HEADER_OVERFLOW'
      ? 'too_large'
      : code.startsWith('HPE_')
        ? 'bad_answer'
        : 'unreachable';
  return new OutgoingError(reason, code, { cause: error });
}
