/**
 * The WebSocket protocol, version 1. Every message is `{"version":1,"action","payload"}` in one text
 * frame. Who speaks is told by the credential, never by a message.
 */
import { z } from 'zod';
import { CONNECTION_END_REASONS, CONNECTION_STATES } from '@/lib/policy/connection-state';
import { ERROR_CODES, type ErrorCode } from './errors';
import { PROTOCOL_VERSION } from './protocol';
import { jsonObject, offerData } from './schemas';

/** The client's name for one attempt to connect: unguessable, and unique among what is live. */
const attemptId = z.string().regex(/^[A-Za-z0-9_-]{8,64}$/, '8 to 64 letters, digits, _ or -');
const version = z.literal(PROTOCOL_VERSION);

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

/** What a later version may name anew: whoever reads one takes any. */
const oneOf = <const Name extends string>(examples: readonly Name[]) =>
  z.string().meta({ examples: [...examples] }) as z.ZodType as z.ZodType<Name>;

const time = z.iso.datetime();
const connectionId = z.string();

/** A live connection of whoever is greeted, as it stands in the database. */
const LiveConnection = z.object({
  attemptId: z.string(),
  connectionId,
  state: oneOf(CONNECTION_STATES),
});
export type LiveConnection = z.infer<typeof LiveConnection>;

const message = <A extends string, P extends z.ZodType>(action: A, payload: P) =>
  z.object({ version, action: z.literal(action), payload });

/** What the server sends. A member may be added at any time: whoever reads one ignores what it does not know. */
export const ServerMessage = z.discriminatedUnion('action', [
  /** First of all, and again whenever the server can't be sure that it told everything since. */
  message(
    'hello',
    z.object({
      session: z.object({ id: z.string(), userId: z.string(), expiresAt: time }).optional(),
      computer: z.object({ id: z.string(), name: z.string() }).optional(),
      /** What is live now. What it holds beside these has ended. */
      connections: z.array(LiveConnection),
      /** STUN servers by which the two ends find their way to each other. */
      stunUrls: z.array(z.string()),
      client: z.object({
        address: z.string().nullable(),
        network: z.string().nullable(),
        trusted: z.boolean(),
        /** Why the address is unknown. */
        reason: z.string().nullable(),
      }),
    }),
  ),
  /** The offer passed the gate and waits for the computer. */
  message(
    'offer_received',
    z.object({ attemptId: z.string(), connectionId, online: z.boolean(), expiresAt: time }),
  ),
  message(
    'offer_relay',
    z.object({
      attemptId: z.string(),
      connectionId,
      from: z.object({ userId: z.string(), name: z.string() }),
      data: jsonObject,
    }),
  ),
  message(
    'answer_relay',
    z.object({
      attemptId: z.string(),
      connectionId,
      approved: z.boolean(),
      data: jsonObject,
    }),
  ),
  message('candex_relay', z.object({ attemptId: z.string(), data: jsonObject })),
  /**
   * A challenge of this session was passed from this network: repeat the offer. With `passed: false` the proof
   * came from this other network, which is verified now, and the challenge stays open for its own. It is
   * masked for a socket on a network that is not trusted.
   */
  message(
    'ip_verified',
    z.object({
      network: z.string(),
      trustedUntil: time,
      challengeId: z.string(),
      passed: z.literal(false).optional(),
    }),
  ),
  message(
    'connection_closed',
    z.object({
      attemptId: z.string(),
      connectionId,
      /** The state that it ended in, or why it was revoked. */
      reason: oneOf([...CONNECTION_STATES, ...CONNECTION_END_REASONS]),
    }),
  ),
  /** A computer came online or went offline. With `mayConnect: false` the user manages it, and may not connect. */
  message(
    'presence',
    z.object({
      computerId: z.string(),
      online: z.boolean(),
      lastSeenAt: time.nullable(),
      mayConnect: z.literal(false).optional(),
    }),
  ),
  /** A problem document (RFC 9457), whole. */
  message(
    'error',
    z.looseObject({
      type: z.string(),
      title: z.string(),
      status: z.int(),
      detail: z.string(),
      code: oneOf(Object.keys(ERROR_CODES) as ErrorCode[]),
      requestId: z.string(),
      attemptId: z.string().optional(),
    }),
  ),
]);
export type ServerMessage = z.infer<typeof ServerMessage>;
export type ServerAction = ServerMessage['action'];
export type ServerPayloads = { [M in ServerMessage as M['action']]: M['payload'] };
