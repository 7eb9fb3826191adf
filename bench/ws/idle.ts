import { setTimeout as delay } from 'node:timers/promises';
import type pg from 'pg';
import { requestPath } from '@/lib/contract/call-path';
import { SOCKET_PATH } from '@/lib/contract/protocol';
import { cpuMs, residentKb } from '../figures';
import type { Place } from '../run';
import { credentials, HOME, seedMember, seedSessions, seedTeam } from '../seed';
import { type RunningServer, stopProcess } from '../server';
import { order, type SocketPlan } from './orders';
import { startClients } from './programs';

/** Idle sockets: what it takes to open them, to keep them, and to close them all. */
export type IdleFigures = {
  acceptMs: number;
  /**
   * KiB of each. What the process grew by is too little where sockets take what it had left over from its
   * start; what the heap grew by lacks what is outside of it. The truth is no less than the larger.
   */
  memory: { resident: number; heap: number };
  /** Of one core. */
  cpuPercent: number;
  closeMs: number;
};

/** As many as a session may hold. */
const SOCKETS_PER_SESSION = 20;
/** As many as come from one address, which may hold 2,000. */
const SOCKETS_PER_ADDRESS = 1_000;
/** The share that is opened and closed again before anything is measured, so that the code is warm. */
const WARM_UP = 0.05;

/** The sockets are those of one member, who then signs out everywhere. */
export async function measureGatehouse(
  place: Place,
  db: pg.Pool,
  server: RunningServer,
  { count, restSeconds }: { count: number; restSeconds: number },
): Promise<IdleFigures> {
  const member = await seedMember(db, await seedTeam(db), 'Idle');
  const tokens = await seedSessions(db, member, Math.ceil(count / SOCKETS_PER_SESSION));
  const signOut = async () => {
    const url = `http://localhost:${server.port}${requestPath('DELETE /sessions', {})}`;
    const headers = credentials(tokens[0] ?? '', HOME);
    const { status } = await fetch(url, { method: 'DELETE', headers });
    if (status !== 204) throw new Error(`signing out everywhere was answered ${status}`);
  };
  return measure(place, server, { count, restSeconds, tokens, closeAll: signOut });
}

/** The same sockets at the baseline. */
export async function measureEcho(
  place: Place,
  server: RunningServer,
  { count, restSeconds }: { count: number; restSeconds: number },
): Promise<IdleFigures> {
  const closeAll = () => order(server.process, 'closeAll', null);
  return measure(place, server, { count, restSeconds, tokens: [], closeAll });
}

async function measure(
  place: Place,
  server: RunningServer,
  wish: { count: number; restSeconds: number; tokens: string[]; closeAll: () => Promise<unknown> },
): Promise<IdleFigures> {
  const { count, tokens } = wish;
  const addresses = Math.ceil(count / SOCKETS_PER_ADDRESS);
  const plan: SocketPlan = {
    port: server.port,
    path: SOCKET_PATH,
    count,
    tokens,
    addresses: Array.from({ length: addresses }, (_, index) => `127.0.1.${index + 1}`),
    isGreeted: tokens.length > 0,
  };
  const warmUp = startClients(place);
  await order(warmUp, 'open', { ...plan, count: Math.ceil(count * WARM_UP) });
  await stopProcess(warmUp);

  const clients = startClients(place);
  const before = await memoryOf(server);
  const { ms: acceptMs } = await order(clients, 'open', plan);
  const after = await memoryOf(server);

  const cpuBefore = await cpuMs(server.pid);
  await delay(wish.restSeconds * 1000);
  const cpuPercent = ((await cpuMs(server.pid)) - cpuBefore) / (wish.restSeconds * 10);

  const closing = Date.now();
  const [{ at }] = await Promise.all([order(clients, 'closed', null), wish.closeAll()]);
  await stopProcess(clients);
  return {
    acceptMs,
    memory: {
      resident: (after.resident - before.resident) / count,
      heap: (after.heap - before.heap) / count,
    },
    cpuPercent,
    closeMs: at - closing,
  };
}

/** What a server needs once it has freed what it can, in KiB. */
async function memoryOf(server: RunningServer): Promise<{ resident: number; heap: number }> {
  const { heapKb } = await order(server.process, 'settle', null);
  return { resident: await residentKb(server.pid), heap: heapKb };
}
