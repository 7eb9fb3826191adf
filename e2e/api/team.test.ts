import { setTimeout as delay } from 'node:timers/promises';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Role } from '@/lib/policy/roles';
import { type Answer, codeOf, sharedServer, type TestUser } from '../support/harness';

const server = sharedServer();
let teamId: string;
let owner: TestUser;

beforeAll(() => server.setUp());
beforeEach(async () => {
  teamId = await server.addTeam('Harbour');
  owner = await server.addUser({ teamId, role: 'owner' });
});

const setRole = (by: TestUser, of: TestUser, role: Role) =>
  server.patch(`/teams/${teamId}/members/${of.id}`, { token: by.token, body: { role } });
const remove = (by: TestUser, of: TestUser) =>
  server.delete(`/teams/${teamId}/members/${of.id}`, { token: by.token });
const roleOf = async ({ id }: TestUser) =>
  (
    await server.row('SELECT role::text FROM memberships WHERE team_id = $1 AND user_id = $2', [
      teamId,
      id,
    ])
  )?.role ?? null;
const owners = () => server.count(`memberships WHERE team_id = $1 AND role = 'owner'`, [teamId]);
const events = (type: string) =>
  server.rows(
    'SELECT actor_id, user_id, before, after FROM audit_events WHERE team_id = $1 AND type = $2',
    [teamId, type],
  );

describe('roles', () => {
  it.each<[Role, Role, Role]>([
    ['admin', 'owner', 'admin'],
    ['admin', 'admin', 'owner'],
    ['admin', 'member', 'owner'],
    ['member', 'member', 'admin'],
    ['member', 'owner', 'member'],
  ])('%s can’t make %s %s', async (by, of, to) => {
    const actor = await server.addUser({ teamId, role: by });
    const other = await server.addUser({ teamId, role: of });
    expect(codeOf(await setRole(actor, other, to))).toEqual([403, 'forbidden']);
    expect(await roleOf(other)).toBe(of);
    expect(await events('member.role_changed')).toEqual([]);
  });

  it.each<[Role, Role]>([
    ['admin', 'owner'],
    ['member', 'member'],
    ['member', 'owner'],
  ])('%s can’t remove %s', async (by, of) => {
    const actor = await server.addUser({ teamId, role: by });
    const other = await server.addUser({ teamId, role: of });
    expect(codeOf(await remove(actor, other))).toEqual([403, 'forbidden']);
    expect(await roleOf(other)).toBe(of);
  });

  it.each<Role>(['admin', 'member'])('%s can’t raise himself', async (role) => {
    const actor = await server.addUser({ teamId, role });
    expect(codeOf(await setRole(actor, actor, 'owner'))).toEqual([403, 'forbidden']);
    expect(await roleOf(actor)).toBe(role);
  });

  it('nobody learns from a removal or a change whether somebody is in the team', async () => {
    const stranger = await server.addUser();
    const member = await server.addUser({ teamId });
    for (const other of [stranger, owner, { ...stranger, id: 'usr_nobody' }]) {
      expect(codeOf(await remove(member, other))).toEqual([403, 'forbidden']);
    }
    expect(codeOf(await remove(owner, stranger))).toEqual([404, 'not_found']);
    expect(codeOf(await setRole(owner, stranger, 'admin'))).toEqual([404, 'not_found']);
  });

  it('what an owner gives and takes counts from the next request on, and is audited', async () => {
    const other = await server.addUser({ teamId });
    const look = () => server.get(`/teams/${teamId}/members`, { token: other.token });
    expect((await look()).status).toBe(403);
    const given = await setRole(owner, other, 'admin');
    expect(given.body).toMatchObject({ user: { id: other.id }, role: 'admin' });
    expect((await look()).status).toBe(200);
    expect((await setRole(owner, other, 'member')).status).toBe(200);
    expect((await look()).status).toBe(403);
    expect(await events('member.role_changed')).toEqual(
      [
        ['member', 'admin'],
        ['admin', 'member'],
      ].map(([before, after]) => ({
        actor_id: owner.id,
        user_id: other.id,
        before: { role: before },
        after: { role: after },
      })),
    );
  });
});

