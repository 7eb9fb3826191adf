import { createHash, randomBytes } from 'node:crypto';
import type pg from 'pg';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import {
  type Answer,
  CAFE,
  codeOf,
  HOME,
  sharedServer,
  type TestUser,
  THIEF,
} from '../support/harness';
import { meanwhile } from '../support/meanwhile';

// The attack: what somebody is allowed by is taken away while his call is under way, or rests on a proof
// that was bad. Whatever is done must be allowed at the moment in which it is done.

const server = sharedServer();
let teamId: string;
let owner: TestUser;

beforeAll(async () => {
  await server.setUp();
  teamId = await server.addTeam('Harbour');
  owner = await server.addUser({ teamId, role: 'owner', name: 'Olga' });
});

const connect = (id: string, { token }: TestUser, from = HOME) =>
  server.connect(id, { token, from });

describe('F5: what an admin has under way when he is removed is not done', () => {
  const ACTS: [string, (admin: TestUser, computerId: string) => Promise<Answer>, string][] = [
    [
      'an invitation',
      ({ token }) =>
        server.post(`/teams/${teamId}/invites`, {
          token,
          body: { email: 'back@example.com', role: 'admin' },
        }),
      `invites WHERE email = 'back@example.com'`,
    ],
    [
      'a computer',
      ({ token }) => server.post(`/teams/${teamId}/computers`, { token, body: { name: 'Back' } }),
      `computers WHERE name = 'Back'`,
    ],
    [
      'a new host key',
      ({ token }, id) => server.post(`/teams/${teamId}/computers/${id}/keys`, { token, body: {} }),
      `audit_events WHERE type = 'computer.key_rotated'`,
    ],
    [
      'a name of the team',
      ({ token }) => server.patch(`/teams/${teamId}`, { token, body: { name: 'Back' } }),
      `teams WHERE name = 'Back'`,
    ],
    [
      'the end of a member’s trust',
      ({ token }) => server.delete(`/teams/${teamId}/members/${owner.id}/verified-ips`, { token }),
      `audit_events WHERE type = 'networks.revoked'`,
    ],
  ];

  it.each(ACTS)('%s', async (_what, act, made) => {
    const computerId = await server.addComputer(teamId);
    for (const [change, expected] of [
      ['DELETE FROM memberships WHERE user_id = $1', [404, 'not_found']],
      [`UPDATE memberships SET role = 'member' WHERE user_id = $1`, [403, 'forbidden']],
    ] as const) {
      const admin = await server.addUser({ teamId, role: 'admin' });
      const answer = await meanwhile(
        server,
        ['SELECT 1 FROM teams WHERE id = $1 FOR UPDATE', teamId],
        () => act(admin, computerId),
        (client) => client.query(change, [admin.id]),
      );
      expect(codeOf(answer)).toEqual(expected);
      expect(await server.count(made)).toBe(0);
    }
  });

  it('an owner who is an admin by now gives no role that an admin may not give', async () => {
    const other = await server.addUser({ teamId, role: 'owner' });
    const answer = await meanwhile(
      server,
      ['SELECT 1 FROM teams WHERE id = $1 FOR UPDATE', teamId],
      () =>
        server.post(`/teams/${teamId}/invites`, {
          token: other.token,
          body: { email: 'heir@example.com', role: 'owner' },
        }),
      (client) =>
        client.query(`UPDATE memberships SET role = 'admin' WHERE user_id = $1`, [other.id]),
    );
    expect(codeOf(answer)).toEqual([403, 'forbidden']);
    expect(await server.count(`invites WHERE email = 'heir@example.com'`)).toBe(0);
  });
});

