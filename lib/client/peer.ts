/** More than a connection ever needs before it stands. */
const CANDIDATES_MAX = 64;
/** A peer that changes networks is disconnected for a moment; one that is gone stays so. */
const DISCONNECTED_MAX_MS = 15_000;

/** A description or a candidate, as it travels in messages. */
export type Signal = Record<string, unknown>;

/** What an implementation of WebRTC gives. @throws where there is none, or it is forbidden */
export type NewConnection = (settings: RTCConfiguration) => RTCPeerConnection;

export type PeerListener = {
  /** A way by which the other end may reach this one; to be passed on. */
  candidate: (data: Signal) => void;
  /** The connection is gone. Called at most once, and never after `close`. */
  lost: (how: 'failed' | 'closed') => void;
};

/** One end of a direct connection between a person's device and a Team Computer. */
export class Peer {
  readonly connection: RTCPeerConnection;
  private isOver = false;
  /** Held back until `release`. */
  private outgoing: Signal[] | null = [];
  /** Held back until the other end's description is there: before that none is taken. */
  private incoming: Signal[] | null = [];
  private disconnected: ReturnType<typeof setTimeout> | undefined;

  /** @throws what `newConnection` throws */
  constructor(
    newConnection: NewConnection,
    stunUrls: readonly string[],
    private readonly listener: PeerListener,
  ) {
    this.connection = newConnection({
      iceServers: stunUrls.length > 0 ? [{ urls: [...stunUrls] }] : [],
    });
    this.connection.onicecandidate = ({ candidate }) => {
      if (candidate?.candidate) this.passOn({ ...candidate.toJSON() });
    };
    this.connection.onconnectionstatechange = () => this.follow();
  }

  /** What the other end is to answer. @throws where no offer can be made */
  async makeOffer(): Promise<Signal> {
    return this.describe(await this.connection.createOffer());
  }

  /** @throws for an offer of which no connection can be made */
  async makeAnswer(offer: Signal): Promise<Signal> {
    await this.take('offer', offer);
    return this.describe(await this.connection.createAnswer());
  }

  /** @throws for what is no answer to the offer */
  async takeAnswer(answer: Signal): Promise<void> {
    await this.take('answer', answer);
  }

  /** There is somebody to take candidates: what was held back goes first. */
  release(): void {
    const held = this.outgoing ?? [];
    this.outgoing = null;
    for (const candidate of held) this.passOn(candidate);
  }

  /** Nonsense is passed over: a connection does without a candidate as long as another works. */
  addCandidate(data: Signal): void {
    if (this.incoming === null) void this.add(data);
    else if (this.incoming.length < CANDIDATES_MAX) this.incoming.push(data);
  }

  /** The connection is gone, as is known otherwise. */
  lose(how: 'failed' | 'closed'): void {
    if (this.isOver) return;
    this.close();
    this.listener.lost(how);
  }

  /** How the two ends reach each other; null: nobody says. */
  async findWay(): Promise<'direct' | 'relayed' | null> {
    try {
      return wayIn(await this.connection.getStats());
    } catch {
      return null;
    }
  }

  close(): void {
    this.isOver = true;
    clearTimeout(this.disconnected);
    this.connection.close();
  }

  private async describe({ type, sdp = '' }: RTCSessionDescriptionInit): Promise<Signal> {
    await this.connection.setLocalDescription({ type, sdp });
    return { type, sdp };
  }

  private async take(expected: 'offer' | 'answer', { type, sdp }: Signal): Promise<void> {
    if (type !== expected || typeof sdp !== 'string')
      throw new TypeError(`This is no ${expected}.`);
    await this.connection.setRemoteDescription({ type: expected, sdp });
    const held = this.incoming ?? [];
    this.incoming = null;
    for (const candidate of held) void this.add(candidate);
  }

  private passOn(candidate: Signal): void {
    if (this.isOver) return;
    if (this.outgoing) this.outgoing.push(candidate);
    else this.listener.candidate(candidate);
  }

  private async add(candidate: Signal): Promise<void> {
    try {
      await this.connection.addIceCandidate(candidate);
    } catch {
      // One way that can't be used is no fault while there are others; without any, the connection fails.
    }
  }

  private follow(): void {
    clearTimeout(this.disconnected);
    const { connectionState } = this.connection;
    if (connectionState === 'failed' || connectionState === 'closed') this.lose(connectionState);
    if (connectionState === 'disconnected') {
      this.disconnected = setTimeout(() => this.lose('failed'), DISCONNECTED_MAX_MS);
    }
  }
}

type Stats = { type?: string; selectedCandidatePairId?: string; candidateType?: string } & {
  [end in 'localCandidateId' | 'remoteCandidateId']?: string;
};

/** What WebRTC's statistics say of the way that is used. @returns null: they name none */
export function wayIn(report: Pick<ReadonlyMap<string, Stats>, 'get' | 'forEach'>) {
  let pair: Stats | undefined;
  report.forEach((one) => {
    if (one.type === 'transport') pair = report.get(one.selectedCandidatePairId ?? '');
  });
  const ends = [pair?.localCandidateId, pair?.remoteCandidateId].map((id) => report.get(id ?? ''));
  if (!pair || ends.includes(undefined)) return null;
  return ends.some((end) => end?.candidateType === 'relay') ? 'relayed' : 'direct';
}

/**
 * Sends on a channel that may close at any moment: one that was open a moment ago need not be now, where
 * WebRTC has threads of its own, and `send` then throws.
 */
export function sendOn(channel: RTCDataChannel, text: string): void {
  try {
    channel.send(text);
  } catch (error) {
    if (!(error instanceof Error) || error.name !== 'InvalidStateError') throw error;
  }
}
