import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { CAFE, HOME, ownServer, type TestUser, untilServed } from '../support/harness';

/** 2,160 hours: 90 days whatever the clocks of a place do. */
const TRUST_MS = 2160 * 3_600_000;
const DAY_MS = 86_400_000;

const server = ownServer({ LOG_LEVEL: 'debug' });
let teamId: string;
let computerId: string;

beforeAll(async () => {
  ({ teamId } = await server.setUp());
  computerId = await server.addComputer(teamId);
});
afterEach(() => server.freezeClock(null));

const connect = (user: { token: string }, from = HOME) =>
  untilServed(() => server.connect(computerId, { token: user.token, from }));

/** A user whose home was verified so long ago, by a clock that stands still. */
async function verifiedAgo(ageMs: number, now = new Date()): Promise<TestUser> {
  await server.freezeClock(now);
  const user = await server.addUser({ teamId });
  await server.trust(user.id, HOME, ageMs);
  return user;
}

const INSTANTS: [offsetMs: number, status: number][] = [
  [-1000, 201],
  [-1, 201],
  [0, 403],
  [1, 403],
  [1000, 403],
];

describe('trust ends 90 days after the verification, to the millisecond', () => {
  it.each(INSTANTS)('VER-1 90 days %i ms: connecting answers %i', async (offsetMs, status) => {
    const user = await verifiedAgo(TRUST_MS + offsetMs);
    const answer = await connect(user);
    expect(answer.status).toBe(status);
    expect(await server.count('connections WHERE user_id = $1', [user.id])).toBe(
      status === 201 ? 1 : 0,
    );
    expect(
      await server.count(`audit_events WHERE actor_id = $1 AND finding = 'expired'`, [user.id]),
    ).toBe(status === 201 ? 0 : 1);
  });

  it.each([
    [-1, true, 'trusted'],
    [0, false, 'expired'],
    [1, false, 'expired'],
  ])(
    'VER-1 90 days %i ms: what is shown agrees (trusted: %s)',
    async (offsetMs, trusted, state) => {
      const now = new Date();
      const user = await verifiedAgo(TRUST_MS + offsetMs, now);
      const { client } = (await server.get('/me', { token: user.token })).body;
      const trustedUntil = new Date(now.getTime() - offsetMs).toISOString();
      expect(client).toMatchObject({ trusted, trustedUntil });
      const list = await server.get('/me/verified-ips', { token: user.token });
      expect(list.body.data).toEqual([
        expect.objectContaining({ network: `${HOME}/32`, state, trustedUntil }),
      ]);
    },
  );

  it.each(INSTANTS)('a team’s own 7 days end alike: %i ms answers %i', async (offsetMs, status) => {
    await server.setRule(teamId, { trustDays: 7 });
    try {
      const user = await verifiedAgo(7 * DAY_MS + offsetMs);
      expect((await connect(user)).status).toBe(status);
    } finally {
      await server.setRule(teamId, { trustDays: 90 });
    }
  });

  it('the prompt says that it has run out, and passing it begins 90 new days', async () => {
    const now = new Date();
    const user = await verifiedAgo(TRUST_MS, now);
    const refused = await connect(user);
    expect(refused.body.code).toBe('ip_verification_required');
    expect(refused.body.detail).toMatch(/run out/);
    const { body } = await server.verify(user, { challengeId: refused.body.challenge.id });
    expect(body.verifiedIp).toMatchObject({
      state: 'trusted',
      trustedUntil: new Date(now.getTime() + TRUST_MS).toISOString(),
    });
    expect((await connect(body)).status).toBe(201);
    expect(await server.count('verified_ips WHERE user_id = $1', [user.id])).toBe(1);
  });

  it('VER-4 daily use does not renew it', async () => {
    const start = Date.now();
    const user = await verifiedAgo(0, new Date(start));
    for (const day of [1, 30, 60, 89]) {
      await server.freezeClock(new Date(start + day * DAY_MS));
      await server.db.query(
        `UPDATE sessions SET last_seen_at = gatehouse_now(), expires_at = gatehouse_now() + interval '1 day' WHERE id = $1`,
        [user.sessionId],
      );
      expect((await connect(user)).status).toBe(201);
    }
    await server.freezeClock(new Date(start + 90 * DAY_MS));
    await server.db.query(
      `UPDATE sessions SET last_seen_at = gatehouse_now(), expires_at = gatehouse_now() + interval '1 day' WHERE id = $1`,
      [user.sessionId],
    );
    expect((await connect(user)).body.code).toBe('ip_verification_required');
  });
});

describe('VER-2 in a database whose zone changes to daylight saving', () => {
  /** Fifty days after the change of 8 March 2026 in New York. */
  const now = new Date('2026-04-27T12:00:00.000Z');

  beforeAll(async () => {
    const { rows } = await server.db.query('SELECT current_database() AS name');
    await server.db.query(`ALTER DATABASE ${rows[0].name} SET timezone = 'America/New_York'`);
    await server.kill();
    await server.launch();
  });

  it('the database’s own zone is that one', async () => {
    const { rows } = await server.db.query(
      `SELECT setconfig FROM pg_db_role_setting s JOIN pg_database d ON d.oid = s.setdatabase
       WHERE d.datname = current_database()`,
    );
    expect(rows[0].setconfig).toEqual(['TimeZone=America/New_York']);
  });

  it.each(INSTANTS)('2,160 hours %i ms: connecting answers %i', async (offsetMs, status) => {
    const user = await verifiedAgo(TRUST_MS + offsetMs, now);
    expect((await connect(user)).status).toBe(status);
  });
});

describe.each([
  ['VER-3', 2 * DAY_MS],
  ['VER-3', -2 * DAY_MS],
  ['DB-11', 600_000],
  ['DB-11', -600_000],
])('%s a server whose own clock is wrong by %i ms', (_row, shiftMs) => {
  beforeAll(async () => {
    await server.kill();
    await server.launch({ CLOCK_SHIFT_MS: String(shiftMs) }, [
      '--import',
      './e2e/support/shift-clock.mjs',
    ]);
  });

  it('really has a wrong clock', async () => {
    await server.get('/me', { headers: { host: 'evil.test' } });
    const time = /"time":"([^"]+)"/.exec(server.log)?.[1] ?? '';
    expect(Math.abs(Date.parse(time) - Date.now() - shiftMs)).toBeLessThan(60_000);
  });

  it.each(INSTANTS)('decides the same at 90 days %i ms: %i', async (offsetMs, status) => {
    const user = await verifiedAgo(TRUST_MS + offsetMs);
    expect((await connect(user)).status).toBe(status);
  });

  it('keeps sessions and challenges as long as any other', async () => {
    const now = Date.now();
    const user = await verifiedAgo(0, new Date(now));
    const { challenge } = (await connect(user, CAFE)).body;
    expect(Date.parse(challenge.expiresAt)).toBe(now + 600_000);
    for (const [atMs, status] of [
      [599_999, 'pending'],
      [600_000, 'expired'],
    ] as const) {
      await server.freezeClock(new Date(now + atMs));
      expect((await server.get(`/challenges/${challenge.id}`)).body.status).toBe(status);
    }
    for (const [atMs, status] of [
      [14 * DAY_MS - 1, 200],
      [14 * DAY_MS, 401],
    ] as const) {
      await server.db.query('UPDATE sessions SET last_seen_at = $2 WHERE id = $1', [
        user.sessionId,
        new Date(now),
      ]);
      await server.freezeClock(new Date(now + atMs));
      expect((await server.get('/me', { token: user.token })).status).toBe(status);
    }
  });
});
