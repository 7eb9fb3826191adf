import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { freePort, HOME, TestServer, untilServed } from '../support/harness';
import { type Nginx, startNginx } from '../support/nginx';
import { TestSocket, UpgradeRefused } from '../support/socket-client';
import { connect, Sockets, stateOf } from '../support/socket-scene';

// What ends without a word: an instance that is killed, a computer that never comes back, a session whose
// time runs out. Nobody says so, and nothing may stay as it was. The waits are those of the product, over
// a minute each, and run beside one another.

vi.setConfig({ testTimeout: 200_000 });

/** Longer than a computer may be away (75 s), a socket go unchecked (60 s) and an offer wait (60 s). */
const patience = { timeout: 150_000, interval: 500 };

let doomed: TestServer;
let other: TestServer;
let nginx: Nginx;
let teamId: string;
const sockets = new Sockets();

beforeAll(async () => {
  const port = await freePort();
  doomed = await TestServer.start({ APP_URL: `http://localhost:${port}` });
  other = await TestServer.startBeside(doomed);
  nginx = await startNginx(port, [doomed.port, other.port]);
  teamId = await other.addTeam();
});
afterAll(async () => {
  await nginx?.stop();
  await doomed?.stop();
  await other?.stop();
});

/** Where everybody is: an address that their end of the connection is bound to, with nginx or without. */
const AT = '127.0.0.21';

type Scene = Awaited<ReturnType<typeof makeScene>>;

/** A member and a computer, each with a socket. */
async function makeScene(server: TestServer) {
  const user = await server.addUser({ teamId, at: AT });
  const computer = await server.addHost(teamId);
  const client = await sockets.open(server, { from: AT, token: user.token });
  const host = await sockets.open(server, { from: AT, token: computer.key });
  return { user, computer, client, host };
}

/** A socket through nginx, as a client opens it that has lost one: again while the answer is to try later. */
async function comeBack(token: string): Promise<TestSocket> {
  const opened = await vi.waitFor(async () => {
    const call = { token, from: AT, port: nginx.port };
    const socket = await TestSocket.open(other, call).catch((error: unknown) => error);
    if (socket instanceof UpgradeRefused && socket.status === 503) throw socket;
    return socket;
  }, patience);
  if (!(opened instanceof TestSocket)) throw opened;
  sockets.keep(opened);
  return opened;
}

const isOnline = async ({ computer }: Scene) =>
  (await other.count('computers WHERE id = $1 AND online', [computer.id])) === 1;