describe('the last owner', () => {
  it('can’t leave, nor be demoted', async () => {
    for (const answer of [
      await remove(owner, owner),
      await setRole(owner, owner, 'admin'),
      await setRole(owner, owner, 'member'),
    ]) {
      expect(codeOf(answer)).toEqual([409, 'last_owner']);
    }
    expect(await roleOf(owner)).toBe('owner');
  });

  it('can once there is another', async () => {
    const second = await server.addUser({ teamId });
    expect((await setRole(owner, second, 'owner')).status).toBe(200);
    expect((await remove(owner, owner)).status).toBe(204);
    expect(await owners()).toBe(1);
    expect(codeOf(await remove(second, second))).toEqual([409, 'last_owner']);
  });

  const races: [string, (a: TestUser, b: TestUser) => Promise<Answer>[]][] = [
    ['both leave', (a, b) => [remove(a, a), remove(b, b)]],
    ['each demotes himself', (a, b) => [setRole(a, a, 'member'), setRole(b, b, 'member')]],
    ['each demotes the other', (a, b) => [setRole(a, b, 'member'), setRole(b, a, 'member')]],
    ['each removes the other', (a, b) => [remove(a, b), remove(b, a)]],
    ['one leaves, the other demotes him', (a, b) => [remove(a, a), setRole(b, b, 'admin')]],
  ];
  it.each(races)('stays, whoever of two is first: %s', async (_what, both) => {
    for (let round = 0; round < 15; round++) {
      const second = await server.addUser({ teamId, role: 'owner' });
      const answers = await Promise.all(both(owner, second));
      expect(answers.filter(({ status }) => status < 300)).toHaveLength(1);
      const [refused] = answers.filter(({ status }) => status >= 300);
      expect(['last_owner', 'forbidden', 'not_found']).toContain(refused?.body.code);
      expect(await owners()).toBe(1);
      if ((await roleOf(owner)) !== 'owner') owner = second;
    }
  });
});

describe('who was removed', () => {
  it('finds the team, its computers and connections gone at once; the session goes on', async () => {
    const member = await server.addUser({ teamId });
    const computerId = await server.addComputer(teamId);
    const { token } = member;
    const connect = () => server.connect(computerId, { token });
    const { connection } = (await connect()).body;
    expect((await remove(owner, member)).status).toBe(204);
    expect(codeOf(await connect())).toEqual([404, 'not_found']);
    expect((await server.get(`/teams/${teamId}`, { token })).status).toBe(404);
    expect((await server.get('/computers', { token })).body.data).toEqual([]);
    expect((await server.get('/me', { token })).body.teams).toEqual([]);
    const after = await server.get(`/connections/${connection.id}`, { token });
    expect(after.body.connection.state).toBe('revoked');
    expect(await events('member.removed')).toEqual([
      { actor_id: owner.id, user_id: member.id, before: { role: 'member' }, after: null },
    ]);
  });

  it('is named with the computers whose present key he was shown', async () => {
    const admin = await server.addUser({ teamId, role: 'admin' });
    const register = async (by: TestUser, name: string): Promise<string> => {
      const call = { token: by.token, body: { name } };
      return (await server.post(`/teams/${teamId}/computers`, call)).body.computer.id;
    };
    const rotate = (by: TestUser, id: string) =>
      server.post(`/teams/${teamId}/computers/${id}/keys`, { token: by.token, body: {} });
    const his = await register(admin, 'His');
    const mended = await register(admin, 'Mended');
    const gone = await register(admin, 'Gone');
    const remade = await register(owner, 'Remade');
    await register(owner, 'Hers');
    expect((await rotate(owner, mended)).status).toBe(201);
    expect((await rotate(admin, remade)).status).toBe(201);
    await server.delete(`/teams/${teamId}/computers/${gone}`, { token: owner.token });
    const computers = [
      { id: his, name: 'His' },
      { id: remade, name: 'Remade' },
    ];
    const demoted = await server.patch(`/teams/${teamId}/members/${admin.id}`, {
      token: owner.token,
      body: { role: 'member' },
    });
    expect(demoted.status).toBe(200);
    expect((await events('member.role_changed')).at(-1)).toMatchObject({
      before: { role: 'admin', computers },
    });
    expect((await remove(owner, admin)).status).toBe(204);
    expect((await events('member.removed')).at(-1)).toMatchObject({
      before: { role: 'member', computers },
    });
  });

  it('keeps what is of other teams', async () => {
    const member = await server.addUser({ teamId });
    const elsewhere = await server.addTeam();
    await server.join(elsewhere, member.id);
    const computerId = await server.addComputer(elsewhere);
    const call = { token: member.token, body: {} };
    const { connection } = (await server.post(`/computers/${computerId}/connections`, call)).body;
    await remove(owner, member);
    const after = await server.get(`/connections/${connection.id}`, { token: member.token });
    expect(after.body.connection.state).toBe('waiting_for_host');
  });

  it('comes back without what was granted before', async () => {
    const member = await server.addUser({ teamId });
    const computerId = await server.addComputer(teamId);
    const named = await server.patch(`/teams/${teamId}/computers/${computerId}`, {
      token: owner.token,
      body: { access: 'named', userIds: [member.id] },
    });
    expect(named.status).toBe(200);
    await remove(owner, member);
    await server.join(teamId, member.id);
    expect((await server.get('/computers', { token: member.token })).body.data).toEqual([]);
  });

  it('may be oneself: a member leaves', async () => {
    const member = await server.addUser({ teamId });
    expect((await remove(member, member)).status).toBe(204);
    expect(await roleOf(member)).toBeNull();
    expect(codeOf(await remove(member, member))).toEqual([404, 'not_found']);
  });

  it('leaves no connection alive that was being made meanwhile', async () => {
    const computerId = await server.addComputer(teamId);
    const tally = { made: 0, refused: 0 };
    /** How long a removal took the last time: a connection is begun at any moment of it. */
    let spanMs = 20;
    const lane = async () => {
      for (let round = 0; round < 20; round++) {
        const member = await server.addUser({ teamId });
        const call = { token: member.token, body: {} };
        const begin = performance.now();
        const [made, removed] = await Promise.all([
          delay(Math.random() * spanMs * 1.3).then(() =>
            server.post(`/computers/${computerId}/connections`, call),
          ),
          remove(owner, member).finally(() => {
            spanMs = performance.now() - begin;
          }),
        ]);
        expect(removed.status).toBe(204);
        expect([201, 404]).toContain(made.status);
        tally[made.status === 201 ? 'made' : 'refused'] += 1;
        expect(
          await server.count(`connections WHERE user_id = $1 AND state <> 'revoked'`, [member.id]),
        ).toBe(0);
      }
    };
    await Promise.all([lane(), lane()]);
    // A race that always ends alike was none.
    expect(tally.made).toBeGreaterThan(2);
    expect(tally.refused).toBeGreaterThan(2);
  });
});

