import type { ServerMessage } from '@/lib/contract/messages';
import { type Attempt, type AttemptEvent, type Ending, FIRST, nextAttempt } from './attempt';
import { type LiveView, newLiveView, withMessage } from './live-view';
import { Peer } from './peer';
import type { Gateway } from './socket';

const ECHO_EVERY_MS = 1_000;
/** Echoes that wait to come back; older ones are given up. */
const ECHOES_KEPT = 120;
/** How long the two ends may look for a way to each other. */
const CONNECT_WITHIN_MS = 20_000;
/** A connection that ends is often heard of here first: so long the server has to say why. */
const REASON_WITHIN_MS = 1_000;

/** The ends that the server hears of from here. */
const OWN_ENDINGS: readonly Ending['kind'][] = [
  'cancelled',
  'left',
  'lost',
  'unreachable',
  'unsupported',
];

export type SessionView = { attempt: Attempt; live: LiveView };

/**
 * One person's connection to one Team Computer: makes the offer, leads the two ends together, and keeps
 * what the computer shows. What happens is decided by `nextAttempt`; this does what follows from it.
 */
export class ComputerSession {
  private view: SessionView = { attempt: FIRST, live: newLiveView(0) };
  private peer: Peer | null = null;
  private echoTimer: ReturnType<typeof setInterval> | undefined;
  private deadline: ReturnType<typeof setTimeout> | undefined;
  private readonly echoesSentMs = new Map<number, number>();
  private lastEcho = 0;
  /** Attempts that were given up while the server could not be told. */
  private readonly untold = new Set<string>();
  private readonly listeners = new Set<() => void>();

  constructor(
    private readonly gateway: Gateway,
    private readonly computerId: string,
  ) {}

  read = (): SessionView => this.view;

  subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  /** Connects, as soon as the server can be reached, until the returned function is called. */
  start(): () => void {
    const stops = [this.gateway.onMessage(this.receive), this.gateway.onChange(this.socketChanged)];
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

  private show(change: Partial<SessionView>): void {
    this.view = { ...this.view, ...change };
    for (const listener of [...this.listeners]) listener();
  }

  private offerIfDue(): void {
    const { attempt } = this.view;
    const isDue = attempt.step === 'checking' && attempt.attemptId === null;
    if (isDue && this.gateway.hello) void this.offer(this.gateway.hello.stunUrls);
  }

  private async offer(stunUrls: readonly string[]): Promise<void> {
    const attemptId = newAttemptId();
    this.dispatch({ type: 'offered', attemptId });
    try {
      const peer = this.newPeer(attemptId, stunUrls);
      this.peer = peer;
      const data = await peer.createOffer();
      if (this.peer !== peer) return;
      const payload = { attemptId, to: this.computerId, data };
      this.gateway.send({ version: 1, action: 'offer', payload });
    } catch {
      this.dispatchFor(attemptId, { type: 'unsupported' });
    }
  }

  private newPeer(attemptId: string, stunUrls: readonly string[]): Peer {
    return new Peer(stunUrls, {
      candidate: (data) =>
        this.gateway.send({ version: 1, action: 'candex', payload: { attemptId, data } }),
      open: () => this.dispatchFor(attemptId, { type: 'channel_open' }),
      message: (message) => {
        const nowMs = performance.now();
        const sentAtMs = message.type === 'echo' ? this.echoesSentMs.get(message.id) : undefined;
        if (message.type === 'echo') this.echoesSentMs.delete(message.id);
        this.show({ live: withMessage(this.view.live, message, nowMs, sentAtMs) });
      },
      lost: () => {
        if (this.view.attempt.attemptId === attemptId) this.limit(REASON_WITHIN_MS);
      },
    });
  }

  private readonly receive = (message: ServerMessage) => {
    const { peer } = this;
    if (message.action === 'presence') {
      const { computerId, online } = message.payload;
      if (computerId === this.computerId) this.dispatch({ type: 'presence', online });
      return;
    }
    const { attemptId } = this.view.attempt;
    if (message.action === 'hello') this.cancelUntold(message.payload.connections);
    this.dispatch({ type: 'message', message });
    this.offerIfDue();
    if (peer === null || attemptId === null) return;
    if (!('attemptId' in message.payload) || message.payload.attemptId !== attemptId) return;
    if (message.action === 'offer_received') peer.offerReceived();
    if (message.action === 'candex_relay') peer.addCandidate(message.payload.data);
    if (message.action === 'answer_relay' && message.payload.approved) {
      peer
        .acceptAnswer(message.payload.data)
        .catch(() => this.dispatchFor(attemptId, { type: 'channel_lost' }));
    }
  };

  private readonly socketChanged = () => {
    if (this.gateway.isSignedOut) this.dispatch({ type: 'signed_out' });
    else if (!this.gateway.hello) this.dispatch({ type: 'socket_lost' });
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
    this.echoesSentMs.clear();
    this.show({ live: newLiveView(performance.now()) });
    const echo = () => {
      this.lastEcho += 1;
      this.echoesSentMs.set(this.lastEcho, performance.now());
      this.echoesSentMs.delete(this.lastEcho - ECHOES_KEPT);
      this.peer?.send({ type: 'echo', id: this.lastEcho });
    };
    echo();
    this.echoTimer = setInterval(echo, ECHO_EVERY_MS);
  }

  private close(): void {
    clearTimeout(this.deadline);
    clearInterval(this.echoTimer);
    this.peer?.close();
    this.peer = null;
  }

  private cancel(attemptId: string | null): void {
    if (attemptId === null) return;
    const payload = { attemptId };
    const isTold = this.gateway.send({ version: 1, action: 'offer_cancel', payload });
    if (!isTold) this.untold.add(attemptId);
  }

  private cancelUntold(live: readonly { attemptId: string }[]): void {
    const due = live.filter(({ attemptId }) => this.untold.has(attemptId));
    this.untold.clear();
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
