import { beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Call, codeOf, PASSWORD, sharedServer, type TestUser } from '../support/harness';

const server = sharedServer();
let owner: TestUser;
let teamId: string;
/** Attempts are counted by network; each test has one of its own. */
let from: string;
let count = 0;

beforeAll(() => server.setUp());
beforeEach(async () => {
  count += 1;
  from = `203.0.113.${count}`;
  teamId = await server.addTeam('Harbour');
  owner = await server.addUser({ teamId, role: 'owner', name: 'Olga Owner' });
});

const NEW_PASSWORD = 'a passphrase of somebody new';
const invite = (email: string, role = 'member', by = owner) =>
  server.post(`/teams/${teamId}/invites`, { token: by.token, body: { email, role } });
const accept = (token: string, { body, ...call }: Call = {}) =>
  server.post('/invites/accept', {
    from,
    body: { token, name: 'Nina New', password: NEW_PASSWORD, ...(body as object) },
    ...call,
  });
const newEmail = () => `nina-${count}@example.com`;
const rolesOf = async (email: string) =>
  (
    await server.rows(
      'SELECT m.role::text FROM users u JOIN memberships m ON m.user_id = u.id WHERE u.email = $1',
      [email],
    )
  ).map(({ role }) => role);
const isOpen = async (id: string) => {
  const { body } = await server.get(`/teams/${teamId}/invites`, { token: owner.token });
  return body.data.some((listed: { id: string }) => listed.id === id);
};

