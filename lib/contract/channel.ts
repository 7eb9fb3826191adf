/**
 * What a client and a Team Computer say to each other on the data channel of a live connection, past
 * the server: JSON texts. The computer shows itself read-only; nothing here changes it.
 */
import { z } from 'zod';

const count = z.number().int().min(0);
const bytes = z.number().min(0);
const text = z.string().max(200);

/** Comes back as it is, for the time of a round trip. */
export const Echo = z.strictObject({ type: z.literal('echo'), id: count });

/** Sent by the computer once, when the channel opens. */
const Facts = z.strictObject({
  type: z.literal('facts'),
  name: text,
  system: text,
  architecture: text,
  cpus: count,
  memoryBytes: bytes,
  program: text,
});

const Process = z.strictObject({
  pid: count,
  name: text,
  /** Share of one processor, 1 is all of it. */
  cpu: z.number().min(0),
  memoryBytes: bytes,
});

/** Sent by the computer every second: the live view. */
const Monitor = z.strictObject({
  type: z.literal('monitor'),
  at: z.iso.datetime(),
  uptimeSeconds: z.number().min(0),
  /** Over 1, 5 and 15 minutes. */
  load: z.tuple([z.number().min(0), z.number().min(0), z.number().min(0)]),
  /** Share of each processor that was busy since the last view, 0 to 1. */
  cpu: z.array(z.number().min(0).max(1)).max(512),
  memory: z.strictObject({ totalBytes: bytes, freeBytes: bytes }),
  /** The busiest first; empty where the system doesn't tell. */
  processes: z.array(Process).max(20),
});

/** What a client sends. */
export const FromClient = Echo;

/** What a computer sends. */
export const FromComputer = z.discriminatedUnion('type', [Echo, Facts, Monitor]);
export type FromComputer = z.infer<typeof FromComputer>;
export type ComputerFacts = z.infer<typeof Facts>;
export type MonitorView = z.infer<typeof Monitor>;
