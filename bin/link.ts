import type { IncomingMessage } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import WebSocket from 'ws';
import { parseServerMessage } from '@/lib/client/socket-message';
import {
  CLOSE_CODES,
  type ClientMessage,
  GATEWAY_PATH,
  GATEWAY_VERSION,
  type HostMessage,
  type ServerMessage,
} from '@/lib/contract/messages';
import { describeNetworkError } from './network-error';
import { printable } from './printable';
import { retryDelayMs } from './retry-delay';

/** The server pings every 25 s; silent for longer than two of those, it is not there any more. */
const SILENCE_MS = 60_000;
const HANDSHAKE_MS = 15_000;
const CLOSING_MS = 1_000;
/** What the server was told last needs its time there. */
const CONFIRMING_MS = 3_000;
const RECEIVED_BYTES_MAX = 1_024 * 1_024;
const REFUSAL_BYTES_MAX = 64 * 1_024;
/** After having been told that it was too much, nonsense, or another's place. */
const AFTER_REPROACH_MS = 10_000;
const RETRY_AFTER_MAX_MS = 5 * 60_000;

export type Outgoing = WithoutVersion<ClientMessage> | WithoutVersion<HostMessage>;
type WithoutVersion<M> = M extends unknown ? Omit<M, 'version'> : never;

/** Why the link is given up for good. */
export type LinkEnd = 'unauthenticated';

/** Why it was lost, or could not be made. */
export type Loss = {
  /** In words, for a person. */
  detail: string;
  /** The HTTP status by which the server refused it; null: it was no such refusal. */
  status: number | null;
  retryInMs: number;
};

export type LinkOptions = {
  url: URL;
  /** The credential, asked for at each try: a session's token may have been replaced meanwhile. */
  token: () => string;
  /** By which addresses the server is reached, asked for at each try; 0: whichever answer first. */
  family?: () => 0 | 4 | 6;
  onMessage: (message: ServerMessage) => void;
  onLost: (loss: Loss) => void;
  onEnd: (end: LinkEnd) => void;
  retryDelayMs?: (failures: number) => number;
  silenceMs?: number;
};

/**
 * One WebSocket to the gateway, kept through network loss and restarts of the server. It ends by `close`,
 * or by itself when the credential is gone.
 */
export class Link {
  private socket: WebSocket | null = null;
  private failures = 0;
  private hasHello = false;
  private isClosed = false;
  private retry: NodeJS.Timeout | undefined;
  private silence: NodeJS.Timeout | undefined;

  constructor(private readonly options: LinkOptions) {}

  /** Whether the server has said hello on the present socket. */
  get isOpen(): boolean {
    return this.hasHello && this.socket?.readyState === WebSocket.OPEN;
  }

  open(): void {
    const url = new URL(GATEWAY_PATH, this.options.url);
    url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
    const socket = new WebSocket(url, {
      headers: { authorization: `Bearer ${this.options.token()}` },
      perMessageDeflate: false,
      family: this.options.family?.() ?? 0,
      handshakeTimeout: HANDSHAKE_MS,
      maxPayload: RECEIVED_BYTES_MAX,
    });
    this.socket = socket;
    let error: Error | null = null;
    socket.on('error', (reason) => {
      error = reason;
    });
    socket.on('open', () => this.listenFor(socket));
    socket.on('ping', () => this.listenFor(socket));
    socket.on('message', (data, isBinary) => {
      this.listenFor(socket);
      if (!isBinary) this.receive(String(data));
    });
    socket.on('unexpected-response', (_, answer) => {
      void this.readRefusal(answer).then(({ detail, retryAfterMs }) => {
        if (socket !== this.socket) return;
        const status = answer.statusCode ?? 0;
        if (status === 401) this.end('unauthenticated');
        else this.lose({ detail, status }, retryAfterMs);
        socket.terminate();
      });
    });
    socket.on('close', (code) => {
      if (socket !== this.socket) return;
      if (code === CLOSE_CODES.unauthenticated) return this.end('unauthenticated');
      const isReproach = REPROACHES.includes(code);
      const detail = error
        ? describeNetworkError(error, this.options.url)
        : (CLOSED[code] ?? `The server closed the connection (${code}).`);
      this.lose({ detail, status: null }, isReproach ? AFTER_REPROACH_MS : 0);
    });
  }

