import { createHash } from 'node:crypto';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Answer, codeOf, sharedServer, type TestUser } from '../support/harness';

const server = sharedServer();
let teamId: string;
let admin: TestUser;
let member: TestUser;

beforeAll(() => server.setUp());
beforeEach(async () => {
  teamId = await server.addTeam('Harbour');
  admin = await server.addUser({ teamId, role: 'admin' });
  member = await server.addUser({ teamId });
});

const register = (body: unknown) =>
  server.post(`/teams/${teamId}/computers`, { token: admin.token, body });
const change = (id: string, body: unknown) =>
  server.patch(`/teams/${teamId}/computers/${id}`, { token: admin.token, body });
const rotate = (id: string) =>
  server.post(`/teams/${teamId}/computers/${id}/keys`, { token: admin.token, body: {} });
const remove = (id: string) =>
  server.delete(`/teams/${teamId}/computers/${id}`, { token: admin.token });
const connect = (id: string, { token }: TestUser) => server.connect(id, { token });
const namesFor = async ({ token }: TestUser) =>
  (await server.get('/computers', { token })).body.data.map(({ name }: { name: string }) => name);
const namedBy = async (computerId: string) => {
  const path = `/teams/${teamId}/members?computerId=${computerId}`;
  const { data } = (await server.get(path, { token: admin.token })).body;
  return data.map(({ user }: { user: { id: string } }) => user.id);
};
const stateOf = async (answer: Answer, { token }: TestUser) =>
  (await server.get(`/connections/${answer.body.connection.id}`, { token })).body.connection.state;
const eventsOf = (type: string) =>
  server.rows('SELECT actor_id, before, after FROM audit_events WHERE team_id = $1 AND type = $2', [
    teamId,
    type,
  ]);

describe('registering a computer', () => {
  it('shows its key once; only the key’s hash is kept', async () => {
    const answer = await register({ name: 'Render box' });
    expect(answer.status).toBe(201);
    const { computer, hostKey } = answer.body;
    expect(hostKey).toMatch(/^gatehost_[\w-]{43}$/);
    expect(computer).toMatchObject({
      name: 'Render box',
      teamId,
      online: false,
      lastSeenAt: null,
      access: 'all',
      namedUsers: 0,
    });
    const list = await server.get(`/teams/${teamId}/computers`, { token: admin.token });
    expect(list.body.data).toEqual([computer]);
    expect(list.text).not.toContain('gatehost_');
    const { rows } = await server.db.query(
      'SELECT host_key_hash, to_jsonb(c)::text AS row FROM computers c WHERE id = $1',
      [computer.id],
    );
    expect(rows[0].host_key_hash).toEqual(createHash('sha256').update(hostKey).digest());
    expect(rows[0].row).not.toContain(hostKey);
    const events = await eventsOf('computer.registered');
    expect(events).toEqual([
      {
        actor_id: admin.id,
        before: null,
        after: {
          computerId: computer.id,
          name: 'Render box',
          access: 'all',
          userIds: [],
          hostNetworks: [],
        },
      },
    ]);
    expect(JSON.stringify(events)).not.toContain(hostKey);
  });

  it('a computer’s key opens nothing that a user’s token opens', async () => {
    const { hostKey } = (await register({ name: 'Render box' })).body;
    expect(codeOf(await server.get('/me', { token: hostKey }))).toEqual([401, 'unauthenticated']);
  });

  it('for all: every member may connect to it, and nobody else', async () => {
    const { id } = (await register({ name: 'For all' })).body.computer;
    expect(await namesFor(member)).toEqual(['For all']);
    expect((await connect(id, member)).status).toBe(201);
    const stranger = await server.addUser();
    expect(await namesFor(stranger)).toEqual([]);
    expect(codeOf(await connect(id, stranger))).toEqual([404, 'not_found']);
  });

  it('for named ones: they alone, an admin no more than others', async () => {
    const { computer } = (await register({ name: 'For one', userIds: [member.id] })).body;
    expect(computer).toMatchObject({ access: 'named', namedUsers: 1 });
    expect(await namedBy(computer.id)).toEqual([member.id]);
    expect(await namesFor(member)).toEqual(['For one']);
    expect((await connect(computer.id, member)).status).toBe(201);
    expect(await namesFor(admin)).toEqual([]);
    expect(codeOf(await connect(computer.id, admin))).toEqual([404, 'not_found']);
  });

  it.each<[string, (id: string) => unknown]>([
    ['no name', () => ({})],
    ['an empty name', () => ({ name: '  ' })],
    ['a long name', () => ({ name: 'x'.repeat(81) })],
    ['a line break in the name', () => ({ name: 'a\nb' })],
    ['a stranger', () => ({ name: 'a', userIds: ['usr_nobody'] })],
    ['NUL for a user', () => ({ name: 'a', userIds: ['a\u0000b'] })],
    ['half a character for a user', () => ({ name: 'a', userIds: ['\ud800'] })],
    ['a filter for a user', () => ({ name: 'a', userIds: [{ not: '' }] })],
    [
      'more users than a computer may name',
      () => ({ name: 'a', userIds: Array.from({ length: 501 }, (_, i) => `usr_${i}`) }),
    ],
    ['named users for all', (id) => ({ name: 'a', access: 'all', userIds: [id] })],
    ['another access', () => ({ name: 'a', access: 'public' })],
  ])('with %s is refused', async (_what, body) => {
    expect(codeOf(await register(body(member.id)))).toEqual([400, 'invalid_request']);
    expect(await server.count('computers WHERE team_id = $1', [teamId])).toBe(0);
  });

  it('a member of another team can’t be named', async () => {
    const other = await server.addUser({ teamId: await server.addTeam() });
    const answer = await register({ name: 'a', userIds: [member.id, other.id] });
    expect(answer.body.errors[0].path).toBe('userIds');
    expect(await server.count('computers WHERE team_id = $1', [teamId])).toBe(0);
  });
});

