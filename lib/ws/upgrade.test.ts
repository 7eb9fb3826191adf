import { EventEmitter } from 'node:events';
import { describe, expect, it } from 'vitest';
import type { WebSocket } from 'ws';
import type { Holder } from '@/lib/auth/socket-actor';
import type { ClientAddress } from '@/lib/policy/client-address';
import { Counters } from './counters';
import { LIMITS } from './limits';
import { OpenSocket } from './open-socket';
import { Registry } from './registry';
import { requireRoom } from './upgrade';

const clientAt = (network: string | null, peer = '127.0.0.1'): ClientAddress => ({
  address: network && '1.2.3.4',
  network,
  reason: network === null ? 'no_header' : null,
  peer,
  header: 'x-forwarded-for',
  hops: [],
  hopsLeft: 0,
  contradictedBy: null,
});

const hostOf = (computerId: string): Holder => ({
  kind: 'host',
  host: {
    computerId,
    keyHash: Buffer.alloc(32),
    teamId: 'team_1',
    name: computerId,
    incumbent: null,
  },
});

/** A registry in which `count` computers have a socket from one address. */
function withSockets(count: number, client: ClientAddress) {
  const counters = new Counters();
  const registry = new Registry();
  const sockets = Array.from({ length: count }, (_, index) => {
    const ws = new EventEmitter() as WebSocket;
    const handlers = {
      counters,
      onMessage: async () => undefined,
      onExcess: () => undefined,
      onClosed: () => undefined,
    };
    const socket = new OpenSocket(ws, hostOf(`cmp_${index}`), client, handlers);
    registry.add(socket);
    return socket;
  });
  const ask = (from: ClientAddress) =>
    requireRoom(hostOf('cmp_new'), { client: from, requestId: 'req' }, registry, counters);
  return { registry, sockets, ask };
}

describe('a network', () => {
  const office = clientAt('203.0.113.7/32');

  it('holds no more sockets than its limit; others have room, and who leaves makes room', () => {
    const { registry, sockets, ask } = withSockets(LIMITS.socketsPerNetwork, office);
    expect(() => ask(office)).toThrow('too_many_requests');
    expect(() => ask(clientAt('203.0.113.8/32'))).not.toThrow();
    const [first] = sockets;
    if (first) registry.delete(first);
    expect(() => ask(office)).not.toThrow();
  });

  it('that is unknown is told apart by its peer', () => {
    const { ask } = withSockets(LIMITS.socketsPerNetwork, clientAt(null, '192.0.2.1'));
    expect(() => ask(clientAt(null, '192.0.2.1'))).toThrow('too_many_requests');
    expect(() => ask(clientAt(null, '192.0.2.2'))).not.toThrow();
  });
});
