/** Put in place by `scripts/build-host.mjs`; in a checkout there is none. */
declare const WEBRTC_PACKAGE: string;

/** How to get WebRTC for this machine, and where: the command for whoever has this program. */
export const howToGetWebRtc: string =
  typeof WEBRTC_PACKAGE === 'undefined'
    ? 'Run `npm ci` in the folder of Gatehouse.'
    : `Run this in the folder of this program, then start it again:\n\n  npm install --prefix . --ignore-scripts ${WEBRTC_PACKAGE}\n`;
