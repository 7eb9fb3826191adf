import { randomUUID } from 'node:crypto';
import type { RawData, WebSocket } from 'ws';
import type { Holder, SocketSession } from '@/lib/auth/socket-actor';
import type { ServerAction, ServerPayloads } from '@/lib/contract/messages';
import { CLOSE_CODES, type CloseReason, PROTOCOL_VERSION } from '@/lib/contract/protocol';
import { log } from '@/lib/platform/log';
import { TokenBucket } from '@/lib/platform/token-bucket';
import type { ClientAddress } from '@/lib/policy/client-address';
import type { Host } from '@/lib/service/computers/signalling';
import type { Counted, Counters } from './counters';
import { LIMITS } from './limits';

/** Who is at the other end, as it is remembered while the socket is open. */
export type SocketHolder =
  | ({ kind: 'client' } & SocketSession)
  | ({ kind: 'host' } & Host & {
        /** The connections whose offer this socket was given. */
        offered: Set<string>;
      });

export type SocketHandlers = {
  /**
   * Called for one message after the other; the next waits until the promise is settled.
   * @param waitedMs since it arrived
   */
  onMessage: (socket: OpenSocket, text: string, waitedMs: number) => Promise<void>;
  /** Called for each message that is not looked at any more, since there were too many. */
  onExcess: (socket: OpenSocket, text: string) => void;
  onClosed: (socket: OpenSocket) => void;
  counters: Counters;
};

/** By what `ws` calls them; all others are 1002. */
const FRAME_FAULTS = new Map<string | undefined, Counted>([
  ['WS_ERR_INVALID_UTF8', 'ws_1007'],
  ['WS_ERR_TOO_MANY_BUFFERED_PARTS', 'ws_1008'],
  ['WS_ERR_UNSUPPORTED_MESSAGE_LENGTH', 'ws_1009'],
  ['WS_ERR_UNSUPPORTED_DATA_PAYLOAD_LENGTH', 'ws_1009'],
]);

let opened = 0;

/** One open socket and its limits. What it may do is decided elsewhere, message by message. */
export class OpenSocket {
  readonly id = randomUUID();
  /** Spreads what is done for every socket over time. */
  readonly turn = opened++;
  readonly holder: SocketHolder;
  readonly #ws: WebSocket;
  readonly #handlers: SocketHandlers;
  /** The server has decided to close: what still arrives, or waits, is not acted upon. */
  #isClosing = false;
  /** Whoever wants to know whether the other end is still there. */
  readonly #asking = new Set<(isAlive: boolean) => void>();
  /** What arrived and was not looked at yet. */
  readonly #waiting: { text: string; at: number }[] = [];
  #working: Promise<void> | null = null;
  /** There were too many: nothing more is looked at, and it is closed once what is under way is answered. */
  #isExcessive = false;
  /** What was announced before the hello, which must come first. */
  #held: (() => void)[] | null = [];
  readonly #allowance = new TokenBucket(LIMITS.messages);
  #faults = 0;
  #missedPings = 0;

