/** What both ends of the WebSocket and of the data channel know before a word is said. */

export const SOCKET_PATH = '/api/v1/ws';
export const PROTOCOL_VERSION = 1;
export const MAX_MESSAGE_BYTES = 64 * 1_024;

/** Why the server closes a socket. 4xxx are our own (RFC 6455, 7.4.2). */
export const CLOSE_CODES = {
  /** The server restarts: come back. */
  restart: 1012,
  /** Something is temporarily missing: come back later. */
  try_later: 1013,
  protocol_error: 4400,
  /** The session or key is gone, or its token was replaced from another network: log in again. */
  unauthenticated: 4401,
  no_heartbeat: 4408,
  /** Another socket of the same computer has its place: it was first, or this one gave no answer. */
  replaced: 4409,
  /** Too many messages or sockets, or a reader that is too slow. */
  too_many: 4429,
} as const;
export type CloseReason = keyof typeof CLOSE_CODES;

export const CHANNEL_LABEL = 'gatehouse';
export const MAX_CHANNEL_BYTES = 16 * 1_024;

/** How often the live view is sent, in milliseconds. */
export const MONITOR_INTERVAL_MS = 1_000;
