import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { type ClientOptions, WebSocket } from 'ws';
import type { ServerAction, ServerPayloads } from '@/lib/contract/messages';
import { SOCKET_PATH } from '@/lib/contract/protocol';
import { requireServerMessage } from './declared';
import { HOME, type TestServer } from './harness';

export type SocketCall = {
  /** As in `Call`: 127.0.0.x is bound, any other is said by the trusted proxy at 127.0.0.1. */
  from?: string;
  /** A session's token, or a computer's key. */
  token?: string;
  cookie?: string;
  headers?: Record<string, string | string[]>;
  /** Default: the protocol's. */
  path?: string;
  /** A proxy's before the server. Default: the server's own. */
  port?: number;
  options?: ClientOptions;
};

/** How long a message may be waited for before the test fails. */
const PATIENCE_MS = 10_000;

/** A further `hello` comes whenever the server has listened anew: on a busy machine, soon after its start. */
const UNASKED = new Set<ServerAction>(['presence', 'hello']);

// biome-ignore lint/suspicious/noExplicitAny: a message of any action; each test says what it expects of it
export type Message = { version: number; action: ServerAction; payload: any };

/** A refused upgrade, as it stood on the wire. */
export class UpgradeRefused extends Error {
  constructor(
    readonly status: number,
    readonly headers: IncomingMessage['headers'],
    readonly body: Record<string, unknown>,
  ) {
    super(`the upgrade was answered ${status} ${JSON.stringify(body)}`);
  }
}

/** A socket to the server, with everything that it was sent. */
export class TestSocket {
  private readonly inbox: Message[] = [];
  private readonly waiting = new Set<() => void>();
  /** The code that it was closed with; null while it is open. */
  closeCode: number | null = null;
  /** Of this end of the connection. */
  localPort = 0;

  private constructor(readonly ws: WebSocket) {
    ws.on('message', (data) => {
      this.inbox.push(requireServerMessage(JSON.parse(data.toString())));
      this.wake();
    });
    ws.once('upgrade', ({ socket }) => {
      this.localPort = socket.localPort ?? 0;
    });
    ws.on('error', () => undefined);
    ws.on('close', (code) => {
      this.closeCode = code;
      this.wake();
    });
  }

  /** @throws UpgradeRefused */
  static async open(server: TestServer, call: SocketCall = {}): Promise<TestSocket> {
    const { from = HOME, path = SOCKET_PATH, port = server.port } = call;
    const isBound = from.startsWith('127.');
    server.remember(call.token, call.cookie);
    const ws = new WebSocket(`ws://127.0.0.1:${port}${path}`, {
      perMessageDeflate: false,
      localAddress: isBound ? from : '127.0.0.1',
      headers: {
        host: `localhost:${port}`,
        ...(!isBound && { 'x-forwarded-for': from }),
        ...(call.token && { authorization: `Bearer ${call.token}` }),
        ...(call.cookie && {
          cookie: `${server.cookieName()}=${call.cookie}`,
          origin: server.origin,
        }),
        ...call.headers,
      },
      ...call.options,
    });
    const socket = new TestSocket(ws);
    await new Promise<void>((resolve, reject) => {
      ws.once('open', resolve);
      ws.once('error', reject);
      ws.once('unexpected-response', (_, res: IncomingMessage) => {
        const chunks: Buffer[] = [];
        res.on('data', (chunk: Buffer) => chunks.push(chunk));
        res.once('end', () => {
          const text = Buffer.concat(chunks).toString();
          const isJson = /json/.test(res.headers['content-type'] ?? '');
          const body = isJson ? JSON.parse(text) : { text };
          reject(new UpgradeRefused(res.statusCode ?? 0, res.headers, body));
        });
      });
    });
    return socket;
  }

  /** The answer to an upgrade that must be refused. */
  static async refused(server: TestServer, call: SocketCall = {}): Promise<UpgradeRefused> {
    const result = await TestSocket.open(server, call).catch((error: unknown) => error);
    if (result instanceof UpgradeRefused) return result;
    if (result instanceof TestSocket) result.ws.terminate();
    throw result instanceof Error ? result : new Error('the upgrade was accepted');
  }

  send(action: string, payload: unknown): void {
    this.ws.send(JSON.stringify({ version: 1, action, payload }));
  }

  /** Makes an offer with a name of its own. @returns the name */
  offer(to: string, data: Record<string, unknown> = { type: 'offer', sdp: 'v=0' }): string {
    const attemptId = randomUUID();
    this.send('offer', { attemptId, to, data });
    return attemptId;
  }

  /** The first message that fits and was not taken yet; waits for it. */
  async next<A extends ServerAction>(
    action: A,
    fits: (payload: ServerPayloads[A]) => boolean = () => true,
  ): Promise<ServerPayloads[A]> {
    let taken: ServerPayloads[A] | undefined;
    await this.until(`a message ${action}`, () => {
      const index = this.inbox.findIndex((one) => one.action === action && fits(one.payload));
      if (index === -1) return false;
      taken = this.inbox.splice(index, 1)[0]?.payload;
      return true;
    });
    return taken as ServerPayloads[A];
  }

  /** Waits until the server has closed it. @returns the code */
  async closed(): Promise<number> {
    await this.until('the close', () => this.closeCode !== null);
    return this.closeCode ?? 0;
  }

  /** Whether such a message came and was not taken yet. */
  has<A extends ServerAction>(action: A, fits: (payload: ServerPayloads[A]) => boolean): boolean {
    return this.inbox.some((one) => one.action === action && fits(one.payload));
  }

  /** What was sent and not taken yet, but for what everybody may be told at any time. */
  get unread(): Message[] {
    return this.inbox.filter(({ action }) => !UNASKED.has(action));
  }

  /** The same, taken. */
  takeUnread(): Message[] {
    return this.takeAll().filter(({ action }) => !UNASKED.has(action));
  }

  /** Everything that was sent and not taken yet, taken. */
  takeAll(): Message[] {
    return this.inbox.splice(0);
  }

  /**
   * Waits until everything sent before this moment has been answered: messages of a socket are answered in
   * turn, so an answer to a last one is the end of the others.
   */
  async settled(): Promise<void> {
    const attemptId = randomUUID();
    this.send('candex', { attemptId, data: {} });
    await this.next('error', (problem) => problem.attemptId === attemptId);
  }

  async close(): Promise<void> {
    if (this.ws.readyState === WebSocket.CLOSED) return;
    const closed = once(this.ws, 'close');
    this.ws.close();
    await closed;
  }

  private wake(): void {
    for (const check of this.waiting) check();
  }

  private async until(what: string, isThere: () => boolean): Promise<void> {
    if (isThere()) return;
    if (this.closeCode !== null && what !== 'the close') {
      throw new Error(`closed with ${this.closeCode} before ${what}`);
    }
    await new Promise<void>((resolve, reject) => {
      const end = (finish: () => void) => {
        this.waiting.delete(check);
        clearTimeout(timer);
        finish();
      };
      const check = () => {
        if (isThere()) end(resolve);
        else if (this.closeCode !== null && what !== 'the close')
          end(() => reject(new Error(`closed with ${this.closeCode} before ${what}`)));
      };
      const timer = setTimeout(() => {
        const got = JSON.stringify(this.inbox).slice(0, 2_000);
        end(() => reject(new Error(`no ${what} within ${PATIENCE_MS} ms; unread: ${got}`)));
      }, PATIENCE_MS);
      this.waiting.add(check);
    });
  }
}