describe('F12: a rule that is made stricter holds for what is under way', () => {
  const RULE = 'SELECT 1 FROM app_rules WHERE team_id = $1 FOR UPDATE';
  const scene = async () => {
    const team = await server.addTeam();
    await server.db.query(
      `UPDATE app_rules SET modes = '{"computer.connect": "monitor", "friend.add": "monitor"}' WHERE team_id = $1`,
      [team],
    );
    const member = await server.addUser({ teamId: team });
    return { team, member, computerId: await server.addComputer(team) };
  };
  const enforce = (team: string) => (client: pg.PoolClient) =>
    client.query(
      `UPDATE app_rules SET modes = '{"computer.connect": "enforce", "friend.add": "enforce"}' WHERE team_id = $1`,
      [team],
    );

  it('a connection', async () => {
    const { team, member, computerId } = await scene();
    const answer = await meanwhile(
      server,
      [RULE, team],
      () => connect(computerId, member, THIEF),
      enforce(team),
    );
    expect(codeOf(answer)).toEqual([403, 'ip_verification_required']);
    expect(await server.count('connections WHERE computer_id = $1', [computerId])).toBe(0);
    expect((await connect(computerId, member)).status).toBe(201);
  });

  it('a friend', async () => {
    const { team, member } = await scene();
    const answer = await meanwhile(
      server,
      [RULE, team],
      () => server.addFriend('f@example.com', { token: member.token, from: THIEF }),
      enforce(team),
    );
    expect(codeOf(answer)).toEqual([403, 'ip_verification_required']);
    expect(await server.count('friendships WHERE requester_id = $1', [member.id])).toBe(0);
  });

  it('and one that is made more lenient lets through what it lets through now', async () => {
    const { team, member, computerId } = await scene();
    const answer = await meanwhile(
      server,
      [RULE, team],
      () => connect(computerId, member, THIEF),
      (client) => client.query('UPDATE app_rules SET enabled = false WHERE team_id = $1', [team]),
    );
    expect(answer.status).toBe(201);
  });
});

describe('F4: a recovery ends the trust that rested on the bad proof', () => {
  /** Valerie at home and in the café; the thief, who had her password, has verified his network. */
  const robbed = async () => {
    const user = await server.addUser({ teamId });
    for (const place of [CAFE, THIEF]) await server.trust(user.id, place);
    return { user, computerId: await server.addComputer(teamId) };
  };
  const trusted = async ({ id }: TestUser) =>
    (
      await server.rows(
        'SELECT address FROM verified_ips WHERE user_id = $1 AND revoked_at IS NULL ORDER BY 1',
        [id],
      )
    ).map(({ address }) => address);

  it('a reset: all networks, and a token stolen later is refused where the thief is', async () => {
    const { user, computerId } = await robbed();
    const token = randomBytes(32).toString('base64url');
    await server.db.query(
      `INSERT INTO password_resets (token_hash, user_id, expires_at)
       VALUES ($1, $2, gatehouse_now() + interval '10 minutes')`,
      [createHash('sha256').update(token).digest(), user.id],
    );
    const password = 'another pass phrase of hers';
    const redeemed = await server.post('/password-resets/redeem', { body: { token, password } });
    expect(redeemed.status).toBe(204);
    expect(await trusted(user)).toEqual([]);
    const again = await server.logIn({ email: user.email, password });
    expect(again.status).toBe(201);
    const stolen = { ...user, token: again.body.token };
    expect((await connect(computerId, stolen, THIEF)).status).toBe(403);
    expect((await connect(computerId, stolen)).status).toBe(201);
  });

  it('a change: all networks but this one, written down with how many', async () => {
    const { user } = await robbed();
    const changed = await server.post('/me/password', {
      token: user.token,
      body: { currentPassword: user.password, newPassword: 'another pass phrase of hers' },
    });
    expect(changed.status).toBe(200);
    expect(await trusted(user)).toEqual([HOME]);
    expect(
      await server.count(
        `audit_events WHERE type = 'password.changed' AND actor_id = $1 AND after->>'revokedNetworks' = '2'`,
        [user.id],
      ),
    ).toBe(1);
  });

  it('a provider that is removed: the networks that it verified, and no others', async () => {
    const { user } = await robbed();
    const providerId = await server.addProvider(teamId);
    await server.db.query(
      `UPDATE verified_ips SET method = 'sso', connection_id = $1 WHERE user_id = $2 AND address = $3`,
      [providerId, user.id, THIEF],
    );
    const removed = await server.delete(`/teams/${teamId}/sso-connections/${providerId}`, {
      token: owner.token,
    });
    expect(removed.status).toBe(204);
    expect(await trusted(user)).toEqual([HOME, CAFE].sort());
  });
});

