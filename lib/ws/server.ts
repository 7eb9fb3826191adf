import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { type ServerOptions, WebSocketServer } from 'ws';
import { type Holder, refreshActor } from '@/lib/auth/socket-actor';
import { GatehouseError } from '@/lib/contract/errors';
import { MAX_MESSAGE_BYTES } from '@/lib/contract/protocol';
import { listenToBus } from '@/lib/platform/bus';
import { env } from '@/lib/platform/env';
import { log } from '@/lib/platform/log';
import { databaseIsPrepared } from '@/lib/platform/postgres/database-state';
import { hashToken } from '@/lib/platform/token';
import { Turns } from '@/lib/platform/turns';
import type { ClientAddress } from '@/lib/policy/client-address';
import { presentClient } from '@/lib/service/account/me';
import {
  auditDuplicate,
  comeOnline,
  goOffline,
  type Host,
  listLiveOfComputer,
  listLiveOfSession,
  refuseDuplicate,
  settle,
} from '@/lib/service/computers/signalling';
import type { Actor, Origin } from '@/lib/service/gate/actor';
import { partyOf } from '@/lib/service/gate/turns';
import { knownError, logFailure } from '@/lib/service/known-error';
import { type Announcement, giveOffers, hear } from './announcements';
import { Counters } from './counters';
import { Incumbents } from './incumbents';
import { LIMITS } from './limits';
import { answerExcess, answerMessage } from './messages';
import { OpenSocket, type SocketHandlers, type SocketHolder } from './open-socket';
import { recheckClients, recheckHosts } from './recheck';
import { Registry } from './registry';
import { admit, requireRoom } from './upgrade';

/** How often what nobody was there to write is put right. */
const SETTLE_MS = 5_000;
/** How often every socket is looked at again, for sessions that ran out in silence. */
const RECHECK_MS = 60_000;
/** How long after a failure to try again. */
const RETRY_MS = 1_000;
const SECOND_MS = 1_000;

/** `closeTimeout`, which the types of `ws` don't know: how long the other end may take over a close. */
const OPTIONS: ServerOptions & { closeTimeout: number } = {
  noServer: true,
  clientTracking: false,
  maxPayload: MAX_MESSAGE_BYTES,
  perMessageDeflate: false,
  handleProtocols: () => false,
  closeTimeout: LIMITS.closeMs,
};

/** How a refused upgrade is answered: a complete HTTP answer. */
export type Refuse = (socket: Duplex, error: GatehouseError, requestId: string) => void;

export type SocketEdge = {
  /** Takes an upgrade that the door has let in; its socket has an error listener. Never throws. */
  handleUpgrade: (
    req: IncomingMessage,
    socket: Duplex,
    head: Buffer,
    client: ClientAddress,
    requestId: string,
  ) => Promise<void>;
  /** Takes no more, sends every socket away to come back, and says that its computers are offline. */
  stop: () => Promise<void>;
};

