import type { ServerMessage, ServerPayloads } from '@/lib/contract/messages';
import type { Computer, GateProblem } from '@/lib/contract/resources';
import { Link, type Loss as LinkLoss } from '../link';
import { loadWrtc } from '../peer';
import { printable } from '../printable';
import { describeReason, isRevocation } from '../reasons';
import { Attempt, type Loss } from './attempt';
import type { Client } from './client';
import { EXIT, Failure, signedOut } from './failure';
import { type Passage, passGate } from './gate';
import { Screen } from './screen';
import { formatTime } from './terminal';

/** How long the server may take to say why the computer is suddenly gone. */
const LAST_WORD_MS = 2_000;

type AttemptMessage = Extract<
  ServerMessage,
  { action: 'offer_received' | 'answer_relay' | 'candex_relay' | 'connection_closed' }
>;

const LOSSES: Record<Loss, string> = {
  closed: 'the computer closed it',
  lost: 'the connection was lost',
  no_channel: 'no way to the computer was found within 30 seconds',
  bad_answer: 'the answer of the computer was not understood',
};

/**
 * Connects to a computer, and shows it until somebody ends it.
 * @param seconds how long to show it; null: until it is ended
 * @throws Failure, ApiError, Unreachable when it was not the person who ended it; NoWebRtcError
 */
export async function connect(
  client: Client,
  computer: Computer,
  seconds: number | null,
): Promise<void> {
  loadWrtc();
  const visit = new Visit(client, computer, seconds);
  const stop = () => visit.stop();
  const signals = ['SIGINT', 'SIGTERM'] as const;
  for (const signal of signals) process.on(signal, stop);
  try {
    await visit.run();
  } finally {
    for (const signal of signals) process.off(signal, stop);
  }
}

/** A person's visit to a computer: offers, the gate between them, and the connection. */
class Visit {
  private link: Link;
  private readonly screen: Screen;
  private readonly name: string;
  private attempt: Attempt | null = null;
  private stunUrls: string[] = [];
  /** The challenge that the person is about to pass, and what to do when it is heard to be passed. */
  private gate: { challengeId: string; open: () => void } | null = null;
  private passage: Passage = { asked: 0, hasMoved: false };
  /** Whether the server has closed the socket of the token that is being replaced. */
  private isReplaced = false;
  /** The token of the latest socket. */
  private linkToken: string | null = null;
  private wasLinked = false;
  private loss: Loss | null = null;
  /** Whether the server knows that the connection is over. */
  private isOver = false;
  /** What to do when the server confirms that an attempt is over. */
  private farewell: { attemptId: string; confirm: () => void } | null = null;
  private timer: NodeJS.Timeout | undefined;
  private wasConnected = false;
  private isEnding = false;
  /** Ends the visit: by an error, or null, when it is done. Only the first call counts. */
  private end: (error: unknown) => void = () => undefined;

  constructor(
    private readonly client: Client,
    private readonly computer: Computer,
    private readonly seconds: number | null,
  ) {
    this.name = printable(computer.name);
    this.screen = new Screen(this.name);
    this.link = this.makeLink();
  }

  private makeLink(): Link {
    return new Link({
      url: new URL(this.client.session.url),
      token: () => {
        this.linkToken = this.client.session.token;
        return this.linkToken;
      },
      family: () => this.client.family ?? 0,
      onMessage: (message) => this.hear(message),
      onLost: (loss) => this.loseLink(loss),
      onEnd: () => this.endLink(),
    });
  }

  async run(): Promise<void> {
    const ended = new Promise((resolve) => {
      this.end = resolve;
    });
    this.link.open();
    const error = await ended;
    this.isEnding = true;
    clearTimeout(this.timer);
    this.screen.close();
    await this.link.close(this.giveUp());
    if (error !== null) throw error;
    this.screen.tell(`Disconnected from ${this.name}.`);
  }

  /** Ends it by the person's wish. */
  stop(): void {
    this.end(this.wasConnected ? null : new Failure(EXIT.interrupted, 'Not connected.'));
  }

  private hear({ action, payload }: ServerMessage): void {
    if (action === 'hello') this.compare(payload);
    else if (action === 'error') this.refuse(payload);
    else if (action === 'ip_verified') this.openGate(payload);
    else if (action !== 'presence') this.follow({ action, payload } as AttemptMessage);
  }

  private follow({ action, payload }: AttemptMessage): void {
    const { attempt } = this;
    if (action === 'connection_closed') this.confirm(payload.attemptId);
    if (!attempt || payload.attemptId !== attempt.id) return;
    if (action === 'offer_received') this.wait(payload);
    if (action === 'answer_relay') this.take(attempt, payload);
    if (action === 'candex_relay') attempt.addCandidate(payload.data);
    if (action === 'connection_closed') {
      this.isOver = true;
      if (isRevocation(payload.reason)) {
        const why = describeReason(payload.reason);
        this.end(new Failure(EXIT.revoked, `The connection to ${this.name} was revoked: ${why}.`));
      } else this.endConnection(payload.reason);
    }
  }

  /** What the server knows is what is live. */
  private compare({ stunUrls, connections }: ServerPayloads['hello']): void {
    this.wasLinked = true;
    this.stunUrls = stunUrls;
    const { attempt } = this;
    const state = connections.find(({ attemptId }) => attemptId === attempt?.id)?.state;
    if (attempt?.isAnswered) {
      this.isOver = state === undefined;
      if (this.isOver) this.endConnection('it ended while the server was away');
      else attempt.resume();
    } else if (state !== 'waiting_for_host') {
      // There was none, the offer did not arrive, or its answer was missed.
      void this.giveUp();
      this.offer();
    }
  }

