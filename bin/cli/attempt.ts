import { randomUUID } from 'node:crypto';
import {
  CHANNEL_LABEL,
  type ComputerFacts,
  FromComputer,
  MAX_CHANNEL_BYTES,
  MONITOR_INTERVAL_MS,
  type MonitorView,
} from '@/lib/contract/channel';
import type { Outgoing } from '../link';
import { Outbox } from '../outbox';
import { createPeer, Description, RemoteCandidates, sendOn } from '../peer';

const CHANNEL_WITHIN_MS = 30_000;
/** A peer that changes networks is disconnected for a moment; one that is gone stays so. */
const DISCONNECTED_MAX_MS = 15_000;

/** How it ended from peer to peer. */
export type Loss = 'closed' | 'lost' | 'no_channel' | 'bad_answer';

export type AttemptEvents = {
  onOpen: () => void;
  onFacts: (facts: ComputerFacts) => void;
  onView: (view: MonitorView) => void;
  onRoundTrip: (ms: number) => void;
  /** Not called after `close`. */
  onLost: (loss: Loss) => void;
};

/** One attempt to connect to a computer, and the connection that comes of it. */
export class Attempt {
  readonly id = randomUUID();
  /** Whether the computer has accepted. */
  isAnswered = false;
  isOpen = false;
  private isClosed = false;
  private readonly peer: RTCPeerConnection;
  private readonly channel: RTCDataChannel;
  private readonly remote = new RemoteCandidates();
  /** Candidates of this end wait until there is a computer to take them. */
  private readonly found: RTCIceCandidate[] = [];
  private readonly outbox: Outbox;
  private echo = { id: 0, sentAt: 0 };
  private timer: NodeJS.Timeout | undefined;
  private disconnected: NodeJS.Timeout | undefined;

  constructor(
    private readonly options: {
      computerId: string;
      stunUrls: string[];
      /** Tells whether it handed the message to the server. */
      send: (message: Outgoing) => boolean;
    } & AttemptEvents,
  ) {
    this.outbox = new Outbox(options.send);
    this.peer = createPeer(options.stunUrls);
    this.channel = this.peer.createDataChannel(CHANNEL_LABEL);
    this.channel.onopen = () => this.open();
    this.channel.onclose = () => this.lose('closed');
    this.channel.onmessage = ({ data }: MessageEvent<unknown>) => this.receive(data);
    this.peer.onconnectionstatechange = () => this.follow();
    this.peer.onicecandidate = ({ candidate }) => {
      if (candidate && this.isAnswered) this.say(candidate);
      else if (candidate) this.found.push(candidate);
    };
  }

  /** Makes the offer. */
  async offer(): Promise<void> {
    const { sdp = '' } = await this.peer.createOffer();
    await this.peer.setLocalDescription({ type: 'offer', sdp });
    if (this.isClosed) return;
    const { computerId: to, send } = this.options;
    send({ action: 'offer', payload: { attemptId: this.id, to, data: { type: 'offer', sdp } } });
  }

  /** Takes the computer's answer. */
  async take(data: Record<string, unknown>): Promise<void> {
    if (this.isAnswered || this.isClosed) return;
    this.isAnswered = true;
    this.timer = setTimeout(() => this.lose('no_channel'), CHANNEL_WITHIN_MS);
    try {
      await this.peer.setRemoteDescription(Description('answer').parse(data));
    } catch {
      this.lose('bad_answer');
      return;
    }
    this.remote.release(this.peer);
    for (const candidate of this.found.splice(0)) this.say(candidate);
  }

  addCandidate(data: Record<string, unknown>): void {
    this.remote.add(data);
  }

  /** The link to the server was lost. */
  suspend(): void {
    if (!this.isOpen) this.outbox.rewind();
  }

  /** The link is open again. */
  resume(): void {
    this.outbox.flush();
  }

  /** Ends it from peer to peer, without a word to the server. */
  close(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    clearTimeout(this.timer);
    clearTimeout(this.disconnected);
    this.outbox.clear();
    this.peer.close();
  }

  private say(candidate: RTCIceCandidate): void {
    if (this.isOpen || this.isClosed) return;
    const data = { ...candidate.toJSON() };
    this.outbox.put({ action: 'candex', payload: { attemptId: this.id, data } });
  }

  private open(): void {
    if (this.isClosed) return;
    this.isOpen = true;
    this.outbox.clear();
    clearTimeout(this.timer);
    this.timer = setInterval(() => this.sendEcho(), MONITOR_INTERVAL_MS);
    this.options.onOpen();
    this.sendEcho();
  }

  private sendEcho(): void {
    if (this.channel.readyState !== 'open') return;
    this.echo = { id: this.echo.id + 1, sentAt: performance.now() };
    sendOn(this.channel, JSON.stringify({ type: 'echo', id: this.echo.id }));
  }

  /** What is not of the protocol is passed over: a newer computer may show more than we know. */
  private receive(data: unknown): void {
    const message = parseFromComputer(data);
    if (this.isClosed || !message) return;
    if (message.type === 'facts') this.options.onFacts(message);
    if (message.type === 'monitor') this.options.onView(message);
    if (message.type === 'echo' && message.id === this.echo.id) {
      this.options.onRoundTrip(performance.now() - this.echo.sentAt);
    }
  }

  private follow(): void {
    clearTimeout(this.disconnected);
    const { connectionState } = this.peer;
    if (connectionState === 'failed') this.lose('lost');
    if (connectionState === 'disconnected') {
      this.disconnected = setTimeout(() => this.lose('lost'), DISCONNECTED_MAX_MS);
    }
  }

  private lose(loss: Loss): void {
    if (this.isClosed) return;
    this.close();
    this.options.onLost(loss);
  }
}

function parseFromComputer(data: unknown): FromComputer | null {
  if (typeof data !== 'string' || Buffer.byteLength(data) > MAX_CHANNEL_BYTES) return null;
  try {
    return FromComputer.safeParse(JSON.parse(data)).data ?? null;
  } catch {
    return null;
  }
}
