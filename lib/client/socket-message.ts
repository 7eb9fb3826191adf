import { ServerMessage } from '@/lib/contract/messages';

/** A message of the server's; null for what this version does not know. */
export function parseServerMessage(text: unknown): ServerMessage | null {
  if (typeof text !== 'string') return null;
  try {
    return ServerMessage.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null;
  }
}