/** The WebSocket edge: listens to the bus, and takes upgrades. */
export function startSocketEdge(refuse: Refuse): SocketEdge {
  const registry = new Registry();
  const incumbents = new Incumbents();
  const counters = new Counters();
  const server = new WebSocketServer(OPTIONS);
  const upgrades = new Turns(LIMITS.upgrades);
  const greetings = new Turns(LIMITS.greetings);
  let isStopping = false;
  let isListening = false;

  const handlers: SocketHandlers = {
    counters,
    onMessage: (socket, text, waitedMs) => answerMessage(socket, text, waitedMs, counters),
    onExcess: (socket, text) => answerExcess(socket, text, counters),
    onClosed: (socket) => {
      counters.add('closed');
      registry.delete(socket);
      if (socket.holder.kind !== 'host' || isStopping) return;
      // Failing that, `settle` finds it untouched.
      goOffline([socket.id]).catch((err: unknown) =>
        log().warn({ err }, 'a computer could not be marked as offline'),
      );
    },
  };

  const greet = (socket: OpenSocket, actor: Actor | null) => {
    const hello = async () => {
      if (socket.isOpen) await sendHello(socket, actor, isSpeaking);
    };
    greetings.take(partyOf(socket.client, keyOf(socket.holder)), hello).catch((error: unknown) => {
      const { code } = knownError(error);
      if (code !== 'unauthenticated') log().warn({ err: error }, 'a socket could not be greeted');
      socket.close(code === 'unauthenticated' ? 'unauthenticated' : 'try_later');
    });
  };

  /** Whether a socket that speaks for a computer gives a sign of life. @throws unavailable */
  const isSpeaking: IsSpeaking = async (computerId, socketId) => {
    // Who can't hear an answer must not take silence for one.
    if (!isListening) throw deaf();
    return incumbents.isAlive(computerId, socketId);
  };
  /** @throws conflict when another socket speaks for the computer, and answers; unavailable */
  const requireVacancy = async (host: Host, origin: Origin) => {
    if (host.incumbent === null) return;
    if (await isSpeaking(host.computerId, host.incumbent)) await refuseDuplicate(host, origin);
  };
  const open = (
    req: IncomingMessage,
    duplex: Duplex,
    head: Buffer,
    holder: Holder,
    origin: Origin,
  ) => {
    server.handleUpgrade(req, duplex, head, (ws) => {
      const socket = new OpenSocket(ws, holder, origin.client, handlers);
      counters.add('opened');
      registry.add(socket);
      greet(socket, holder.kind === 'client' ? holder.actor : null);
    });
  };
  // A handshake that is not WebSocket's: another version, a key that is none.
  server.on('wsClientError', (error, duplex, req) => {
    const requestId = String(req.headers['x-request-id']);
    counters.add('refused_upgrades');
    const headers = { 'Sec-WebSocket-Version': '13' };
    refuse(
      duplex,
      new GatehouseError('invalid_request', `${error.message}.`, { headers }),
      requestId,
    );
  });

  const recheck = async () => {
    await recheckClients(registry.all);
    await recheckHosts(registry.all);
  };

  const catchUp = async () => {
    while (isListening && !isStopping) {
      try {
        await recheck();
        for (const socket of [...registry.all]) greet(socket, null);
        return;
      } catch (err) {
        log().warn({ err }, 'the open sockets could not be checked; trying again');
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
      }
    }
  };
  const stopListening = listenToBus({
    onEvent: (event) => {
      hear(event as Announcement, registry, incumbents).catch((err: unknown) =>
        log().error({ err }, 'an announcement could not be acted upon'),
      );
    },
    onListening: () => {
      isListening = true;
      void catchUp();
    },
    onLost: () => {
      isListening = false;
      counters.add('bus_losses');
      // Through a pooler that passes nothing on it never listens: what is ended is found all the same.
      recheck().catch((err: unknown) => log().debug({ err }, 'the open sockets were not checked'));
    },
  });

  const timers = [
    every(SETTLE_MS, settle),
    every(RECHECK_MS, recheck),
    every(LIMITS.pingMs, () => recheckHosts(registry.all)),
    pingInTurn(registry),
  ];

  return {
    async handleUpgrade(req, duplex, head, client, requestId) {
      const origin = { client, requestId };
      const timer = setTimeout(() => {
        counters.add('half_open');
        duplex.destroy();
      }, LIMITS.upgradeMs);
      try {
        if (isStopping) throw restarting();
        const holder = await upgrades.take(partyOf(client, credentialIn(req)), () =>
          admit(req, origin),
        );
        if (holder.kind === 'host') await requireVacancy(holder.host, origin);
        if (duplex.destroyed) return;
        if (isStopping) throw restarting();
        requireRoom(holder, origin, registry, counters);
        open(req, duplex, head, holder, origin);
      } catch (error) {
        counters.add('refused_upgrades');
        logFailure(error, { requestId });
        refuse(duplex, knownError(error), requestId);
      } finally {
        clearTimeout(timer);
      }
    },
    async stop() {
      isStopping = true;
      for (const timer of timers) clearInterval(timer);
      const sockets = [...registry.all];
      for (const socket of sockets) socket.close('restart');
      const hosts = sockets.filter(({ holder }) => holder.kind === 'host').map(({ id }) => id);
      await goOffline(hosts).catch((err: unknown) =>
        log().warn({ err }, 'computers could not be marked as offline'),
      );
      await stopListening();
      counters.stop();
    },
  };
}