  /** @returns whether it was handed to an open socket; if not, it is lost */
  send(message: Outgoing): boolean {
    if (!this.isOpen) return false;
    this.socket?.send(JSON.stringify({ version: GATEWAY_VERSION, ...message }));
    return true;
  }

  /**
   * Takes leave of the server; then nothing is reported any more.
   * @param confirmed what is waited for before, but not for long: a server drops what it had no time for
   */
  async close(confirmed: Promise<unknown> = Promise.resolve()): Promise<void> {
    const timeout = new AbortController();
    const { signal } = timeout;
    await Promise.race([confirmed, delay(CONFIRMING_MS, null, { signal }).catch(() => null)]);
    timeout.abort();
    const { socket } = this;
    this.leave();
    if (!socket || socket.readyState === WebSocket.CLOSED) return;
    const closed = new Promise((resolve) => socket.once('close', resolve));
    socket.close(1000);
    const cut = setTimeout(() => socket.terminate(), CLOSING_MS);
    await closed;
    clearTimeout(cut);
  }

  private receive(text: string): void {
    const message = parseServerMessage(text);
    if (!message || this.isClosed) return;
    if (message.action === 'hello') {
      this.hasHello = true;
      this.failures = 0;
    }
    this.options.onMessage(message);
  }

  /** The server was heard; it must be again before long. */
  private listenFor(socket: WebSocket): void {
    if (socket !== this.socket) return;
    clearTimeout(this.silence);
    this.silence = setTimeout(() => socket.terminate(), this.options.silenceMs ?? SILENCE_MS);
  }

  private lose(loss: Omit<Loss, 'retryInMs'>, atLeastMs: number): void {
    this.drop();
    const { retryDelayMs: delayMs = retryDelayMs } = this.options;
    const retryInMs = Math.max(atLeastMs, delayMs(this.failures++));
    this.retry = setTimeout(() => this.open(), retryInMs);
    this.options.onLost({ ...loss, retryInMs });
  }

  private end(end: LinkEnd): void {
    this.leave();
    this.options.onEnd(end);
  }

  private leave(): void {
    this.isClosed = true;
    clearTimeout(this.retry);
    this.drop();
  }

  private drop(): void {
    clearTimeout(this.silence);
    this.socket = null;
    this.hasHello = false;
  }

  /** What the server says in place of a WebSocket. */
  private async readRefusal(
    answer: IncomingMessage,
  ): Promise<{ detail: string; retryAfterMs: number }> {
    const seconds = Number(answer.headers['retry-after']);
    const retryAfterMs = seconds > 0 ? Math.min(RETRY_AFTER_MAX_MS, seconds * 1_000) : 0;
    const detail = problemDetail(await readText(answer).catch(() => ''));
    const { location } = answer.headers;
    const fallback = location
      ? `${this.options.url.origin} sends to ${printable(location)}: give that address.`
      : `${this.options.url.origin} answers ${answer.statusCode} where Gatehouse should be: check the address.`;
    return { detail: detail ?? fallback, retryAfterMs };
  }
}

const REPROACHES: readonly number[] = [
  CLOSE_CODES.too_many,
  CLOSE_CODES.protocol_error,
  CLOSE_CODES.replaced,
];

/** How a socket ended, where the server said nothing else. */
const CLOSED: Record<number, string> = {
  [CLOSE_CODES.restart]: 'The server restarts.',
  [CLOSE_CODES.try_later]: 'The server asks to try later.',
  [CLOSE_CODES.too_many]: 'The server asks to slow down.',
  [CLOSE_CODES.protocol_error]:
    'The server did not understand this program: they may be of different versions.',
  [CLOSE_CODES.replaced]:
    'Another program speaks for this computer with the same key. Stop one of the two; if the other is not yours, make a new host key on the Team Computers page.',
  [CLOSE_CODES.no_heartbeat]: 'The server heard nothing for too long.',
  1005: 'The connection was lost.',
  1006: 'The connection was lost.',
};

/** The `detail` of a problem document; null when it is none. */
export function problemDetail(text: string): string | null {
  try {
    const { detail } = JSON.parse(text) as { detail?: unknown };
    return typeof detail === 'string' ? printable(detail, 500) : null;
  } catch {
    return null;
  }
}

async function readText(answer: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of answer) {
    text += chunk;
    if (text.length > REFUSAL_BYTES_MAX) break;
  }
  return text;
}
