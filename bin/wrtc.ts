import { createRequire } from 'node:module';
import type { NewConnection } from '@/lib/client/peer';

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

/** WebRTC in this process. @throws NoWebRtcError */
export const newConnection: NewConnection = (settings) =>
  new (loadWrtc().RTCPeerConnection)(settings);

/** Loaded when first needed: it is large. @throws NoWebRtcError */
export function loadWrtc(): Wrtc {
  try {
    return createRequire(import.meta.url)('@roamhq/wrtc') as Wrtc;
  } catch {
    throw new NoWebRtcError();
  }
}