/** Tells a socket who it is to us and what is live; a computer also comes online, and gets what waits. */
async function sendHello(
  socket: OpenSocket,
  known: Actor | null,
  isSpeaking: IsSpeaking,
): Promise<void> {
  const { holder, client } = socket;
  const { address, network, reason } = client;
  const common = { stunUrls: env().stunUrls };
  if (holder.kind === 'host') {
    const state = await takePlace(socket, holder, isSpeaking);
    if (state !== 'claimed') return socket.close(state);
    // It left meanwhile, and was marked as offline before it was online.
    if (!socket.isOpen) return goOffline([socket.id]);
    socket.greet({
      ...common,
      computer: { id: holder.computerId, name: holder.name },
      connections: await listLiveOfComputer(holder),
      client: { address, network, reason, trusted: false },
    });
    return giveOffers(socket);
  }
  const actor = known ?? (await refreshActor(holder, { client, requestId: socket.id }));
  socket.greet({
    ...common,
    session: {
      id: actor.session.id,
      userId: actor.user.id,
      expiresAt: actor.session.expiresAt.toISOString(),
    },
    connections: await listLiveOfSession(actor),
    client: { address, network, reason, trusted: presentClient(actor).trusted },
  });
}

type IsSpeaking = (computerId: string, socketId: string) => Promise<boolean>;

/**
 * Makes a socket its computer's. Another may have come in between: a computer that lost its connection twice
 * meets its own last one here, which answers nobody.
 * @returns why it is closed, where it is not
 * @throws unauthenticated, unavailable
 */
async function takePlace(
  { id, client }: OpenSocket,
  host: Host,
  isSpeaking: IsSpeaking,
): Promise<'claimed' | 'replaced' | 'try_later'> {
  const origin = { client, requestId: id };
  for (let { incumbent } = host; ; ) {
    const state = await comeOnline({ ...host, incumbent }, id, origin);
    if (state === 'claimed') return 'claimed';
    if (state === 'not-allowed') return 'try_later';
    if (await isSpeaking(host.computerId, state.takenBy)) {
      await auditDuplicate(host, origin);
      return 'replaced';
    }
    incumbent = state.takenBy;
  }
}

/** Who stands in line: a session or a computer. */
const keyOf = (holder: SocketHolder) =>
  holder.kind === 'client' ? holder.sessionId : holder.computerId;

/** Whatever an upgrade says who it is by, before anybody has looked. */
function credentialIn({ headers: { authorization, cookie } }: IncomingMessage): string {
  return Buffer.from(hashToken(`${authorization}\n${cookie}`)).toString('base64url');
}

function deaf(): GatehouseError {
  return new GatehouseError(
    'unavailable',
    'Whether another program speaks for this computer can’t be asked at the moment. Try again shortly.',
    { headers: { 'Retry-After': '2' } },
  );
}

function restarting(): GatehouseError {
  return new GatehouseError('unavailable', 'The server restarts. Come back in a moment.', {
    headers: { 'Retry-After': '1' },
  });
}

/** Runs `work` again and again, one run at a time. What fails is logged and left to the next time. */
function every(ms: number, work: () => Promise<unknown>): NodeJS.Timeout {
  let isRunning = false;
  return setInterval(() => {
    // A database that was not reached yet is asked by whoever waits for it.
    if (isRunning || !databaseIsPrepared()) return;
    isRunning = true;
    work()
      .catch((err: unknown) => log().warn({ err }, 'a periodic check failed; it will be repeated'))
      .finally(() => {
        isRunning = false;
      });
  }, ms).unref();
}

/** Pings every socket once in `pingMs`, a part of them each second rather than all at once. */
function pingInTurn(registry: Registry): NodeJS.Timeout {
  const turns = LIMITS.pingMs / SECOND_MS;
  let turn = 0;
  return setInterval(() => {
    turn = (turn + 1) % turns;
    for (const socket of registry.all) if (socket.turn % turns === turn) socket.ping();
  }, SECOND_MS).unref();
}
