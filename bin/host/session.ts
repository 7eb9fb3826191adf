import { CHANNEL_LABEL, type ComputerFacts } from '@/lib/contract/channel';
import type { LiveConnection, ServerPayloads } from '@/lib/contract/messages';
import type { Outgoing } from '../link';
import { Outbox } from '../outbox';
import { createPeer, Description, isDataOnly, RemoteCandidates } from '../peer';
import { serveChannel } from './channel';
import type { Monitor } from './monitor';

const CHANNEL_WITHIN_MS = 30_000;
/** A peer that changes networks is disconnected for a moment; one that is gone stays so. */
const DISCONNECTED_MAX_MS = 15_000;

export type Offer = ServerPayloads['offer_relay'];

/** How a session ended by itself; the server is then to be told. */
export type HostEnd = 'left' | 'lost' | 'no_channel';

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
  private peer: RTCPeerConnection | null = null;
  private readonly candidates = new RemoteCandidates();
  private readonly outbox: Outbox;
  private stopServing: (() => void) | null = null;
  private noChannel: NodeJS.Timeout | undefined;
  private disconnected: NodeJS.Timeout | undefined;

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
    const { data: description } = Description('offer').safeParse(this.offer.data);
    if (!description || !isDataOnly(description.sdp)) return false;
    return (await this.answer(description)) || this.isClosed;
  }

  decline(): void {
    this.isDeclined = true;
    this.release();
    this.say('answer', { approved: false, data: {} });
  }

  addCandidate(data: Record<string, unknown>): void {
    this.candidates.add(data);
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

  private async answer(description: RTCSessionDescriptionInit): Promise<boolean> {
    const peer = createPeer(this.options.stunUrls);
    this.peer = peer;
    this.noChannel = setTimeout(() => this.end('no_channel'), CHANNEL_WITHIN_MS);
    peer.onconnectionstatechange = () => this.follow(peer);
    peer.ondatachannel = ({ channel }) => this.serve(channel);
    // Those found while the answer is made wait: the answer is the first thing said.
    let early: RTCIceCandidate[] | null = [];
    const say = (candidate: RTCIceCandidate) => this.say('candex', { data: candidate.toJSON() });
    peer.onicecandidate = ({ candidate }) => {
      if (candidate && early) early.push(candidate);
      else if (candidate) say(candidate);
    };
    try {
      await peer.setRemoteDescription(description);
      this.candidates.release(peer);
      const { sdp = '' } = await peer.createAnswer();
      await peer.setLocalDescription({ type: 'answer', sdp });
      if (this.isClosed) return false;
      this.say('answer', { approved: true, data: { type: 'answer', sdp } });
      for (const candidate of early) say(candidate);
      early = null;
      return true;
    } catch {
      // Whatever it holds, it is nothing that a peer can be made of.
      return false;
    }
  }

  private say(
    action: 'answer',
    payload: { approved: boolean; data: Record<string, unknown> },
  ): void;
  private say(action: 'candex', payload: { data: RTCIceCandidateInit }): void;
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

  private follow(peer: RTCPeerConnection): void {
    clearTimeout(this.disconnected);
    if (peer.connectionState === 'failed') this.end('lost');
    if (peer.connectionState === 'closed') this.end('left');
    if (peer.connectionState === 'disconnected') {
      this.disconnected = setTimeout(() => this.end('lost'), DISCONNECTED_MAX_MS);
    }
  }

  private end(end: HostEnd): void {
    if (this.isClosed || this.isDeclined) return;
    this.close();
    this.options.onEnd(end);
  }

  private release(): void {
    clearTimeout(this.noChannel);
    clearTimeout(this.disconnected);
    this.stopServing?.();
    this.peer?.close();
    this.peer = null;
  }
}
