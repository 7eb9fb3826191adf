import { readFromComputer } from '@/lib/contract/heard';
import type { LiveConnection, ServerMessage } from '@/lib/contract/messages';
import { CHANNEL_LABEL, MAX_CHANNEL_BYTES, MONITOR_INTERVAL_MS } from '@/lib/contract/protocol';
import { type Attempt, type AttemptEvent, type Ending, FIRST, nextAttempt } from './attempt';
import { type LiveView, newLiveView, withMessage } from './live-view';
import { parseText } from './parse-text';
import { type NewConnection, Peer, type Signal, sendOn } from './peer';
import type { Socket } from './socket';

/** Echoes that wait to come back; older ones are given up. */
const ECHOES_KEPT = 120;
/** How long the two ends may look for a way to each other. */
const CONNECT_WITHIN_MS = 20_000;
/** A connection that ends is often heard of here first: so long the server has to say why. */
const REASON_WITHIN_MS = 2_000;

/** The ends that the server hears of from here. */
const OWN_ENDINGS: readonly Ending['kind'][] = [
  'cancelled',
  'left',
  'lost',
  'unreachable',
  'unsupported',
];

export type VisitView = { attempt: Attempt; live: LiveView };

/**
 * One person's connection to one Team Computer: makes the offer, leads the two ends together, and keeps
 * what the computer shows. What happens is decided by `nextAttempt`; this does what follows from it.
 */
export class Visit {
  private view: VisitView = { attempt: FIRST, live: newLiveView(0) };
  private peer: Peer | null = null;
  private channel: RTCDataChannel | null = null;
  /** What the computer is to be told of, until the connection stands. */
  private candidates: Signal[] = [];
  private echoTimer: ReturnType<typeof setInterval> | undefined;
  private deadline: ReturnType<typeof setTimeout> | undefined;
  private readonly echoesSentMs = new Map<number, number>();
  private lastEcho = 0;
  /** Attempts that were given up, and of which the server has not said yet that it knows. */
  readonly unconfirmed = new Set<string>();
  private readonly listeners = new Set<() => void>();

  /** @param repeats whether it offers again by itself when the network is heard to be verified */
  constructor(
    private readonly socket: Socket,
    private readonly computerId: string,
    private readonly newConnection: NewConnection,
    private readonly repeats = true,
  ) {}

  read = (): VisitView => this.view;

  subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  /** Connects, as soon as the server can be reached, until the returned function is called. */
  start(): () => void {
    const stops = [this.socket.onMessage(this.receive), this.socket.onChange(this.socketChanged)];
    this.again();
    this.offerIfDue();
    return () => {
      this.leave();
      for (const stop of stops) stop();
    };
  }

  /** Ends the connection, or gives the attempt up. */
  leave = () => this.dispatch({ type: 'leave' });
  /** A new attempt, where the last one has ended. */
  again = () => this.dispatch({ type: 'again' });
  promptClosed = (isPassed: boolean) => this.dispatch({ type: 'prompt_closed', isPassed });

  private dispatch(event: AttemptEvent): void {
    const before = this.view.attempt;
    const attempt = nextAttempt(before, event);
    if (attempt === before) return;
    this.show({ attempt });
    if (attempt.attemptId !== before.attemptId || attempt.step === 'ended') {
      this.close();
      if (isHeldByServer(before, attempt)) this.cancel(before.attemptId);
    }
    if (attempt.step === 'connecting') this.limit(CONNECT_WITHIN_MS);
    if (attempt.step === 'connected') this.begin();
    this.offerIfDue();
  }

  private show(change: Partial<VisitView>): void {
    this.view = { ...this.view, ...change };
    for (const listener of [...this.listeners]) listener();
  }

  private offerIfDue(): void {
    const { attempt } = this.view;
    const isDue = attempt.step === 'checking' && attempt.attemptId === null;
    if (isDue && this.socket.hello) void this.offer(this.socket.hello.stunUrls);
  }

  private async offer(stunUrls: readonly string[]): Promise<void> {
    const attemptId = newAttemptId();
    this.dispatch({ type: 'offered', attemptId });
    try {
      const peer = this.newPeer(attemptId, stunUrls);
      this.peer = peer;
      const data = (await peer.makeOffer()) as { type: 'offer'; sdp: string };
      if (this.peer !== peer) return;
      this.socket.send({ action: 'offer', payload: { attemptId, to: this.computerId, data } });
    } catch {
      this.dispatchFor(attemptId, { type: 'unsupported' });
    }
  }

  private newPeer(attemptId: string, stunUrls: readonly string[]): Peer {
    const peer = new Peer(this.newConnection, stunUrls, {
      candidate: (data) => {
        if (this.view.attempt.step !== 'connecting') return;
        this.candidates.push(data);
        this.socket.send({ action: 'candex', payload: { attemptId, data } });
      },
      lost: () => {
        if (this.peer === peer) this.limit(REASON_WITHIN_MS);
      },
    });
    const channel = peer.connection.createDataChannel(CHANNEL_LABEL);
    channel.onopen = () => this.dispatchFor(attemptId, { type: 'channel_open' });
    channel.onclose = () => peer.lose('closed');
    channel.onmessage = ({ data }) => {
      if (this.peer === peer) this.hear(data);
    };
    this.channel = channel;
    return peer;
  }

