import './zod-without-eval';
import type { z } from 'zod';
import {
  CHANNEL_LABEL,
  type FromClient,
  FromComputer,
  MAX_CHANNEL_BYTES,
} from '@/lib/contract/channel';

type Signal = Record<string, unknown>;

export type PeerListener = {
  /** A way by which the computer may reach this browser; to be passed on. */
  candidate: (data: Signal) => void;
  open: () => void;
  message: (message: FromComputer) => void;
  /** The connection failed, or the computer closed it. Called at most once, and never after `close`. */
  lost: () => void;
};

/** This browser's end of a direct connection to a Team Computer. */
export class Peer {
  private readonly connection: RTCPeerConnection;
  private readonly channel: RTCDataChannel;
  private isOver = false;
  /** Held back until the offer was received: before that the server has nobody to pass them to. */
  private outgoing: Signal[] | null = [];
  /** Held back until the answer is there: before that the browser takes none. */
  private incoming: Signal[] | null = [];

  /** @throws where the browser, or its settings, forbid WebRTC */
  constructor(
    stunUrls: readonly string[],
    private readonly listener: PeerListener,
  ) {
    const iceServers = stunUrls.length > 0 ? [{ urls: [...stunUrls] }] : [];
    this.connection = new RTCPeerConnection({ iceServers });
    this.channel = this.connection.createDataChannel(CHANNEL_LABEL);
    this.connection.onicecandidate = ({ candidate }) => {
      if (candidate?.candidate) this.passOn({ ...candidate.toJSON() });
    };
    this.connection.onconnectionstatechange = () => {
      if (this.connection.connectionState === 'failed') this.lose();
    };
    this.channel.onopen = () => listener.open();
    this.channel.onclose = () => this.lose();
    this.channel.onmessage = ({ data }) => this.receive(data);
  }

  /** What the computer is to answer. @throws where the browser makes no offer */
  async createOffer(): Promise<Signal> {
    await this.connection.setLocalDescription();
    const sdp = this.connection.localDescription?.sdp;
    if (!sdp) throw new Error('The browser made no offer.');
    return { type: 'offer', sdp };
  }

  /** The offer has arrived: what was held back goes after it. */
  offerReceived(): void {
    const held = this.outgoing ?? [];
    this.outgoing = null;
    for (const candidate of held) this.listener.candidate(candidate);
  }

  /** @throws for an answer that the browser does not take */
  async acceptAnswer({ type, sdp }: Signal): Promise<void> {
    if (type !== 'answer' || typeof sdp !== 'string') throw new Error('This is no answer.');
    await this.connection.setRemoteDescription({ type, sdp });
    const held = this.incoming ?? [];
    this.incoming = null;
    for (const candidate of held) this.add(candidate);
  }

  addCandidate(data: Signal): void {
    if (this.incoming) this.incoming.push(data);
    else this.add(data);
  }

  /** Does nothing while the channel is not open. */
  send(message: z.infer<typeof FromClient>): void {
    if (this.channel.readyState === 'open') this.channel.send(JSON.stringify(message));
  }

  close(): void {
    this.isOver = true;
    this.connection.close();
  }

  private passOn(candidate: Signal): void {
    if (this.isOver) return;
    if (this.outgoing) this.outgoing.push(candidate);
    else this.listener.candidate(candidate);
  }

  private add(candidate: Signal): void {
    // One way that can't be used is no fault while there are others; without any, the connection fails.
    this.connection.addIceCandidate(candidate).catch(() => undefined);
  }

  private receive(data: unknown): void {
    if (this.isOver || typeof data !== 'string' || data.length > MAX_CHANNEL_BYTES) return;
    const message = FromComputer.safeParse(parseJson(data));
    if (message.success) this.listener.message(message.data);
  }

  private lose(): void {
    if (this.isOver) return;
    this.isOver = true;
    this.connection.close();
    this.listener.lost();
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