  private offer(): void {
    if (this.isEnding || this.gate || !this.link.isOpen) return;
    try {
      this.attempt = this.makeAttempt();
      this.attempt.offer().catch((error: unknown) => this.end(error));
    } catch (error) {
      this.end(error);
    }
  }

  private makeAttempt(): Attempt {
    return new Attempt({
      computerId: this.computer.id,
      stunUrls: this.stunUrls,
      send: (message) => this.link.send(message),
      onOpen: () => this.open(),
      onFacts: (facts) => this.screen.update({ facts }),
      onView: (view) => this.screen.update({ view }),
      onRoundTrip: (roundTripMs) => this.screen.update({ roundTripMs }),
      onLost: (loss) => this.loseConnection(loss),
    });
  }

  private wait({ online, expiresAt }: ServerPayloads['offer_received']): void {
    this.passage = { asked: 0, hasMoved: false };
    this.screen.tell(
      online
        ? `Waiting for ${this.name} to answer.`
        : `${this.name} is offline. Waiting for it until ${formatTime(expiresAt)}.`,
    );
  }

  private take(attempt: Attempt, { approved, data }: ServerPayloads['answer_relay']): void {
    if (!approved) {
      this.isOver = true;
      this.endConnection('declined');
      return;
    }
    this.screen.tell(`${this.name} accepted. Connecting.`);
    void attempt.take(data);
  }

  private open(): void {
    this.wasConnected = true;
    this.screen.tell(`Connected to ${this.name}. Ctrl-C disconnects.`);
    if (this.seconds === null) return;
    this.timer = setTimeout(() => this.end(null), this.seconds * 1_000);
  }

  private refuse(problem: ServerPayloads['error']): void {
    const { attempt } = this;
    if (problem.attemptId !== undefined) this.confirm(problem.attemptId);
    if (problem.attemptId !== undefined && problem.attemptId !== attempt?.id) return;
    if (problem.code === 'ip_verification_required') {
      const gateProblem = problem as unknown as GateProblem;
      this.meetGate(gateProblem).catch((error: unknown) => this.end(error));
      return;
    }
    const detail = printable(problem.detail, 500);
    // What it says of candidates that come late is no news once the computer has answered.
    if (problem.code === 'not_found' && attempt?.isAnswered) return;
    this.end(new Failure(EXIT.failed, detail));
  }

  private async meetGate(problem: GateProblem): Promise<void> {
    this.attempt?.close();
    this.attempt = null;
    const heard = new Promise<void>((resolve) => {
      this.gate = { challengeId: problem.challenge.id, open: resolve };
    });
    const { family } = this.client;
    const listener = { isListening: () => this.link.isOpen, heard };
    await passGate(this.client, this.passage, problem, listener);
    this.gate = null;
    // By another network than the socket's: what follows takes a socket from there.
    if (this.isReplaced || this.client.family !== family) this.openAnew();
    else this.offer();
  }

  private openGate({ challengeId, passed }: ServerPayloads['ip_verified']): void {
    if (passed !== false && challengeId === this.gate?.challengeId) this.gate.open();
  }

  private openAnew(): void {
    const { link } = this;
    this.isReplaced = false;
    this.link = this.makeLink();
    void link.close();
    this.link.open();
  }

  /** @param reason of the protocol, or in words */
  private endConnection(reason: string): void {
    const why = this.loss && reason === 'closed' ? LOSSES[this.loss] : describeReason(reason);
    const what = this.wasConnected
      ? `The connection to ${this.name} ended`
      : `${this.name} is not connected`;
    this.end(new Failure(EXIT.notConnected, `${what}: ${why}.`));
  }

  /** The computer is gone from peer to peer. When the server ended it, it says why in a moment. */
  private loseConnection(loss: Loss): void {
    this.loss = loss;
    if (loss !== 'closed' && this.attempt) this.tellServer(this.attempt);
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.endConnection('closed'), LAST_WORD_MS);
  }

  private loseLink({ detail, status, retryInMs }: LinkLoss): void {
    this.attempt?.suspend();
    const isFinal = status !== null && status >= 400 && status < 500 && status !== 429;
    if (isFinal && !this.wasLinked) {
      this.end(new Failure(EXIT.failed, detail));
      return;
    }
    const seconds = Math.max(1, Math.round(retryInMs / 1_000));
    this.screen.tell(`The server is away, next try in ${seconds} s. ${detail}`);
  }

  private endLink(): void {
    // A proof from another network has just replaced the token; its answer is on the way.
    if (this.gate) {
      this.isReplaced = true;
      return;
    }
    // Or its answer was the first to arrive.
    if (this.linkToken !== this.client.session.token) this.openAnew();
    else this.end(signedOut());
  }

  /**
   * Ends the attempt from this side.
   * @returns settled once the server has confirmed it, if it needs to know
   */
  private async giveUp(): Promise<void> {
    const { attempt, isOver } = this;
    this.attempt = null;
    attempt?.close();
    if (!attempt || isOver || !this.tellServer(attempt)) return;
    await new Promise<void>((resolve) => {
      this.farewell = { attemptId: attempt.id, confirm: resolve };
    });
  }

  private confirm(attemptId: string): void {
    if (attemptId === this.farewell?.attemptId) this.farewell.confirm();
  }

  /** @returns whether it could be told */
  private tellServer({ id }: Attempt): boolean {
    return this.link.send({ action: 'offer_cancel', payload: { attemptId: id } });
  }
}
