import { randomBytes } from 'node:crypto';
import { connect, type Socket } from 'node:net';

/** The first byte of a frame that is the last of its message (RFC 6455, 5.2). */
const TEXT = 0x81;
const CLOSE = 0x88;
const PING = 0x89;
const PONG = 0x8a;
/** Says that the payload is masked; with a mask of zeros it stays as it is. */
const MASKED = 0x80;
const MASK = Buffer.alloc(4);

const NOTHING = Buffer.alloc(0);

export type RawCall = { port: number; path: string; token: string | null; localAddress: string };
export type RawHandlers = {
  onOpen: () => void;
  onMessage: () => void;
  /** The server has said that it closes. */
  onClose: () => void;
  /** The connection is gone, or was never a WebSocket. */
  onLost: (why: string) => void;
};

/**
 * A WebSocket that costs its process next to nothing, since ten thousand of them must not slow down what
 * they measure: it answers pings and closes, and reads nothing else.
 */
export class RawSocket {
  readonly #socket: Socket;
  #unread: Buffer = NOTHING;
  #isOpen = false;

  constructor(
    { port, path, token, localAddress }: RawCall,
    private readonly handlers: RawHandlers,
  ) {
    this.#socket = connect({ host: '127.0.0.1', port, localAddress });
    this.#socket.on('data', (chunk: Buffer) => this.#read(chunk));
    this.#socket.on('error', (error) => handlers.onLost(error.message));
    this.#socket.on('close', () => handlers.onLost('the connection was closed'));
    const lines = [
      `GET ${path} HTTP/1.1`,
      `Host: localhost:${port}`,
      'Connection: Upgrade',
      'Upgrade: websocket',
      'Sec-WebSocket-Version: 13',
      `Sec-WebSocket-Key: ${randomBytes(16).toString('base64')}`,
      ...(token === null ? [] : [`Authorization: Bearer ${token}`]),
    ];
    this.#socket.write(`${lines.join('\r\n')}\r\n\r\n`);
  }

  #read(chunk: Buffer): void {
    this.#unread = this.#unread.length === 0 ? chunk : Buffer.concat([this.#unread, chunk]);
    if (!this.#isOpen && !this.#readHead()) return;
    for (let frame = firstFrame(this.#unread); frame; frame = firstFrame(this.#unread)) {
      this.#unread = this.#unread.subarray(frame.bytes);
      this.#answer(frame);
    }
    if (this.#unread.length === 0) this.#unread = NOTHING;
  }

  /** @returns whether it has come as a whole */
  #readHead(): boolean {
    const end = this.#unread.indexOf('\r\n\r\n');
    if (end === -1) return false;
    const head = this.#unread.toString('latin1', 0, end);
    this.#unread = this.#unread.subarray(end + 4);
    if (!head.startsWith('HTTP/1.1 101 ')) {
      this.#socket.destroy();
      this.handlers.onLost(head.split('\r\n', 1)[0] ?? '');
      return false;
    }
    this.#isOpen = true;
    this.handlers.onOpen();
    return true;
  }

  #answer({ kind, payload }: Frame): void {
    if (kind === TEXT) this.handlers.onMessage();
    if (kind === PING) this.#send(PONG, payload);
    if (kind === CLOSE) {
      this.handlers.onClose();
      this.#send(CLOSE, payload);
    }
  }

  #send(kind: number, payload: Buffer): void {
    this.#socket.write(
      Buffer.concat([Buffer.from([kind, MASKED | payload.length]), MASK, payload]),
    );
  }
}

type Frame = { kind: number; payload: Buffer; bytes: number };

/** The first frame in it; null when it is not there as a whole. */
function firstFrame(buffer: Buffer): Frame | null {
  if (buffer.length < 2) return null;
  const [kind = 0, short = 0] = buffer;
  const isLong = short === 126;
  if (isLong && buffer.length < 4) return null;
  const start = isLong ? 4 : 2;
  const bytes = start + (isLong ? buffer.readUInt16BE(2) : short);
  return buffer.length < bytes ? null : { kind, payload: buffer.subarray(start, bytes), bytes };
}
