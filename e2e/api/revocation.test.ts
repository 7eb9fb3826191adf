import { setTimeout as delay } from 'node:timers/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { CAFE, HOME, sharedServer, type TestUser, THIEF, untilServed } from '../support/harness';

const server = sharedServer();
let teamId: string;
let computerId: string;

beforeAll(async () => {
  ({ teamId } = await server.setUp());
  computerId = await server.addComputer(teamId);
});

const connect = (token: string, from = HOME) => server.connect(computerId, { token, from });
const liveConnections = (userId: string) =>
  server.count(`connections WHERE user_id = $1 AND state IN ('waiting_for_host', 'accepted')`, [
    userId,
  ]);

describe('revoking a network', () => {
  it('takes effect on the next request, and the session goes on', async () => {
    const user = await server.addUser({ teamId });
    const id = await server.trust(user.id, CAFE);
    expect((await connect(user.token, CAFE)).status).toBe(201);
    expect((await server.delete(`/me/verified-ips/${id}`, { token: user.token })).status).toBe(204);
    const refused = await connect(user.token, CAFE);
    expect(refused.body.code).toBe('ip_verification_required');
    expect(refused.body.detail).toMatch(/removed/);
    expect((await connect(user.token, HOME)).status).toBe(201);
    expect((await server.get('/me', { token: user.token, from: CAFE })).body.client).toMatchObject({
      trusted: false,
      trustedUntil: null,
    });
  });

  it('VER-19 ends the connections that were opened from it, and no others', async () => {
    const user = await server.addUser({ teamId });
    const id = await server.trust(user.id, CAFE);
    const cafe = (await connect(user.token, CAFE)).body.connection;
    const home = (await connect(user.token, HOME)).body.connection;
    await server.delete(`/me/verified-ips/${id}`, { token: user.token });
    const states = async (...ids: string[]) =>
      Promise.all(
        ids.map(async (one) => {
          const { body } = await server.get(`/connections/${one}`, { token: user.token });
          return body.connection.state;
        }),
      );
    expect(await states(cafe.id, home.id)).toEqual(['revoked', 'waiting_for_host']);
  });

  it('all at once leaves none, the own one included', async () => {
    const user = await server.addUser({ teamId });
    await server.trust(user.id, CAFE);
    expect((await server.delete('/me/verified-ips', { token: user.token })).status).toBe(204);
    for (const from of [HOME, CAFE]) {
      expect((await connect(user.token, from)).body.code).toBe('ip_verification_required');
    }
    const { data } = (await server.get('/me/verified-ips', { token: user.token })).body;
    expect(data.map(({ state }: { state: string }) => state)).toEqual(['revoked', 'revoked']);
  });

  it('is done once: the second time there is nothing to revoke', async () => {
    const user = await server.addUser({ teamId });
    const id = await server.trust(user.id, CAFE);
    const answers = await Promise.all(
      Array.from({ length: 4 }, () =>
        server.delete(`/me/verified-ips/${id}`, { token: user.token }),
      ),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([204, 404, 404, 404]);
    expect(
      await server.count(`audit_events WHERE type = 'network.revoked' AND actor_id = $1`, [
        user.id,
      ]),
    ).toBe(1);
  });

  it('another user’s network is not found, and stays trusted', async () => {
    const [user, other] = [await server.addUser({ teamId }), await server.addUser({ teamId })];
    const id = await server.trust(other.id, CAFE);
    const answer = await server.delete(`/me/verified-ips/${id}`, { token: user.token });
    expect(answer.status).toBe(404);
    expect((await connect(other.token, CAFE)).status).toBe(201);
  });

  it('a re-authentication brings it back, as the same entry', async () => {
    const user = await server.addUser({ teamId });
    const id = await server.trust(user.id, CAFE);
    await server.delete(`/me/verified-ips/${id}`, { token: user.token });
    const { body } = await server.verify(user, { from: CAFE });
    expect(body.verifiedIp).toMatchObject({ id, state: 'trusted' });
    expect((await connect(body.token, CAFE)).status).toBe(201);
  });
});

describe('VER-18 a revocation between the check and the act', () => {
  const USERS = 8;
  const ROUNDS = 250;

  it('leaves no connection alive, and none is made after its answer', async () => {
    const tally = { made: 0, refused: 0 };
    await Promise.all(
      Array.from({ length: USERS }, async () => {
        const user = await server.addUser({ teamId });
        for (let round = 0; round < ROUNDS; round++) await race(user, tally);
      }),
    );
    expect(tally.made + tally.refused).toBe(USERS * ROUNDS);
    // A race that always ends alike was none.
    expect(tally.made).toBeGreaterThan(USERS);
    expect(tally.refused).toBeGreaterThan(USERS);
  }, 600_000);

  it('the end of a session is no different', async () => {
    const tally = { made: 0, refused: 0 };
    const rounds = async () => {
      for (let round = 0; round < 50; round++) {
        const user = await server.addUser({ teamId });
        const [made] = await Promise.all([
          randomly(() => untilServed(() => connect(user.token))),
          randomly(() =>
            untilServed(() => server.delete('/sessions/current', { token: user.token })),
          ),
        ]);
        expect([201, 401]).toContain(made.status);
        tally[made.status === 201 ? 'made' : 'refused'] += 1;
        expect(await liveConnections(user.id)).toBe(0);
      }
    };
    await Promise.all([rounds(), rounds(), rounds(), rounds()]);
    expect(tally.made).toBeGreaterThan(3);
    expect(tally.refused).toBeGreaterThan(3);
  }, 300_000);

  /** One connect against one revocation, from two places of one user. */
  async function race(user: TestUser, tally: { made: number; refused: number }): Promise<void> {
    const id = await server.trust(user.id, THIEF);
    const [made, after] = await Promise.all([
      randomly(() => untilServed(() => connect(user.token, THIEF))),
      randomly(async () => {
        await untilServed(() => server.delete(`/me/verified-ips/${id}`, { token: user.token }));
        const { rows } = await server.db.query(
          'SELECT gatehouse_now() AS now, revoked_at FROM verified_ips WHERE id = $1',
          [id],
        );
        expect(rows[0].revoked_at).not.toBeNull();
        return rows[0].now as Date;
      }),
    ]);
    expect([201, 403]).toContain(made.status);
    tally[made.status === 201 ? 'made' : 'refused'] += 1;
    const { rows } = await server.db.query(
      `DELETE FROM connections WHERE user_id = $1 RETURNING state::text, created_at > $2 AS is_later`,
      [user.id, after],
    );
    // What came before the revocation was ended by it.
    for (const row of rows) expect(row).toEqual({ state: 'revoked', is_later: false });
    if (made.status === 201) expect(rows).not.toHaveLength(0);
  }

  async function randomly<T>(work: () => Promise<T>): Promise<T> {
    await delay(Math.random() * 12);
    return work();
  }
});