it('F16: a verification from the future is not trusted, and can be renewed', async () => {
  const user = await server.addUser({ teamId });
  const computerId = await server.addComputer(teamId);
  await server.trust(user.id, HOME, -3_600_000);
  expect((await connect(computerId, user)).status).toBe(403);
  expect((await server.get('/me', { token: user.token })).body.client.trusted).toBe(false);
  const { data } = (await server.get('/me/verified-ips', { token: user.token })).body;
  expect(data.map(({ state }: { state: string }) => state)).toEqual(['expired']);
  const verified = await server.verify(user);
  expect(verified.body.verifiedIp.state).toBe('trusted');
  expect((await connect(computerId, { ...user, token: verified.body.token })).status).toBe(201);
});

it('F20: a live connection ends with the trust that it came by', async () => {
  const user = await server.addUser({ teamId });
  const computerId = await server.addComputer(teamId);
  const made = await connect(computerId, user);
  const { id } = made.body.connection;
  await server.db.query(
    'UPDATE computers SET online = true, last_seen_at = gatehouse_now() WHERE id = $1',
    [computerId],
  );
  await server.db.query(`UPDATE connections SET state = 'accepted' WHERE id = $1`, [id]);
  await server.trust(user.id, HOME, 90 * 86_400_000);
  await vi.waitFor(
    async () => {
      const { connection } = (await server.get(`/connections/${id}`, { token: user.token })).body;
      expect(connection).toMatchObject({ state: 'revoked', endReason: 'trust_expired' });
    },
    { timeout: 25_000, interval: 200 },
  );
});

describe('F22, F23: evidence stays', () => {
  it('what a member did stays in the team’s activity when he is removed, and is not the next team’s', async () => {
    const member = await server.addUser({ teamId, name: 'Valerie' });
    const { email, password } = member;
    const logIn = await server.logIn({ email, password });
    const refused = await server.addFriend('f@example.com', {
      token: logIn.body.token,
      from: THIEF,
    });
    expect(refused.status).toBe(403);
    const mine = async (team: string, { token }: TestUser) =>
      (await server.get(`/teams/${team}/events?userId=${member.id}&limit=100`, { token })).body.data
        .map(({ type }: { type: string }) => type)
        .filter((type: string) => type !== 'member.removed')
        .sort();
    const before = await mine(teamId, owner);
    expect(before).toEqual(
      expect.arrayContaining(['gate.refused', 'network.verified', 'session.started']),
    );
    const removed = await server.delete(`/teams/${teamId}/members/${member.id}`, {
      token: owner.token,
    });
    expect(removed.status).toBe(204);
    expect(await mine(teamId, owner)).toEqual(before);
    const other = await server.addTeam();
    await server.join(other, member.id);
    const theirs = await server.addUser({ teamId: other, role: 'owner' });
    expect(await mine(other, theirs)).toEqual([]);
    expect(
      await server.count(
        `audit_events WHERE type = 'session.started' AND actor_id = $1 AND actor_label = $2`,
        [member.id, `Valerie <${email}>`],
      ),
    ).toBe(1);
  });

  it('no event of a request is without it, nor without where it came from', async () => {
    expect(await server.count('audit_events')).toBeGreaterThan(10);
    const { rows } = await server.db.query(
      `SELECT type, actor_kind, request_id, network, reason FROM audit_events
       WHERE request_id IS NULL AND actor_kind <> 'system'
          OR network IS NULL AND reason IS NULL AND actor_kind = 'user'`,
    );
    expect(rows).toEqual([]);
  });
});
