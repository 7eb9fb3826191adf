import { createRequire } from 'node:module';
import { z } from 'zod';

type Wrtc = typeof import('@roamhq/wrtc');

/** There are no WebRTC binaries for this machine, or they were not installed. */
export class NoWebRtcError extends Error {
  override readonly name = 'NoWebRtcError';
  constructor() {
    super(
      `WebRTC is missing for ${process.platform} on ${process.arch}: it comes with \`npm ci\` for Linux and macOS on x64 and arm64, and Windows on x64.`,
    );
  }
}

/**
 * A WebRTC peer in this process.
 * @throws NoWebRtcError
 */
export function createPeer(stunUrls: string[]): RTCPeerConnection {
  return new (loadWrtc().RTCPeerConnection)({
    iceServers: stunUrls.length > 0 ? [{ urls: stunUrls }] : [],
  });
}

/** Loaded when first needed: it is large. @throws NoWebRtcError */
export function loadWrtc(): Wrtc {
  try {
    return createRequire(import.meta.url)('@roamhq/wrtc') as Wrtc;
  } catch {
    throw new NoWebRtcError();
  }
}

/** An ICE candidate as it travels in `candex`. */
export const IceCandidate = z.object({
  candidate: z.string().max(1_024),
  sdpMid: z.string().max(64).nullish(),
  sdpMLineIndex: z.number().int().min(0).max(64).nullish(),
  usernameFragment: z.string().max(256).nullish(),
});

/** A session description as it travels in `offer` and `answer`. */
export const Description = <T extends 'offer' | 'answer'>(type: T) =>
  z.object({ type: z.literal(type), sdp: z.string() });

/** Whether an SDP asks for the data channel and nothing else: no microphone, no camera, no screen. */
export function isDataOnly(sdp: string): boolean {
  const media = sdp.match(/^m=.*$/gm) ?? [];
  return media.length === 1 && /^m=application /.test(media[0] ?? '');
}

/** The candidates of the other end, kept until the peer can take them. */
export class RemoteCandidates {
  private readonly early: z.infer<typeof IceCandidate>[] = [];
  private peer: RTCPeerConnection | null = null;

  /** Nonsense is passed over: a connection does without a candidate as long as another works. */
  add(data: Record<string, unknown>): void {
    const { data: candidate } = IceCandidate.safeParse(data);
    if (!candidate) return;
    if (this.peer) void give(this.peer, candidate);
    else if (this.early.length < CANDIDATES_MAX) this.early.push(candidate);
  }

  /** To be called once the peer knows its remote description. */
  release(peer: RTCPeerConnection): void {
    this.peer = peer;
    for (const candidate of this.early.splice(0)) void give(peer, candidate);
  }
}
const CANDIDATES_MAX = 64;

async function give(
  peer: RTCPeerConnection,
  candidate: z.infer<typeof IceCandidate>,
): Promise<void> {
  try {
    await peer.addIceCandidate(candidate as RTCIceCandidateInit);
  } catch {
    // One that this peer can't use, or that comes after its end: the others count.
  }
}

/**
 * Sends on a channel that may close at any moment: WebRTC has threads of its own, so that one that was
 * open a moment ago need not be now, and `send` then throws.
 * @returns whether it was handed over
 */
export function sendOn(channel: RTCDataChannel, text: string): boolean {
  try {
    channel.send(text);
    return true;
  } catch (error) {
    if (error instanceof Error && error.name === 'InvalidStateError') return false;
    throw error;
  }
}
