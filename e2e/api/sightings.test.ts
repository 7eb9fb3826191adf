import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { CAFE, HOME, TestServer, type TestUser, THIEF, untilServed } from './harness';

let server: TestServer;
let teamId: string;
let computerId: string;

beforeAll(async () => {
  server = await TestServer.start();
  ({ teamId } = await server.setUp());
  computerId = await server.addComputer(teamId);
});
afterAll(() => server.stop());

type Seen = { network: string; count: number; verified: boolean; would_block: object };
async function sightingsOf(user: TestUser): Promise<Seen[]> {
  const { rows } = await server.db.query(
    `SELECT network, count::int, verified, would_block FROM sightings
     WHERE user_id = $1 ORDER BY network`,
    [user.id],
  );
  return rows;
}
const soon = <T>(check: () => Promise<T>) => vi.waitFor(check, { timeout: 20_000, interval: 50 });

it('each session and network: how often, whether verified, what would have been blocked', async () => {
  const user = await server.addUser({ teamId });
  await Promise.all([
    server.get('/me', { token: user.token }),
    server.get('/me', { token: user.token }),
    server.get('/me', { token: user.token, from: THIEF }),
    server.post(`/computers/${computerId}/connections`, {
      token: user.token,
      body: {},
      from: THIEF,
    }),
  ]);
  await soon(async () =>
    expect(await sightingsOf(user)).toEqual([
      { network: `${HOME}/32`, count: 2, verified: true, would_block: {} },
      { network: `${THIEF}/32`, count: 2, verified: false, would_block: { 'api.read': 1 } },
    ]),
  );
});

it('what was seen is not lost when the server stops', async () => {
  const user = await server.addUser({ teamId });
  await server.get('/me', { token: user.token, from: CAFE });
  await server.kill();
  expect(await sightingsOf(user)).toMatchObject([{ network: `${CAFE}/32`, count: 1 }]);
  await server.launch();
});

it.each([
  ['session', 'SELECT 1 FROM sessions WHERE user_id = $1 FOR UPDATE'],
  ['verified network', 'SELECT 1 FROM verified_ips WHERE user_id = $1 FOR UPDATE'],
])('waits for no %s that somebody is changing, and writes it afterwards', async (_what, lock) => {
  const [busy, other] = [await server.addUser({ teamId }), await server.addUser({ teamId })];
  const holder = await server.db.connect();
  try {
    await holder.query('BEGIN');
    await holder.query(lock, [busy.id]);
    await untilServed(() => server.get('/me', { token: busy.token }));
    await untilServed(() => server.get('/me', { token: other.token }));
    await soon(async () => expect(await sightingsOf(other)).toMatchObject([{ count: 1 }]));
    expect(await sightingsOf(busy)).toEqual([]);
    await untilServed(() => server.get('/me', { token: busy.token }));
    await holder.query('COMMIT');
  } finally {
    holder.release();
  }
  await soon(async () => expect(await sightingsOf(busy)).toMatchObject([{ count: 2 }]));
});
