import { beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { AuditEvent } from '@/lib/contract/resources';
import { CAFE, HOME, sharedServer, type TestUser, THIEF } from '../support/harness';
import { connect, Sockets } from '../support/socket-scene';

// What somebody needs to find out afterwards: who did it, from where, as whom, whose it was then.

const server = sharedServer();
let teamId: string;
let owner: TestUser;
let valerie: TestUser;
const sockets = new Sockets();

beforeAll(() => server.setUp());
beforeEach(async () => {
  teamId = await server.addTeam();
  owner = await server.addUser({ teamId, role: 'owner', name: 'Olga' });
  valerie = await server.addUser({ teamId, name: 'Valerie' });
});

const eventsOf = async (team = teamId, by = owner, query = ''): Promise<AuditEvent[]> => {
  const answer = await server.get(`/teams/${team}/events?${query}`, { token: by.token });
  expect(answer.status, answer.text).toBe(200);
  return answer.body.data;
};
const typesOf = (events: AuditEvent[]) => events.map(({ type }) => type);
const logIn = ({ email, password }: TestUser, from = HOME) =>
  server.logIn({ email, password }, { from });
const remove = (user: TestUser, by = owner) =>
  server.delete(`/teams/${teamId}/members/${user.id}`, { token: by.token });
const addTo = (team: string, { id }: TestUser) => server.join(team, id);
const refuse = ({ token }: TestUser) => server.addFriend('f@example.com', { token, from: THIEF });

describe('F22: whose an event is', () => {
  it('each says who it was then, by which session, and of what kind', async () => {
    const { body } = await logIn(valerie, CAFE);
    await server.db.query(`UPDATE users SET name = 'Another', email = $2 WHERE id = $1`, [
      valerie.id,
      `another-${valerie.email}`,
    ]);
    const [started] = await eventsOf(teamId, owner, 'type=session.started');
    expect(started).toEqual({
      id: expect.stringMatching(/^\d+$/),
      schema: 1,
      at: expect.any(String),
      type: 'session.started',
      actorKind: 'user',
      actor: { id: valerie.id, name: 'Another', email: `another-${valerie.email}` },
      actorLabel: `Valerie <${valerie.email}>`,
      user: null,
      userLabel: null,
      sessionId: body.session.id,
      computerId: null,
      computerName: null,
      action: null,
      network: `${CAFE}/32`,
      address: CAFE,
      finding: null,
      reason: 'password',
      before: null,
      after: null,
      requestId: expect.any(String),
      masked: false,
    });
  });

  it('what a member did stays after the removal, with the removal, found by the member’s id', async () => {
    await logIn(valerie);
    expect((await refuse(valerie)).status).toBe(403);
    expect((await remove(valerie)).status).toBe(204);
    const events = await eventsOf(teamId, owner, `userId=${valerie.id}`);
    expect(typesOf(events)).toEqual([
      'member.removed',
      'gate.refused',
      'network.verified',
      'session.started',
    ]);
    expect(events[0]).toMatchObject({
      actorLabel: `Olga <${owner.email}>`,
      userLabel: `Valerie <${valerie.email}>`,
    });
  });

  it('what happens after the removal is of the teams that are left, and of those alone', async () => {
    const other = await server.addTeam();
    const chief = await server.addUser({ teamId: other, role: 'owner' });
    await addTo(other, valerie);
    expect((await remove(valerie)).status).toBe(204);
    expect((await refuse(valerie)).status).toBe(403);
    await logIn(valerie);
    expect(typesOf(await eventsOf(other, chief))).toEqual([
      'network.verified',
      'session.started',
      'gate.refused',
    ]);
    expect(typesOf(await eventsOf())).toEqual(['member.removed']);
  });

  it('what happened before is not of a team that is joined later', async () => {
    await logIn(valerie);
    const later = await server.addTeam();
    const chief = await server.addUser({ teamId: later, role: 'owner' });
    await addTo(later, valerie);
    expect(await eventsOf(later, chief)).toEqual([]);
  });

  it('of several teams, each sees it once', async () => {
    const other = await server.addTeam();
    const chief = await server.addUser({ teamId: other, role: 'owner' });
    await addTo(other, valerie);
    await logIn(valerie);
    for (const events of [await eventsOf(), await eventsOf(other, chief)]) {
      expect(typesOf(events)).toEqual(['network.verified', 'session.started']);
    }
  });

  it('C1: the activity of 17,000 members is read as that of three', async () => {
    await server.db.query(
      `WITH made AS (
         INSERT INTO users (email, name)
         SELECT 'm' || n || '@' || $1 || '.example.com', 'Member ' || n FROM generate_series(1, 17000) n
         RETURNING id
       ) INSERT INTO memberships (team_id, user_id, role) SELECT $1, id, 'member' FROM made`,
      [teamId],
    );
    await logIn(valerie);
    expect(typesOf(await eventsOf())).toEqual(['network.verified', 'session.started']);
    const [first] = await eventsOf(teamId, owner, 'limit=1');
    expect(typesOf(await eventsOf(teamId, owner, `cursor=${first?.id}`))).toEqual([
      'session.started',
    ]);
  });
});

describe('F23: where an event comes from', () => {
  it('what a computer does is the computer’s, from where it stands', async () => {
    const { id: computerId, key } = await server.addHost(teamId, 'Render station');
    const host = await sockets.open(server, { token: key, from: CAFE });
    const client = await sockets.open(server, { token: valerie.token });
    const { attemptId } = await connect(client, host, computerId);
    host.send('offer_cancel', { attemptId });
    await client.next('connection_closed');
    const declined = client.offer(computerId);
    await host.next('offer_relay', (offer) => offer.attemptId === declined);
    host.send('answer', { attemptId: declined, approved: false, data: {} });
    await client.next('answer_relay', (answer) => answer.attemptId === declined);
    const events = await eventsOf();
    for (const type of [
      'computer.online',
      'connection.accepted',
      'connection.ended',
      'connection.declined',
    ]) {
      expect(
        events.find((event) => event.type === type),
        type,
      ).toMatchObject({
        actorKind: 'computer',
        actor: null,
        actorLabel: 'Render station',
        computerId,
        network: `${CAFE}/32`,
        address: CAFE,
        requestId: expect.any(String),
        ...(type !== 'computer.online' && { userLabel: `Valerie <${valerie.email}>` }),
      });
    }
  });

  it('a connection that nobody ended was ended by Gatehouse, with the reason', async () => {
    const { id: computerId, key } = await server.addHost(teamId);
    const host = await sockets.open(server, { token: key });
    const client = await sockets.open(server, { token: valerie.token });
    const { connectionId } = await connect(client, host, computerId);
    await server.trust(valerie.id, HOME, 90 * 86_400_000);
    await vi.waitFor(
      async () =>
        expect(await eventsOf(teamId, owner, 'type=connection.ended')).toMatchObject([
          {
            actorKind: 'system',
            actor: null,
            userLabel: `Valerie <${valerie.email}>`,
            reason: 'trust_expired',
            after: { connectionId, computerId, state: 'revoked' },
          },
        ]),
      { timeout: 25_000, interval: 200 },
    );
  });

  it('B9: a connection that a revocation ended is told of, once, with the reason', async () => {
    const { id: computerId, key } = await server.addHost(teamId);
    const host = await sockets.open(server, { token: key });
    const client = await sockets.open(server, { token: valerie.token });
    const { connectionId } = await connect(client, host, computerId);
    const revoked = await server.delete(`/teams/${teamId}/members/${valerie.id}/verified-ips`, {
      token: owner.token,
    });
    expect(revoked.status).toBe(204);
    expect(await eventsOf(teamId, owner, 'type=connection.ended')).toMatchObject([
      {
        actorKind: 'system',
        userLabel: `Valerie <${valerie.email}>`,
        reason: 'network_revoked',
        after: { connectionId, computerId, state: 'revoked' },
      },
    ]);
  });

  it('a wrong password in a session names the session: it may be the stolen one', async () => {
    const { token, sessionId } = valerie;
    await server.verify({ token, password: 'a guess' }, { from: THIEF });
    await server.logIn({ email: valerie.email, password: 'x' }, { from: THIEF });
    await vi.waitFor(async () => {
      const events = await eventsOf(teamId, owner, 'type=session.refused');
      const from = { address: THIEF, actor: null, userLabel: `Valerie <${valerie.email}>` };
      expect(events).toHaveLength(2);
      expect(events).toContainEqual(expect.objectContaining({ ...from, sessionId }));
      expect(events).toContainEqual(expect.objectContaining({ ...from, sessionId: null }));
    }, 10_000);
  });
});
