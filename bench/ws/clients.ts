import { EventEmitter, once } from 'node:events';
import { obey, type SocketPlan } from './orders';
import { RawSocket } from './raw-socket';

/** A process of its own that holds many idle sockets. */

/** Upgrades under way at once. */
const AT_ONCE = 100;

const events = new EventEmitter();
let openSockets = 0;
let lastCloseAt = 0;

async function open(plan: SocketPlan): Promise<{ ms: number }> {
  const start = performance.now();
  let next = 0;
  const openInTurn = async () => {
    for (let place = next++; place < plan.count; place = next++) await openOne(plan, place);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, openInTurn));
  return { ms: performance.now() - start };
}

function openOne(plan: SocketPlan, place: number): Promise<void> {
  const { tokens, addresses, isGreeted } = plan;
  const token = tokens[place % tokens.length] ?? null;
  const localAddress = addresses[place % addresses.length] ?? '127.0.0.1';
  return new Promise<void>((resolve, reject) => {
    let state: 'opening' | 'open' | 'closed' = 'opening';
    const count = () => {
      if (state !== 'opening') return;
      state = 'open';
      openSockets++;
      resolve();
    };
    new RawSocket(
      { port: plan.port, path: plan.path, token, localAddress },
      {
        onOpen: () => {
          if (!isGreeted) count();
        },
        onMessage: count,
        onClose: () => {
          state = 'closed';
          lastCloseAt = Date.now();
          openSockets--;
          if (openSockets === 0) events.emit('empty');
        },
        onLost: (why) => {
          if (state === 'open') throw new Error(`an open socket was lost: ${why}`);
          reject(new Error(`a socket could not be opened: ${why}`));
        },
      },
    );
  });
}

async function closed(): Promise<{ at: number }> {
  if (openSockets > 0) await once(events, 'empty');
  return { at: lastCloseAt };
}

obey({ open, closed });
