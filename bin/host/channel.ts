import { parseText } from '@/lib/client/parse-text';
import { sendOn } from '@/lib/client/peer';
import { type ComputerFacts, FromClient, type FromComputer } from '@/lib/contract/channel';
import { MAX_CHANNEL_BYTES } from '@/lib/contract/protocol';
import type { Monitor } from './monitor';

/** Nonsense that is passed over before the channel is closed: a newer client may say more than we know. */
const NONSENSE_MAX = 8;
const MESSAGES_PER_SECOND_MAX = 50;
/** What may wait to be sent; beyond it the other end does not read, and the live view skips a turn. */
const WAITING_BYTES_MAX = 64 * 1_024;

/**
 * Shows this computer on an open channel of a client: facts, then the live view, and echoes. Nothing that
 * the client says does more than come back.
 *
 * @returns ends it
 */
export function serveChannel(
  channel: RTCDataChannel,
  { facts, monitor }: { facts: ComputerFacts; monitor: Monitor },
): () => void {
  let nonsense = 0;
  let secondBegan = 0;
  let inThisSecond = 0;

  const send = (message: FromComputer): void => {
    if (channel.bufferedAmount <= WAITING_BYTES_MAX) sendOn(channel, JSON.stringify(message));
  };
  const isTooMany = (): boolean => {
    const now = Date.now();
    if (now - secondBegan >= 1_000) {
      secondBegan = now;
      inThisSecond = 0;
    }
    return ++inThisSecond > MESSAGES_PER_SECOND_MAX;
  };

  channel.onmessage = ({ data }: MessageEvent<unknown>) => {
    const echo = isTooMany() ? null : parseFromClient(data);
    if (echo) return send(echo);
    if (++nonsense > NONSENSE_MAX) channel.close();
  };
  send(facts);
  const unwatch = monitor.watch(send);
  return () => {
    unwatch();
    channel.onmessage = null;
  };
}

/** A message of a client's; null: nonsense. */
function parseFromClient(data: unknown) {
  const isLong = typeof data === 'string' && Buffer.byteLength(data) > MAX_CHANNEL_BYTES;
  return isLong ? null : parseText((value) => FromClient.safeParse(value).data ?? null, data);
}
