import { type Ending, REVOCATIONS } from '@/lib/client/attempt';
import { type Loss, Socket } from '@/lib/client/socket';
import { Visit } from '@/lib/client/visit';
import type { ServerMessage } from '@/lib/contract/messages';
import type { Computer, GateProblem } from '@/lib/contract/resources';
import { printable } from '../printable';
import { describeReason } from '../reasons';
import { describeLoss, takeLeave, wireTo } from '../wire';
import { loadWrtc, newConnection } from '../wrtc';
import type { Client } from './client';
import { EXIT, Failure, signedOut } from './failure';
import { type Passage, passGate } from './gate';
import { Screen } from './screen';
import { formatTime } from './terminal';

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
  const shown = new ShownVisit(client, computer, seconds);
  const stop = () => shown.stop();
  const signals = ['SIGINT', 'SIGTERM'] as const;
  for (const signal of signals) process.on(signal, stop);
  try {
    await shown.run();
  } finally {
    for (const signal of signals) process.off(signal, stop);
  }
}

/** A visit to a computer on this terminal, with the gate before it. */
class ShownVisit {
  private readonly socket: Socket;
  private readonly visit: Visit;
  private readonly screen: Screen;
  private readonly name: string;
  /** What the latest socket was opened with. */
  private opened: { token: string; family: Client['family'] } | null = null;
  /** The challenge that the person is about to pass, and what to do when it is heard to be passed. */
  private gate: { challengeId: string; open: () => void } | null = null;
  private passage: Passage = { asked: 0, hasMoved: false };
  private step: string | null = null;
  private wasConnected = false;
  private timer: NodeJS.Timeout | undefined;
  /** Ends the visit: by an error, or null, when it is done. Only the first call counts. */
  private end: (error: unknown) => void = () => undefined;

  constructor(
    private readonly client: Client,
    computer: Computer,
    private readonly seconds: number | null,
  ) {
    this.name = printable(computer.name);
    this.screen = new Screen(this.name);
    this.socket = new Socket({
      open: wireTo(() => {
        const { session, family } = client;
        this.opened = { token: session.token, family };
        return { url: new URL(session.url), ...this.opened };
      }),
      // A proof from another network replaces the token; while one is made, its answer may be on the way.
      hasSession: async () => this.gate !== null || this.opened?.token !== client.session.token,
      onLost: (loss) => this.loseSocket(loss),
    });
    this.visit = new Visit(this.socket, computer.id, newConnection, false);
  }

  async run(): Promise<void> {
    const ended = new Promise((resolve) => {
      this.end = resolve;
    });
    this.socket.onMessage((message) => this.hear(message));
    this.visit.subscribe(() => this.show());
    this.socket.start();
    this.visit.start();
    const error = await ended;
    clearTimeout(this.timer);
    this.screen.close();
    this.visit.leave();
    await takeLeave(this.socket, this.confirmed());
    if (error !== null) throw error;
    this.screen.tell(`Disconnected from ${this.name}.`);
  }

  /** Settled once the server, as far as it is there, knows that the visit is over. */
  private confirmed(): Promise<void> {
    return new Promise((resolve) => {
      const look = () =>
        (this.visit.unconfirmed.size === 0 || this.socket.hello === null) && resolve();
      this.socket.onMessage(look);
      this.socket.onChange(look);
      look();
    });
  }

  /** Ends it by the person's wish. */
  stop(): void {
    this.end(this.wasConnected ? null : new Failure(EXIT.interrupted, 'Not connected.'));
  }

  private hear({ action, payload }: ServerMessage): void {
    if (action !== 'ip_verified' || payload.passed === false) return;
    if (payload.challengeId === this.gate?.challengeId) this.gate.open();
  }

  private show(): void {
    const { attempt, live } = this.visit.read();
    this.screen.update(live);
    if (attempt.step === this.step) return;
    this.step = attempt.step;
    if (attempt.step === 'verifying') {
      this.meetGate(attempt.refusal).catch((error: unknown) => this.end(error));
    }
    if (attempt.step === 'waiting') {
      this.passage = { asked: 0, hasMoved: false };
      this.screen.tell(
        attempt.online
          ? `Waiting for ${this.name} to answer.`
          : `${this.name} is offline. Waiting for it until ${formatTime(attempt.expiresAt)}.`,
      );
    }
    if (attempt.step === 'connecting') this.screen.tell(`${this.name} accepted. Connecting.`);
    if (attempt.step === 'connected') this.open();
    if (attempt.step === 'ended') this.end(this.failureOf(attempt.ending));
  }

  private open(): void {
    this.wasConnected = true;
    this.screen.tell(`Connected to ${this.name}. Ctrl-C disconnects.`);
    if (this.seconds === null) return;
    this.timer = setTimeout(() => this.end(null), this.seconds * 1_000);
  }

  private async meetGate(problem: GateProblem): Promise<void> {
    const heard = new Promise<void>((resolve) => {
      this.gate = { challengeId: problem.challenge.id, open: resolve };
    });
    const isListening = () => this.socket.hello !== null;
    await passGate(this.client, this.passage, problem, { isListening, heard });
    this.gate = null;
    // By another network than the socket's: what follows takes a socket from there.
    const { session, family } = this.client;
    const isOpenedSo = this.opened?.token === session.token && this.opened.family === family;
    if (!isOpenedSo) this.socket.reopen();
    this.visit.promptClosed(true);
  }

  private loseSocket(loss: Loss): void {
    const { status, detail = '' } = loss;
    const isFinal = status != null && status >= 400 && status < 500 && status !== 429;
    if (isFinal && this.step === null) this.end(new Failure(EXIT.failed, detail));
    else this.screen.tell(`The server is away, ${describeLoss(loss)}`);
  }

  private failureOf(ending: Ending): Failure {
    if (ending.kind === 'refused') {
      return new Failure(EXIT.failed, printable(ending.problem.detail, 500));
    }
    if (this.socket.isSignedOut) return signedOut();
    const why = describeReason(ending.kind);
    // Nobody took anything away.
    if (ending.kind !== 'computer_gone' && REVOCATIONS.includes(ending.kind)) {
      return new Failure(EXIT.revoked, `The connection to ${this.name} was revoked: ${why}.`);
    }
    const what = this.wasConnected
      ? `The connection to ${this.name} ended`
      : `${this.name} is not connected`;
    return new Failure(EXIT.notConnected, `${what}: ${why}.`);
  }
}