describe('an invitation', () => {
  it('is mailed with its link, listed without its token, and audited', async () => {
    const answer = await invite(newEmail(), 'admin');
    expect(answer.status).toBe(201);
    const { token, url, invite: made } = answer.body;
    expect(url).toBe(`${server.origin}/invite#${token}`);
    expect(made).toMatchObject({ email: newEmail(), role: 'admin' });
    const mail = await vi.waitFor(async () => {
      const found = (await server.mails()).filter(({ to }) => to === newEmail());
      expect(found).toHaveLength(1);
      return found[0];
    });
    expect(mail?.text).toContain(url);
    const list = await server.get(`/teams/${teamId}/invites`, { token: owner.token });
    expect(list.body.data).toEqual([made]);
    expect(list.text).not.toContain(token);
    const { rows } = await server.db.query(
      `SELECT actor_id, after FROM audit_events WHERE team_id = $1 AND type = 'member.invited'`,
      [teamId],
    );
    expect(rows).toEqual([
      { actor_id: owner.id, after: { inviteId: made.id, email: newEmail(), role: 'admin' } },
    ]);
  });

  it('makes the account, with its role, a session and a verified network', async () => {
    const { token } = (await invite(newEmail(), 'admin')).body;
    const answer = await accept(token);
    expect(answer.status).toBe(201);
    expect(answer.body).toMatchObject({
      token: expect.stringMatching(/^gate_[\w-]{43}$/),
      user: { email: newEmail(), name: 'Nina New' },
      verifiedIp: { address: from, state: 'trusted' },
    });
    const me = await server.get('/me', { from, token: answer.body.token });
    expect(me.body.teams).toMatchObject([{ id: teamId, name: 'Harbour', role: 'admin' }]);
    expect(me.body.client.trusted).toBe(true);
    const logIn = { email: newEmail(), password: NEW_PASSWORD };
    expect((await server.post('/sessions', { from, body: logIn })).status).toBe(201);
  });

  it('is accepted once', async () => {
    const { token } = (await invite(newEmail())).body;
    expect((await accept(token)).status).toBe(201);
    const again = await accept(token);
    expect(codeOf(again)).toEqual([404, 'not_found']);
    expect(await rolesOf(newEmail())).toEqual(['member']);
  });

  it.each(['somebody new', 'an account that exists'])(
    'is accepted once by ten at once: %s',
    async (who) => {
      const email = who === 'somebody new' ? newEmail() : (await server.addUser()).email;
      const { token, invite: made } = (await invite(email)).body;
      const answers = await Promise.all(
        Array.from({ length: 10 }, () =>
          accept(token, { body: { password: who === 'somebody new' ? NEW_PASSWORD : PASSWORD } }),
        ),
      );
      const statuses = answers.map(({ status }) => status).sort();
      expect(statuses.filter((status) => status !== 404 && status !== 429)).toEqual([201]);
      expect(await rolesOf(email)).toEqual(['member']);
      expect(await server.count('users WHERE email = $1', [email])).toBe(1);
      expect(
        await server.count(
          `audit_events WHERE type = 'member.joined' AND after->>'inviteId' = $1`,
          [made.id],
        ),
      ).toBe(1);
    },
  );

  it('of two teams to one new person at once makes one account', async () => {
    const first = (await invite(newEmail())).body.token;
    teamId = await server.addTeam();
    owner = await server.addUser({ teamId, role: 'owner' });
    const second = (await invite(newEmail(), 'admin')).body.token;
    const answers = await Promise.all([accept(first), accept(second)]);
    expect(await server.count('users WHERE email = $1', [newEmail()])).toBe(1);
    for (const [index, { status, body }] of answers.entries()) {
      if (status === 201) continue;
      expect([status, body.code]).toEqual([409, 'conflict']);
      expect((await accept(index === 0 ? first : second)).status).toBe(201);
    }
    expect((await rolesOf(newEmail())).sort()).toEqual(['admin', 'member']);
  });

  it.each([
    [-1, 201],
    [0, 404],
  ])('is open for 7 days to the millisecond: %i ms after them it is %i', async (ms, status) => {
    const { token, invite: made } = (await invite(newEmail())).body;
    expect(Date.parse(made.expiresAt) - Date.parse(made.createdAt)).toBe(7 * 86_400_000);
    try {
      await server.freezeClock(new Date(Date.parse(made.expiresAt) + ms));
      expect((await accept(token)).status).toBe(status);
    } finally {
      await server.freezeClock(null);
    }
    expect(await rolesOf(newEmail())).toEqual(status === 201 ? ['member'] : []);
  });

  it('that was withdrawn is dead, and is withdrawn once', async () => {
    const { token, invite: made } = (await invite(newEmail())).body;
    const withdraw = () =>
      server.delete(`/teams/${teamId}/invites/${made.id}`, { token: owner.token });
    expect((await withdraw()).status).toBe(204);
    expect((await accept(token)).status).toBe(404);
    expect((await withdraw()).status).toBe(404);
    expect(await rolesOf(newEmail())).toEqual([]);
    expect(
      await server.count(`audit_events WHERE team_id = $1 AND type = 'invite.revoked'`, [teamId]),
    ).toBe(1);
  });

  it('is void once the same person is invited again', async () => {
    const before = (await invite(newEmail(), 'admin')).body.token;
    const after = (await invite(newEmail().toUpperCase())).body.token;
    expect((await accept(before)).status).toBe(404);
    expect((await accept(after)).status).toBe(201);
    expect(await rolesOf(newEmail())).toEqual(['member']);
  });

  it.each(['removed', 'demoted'])('dies with the right of who made it: %s', async (what) => {
    const admin = await server.addUser({ teamId, role: 'admin' });
    const { token } = (await invite(newEmail(), 'admin', admin)).body;
    const path = `/teams/${teamId}/members/${admin.id}`;
    const call = { token: owner.token };
    const done =
      what === 'removed'
        ? await server.delete(path, call)
        : await server.patch(path, { ...call, body: { role: 'member' } });
    expect(done.status).toBeLessThan(300);
    expect((await accept(token)).status).toBe(404);
    expect(await rolesOf(newEmail())).toEqual([]);
  });

  it('with a bad password is refused, and stays open', async () => {
    const { token, invite: made } = (await invite(newEmail())).body;
    for (const password of ['short', 'password1']) {
      const answer = await accept(token, { body: { password } });
      expect([answer.status, answer.body.errors[0].path]).toEqual([400, 'password']);
    }
    expect(await server.count('users WHERE email = $1', [newEmail()])).toBe(0);
    expect(await isOpen(made.id)).toBe(true);
  });
});

