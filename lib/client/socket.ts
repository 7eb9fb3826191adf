import { readServerMessage } from '@/lib/contract/heard';
import type {
  ClientMessage,
  HostMessage,
  ServerMessage,
  ServerPayloads,
} from '@/lib/contract/messages';
import { CLOSE_CODES, PROTOCOL_VERSION } from '@/lib/contract/protocol';
import { parseText } from './parse-text';

const FIRST_DELAY_MS = 500;
const LAST_DELAY_MS = 30_000;
/** After having been told that it was too much, nonsense, or another's place. */
const AFTER_REPROACH_MS = 10_000;
const REPROACHES: readonly number[] = [
  CLOSE_CODES.too_many,
  CLOSE_CODES.protocol_error,
  CLOSE_CODES.replaced,
];
/** A socket that lives so long proves that all is well; until then a loss counts as a failure. */
const STEADY_MS = 10_000;
/** A socket that has not said hello by then never will. */
const HELLO_WITHIN_MS = 15_000;
/** No close frame was seen (RFC 6455, 7.1.5). */
const NO_CLOSE_FRAME = 1006;

/**
 * How long to wait before the next try: doubling from 0.5 s to 30 s, and by chance up to half of it less, so
 * that those who lost the same server do not come back all at once.
 *
 * @param failures tries that failed since the last success, this one not counted
 * @param chance from 0 to 1
 * @returns milliseconds
 */
export function reconnectDelayMs(failures: number, chance = Math.random()): number {
  const delayMs = Math.min(LAST_DELAY_MS, FIRST_DELAY_MS * 2 ** failures);
  return Math.round(delayMs * (1 - chance / 2));
}

type WithoutVersion<M> = M extends unknown ? Omit<M, 'version'> : never;
export type Outgoing = WithoutVersion<ClientMessage> | WithoutVersion<HostMessage>;

export type Hello = ServerPayloads['hello'];

/** How a WebSocket ended, or that it could not be made. */
export type WireEnd = {
  code: number;
  /** The HTTP status by which the server refused it; null: it was no such refusal; a browser does not tell. */
  status?: number | null;
  /** In words, for a person; without them, no answer came in time. */
  detail?: string;
  /** How long the server asks to stay away. */
  retryAfterMs?: number;
};

/** One WebSocket, as the platform makes it; it may still be on its way. */
export type Wire = {
  /** @returns whether it was open; if not, the text is lost */
  send: (text: string) => boolean;
  /** Settled once it is closed, where the platform says so. */
  close: () => Promise<void> | void;
};
export type OpenWire = (listener: {
  message: (data: unknown) => void;
  end: (end: WireEnd) => void;
}) => Wire;

/** An end that says nothing of the session. */
export type Loss = WireEnd & { retryInMs: number };

export type SocketOptions = {
  open: OpenWire;
  /** Asked where it may be over: whether the session goes on; true as well where nobody answers. */
  hasSession: () => Promise<boolean>;
  /** Whether a user is the one whose page this is; where not, nothing is sent or told. */
  isOwn?: (userId: string) => boolean;
  onLost?: (loss: Loss) => void;
  retryDelayMs?: (failures: number) => number;
};

/**
 * The socket to the server, of a person's device or of a Team Computer. It comes back after every loss, with
 * growing delays, until it is closed or the session is over.
 */
export class Socket {
  /** What the server said when this socket opened; null while there is no live socket. */
  hello: Hello | null = null;
  /** The session is over: nothing is tried until `wake`. */
  isSignedOut = false;

  private wire: Wire | null = null;
  private uses = 0;
  private failures = 0;
  private retry: Timer;
  private helloTimer: Timer;
  private steadyTimer: Timer;
  private readonly messageListeners = new Set<(message: ServerMessage) => void>();
  private readonly changeListeners = new Set<() => void>();

  constructor(private readonly options: SocketOptions) {}

