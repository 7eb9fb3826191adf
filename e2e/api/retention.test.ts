import { beforeAll, describe, expect, it } from 'vitest';
import { HOME, ownServer, type TestUser } from '../support/harness';

describe('what is past its time is deleted, and nothing else', () => {
  const server = ownServer({ AUDIT_DAYS: '30' });
  let user: TestUser;

  beforeAll(async () => {
    const { teamId } = await server.setUp();
    user = await server.addUser({ teamId });
    await server.kill();
    const day = 86_400_000;
    await server.trust(user.id, '198.51.100.1', 119 * day);
    await server.trust(user.id, '198.51.100.2', 121 * day);
    await server.db.query(
      `INSERT INTO audit_events (type, actor_kind, actor_id, request_id, at) VALUES
        ('session.refused', 'user', $1, 'req', gatehouse_now() - interval '29 days'),
        ('session.refused', 'user', $1, 'req', gatehouse_now() - interval '31 days')`,
      [user.id],
    );
    const ended = await server.addSession(user.id);
    await server.db.query(
      `UPDATE sessions SET ended_at = gatehouse_now() - interval '31 days' WHERE id = $1`,
      [ended.sessionId],
    );
    await server.db.query(
      `INSERT INTO uses (day, session_id, user_id, network, action, finding, mode, count, first_at, last_at)
       SELECT (gatehouse_now() AT TIME ZONE 'UTC')::date - age, 'ses_gone', $1, '${HOME}/32', 'api.read', 'unknown', 'off',
         1, gatehouse_now(), gatehouse_now() FROM unnest(ARRAY[30, 31]) age`,
      [user.id],
    );
    await server.launch({ USES_DAYS: '30' });
  });

  const settled = (sql: string, n: number) =>
    expect.poll(() => server.count(sql, [user.id]), { timeout: 20_000 }).toBe(n);

  it('ADM-9 a verified network goes 30 days after its trust ended', async () => {
    await settled('verified_ips WHERE user_id = $1', 2);
    expect(
      await server.count(`verified_ips WHERE user_id = $1 AND address = '198.51.100.2'`, [user.id]),
    ).toBe(0);
  });

  it('ADM-9 the audit log follows its own time, and can’t be deleted from otherwise', async () => {
    await settled(`audit_events WHERE actor_id = $1 AND type = 'session.refused'`, 1);
    await expect(server.db.query('DELETE FROM audit_events')).rejects.toThrow('permission denied');
  });

  it('F22: with an event goes whose it was, and no sooner', async () => {
    const isAnothers = 'NOT EXISTS (SELECT 1 FROM audit_events e WHERE e.id = event_id)';
    await expect.poll(() => server.count(`event_teams WHERE ${isAnothers}`)).toBe(0);
    await settled(
      `event_teams t JOIN audit_events e ON e.id = t.event_id
       WHERE e.actor_id = $1 AND e.type = 'session.refused'`,
      1,
    );
    await expect(server.db.query('DELETE FROM event_teams')).rejects.toThrow('permission denied');
  });

  it('uses follow their own time, also those of sessions that are gone', () =>
    settled(`uses WHERE user_id = $1 AND session_id = 'ses_gone'`, 1));

  it('an ended session goes after 30 days, a live one stays', async () => {
    await settled('sessions WHERE user_id = $1', 1);
    expect((await server.get('/me', { from: HOME, token: user.token })).status).toBe(200);
  });
});
