import './zod-without-eval';
import {
  CLOSE_CODES,
  type ClientMessage,
  GATEWAY_PATH,
  type ServerMessage,
  type ServerPayloads,
} from '@/lib/contract/messages';
import { parseServerMessage } from './socket-message';

const FIRST_DELAY_MS = 500;
const LAST_DELAY_MS = 30_000;
/** Failures that a socket closed for asking too much counts as: 8 seconds. */
const FAILURES_OF_TOO_MANY = 4;
/** A socket that lives so long proves that all is well; until then a loss counts as a failure. */
const STEADY_MS = 10_000;
/** A socket that has not said hello by then never will. */
const HELLO_WITHIN_MS = 15_000;

/** How long to wait after so many failures in a row; `chance` (0 to 1) keeps tabs from returning together. */
export function reconnectDelayMs(failures: number, chance: number): number {
  return Math.min(LAST_DELAY_MS, FIRST_DELAY_MS * 2 ** failures * (1 + chance / 2));
}

export type Hello = ServerPayloads['hello'];

/**
 * The WebSocket of this tab, known by the session cookie. It comes back after every loss: with growing
 * delays, and at once when the browser is online again or the tab is looked at.
 */
export class Gateway {
  /** What the server said when this socket opened; null while there is no live socket. */
  hello: Hello | null = null;
  /** The session is over: nothing is tried until the person comes back to the tab. */
  isSignedOut = false;

  private socket: WebSocket | null = null;
  private uses = 0;
  private failures = 0;
  private retry: Timer;
  private helloTimer: Timer;
  private steadyTimer: Timer;
  private wasOffline = false;
  private readonly messageListeners = new Set<(message: ServerMessage) => void>();
  private readonly changeListeners = new Set<() => void>();

  /**
   * @param hasSession asks whether the session goes on; true as well where nobody answers
   * @param isOwn whether a user is the one whose page this is; where not, nothing is sent or told
   */
  constructor(
    private readonly hasSession: () => Promise<boolean>,
    private readonly isOwn: (userId: string) => boolean = () => true,
  ) {}

  /** Opens the socket, and keeps it until the returned function is called. */
  start(): () => void {
    this.uses += 1;
    if (this.uses === 1 && this.socket === null) this.connect();
    addEventListener('online', this.onOnline);
    addEventListener('offline', this.onOffline);
    document.addEventListener('visibilitychange', this.onVisible);
    return () => {
      this.uses -= 1;
      if (this.uses > 0) return;
      removeEventListener('online', this.onOnline);
      removeEventListener('offline', this.onOffline);
      document.removeEventListener('visibilitychange', this.onVisible);
      // Later: parts of the page that leave after this one still have a last word to send.
      setTimeout(() => {
        if (this.uses === 0) this.drop();
      });
    };
  }

  /** @returns whether there was a live socket to send it on */
  send(message: ClientMessage): boolean {
    if (this.hello === null || this.socket?.readyState !== WebSocket.OPEN) return false;
    this.socket.send(JSON.stringify(message));
    return true;
  }

  /** Opens another socket in the place of this one: by now it may come from another network. */
  reopen(): void {
    if (this.uses === 0) return;
    this.drop();
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
    const url = new URL(GATEWAY_PATH, location.href);
    url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
    const socket = new WebSocket(url);
    this.socket = socket;
    this.helloTimer = setTimeout(() => this.lose(null), HELLO_WITHIN_MS);
    socket.onmessage = ({ data }) => this.receive(parseServerMessage(data));
    socket.onclose = ({ code }) => this.lose(code);
  }

  private receive(message: ServerMessage | null): void {
    if (message === null) return;
    if (message.action === 'hello') {
      const { session } = message.payload;
      if (session && !this.isOwn(session.userId)) {
        this.drop();
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

  /** @param code why the socket closed; null when it was given up here */
  private lose(code: number | null): void {
    const saidHello = this.hello !== null;
    this.drop();
    if (this.uses === 0) return;
    if (code === CLOSE_CODES.too_many) {
      this.failures = Math.max(this.failures, FAILURES_OF_TOO_MANY);
    }
    this.retry = setTimeout(() => this.connect(), reconnectDelayMs(this.failures, Math.random()));
    this.failures += 1;
    // A refused upgrade looks to a page like any other failure.
    const mayBeSignedOut = code === CLOSE_CODES.unauthenticated || !saidHello;
    if (mayBeSignedOut) void this.askForSession();
  }

  private async askForSession(): Promise<void> {
    if ((await this.hasSession()) || this.hello !== null) return;
    this.drop();
    this.isSignedOut = true;
    this.changed();
  }

  /** Closes what is open and stops what is planned. */
  private drop(): void {
    for (const timer of [this.retry, this.helloTimer, this.steadyTimer]) clearTimeout(timer);
    this.steadyTimer = undefined;
    const { socket } = this;
    this.socket = null;
    if (socket) {
      socket.onmessage = null;
      socket.onclose = null;
      socket.close();
    }
    if (this.hello === null) return;
    this.hello = null;
    this.changed();
  }

  private changed(): void {
    for (const listener of [...this.changeListeners]) listener();
  }

  private readonly onVisible = () => {
    if (document.visibilityState === 'visible' && this.socket === null) this.connect();
  };
  private readonly onOffline = () => {
    this.wasOffline = true;
  };
  private readonly onOnline = () => {
    // A socket from before may be dead without knowing it.
    if (this.wasOffline) this.drop();
    this.wasOffline = false;
    if (this.socket === null) this.connect();
  };
}

type Timer = ReturnType<typeof setTimeout> | undefined;