describe('an invitation of somebody who has an account', () => {
  it('needs its password; the name in it stays', async () => {
    const known = await server.addUser({ name: 'Known Already' });
    const { token, invite: made } = (await invite(known.email)).body;
    const wrong = await accept(token);
    expect(codeOf(wrong)).toEqual([401, 'invalid_credentials']);
    expect(await rolesOf(known.email)).toEqual([]);
    expect(await isOpen(made.id)).toBe(true);
    const right = await accept(token, { body: { password: PASSWORD, name: 'Another Name' } });
    expect(right.status).toBe(201);
    expect(right.body.user).toEqual({ id: known.id, email: known.email, name: 'Known Already' });
    expect(await rolesOf(known.email)).toEqual(['member']);
  });

  it('is no way to guess its password: the limit is that of log-in', async () => {
    const known = await server.addUser();
    const { token } = (await invite(known.email)).body;
    const codes: string[] = [];
    for (let guess = 0; guess < 10; guess++) {
      codes.push(
        (await accept(token, { body: { password: `a guess, number ${guess}` } })).body.code,
      );
    }
    expect(codes).toEqual(Array(10).fill('invalid_credentials'));
    const limited = await accept(token, { body: { password: PASSWORD } });
    expect(codeOf(limited)).toEqual([429, 'too_many_requests']);
    expect(Number(limited.headers['retry-after'])).toBeGreaterThan(0);
    expect(await rolesOf(known.email)).toEqual([]);
    const logIn = { email: known.email, password: PASSWORD };
    expect((await server.post('/sessions', { from, body: logIn })).status).toBe(429);
    // The owner of the account is not held up elsewhere.
    expect((await accept(token, { from: '192.0.2.77', body: { password: PASSWORD } })).status).toBe(
      201,
    );
  });
});

describe('who may invite whom', () => {
  it('a member of the team is in it already', async () => {
    const member = await server.addUser({ teamId });
    const answer = await invite(member.email, 'owner');
    expect(codeOf(answer)).toEqual([409, 'conflict']);
    expect(await server.count('invites WHERE team_id = $1', [teamId])).toBe(0);
  });

  it('an admin makes nobody an owner', async () => {
    const admin = await server.addUser({ teamId, role: 'admin' });
    expect((await invite(newEmail(), 'owner', admin)).body.code).toBe('forbidden');
    expect(await server.count('invites WHERE team_id = $1', [teamId])).toBe(0);
    expect((await invite(newEmail(), 'admin', admin)).status).toBe(201);
  });

  it.each([
    ['owner', 403],
    ['admin', 403],
    ['member', 201],
  ])('as %s by an authentication 16 minutes old: %i', async (role, status) => {
    await server.db.query(
      `UPDATE sessions SET authenticated_at = gatehouse_now() - interval '16 minutes' WHERE id = $1`,
      [owner.sessionId],
    );
    const answer = await invite(newEmail(), role);
    expect(answer.status).toBe(status);
    if (status === 403) expect(answer.body.code).toBe('reauthentication_required');
    expect(await server.count('invites WHERE team_id = $1', [teamId])).toBe(status === 201 ? 1 : 0);
  });

  it('nobody invites more than 60 in an hour', async () => {
    expect((await invite(`first-${newEmail()}`)).status).toBe(201);
    const spent = await server.db.query('UPDATE rate_limits SET points = 59 WHERE key = $1', [
      `invite:${owner.id}`,
    ]);
    expect(spent.rowCount).toBe(1);
    expect((await invite(`sixtieth-${newEmail()}`)).status).toBe(201);
    const limited = await invite(newEmail());
    expect(codeOf(limited)).toEqual([429, 'too_many_requests']);
    expect(Number(limited.headers['retry-after'])).toBeGreaterThan(0);
    expect(await server.count('invites WHERE team_id = $1', [teamId])).toBe(2);
  });
});
