import { createRequire } from 'node:module';
import { z } from 'zod';
import type { NewConnection } from '@/lib/client/peer';
import { howToGetWebRtc } from './built-with';

type Wrtc = typeof import('@roamhq/wrtc');

/** There are no WebRTC binaries for this machine, or they were not installed. */
export class NoWebRtcError extends Error {
  override readonly name = 'NoWebRtcError';
  constructor() {
    super(
      `WebRTC is missing for ${process.platform} on ${process.arch}. It exists for Linux and macOS on x64 and arm64, and for Windows on x64. ${howToGetWebRtc}`,
    );
  }
}

/** An ICE candidate as it travels in `candex`. */
const Candidate = z.object({
  candidate: z.string().max(1_024),
  sdpMid: z.string().max(64).nullish(),
  sdpMLineIndex: z.number().int().min(0).max(64).nullish(),
  usernameFragment: z.string().max(256).nullish(),
});

/** WebRTC in this process; what is no candidate does not get as far as native code. @throws NoWebRtcError */
export const newConnection: NewConnection = (settings) => {
  const connection = new (loadWrtc().RTCPeerConnection)(settings);
  const add = connection.addIceCandidate.bind(connection);
  connection.addIceCandidate = async (candidate) =>
    add(Candidate.parse(candidate) as RTCIceCandidateInit);
  return connection;
};

/** Loaded when first needed: it is large. @throws NoWebRtcError */
export function loadWrtc(): Wrtc {
  try {
    return createRequire(import.meta.url)('@roamhq/wrtc') as Wrtc;
  } catch {
    throw new NoWebRtcError();
  }
}