  /** What is not of the protocol is passed over: a newer computer may show more than we know. */
  private hear(data: unknown): void {
    const isLong = typeof data === 'string' && data.length > MAX_CHANNEL_BYTES;
    const message = isLong ? null : parseText(readFromComputer, data);
    if (message === null) return;
    const sentAtMs = message.type === 'echo' ? this.echoesSentMs.get(message.id) : undefined;
    if (message.type === 'echo') this.echoesSentMs.delete(message.id);
    this.show({ live: withMessage(this.view.live, message, performance.now(), sentAtMs) });
  }

  private readonly receive = (message: ServerMessage) => {
    const { peer } = this;
    if (message.action === 'presence') {
      const { computerId, online } = message.payload;
      if (computerId === this.computerId) this.dispatch({ type: 'presence', online });
      return;
    }
    const { attemptId, step } = this.view.attempt;
    if (message.action === 'hello') this.cancelAgain(message.payload.connections);
    if (message.action !== 'ip_verified' || this.repeats)
      this.dispatch({ type: 'message', message });
    this.offerIfDue();
    if (message.action === 'connection_closed' || message.action === 'error') {
      this.unconfirmed.delete(message.payload.attemptId ?? '');
    }
    if (peer === null || attemptId === null) return;
    if (message.action === 'hello') {
      // Nobody knows which of them arrived.
      for (const data of this.candidates) {
        this.socket.send({ action: 'candex', payload: { attemptId, data } });
      }
    }
    if (!('attemptId' in message.payload) || message.payload.attemptId !== attemptId) return;
    if (message.action === 'candex_relay') peer.addCandidate(message.payload.data);
    const isAccepted = step !== 'connecting' && this.view.attempt.step === 'connecting';
    if (message.action === 'answer_relay' && isAccepted) {
      peer.takeAnswer(message.payload.data).then(
        () => peer.release(),
        () => this.dispatchFor(attemptId, { type: 'channel_lost' }),
      );
    }
  };

  private readonly socketChanged = () => {
    if (this.socket.hello) return;
    this.dispatch({ type: this.socket.isSignedOut ? 'signed_out' : 'socket_lost' });
  };

  /** For what is heard later than its attempt may last. */
  private dispatchFor(attemptId: string, event: AttemptEvent): void {
    if (this.view.attempt.attemptId === attemptId) this.dispatch(event);
  }

  /** The attempt counts as lost after so long, unless it comes further or ends before that. */
  private limit(withinMs: number): void {
    const { attemptId } = this.view.attempt;
    clearTimeout(this.deadline);
    this.deadline = setTimeout(() => {
      if (attemptId !== null) this.dispatchFor(attemptId, { type: 'channel_lost' });
    }, withinMs);
  }

  /** The channel is open: shows what comes, and measures. */
  private begin(): void {
    clearTimeout(this.deadline);
    this.candidates = [];
    this.echoesSentMs.clear();
    this.show({ live: newLiveView(performance.now()) });
    void this.findWay(this.peer);
    const echo = () => {
      this.lastEcho += 1;
      this.echoesSentMs.set(this.lastEcho, performance.now());
      this.echoesSentMs.delete(this.lastEcho - ECHOES_KEPT);
      if (this.channel) sendOn(this.channel, JSON.stringify({ type: 'echo', id: this.lastEcho }));
    };
    echo();
    this.echoTimer = setInterval(echo, MONITOR_INTERVAL_MS);
  }

  private async findWay(peer: Peer | null): Promise<void> {
    const way = (await peer?.findWay()) ?? null;
    if (this.peer === peer) this.show({ live: { ...this.view.live, way } });
  }

  private close(): void {
    clearTimeout(this.deadline);
    clearInterval(this.echoTimer);
    this.candidates = [];
    this.peer?.close();
    this.peer = null;
    this.channel = null;
  }

  private cancel(attemptId: string | null): void {
    if (attemptId === null) return;
    this.unconfirmed.add(attemptId);
    this.socket.send({ action: 'offer_cancel', payload: { attemptId } });
  }

  /** The server may not have heard of an end; what it does not name has ended there too. */
  private cancelAgain(live: readonly LiveConnection[]): void {
    const due = live.filter(({ attemptId }) => this.unconfirmed.has(attemptId));
    this.unconfirmed.clear();
    for (const { attemptId } of due) this.cancel(attemptId);
  }
}

/** Whether the server goes on with an attempt that is over here. */
function isHeldByServer(before: Attempt, after: Attempt): boolean {
  if (before.step === 'verifying' || before.step === 'ended') return false;
  return after.step !== 'ended' || OWN_ENDINGS.includes(after.ending.kind);
}

/** 128 random bits. `crypto.randomUUID` is missing where the page came over plain HTTP. */
function newAttemptId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