  /** Opens the socket, and keeps it until the returned function is called. */
  start(): () => void {
    this.uses += 1;
    if (this.uses === 1) this.wake();
    return () => {
      this.uses -= 1;
      // Later: parts of the page that leave after this one still have a last word to send.
      setTimeout(() => {
        if (this.uses === 0) void this.drop();
      });
    };
  }

  /** Closes it for good. */
  async close(): Promise<void> {
    this.uses = 0;
    await this.drop();
  }

  /** @returns whether there was a live socket to send it on */
  send(message: Outgoing): boolean {
    if (this.hello === null || this.wire === null) return false;
    return this.wire.send(JSON.stringify({ version: PROTOCOL_VERSION, ...message }));
  }

  /** Tries now what was to be tried later. */
  wake(): void {
    if (this.uses > 0 && this.wire === null) this.connect();
  }

  /** Opens another socket in the place of this one: by now it may come from another network. */
  reopen(): void {
    if (this.uses === 0) return;
    void this.drop();
    this.connect();
  }

  onMessage = (listener: (message: ServerMessage) => void): (() => void) => {
    this.messageListeners.add(listener);
    return () => this.messageListeners.delete(listener);
  };

  /** Hears when `hello` or `isSignedOut` changes. */
  onChange = (listener: () => void): (() => void) => {
    this.changeListeners.add(listener);
    return () => this.changeListeners.delete(listener);
  };

  private connect(): void {
    clearTimeout(this.retry);
    const wire = this.options.open({
      message: (data) => {
        if (wire === this.wire) this.receive(parseText(readServerMessage, data));
      },
      end: (end) => {
        if (wire === this.wire) this.lose(end);
      },
    });
    this.wire = wire;
    const end = { code: NO_CLOSE_FRAME, status: null };
    this.helloTimer = setTimeout(() => this.lose(end), HELLO_WITHIN_MS);
  }

  private receive(message: ServerMessage | null): void {
    if (message === null) return;
    if (message.action === 'hello') {
      const { session } = message.payload;
      if (session && this.options.isOwn?.(session.userId) === false) {
        void this.drop();
        return;
      }
      clearTimeout(this.helloTimer);
      this.steadyTimer ??= setTimeout(() => {
        this.failures = 0;
      }, STEADY_MS);
      this.hello = message.payload;
      this.isSignedOut = false;
      this.changed();
    }
    for (const listener of [...this.messageListeners]) listener(message);
  }

  private lose(end: WireEnd): void {
    const { code, status, retryAfterMs = 0 } = end;
    // A browser does not tell a refusal from any other failure.
    const mayBeRefused = this.hello === null && status === undefined;
    void this.drop();
    if (this.uses === 0) return;
    const { retryDelayMs = reconnectDelayMs, onLost } = this.options;
    const reproachMs = REPROACHES.includes(code) ? AFTER_REPROACH_MS : 0;
    const retryInMs = Math.max(retryAfterMs, reproachMs, retryDelayMs(this.failures++));
    this.retry = setTimeout(() => this.connect(), retryInMs);
    if (code === CLOSE_CODES.unauthenticated || mayBeRefused) void this.askForSession();
    else onLost?.({ ...end, retryInMs });
  }

  private async askForSession(): Promise<void> {
    if ((await this.options.hasSession()) || this.hello !== null) return;
    void this.drop();
    this.isSignedOut = true;
    this.changed();
  }

  /** Closes what is open and stops what is planned. */
  private drop(): Promise<void> | void {
    for (const timer of [this.retry, this.helloTimer, this.steadyTimer]) clearTimeout(timer);
    this.steadyTimer = undefined;
    const { wire } = this;
    this.wire = null;
    if (this.hello !== null) {
      this.hello = null;
      this.changed();
    }
    return wire?.close();
  }

  private changed(): void {
    for (const listener of [...this.changeListeners]) listener();
  }
}

type Timer = ReturnType<typeof setTimeout> | undefined;
