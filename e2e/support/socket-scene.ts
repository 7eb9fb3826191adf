import { afterAll } from 'vitest';
import type { TestServer } from './harness';
import { type SocketCall, TestSocket } from './socket-client';

/** The sockets that a test file opens, to close them all at its end. */
export class Sockets {
  private readonly opened: TestSocket[] = [];

  constructor() {
    afterAll(() => this.close());
  }

  /** Opens one that has been greeted. @throws UpgradeRefused */
  async open(server: TestServer, call: SocketCall): Promise<TestSocket> {
    const socket = await TestSocket.open(server, call);
    this.keep(socket);
    await socket.next('hello');
    return socket;
  }

  /** Takes one in that was opened otherwise. */
  keep(socket: TestSocket): void {
    this.opened.push(socket);
  }

  async close(): Promise<void> {
    await Promise.all(this.opened.splice(0).map((socket) => socket.close()));
  }
}

/** Makes a connection that the computer has accepted. */
export async function connect(
  client: TestSocket,
  host: TestSocket,
  computerId: string,
): Promise<{ attemptId: string; connectionId: string }> {
  const attemptId = client.offer(computerId);
  await host.next('offer_relay', (offer) => offer.attemptId === attemptId);
  host.send('answer', { attemptId, approved: true, data: { sdp: 'answer' } });
  const { connectionId } = await client.next('answer_relay', (a) => a.attemptId === attemptId);
  return { attemptId, connectionId };
}

/** The challenge of the refusal that a socket is sent next. */
export async function challengeOf(socket: TestSocket): Promise<{ id: string }> {
  const { challenge } = (await socket.next('error')) as unknown as { challenge: { id: string } };
  return challenge;
}

/** How a connection stands in the database; undefined: it was never made. */
export async function stateOf(
  server: TestServer,
  attemptId: string,
): Promise<{ state: string; end_reason: string | null } | undefined> {
  const { rows } = await server.db.query(
    'SELECT state, end_reason FROM connections WHERE attempt_id = $1',
    [attemptId],
  );
  return rows[0];
}