describe('a change of who may connect', () => {
  it('counts at once, ends what it forbids, and nothing else', async () => {
    const { id } = (await register({ name: 'Render box' })).body.computer;
    const other = await server.addUser({ teamId });
    const [lost, kept] = [await connect(id, member), await connect(id, other)];
    const answer = await change(id, { userIds: [other.id] });
    expect(answer.body).toMatchObject({ id, access: 'named', namedUsers: 1 });
    expect(await namedBy(id)).toEqual([other.id]);
    expect(await stateOf(lost, member)).toBe('revoked');
    expect(await stateOf(kept, other)).toBe('waiting_for_host');
    expect(codeOf(await connect(id, member))).toEqual([404, 'not_found']);
    expect(await namesFor(member)).toEqual([]);
    expect((await change(id, { access: 'all' })).body).toMatchObject({
      access: 'all',
      namedUsers: 0,
    });
    expect((await connect(id, member)).status).toBe(201);
    expect(await eventsOf('computer.changed')).toMatchObject([
      { before: { access: 'all' }, after: { access: 'named', userIds: [other.id] } },
      { before: { access: 'named', userIds: [other.id] }, after: { access: 'all', userIds: [] } },
    ]);
  });

  it('a new name keeps who may connect; the same name is no change', async () => {
    const { id } = (await register({ name: 'Old', userIds: [member.id] })).body.computer;
    expect((await change(id, { name: 'New' })).body).toMatchObject({
      name: 'New',
      access: 'named',
      namedUsers: 1,
    });
    expect(await namedBy(id)).toEqual([member.id]);
    expect((await change(id, { name: 'New' })).status).toBe(200);
    expect(await eventsOf('computer.changed')).toHaveLength(1);
    expect(codeOf(await change(id, {}))).toEqual([400, 'invalid_request']);
  });
});

describe('a new key', () => {
  it('replaces the old one, ends the connections, and is shown once', async () => {
    const first = (await register({ name: 'Render box' })).body;
    const { id } = first.computer;
    const live = await connect(id, member);
    const answer = await rotate(id);
    expect(answer.status).toBe(201);
    expect(answer.body.hostKey).toMatch(/^gatehost_[\w-]{43}$/);
    expect(answer.body.hostKey).not.toBe(first.hostKey);
    expect(await stateOf(live, member)).toBe('revoked');
    const { rows } = await server.db.query('SELECT host_key_hash FROM computers WHERE id = $1', [
      id,
    ]);
    expect(rows[0].host_key_hash).toEqual(
      createHash('sha256').update(answer.body.hostKey).digest(),
    );
    expect(await eventsOf('computer.key_rotated')).toEqual([
      { actor_id: admin.id, before: null, after: { computerId: id, name: 'Render box' } },
    ]);
    expect((await connect(id, member)).status).toBe(201);
  });
});

describe('a computer that was removed', () => {
  it('is gone at once for all, its connections too, and is removed once', async () => {
    const { id } = (await register({ name: 'Render box' })).body.computer;
    const live = await connect(id, member);
    expect((await remove(id)).status).toBe(204);
    expect(await stateOf(live, member)).toBe('revoked');
    expect(codeOf(await connect(id, member))).toEqual([404, 'not_found']);
    expect(await namesFor(member)).toEqual([]);
    const list = await server.get(`/teams/${teamId}/computers`, { token: admin.token });
    expect(list.body.data).toEqual([]);
    for (const answer of [await remove(id), await rotate(id), await change(id, { name: 'x' })]) {
      expect(codeOf(answer)).toEqual([404, 'not_found']);
    }
    expect(await eventsOf('computer.removed')).toHaveLength(1);
  });
});

it('OPT-4 a computer is not found under another team, though one manages both', async () => {
  const other = await server.addTeam();
  await server.join(other, admin.id, 'admin');
  const { id } = (await register({ name: 'Render box' })).body.computer;
  const home = teamId;
  teamId = other;
  for (const answer of [await remove(id), await rotate(id), await change(id, { name: 'x' })]) {
    expect(codeOf(answer)).toEqual([404, 'not_found']);
  }
  expect(
    await server.count(
      `computers WHERE id = $1 AND team_id = $2 AND name = 'Render box' AND removed_at IS NULL`,
      [id, home],
    ),
  ).toBe(1);
});

it('those online come first, and 3 comes before 21, page by page', async () => {
  for (const name of ['node 21', 'Node 3', 'node 100', 'gate'])
    await server.addComputer(teamId, name);
  await server.db.query(
    `UPDATE computers SET online = true WHERE team_id = $1 AND name IN ('node 21', 'node 100')`,
    [teamId],
  );
  const names: string[] = [];
  for (let cursor = ''; names.length < 4; ) {
    const path = `/teams/${teamId}/computers?limit=1${cursor}`;
    const { body } = await server.get(path, { token: admin.token });
    names.push(...body.data.map(({ name }: { name: string }) => name));
    cursor = `&cursor=${body.nextCursor}`;
  }
  expect(names).toEqual(['node 21', 'node 100', 'gate', 'Node 3']);
  expect(await namesFor(member)).toEqual(names);
});
