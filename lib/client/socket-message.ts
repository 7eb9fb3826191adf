import type { ServerAction, ServerMessage, ServerPayloads } from '@/lib/contract/messages';

type Kind = 'text' | 'flag' | 'object' | 'list';

/** What must be there for a message to be of use; what may be missing is not named. */
const SHAPES: { [A in ServerAction]: Partial<Record<keyof ServerPayloads[A], Kind>> } = {
  hello: { connections: 'list', stunUrls: 'list', client: 'object' },
  offer_received: {
    attemptId: 'text',
    connectionId: 'text',
    online: 'flag',
    expiresAt: 'text',
  },
  offer_relay: { attemptId: 'text', connectionId: 'text', from: 'object', data: 'object' },
  answer_relay: { attemptId: 'text', connectionId: 'text', approved: 'flag', data: 'object' },
  candex_relay: { attemptId: 'text', data: 'object' },
  ip_verified: { network: 'text', trustedUntil: 'text', challengeId: 'text' },
  connection_closed: { attemptId: 'text', connectionId: 'text', reason: 'text' },
  presence: { computerId: 'text', online: 'flag' },
  error: { code: 'text', detail: 'text' },
};

const IS: Record<Kind, (value: unknown) => boolean> = {
  text: (value) => typeof value === 'string',
  flag: (value) => typeof value === 'boolean',
  object: (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
  list: Array.isArray,
};

/** A message of the server's; null for what this version does not know. */
export function parseServerMessage(text: unknown): ServerMessage | null {
  const message = typeof text === 'string' ? parseJson(text) : null;
  if (message?.version !== 1) return null;
  const { action, payload } = message;
  if (typeof action !== 'string' || !Object.hasOwn(SHAPES, action)) return null;
  if (!isRecord(payload)) return null;
  const shape = Object.entries(SHAPES[action as ServerAction]) as [string, Kind][];
  const isWhole = shape.every(([name, kind]) => IS[kind](payload[name]));
  return isWhole ? ({ version: 1, action, payload } as ServerMessage) : null;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return IS.object(value);
}

function parseJson(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text);
    return isRecord(value) ? value : null;
  } catch {
    return null;
  }
}