it('a new name is audited with the one before', async () => {
  const rename = (name: string) =>
    server.patch(`/teams/${teamId}`, { token: owner.token, body: { name } });
  expect((await rename('  Lighthouse ')).body).toMatchObject({ id: teamId, name: 'Lighthouse' });
  expect(await events('team.renamed')).toMatchObject([
    { before: { name: 'Harbour' }, after: { name: 'Lighthouse' } },
  ]);
  for (const name of ['', '   ', 'x'.repeat(81), 'a\u0000b', 'a\nb', '\ud800']) {
    expect(codeOf(await rename(name))).toEqual([400, 'invalid_request']);
  }
});

describe('the first steps', () => {
  const steps = async () =>
    (await server.get(`/teams/${teamId}/first-steps`, { token: owner.token })).body;
  const settle = (body: object) =>
    server.patch(`/teams/${teamId}/first-steps`, { token: owner.token, body });

  it('are those that the team has done, and none of another’s', async () => {
    await server.addComputer(await server.addTeam());
    const none = { computer: false, online: false, connected: false, secondOwner: false };
    expect(await steps()).toEqual({ ...none, sso: 'open', mail: 'no_server', hidden: false });
    const id = await server.addComputer(teamId);
    expect(await steps()).toMatchObject({ computer: true, online: false, connected: false });
    await server.db.query('UPDATE computers SET host_since = now() WHERE id = $1', [id]);
    const { body } = await server.connect(id, { token: owner.token });
    expect(await steps()).toMatchObject({ online: true, connected: false });
    await server.db.query(`UPDATE connections SET state = 'closed' WHERE id = $1`, [
      body.connection.id,
    ]);
    await server.addUser({ teamId, role: 'owner' });
    expect(await steps()).toMatchObject({ connected: true, secondOwner: true });
  });

  it('are settled one by one, and that can be taken back', async () => {
    expect((await settle({ ssoNotNeeded: true })).body).toMatchObject({ sso: 'not_needed' });
    expect((await settle({ hidden: true })).body).toMatchObject({
      sso: 'not_needed',
      hidden: true,
    });
    expect((await settle({ ssoNotNeeded: false })).body).toMatchObject({
      sso: 'open',
      hidden: true,
    });
  });

  it('a test mail without a mail server says what is missing', async () => {
    const path = `/teams/${teamId}/test-mails`;
    const { status, body } = await server.post(path, { token: owner.token, body: {} });
    expect([status, body.left]).toEqual([200, false]);
    expect(body.message).toContain('SMTP_URL');
  });
});