describe.concurrent('an instance is killed', () => {
  let back: Scene & { attemptId: string; connectionId: string };
  let lost: Scene & { attemptId: string; connectionId: string };
  let asked: Scene & { attemptId: string };
  let unheard: Scene & { attemptId: string };
  let crowd: string[];

  beforeAll(async () => {
    const connected = async () => {
      const scene = await makeScene(doomed);
      return { ...scene, ...(await connect(scene.client, scene.host, scene.computer.id)) };
    };
    const offered = async () => {
      const scene = await makeScene(doomed);
      const attemptId = scene.client.offer(scene.computer.id);
      await scene.host.next('offer_relay');
      return { ...scene, attemptId };
    };
    back = await connected();
    lost = await connected();
    asked = await offered();
    unheard = await offered();
    crowd = await Promise.all(
      Array.from({ length: 15 }, async () => (await doomed.addUser({ teamId, at: AT })).token),
    );
    for (const token of crowd) {
      await Promise.all(
        Array.from({ length: 20 }, () => sockets.open(doomed, { from: AT, token })),
      );
    }
    await doomed.kill('SIGKILL');
    for (const { client, host } of [back, lost, asked, unheard]) {
      expect([await client.closed(), await host.closed()]).toEqual([1006, 1006]);
    }
  });

  it('both ends come back to the other one and find their connection as it was', async () => {
    const { attemptId, connectionId, computer, user } = back;
    const live = { attemptId, connectionId, state: 'accepted' };
    const host = await comeBack(computer.key);
    expect(await host.next('hello')).toMatchObject({ connections: [live] });
    expect(await isOnline(back)).toBe(true);
    const client = await comeBack(user.token);
    expect(await client.next('hello')).toMatchObject({
      connections: [live],
      client: { address: AT, trusted: true },
    });
    client.send('candex', { attemptId, data: { to: 'host' } });
    expect(await host.next('candex_relay')).toEqual({ attemptId, data: { to: 'host' } });
    host.send('candex', { attemptId, data: { to: 'client' } });
    expect(await client.next('candex_relay')).toEqual({ attemptId, data: { to: 'client' } });

    // When what did not come back is settled, this stays.
    await vi.waitFor(async () => expect(await isOnline(lost)).toBe(false), patience);
    expect(await isOnline(back)).toBe(true);
    expect(await stateOf(other, attemptId)).toEqual({ state: 'accepted', end_reason: null });
    await connect(client, host, computer.id);
  });

  it('a computer that never comes back is offline, and its connections are over', async () => {
    const { attemptId, connectionId, computer, user } = lost;
    const client = await comeBack(user.token);
    expect(await client.next('hello')).toMatchObject({ connections: [{ attemptId }] });
    await vi.waitFor(
      async () =>
        expect(await stateOf(other, attemptId)).toEqual({
          state: 'closed',
          end_reason: 'computer_gone',
        }),
      patience,
    );
    expect(await client.next('connection_closed')).toEqual({
      attemptId,
      connectionId,
      reason: 'computer_gone',
    });
    const isIt = (one: { computerId: string }) => one.computerId === computer.id;
    expect(await client.next('presence', isIt)).toMatchObject({ online: false });
    expect(await isOnline(lost)).toBe(false);
  });

  it('an offer that was being looked at is given again to the computer that comes back', async () => {
    const { attemptId, computer, user } = asked;
    const client = await comeBack(user.token);
    expect(await client.next('hello')).toMatchObject({
      connections: [{ attemptId, state: 'waiting_for_host' }],
    });
    const host = await comeBack(computer.key);
    expect(await host.next('offer_relay')).toMatchObject({ attemptId });
    host.send('answer', { attemptId, approved: true, data: {} });
    expect(await client.next('answer_relay')).toMatchObject({ attemptId, approved: true });
  });

  it('one that nobody comes back for expires in its time', async () => {
    const { attemptId, user, computer } = unheard;
    const client = await comeBack(user.token);
    await vi.waitFor(
      async () => expect(await stateOf(other, attemptId)).toMatchObject({ state: 'expired' }),
      patience,
    );
    expect(await client.next('connection_closed')).toMatchObject({ attemptId, reason: 'expired' });
    const host = await comeBack(computer.key);
    expect(await host.next('hello')).toMatchObject({ connections: [] });
    await host.settled();
    expect(host.unread).toEqual([]);
    expect(
      await other.count(
        `connections WHERE state = 'waiting_for_host' AND expires_at < gatehouse_now() - interval '20 seconds'`,
      ),
    ).toBe(0);
  });

  it('WS-31 all come back at once, and others get in meanwhile', async () => {
    const all = Promise.all(
      crowd.flatMap((token) =>
        Array.from({ length: 20 }, async () => (await comeBack(token)).next('hello')),
      ),
    );
    const newcomer = await other.addUser({ teamId });
    const body = { email: newcomer.email, password: newcomer.password };
    const logIn = await untilServed(() => other.post('/sessions', { from: HOME, body }));
    expect(logIn.status).toBe(201);
    expect(await all).toHaveLength(300);
  });
});

describe.concurrent('a session’s time runs out', () => {
  const runOut = ({ user }: Scene) =>
    other.db.query(
      `UPDATE sessions SET expires_at = gatehouse_now() - interval '1 ms' WHERE id = $1`,
      [user.sessionId],
    );

  it('the next offer is refused at once, and its socket closed', async () => {
    const scene = await makeScene(other);
    await runOut(scene);
    const attemptId = scene.client.offer(scene.computer.id);
    expect(await scene.client.closed()).toBe(4401);
    expect(await stateOf(other, attemptId)).toBeUndefined();
    await scene.host.settled();
    expect(scene.host.unread).toEqual([]);
  });

  it('its connection ends, and the socket of whoever says nothing is closed', async () => {
    const scene = await makeScene(other);
    const { attemptId } = await connect(scene.client, scene.host, scene.computer.id);
    await runOut(scene);
    const reason = 'session_ended';
    expect(await scene.host.next('connection_closed')).toMatchObject({ attemptId, reason });
    expect(await stateOf(other, attemptId)).toEqual({ state: 'revoked', end_reason: reason });
    await vi.waitFor(() => expect(scene.client.closeCode).toBe(4401), patience);
    expect(await isOnline(scene)).toBe(true);
  });
});
