import { randomBytes } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { SOCKET_PATH } from '@/lib/contract/protocol';
import type { TestServer } from './harness';
import type { Wire } from './raw-socket';

export type Handshake = {
  /** The request line; default: that of the protocol. */
  line?: string;
  /** A session's token, or a computer's key. */
  token?: string;
  /** The value of a session cookie. */
  cookie?: string;
  /** Further header lines, in the place of those that a WebSocket client sends by itself. */
  lines?: string[];
};

/** The bytes of an upgrade. What they hold of secrets is looked for in the log later. */
export function handshake(
  server: TestServer,
  { line = `GET ${SOCKET_PATH} HTTP/1.1`, token, cookie, lines = [] }: Handshake,
): Buffer {
  server.remember(token, cookie);
  const given = new Set(lines.map((text) => text.split(':', 1)[0]?.toLowerCase()));
  const standard = [
    `Host: localhost:${server.port}`,
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    `Sec-WebSocket-Key: ${randomBytes(16).toString('base64')}`,
  ].filter((text) => !given.has(text.slice(0, text.indexOf(':')).toLowerCase()));
  const credentials = [
    ...(token === undefined ? [] : [`Authorization: Bearer ${token}`]),
    ...(cookie === undefined ? [] : [`Cookie: ${server.cookieName()}=${cookie}`]),
  ];
  return Buffer.from(`${[line, ...standard, ...credentials, ...lines].join('\r\n')}\r\n\r\n`);
}

export type Frame = { opcode: number; payload: Buffer };

export const OPCODES = {
  continuation: 0,
  text: 1,
  binary: 2,
  close: 8,
  ping: 9,
  pong: 10,
} as const;

/** One frame as a client sends it; or as none may. */
export function frame(
  opcode: keyof typeof OPCODES | number,
  payload: string | Buffer = '',
  { fin = true, reserved = 0, isMasked = true } = {},
): Buffer {
  const body = Buffer.from(payload);
  const head = [
    (fin ? 0x80 : 0) | (reserved << 4) | (typeof opcode === 'number' ? opcode : OPCODES[opcode]),
  ];
  const mask = isMasked ? 0x80 : 0;
  if (body.length < 126) head.push(mask | body.length);
  else if (body.length < 65_536) head.push(mask | 126, body.length >> 8, body.length & 0xff);
  else throw new Error('this end sends no frame so long');
  // A mask of zeros leaves the bytes as they are.
  return Buffer.concat([Buffer.from(head), Buffer.alloc(isMasked ? 4 : 0), body]);
}

/** A WebSocket spoken by hand: it answers nothing by itself, no ping and no close. */
export class RawWebSocket {
  private received = Buffer.alloc(0);
  private wake = (): void => undefined;
  /** Settled once the connection is closed. */
  readonly closed: Promise<void>;

  /** The server's answer to the upgrade. */
  head = '';

  private constructor(readonly tcp: Socket) {
    tcp.on('data', (chunk) => {
      this.received = Buffer.concat([this.received, chunk]);
      this.wake();
    });
    // A server that has closed resets what still arrives.
    tcp.on('error', () => undefined);
    this.closed = new Promise((resolve) => {
      tcp.once('close', () => {
        this.wake();
        resolve();
      });
    });
  }

  /** @throws when the upgrade is refused */
  static async open(
    server: TestServer,
    upgrade: Handshake,
    { host = '127.0.0.1', ...wire }: Wire & { allowHalfOpen?: boolean } = {},
  ): Promise<RawWebSocket> {
    const tcp = connect({ port: server.port, host, ...wire });
    const socket = new RawWebSocket(tcp);
    tcp.write(handshake(server, upgrade));
    const head = await socket.take(() => {
      const end = socket.received.indexOf('\r\n\r\n');
      return end === -1 ? null : end + 4;
    });
    socket.head = head.toString();
    if (!socket.head.startsWith('HTTP/1.1 101 ')) throw new Error(socket.head);
    return socket;
  }

  write(...frames: Buffer[]): void {
    this.tcp.write(Buffer.concat(frames));
  }

  /** The next frame; waits for it. */
  async next(): Promise<Frame> {
    const bytes = await this.take(() => {
      const length = (this.received[1] ?? 0) & 0x7f;
      if (length < 126) return 2 + length;
      if (this.received.length < 4) return null;
      return length === 126
        ? 4 + this.received.readUInt16BE(2)
        : 10 + this.received.readUInt32BE(6);
    });
    const length = (bytes[1] ?? 0) & 0x7f;
    const start = length < 126 ? 2 : length === 126 ? 4 : 10;
    return { opcode: (bytes[0] ?? 0) & 0x0f, payload: bytes.subarray(start) };
  }

  /** The next text frame, as JSON. */
  // biome-ignore lint/suspicious/noExplicitAny: a message of any action; each test says what it expects of it
  async message(): Promise<any> {
    for (;;) {
      const { opcode, payload } = await this.next();
      if (opcode === OPCODES.text) return JSON.parse(payload.toString());
    }
  }

  /** The code of the close frame; what comes before it is passed over. */
  async closeCode(): Promise<number> {
    for (;;) {
      const { opcode, payload } = await this.next();
      if (opcode === OPCODES.close) return payload.readUInt16BE(0);
    }
  }

  /** Takes as many bytes as `length` says, once it can say and they are there. */
  private async take(length: () => number | null): Promise<Buffer> {
    for (;;) {
      const end = length();
      if (end !== null && this.received.length >= Math.max(end, 2)) {
        const taken = this.received.subarray(0, end);
        this.received = this.received.subarray(end);
        return taken;
      }
      if (this.tcp.destroyed) throw new Error('the connection was closed before that');
      await new Promise<void>((resolve) => {
        this.wake = resolve;
      });
    }
  }
}