  constructor(
    ws: WebSocket,
    holder: Holder,
    readonly client: ClientAddress,
    handlers: SocketHandlers,
  ) {
    this.#ws = ws;
    this.#handlers = handlers;
    this.holder =
      holder.kind === 'client'
        ? { kind: 'client', ...holder.session }
        : { kind: 'host', ...holder.host, offered: new Set() };
    ws.on('message', (data, isBinary) => this.#receive(data, isBinary));
    ws.on('pong', () => {
      this.#missedPings = 0;
      this.#answerAsking(true);
    });
    // What is not WebSocket: `ws` closes by itself, and hears nothing more.
    ws.on('error', (error: Error & { code?: string }) => {
      this.#isClosing = true;
      handlers.counters.add(FRAME_FAULTS.get(error.code) ?? 'ws_1002');
    });
    // What it said before it left is still acted upon: an `offer_cancel`, often.
    ws.once('close', () => {
      this.#answerAsking(false);
      handlers.onClosed(this);
    });
  }

  /** False from the moment that either end has decided to close. */
  get isOpen(): boolean {
    return !this.#isClosing && this.#ws.readyState === this.#ws.OPEN;
  }

  get isGreeted(): boolean {
    return this.#held === null;
  }

  send<A extends ServerAction>(action: A, payload: ServerPayloads[A]): void {
    if (!this.isOpen) return;
    this.#ws.send(JSON.stringify({ version: PROTOCOL_VERSION, action, payload }));
    if (this.#ws.bufferedAmount <= LIMITS.unreadBytes) return;
    this.#handlers.counters.add('slow_readers');
    this.close('too_many');
    // The close would wait behind what is not read.
    this.#ws.terminate();
  }

  /** Sends what somebody else brought about. */
  announce<A extends ServerAction>(action: A, payload: ServerPayloads[A]): void {
    if (this.#held) this.#held.push(() => this.send(action, payload));
    else this.send(action, payload);
  }

  /** Sends how things stand; announcements follow. */
  greet(hello: ServerPayloads['hello']): void {
    this.send('hello', hello);
    const held = this.#held ?? [];
    this.#held = null;
    for (const send of held) send();
  }

  /** Closes at once; the other end has `LIMITS.closeMs` to say that it has heard. */
  close(reason: CloseReason): void {
    if (this.#isClosing) return;
    this.#isClosing = true;
    this.#handlers.counters.add(`close_${reason}`);
    this.#ws.close(CLOSE_CODES[reason]);
  }

  /** Asks for a sign of life, or closes a socket that has given none. */
  ping(): void {
    if (this.#isClosing) return;
    if (this.#missedPings >= LIMITS.missedPings) {
      this.#handlers.counters.add('silent_sockets');
      this.close('no_heartbeat');
      return;
    }
    this.#missedPings += 1;
    this.#ws.ping();
  }

  /** Asks for a sign of life now. @returns false once the socket is closed; may take until then */
  isAlive(): Promise<boolean> {
    if (!this.isOpen) return Promise.resolve(false);
    // What it sends waits here unread, and its pong behind that.
    if (this.#ws.isPaused) return Promise.resolve(true);
    this.#ws.ping();
    return new Promise((resolve) => this.#asking.add(resolve));
  }

  #answerAsking(isAlive: boolean): void {
    for (const answer of this.#asking) answer(isAlive && !this.#isClosing);
    this.#asking.clear();
  }

  /** Counts a message that is not of the protocol. */
  countFault(): void {
    this.#handlers.counters.add('rejected_messages');
    this.#faults += 1;
    if (this.#faults >= LIMITS.faults) this.close('protocol_error');
  }

  #receive(data: RawData, isBinary: boolean): void {
    if (this.#isClosing) return;
    const { counters, onExcess } = this.#handlers;
    counters.add('messages');
    this.#missedPings = 0;
    if (isBinary) {
      counters.add('binary_frames');
      this.close('protocol_error');
      return;
    }
    const text = data.toString();
    if (this.#isExcessive || !this.#allowance.take()) {
      for (const { text: unread } of this.#waiting.splice(0)) onExcess(this, unread);
      onExcess(this, text);
      if (!this.#isExcessive) void this.#endInExcess();
      return;
    }
    this.#waiting.push({ text, at: performance.now() });
    if (this.#waiting.length >= LIMITS.queuedMessages) this.#ws.pause();
    this.#working ??= this.#work().finally(() => {
      this.#working = null;
    });
  }

  async #endInExcess(): Promise<void> {
    this.#isExcessive = true;
    this.#handlers.counters.add('message_rate');
    this.#ws.pause();
    await this.#working;
    this.close('too_many');
    // Else the other end's word to the close would stay unread.
    this.#ws.resume();
  }

  async #work(): Promise<void> {
    for (let next = this.#waiting.shift(); next; next = this.#waiting.shift()) {
      if (this.#isClosing) continue;
      // It answers what goes wrong; a fault in that must not keep what comes after it from its turn.
      await this.#handlers
        .onMessage(this, next.text, performance.now() - next.at)
        .catch((err: unknown) => {
          log().error({ err }, 'a message could not be answered');
          this.close('try_later');
        });
      const hasRoom = !this.#isExcessive && this.#waiting.length < LIMITS.queuedMessages;
      if (hasRoom && this.#ws.isPaused) this.#ws.resume();
    }
  }
}
