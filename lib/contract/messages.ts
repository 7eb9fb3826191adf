/**
 * The WebSocket protocol, version 1. Every message is `{"version":1,"action","payload"}` in one text
 * frame. Who the peer is comes from its credential, never from a message.
 */
import { z } from 'zod';
import type { ConnectionEndReason, ConnectionState } from '@/lib/policy/connection-state';
import type { Problem } from './problem';
import type { Time } from './resources';
import { jsonObject, offerData } from './schemas';

export const GATEWAY_PATH = '/api/v1/ws';
export const GATEWAY_VERSION = 1;
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

/** The client's name for one attempt to connect: unguessable, and unique among what is live. */
const attemptId = z.string().regex(/^[A-Za-z0-9_-]{8,64}$/, '8 to 64 letters, digits, _ or -');
const version = z.literal(GATEWAY_VERSION);

const Offer = z.strictObject({
  version,
  action: z.literal('offer'),
  payload: z.strictObject({
    attemptId,
    to: z.string().regex(/^[\x21-\x7e]{1,64}$/),
    data: offerData,
  }),
});
/** Cancels an attempt that waits, or closes a connection that runs. */
const OfferCancel = z.strictObject({
  version,
  action: z.literal('offer_cancel'),
  payload: z.strictObject({ attemptId }),
});
const Answer = z.strictObject({
  version,
  action: z.literal('answer'),
  payload: z.strictObject({ attemptId, approved: z.boolean(), data: jsonObject }),
});
/** An ICE candidate for the other end. */
const Candex = z.strictObject({
  version,
  action: z.literal('candex'),
  payload: z.strictObject({ attemptId, data: jsonObject }),
});

/** What a client may send. */
export const ClientMessage = z.discriminatedUnion('action', [Offer, OfferCancel, Candex]);
export type ClientMessage = z.infer<typeof ClientMessage>;

/** What a Team Computer may send. */
export const HostMessage = z.discriminatedUnion('action', [Answer, OfferCancel, Candex]);
export type HostMessage = z.infer<typeof HostMessage>;

/** A live connection of the peer, as it stands in the database. */
export type LiveConnection = { attemptId: string; connectionId: string; state: ConnectionState };

/** What the server sends. */
export type ServerPayloads = {
  /** First of all, and again whenever the server can't be sure that it told everything since. */
  hello: {
    session?: { id: string; userId: string; expiresAt: Time };
    computer?: { id: string; name: string };
    /** What is live now. What the peer holds beside these has ended. */
    connections: LiveConnection[];
    /** STUN servers by which two peers find their way to each other. */
    stunUrls: string[];
    client: {
      address: string | null;
      network: string | null;
      trusted: boolean;
      /** Why the address is unknown. */
      reason: string | null;
    };
  };
  /** The offer passed the gate and waits for the computer. */
  offer_received: { attemptId: string; connectionId: string; online: boolean; expiresAt: Time };
  offer_relay: {
    attemptId: string;
    connectionId: string;
    from: { userId: string; name: string };
    data: Record<string, unknown>;
  };
  answer_relay: {
    attemptId: string;
    connectionId: string;
    approved: boolean;
    data: Record<string, unknown>;
  };
  candex_relay: { attemptId: string; data: Record<string, unknown> };
  /**
   * A challenge of this session was passed from this network: repeat the offer. With `passed: false` the proof
   * came from this other network, which is verified now, and the challenge stays open for its own. It is
   * masked for a socket on a network that is not trusted.
   */
  ip_verified: { network: string; trustedUntil: Time; challengeId: string; passed?: false };
  connection_closed: {
    attemptId: string;
    connectionId: string;
    /** The state that it ended in, or why it was revoked. */
    reason: ConnectionState | ConnectionEndReason;
  };
  /** A computer that this user may connect to came online or went offline. */
  presence: { computerId: string; online: boolean; lastSeenAt: Time | null };
  error: Problem & { attemptId?: string };
};
export type ServerAction = keyof ServerPayloads;

/** A message of the server's. */
export type ServerMessage = {
  [A in ServerAction]: { version: 1; action: A; payload: ServerPayloads[A] };
}[ServerAction];
