import { Peer, type Signal } from '@/lib/client/peer';
import type { Outgoing } from '@/lib/client/socket';
import type { ComputerFacts } from '@/lib/contract/channel';
import type { LiveConnection, ServerPayloads } from '@/lib/contract/messages';
import { CHANNEL_LABEL } from '@/lib/contract/protocol';
import { newConnection } from '../wrtc';
import { serveChannel } from './channel';
import type { Monitor } from './monitor';
import { Outbox } from './outbox';

const CHANNEL_WITHIN_MS = 30_000;
/** Candidates that are kept while nobody has accepted yet. */
const EARLY_MAX = 64;

export type Offer = ServerPayloads['offer_relay'];

/** How a session ended by itself; the server is then to be told. */
export type HostEnd = 'left' | 'lost' | 'unreachable';

export type SessionOptions = {
  stunUrls: string[];
  facts: ComputerFacts;
  monitor: Monitor;
  /** Tells whether it handed the message to the server. */
  send: (message: Outgoing) => boolean;
  /** The client sees the computer. */
  onOpen: () => void;
  /** Not called after `close`. */
  onEnd: (end: HostEnd) => void;
};

/** One connection of one client, from its offer to its end. */
export class HostSession {
  /** Whether the client has seen the computer. */
  wasOpen = false;
  isDeclined = false;
  private isClosed = false;
  private peer: Peer | null = null;
  private readonly early: Signal[] = [];
  private readonly outbox: Outbox;
  private stopServing: (() => void) | null = null;
  private noChannel: NodeJS.Timeout | undefined;

  constructor(
    readonly offer: Offer,
    private readonly options: SessionOptions,
  ) {
    this.outbox = new Outbox(options.send);
  }

  /** Whether nothing is left to do for it. */
  get isOver(): boolean {
    return this.isClosed || (this.isDeclined && this.outbox.isDelivered);
  }

  /** @returns whether it was accepted; if not, the offer is none, and is to be declined */
  async accept(): Promise<boolean> {
    if (!isDataOnly(this.offer.data.sdp)) return false;
    return (await this.answer()) || this.isClosed;
  }

  decline(): void {
    this.isDeclined = true;
    this.release();
    this.say('answer', { approved: false, data: {} });
  }

  addCandidate(data: Signal): void {
    if (this.peer) this.peer.addCandidate(data);
    else if (this.early.length < EARLY_MAX) this.early.push(data);
  }

  /** The link is open, and the server knows the connection in this state. */
  resume(state: LiveConnection['state']): void {
    this.outbox.flush(state === 'accepted' ? 1 : 0);
  }

  /** The link was lost. */
  suspend(): void {
    if (!this.wasOpen) this.outbox.rewind();
  }

  /** Ends it without a word to anybody. */
  close(): void {
    this.isClosed = true;
    this.outbox.clear();
    this.release();
  }

  private async answer(): Promise<boolean> {
    const peer = new Peer(newConnection, this.options.stunUrls, {
      candidate: (data) => this.say('candex', { data }),
      lost: (how) => this.end(how === 'closed' ? 'left' : 'lost'),
    });
    this.peer = peer;
    this.noChannel = setTimeout(() => this.end('unreachable'), CHANNEL_WITHIN_MS);
    peer.connection.ondatachannel = ({ channel }) => this.serve(channel);
    for (const candidate of this.early.splice(0)) peer.addCandidate(candidate);
    try {
      const data = await peer.makeAnswer(this.offer.data);
      if (this.isClosed) return false;
      this.say('answer', { approved: true, data });
      // Those found while the answer was made: the answer is the first thing said.
      peer.release();
      return true;
    } catch {
      // Whatever it holds, it is nothing that a peer can be made of.
      return false;
    }
  }

  private say(action: 'answer' | 'candex', payload: object): void {
    if (this.isClosed || this.wasOpen) return;
    const { attemptId } = this.offer;
    this.outbox.put({ action, payload: { attemptId, ...payload } } as Outgoing);
  }

  private serve(channel: RTCDataChannel): void {
    if (this.stopServing || channel.label !== CHANNEL_LABEL) {
      channel.close();
      return;
    }
    let stop = (): void => undefined;
    this.stopServing = () => stop();
    channel.onclose = () => this.end('left');
    const open = () => {
      if (this.isClosed || this.wasOpen) return;
      clearTimeout(this.noChannel);
      this.wasOpen = true;
      this.outbox.clear();
      stop = serveChannel(channel, this.options);
      this.options.onOpen();
    };
    if (channel.readyState === 'open') open();
    else channel.onopen = open;
  }

  private end(end: HostEnd): void {
    if (this.isClosed || this.isDeclined) return;
    this.close();
    this.options.onEnd(end);
  }

  private release(): void {
    clearTimeout(this.noChannel);
    this.stopServing?.();
    this.peer?.close();
    this.peer = null;
  }
}

/** Whether an SDP asks for the data channel and nothing else: no microphone, no camera, no screen. */
function isDataOnly(sdp: unknown): boolean {
  const media = typeof sdp === 'string' ? (sdp.match(/^m=.*$/gm) ?? []) : [];
  return media.length === 1 && /^m=application /.test(media[0] ?? '');
}
