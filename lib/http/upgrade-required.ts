import { GatehouseError } from '@/lib/contract/errors';

/**
 * Answers a plain request where only a WebSocket is offered. `Connection` names the `Upgrade` field, as
 * RFC 9110 (7.8) asks.
 * @throws upgrade_required
 */
export async function requireUpgrade(): Promise<never> {
  throw new GatehouseError('upgrade_required', 'Open this as a WebSocket.', {
    headers: { Upgrade: 'websocket', Connection: 'upgrade, close' },
  });
}
