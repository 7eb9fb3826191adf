import { beforeEach, describe, expect, it, vi } from 'vitest';
import { CAFE, HOME, sharedServer, type TestUser, THIEF } from '../support/harness';

// A stolen session: its user, and those who look after the team, end it wherever they are, at once.

const server = sharedServer();
let teamId: string;
let owner: TestUser;
let admin: TestUser;
let valerie: TestUser;

beforeEach(async () => {
  teamId = await server.addTeam('Harbour');
  owner = await server.addUser({ teamId, role: 'owner', name: 'Olga' });
  admin = await server.addUser({ teamId, role: 'admin', name: 'Adam' });
  valerie = await server.addUser({ teamId, name: 'Valerie' });
});

const contain = (user: TestUser, by: TestUser, body: object, from = HOME) =>
  server.post(`/teams/${teamId}/members/${user.id}/containment`, { token: by.token, from, body });
const isSignedIn = async (token: string, from = HOME) =>
  (await server.get('/me', { token, from })).status === 200;
const events = async (type: string) =>
  (await server.get(`/teams/${teamId}/events?type=${type}`, { token: owner.token })).body.data;
const trusted = (user: TestUser) =>
  server.count('verified_ips WHERE user_id = $1 AND revoked_at IS NULL', [user.id]);

describe('“It wasn’t me”', () => {
  it('ends every session from a network that is not verified, without a proof, and nothing else', async () => {
    const other = await server.addSession(valerie.id);
    const before = await trusted(valerie);
    const answer = await server.post('/me/containment', {
      token: valerie.token,
      from: CAFE,
      body: {},
    });
    expect(answer).toMatchObject({ status: 200, body: { endedSessions: 2, endedConnections: 0 } });
    expect(await isSignedIn(valerie.token)).toBe(false);
    expect(await isSignedIn(other.token)).toBe(false);
    expect(await trusted(valerie)).toBe(before);
    expect(await events('account.reported')).toMatchObject([
      { address: CAFE, after: { endedSessions: 2 } },
    ]);
  });

  it('ends what was asked of the user: the thief’s challenge can’t be passed any more', async () => {
    const computerId = await server.addComputer(teamId);
    const refused = await server.post(`/computers/${computerId}/connections`, {
      token: valerie.token,
      from: THIEF,
      body: {},
    });
    await server.post('/me/containment', { token: valerie.token, body: {} });
    const challenge = await server.get(`/challenges/${refused.body.challenge.id}`, { from: THIEF });
    expect(challenge.status).toBe(404);
  });
});

describe('a member is contained', () => {
  it.each([
    ['by an admin, of an owner', () => [owner, admin] as const, 403, 'forbidden'],
    ['by a member', () => [owner, valerie] as const, 403, 'forbidden'],
  ])('not %s', async (_, who, status, code) => {
    const [user, by] = who();
    const answer = await contain(user, by, { sessions: true, reason: 'none' });
    expect(answer).toMatchObject({ status, body: { code } });
    expect(await isSignedIn(user.token)).toBe(true);
  });

  it('not from a network that is not verified: a stolen admin’s token shuts nobody out', async () => {
    const answer = await contain(valerie, admin, { sessions: true, reason: 'none' }, THIEF);
    expect(answer).toMatchObject({ status: 403, body: { code: 'ip_verification_required' } });
    expect(await isSignedIn(valerie.token)).toBe(true);
  });

  it.each([
    ['nothing named', { reason: 'why' }],
    ['no reason', { sessions: true }],
    ['an empty list', { networks: [], reason: 'why' }],
  ])('not with %s', async (_, body) => {
    expect(await contain(valerie, owner, body)).toMatchObject({
      status: 400,
      body: { code: 'invalid_request' },
    });
  });

  it('wholly: sessions end, networks lose their trust, the member and the activity are told why', async () => {
    await server.addSession(valerie.id);
    await server.trust(valerie.id, CAFE);
    const networks = await trusted(valerie);
    const answer = await contain(valerie, admin, {
      sessions: true,
      networks: true,
      reason: 'a stolen laptop',
    });
    expect(answer).toMatchObject({
      status: 200,
      body: { endedSessions: 2, revokedNetworks: networks },
    });
    expect(await isSignedIn(valerie.token)).toBe(false);
    expect(await trusted(valerie)).toBe(0);
    expect(await events('member.contained')).toMatchObject([
      {
        actor: { id: admin.id },
        user: { id: valerie.id },
        reason: 'a stolen laptop',
        after: { endedSessions: 2 },
      },
    ]);
    await vi.waitFor(async () => {
      const mails = (await server.mails()).filter(({ to }) => to === valerie.email);
      expect(mails.map(({ text }) => text)).toEqual([
        expect.stringMatching(/Adam[\s\S]*a stolen laptop/),
      ]);
    }, 10_000);
  });

  it('in part: the session that was named, as its list shows it', async () => {
    const stolen = await server.addSession(valerie.id);
    const list = await server.get(`/teams/${teamId}/members/${valerie.id}/sessions`, {
      token: admin.token,
    });
    expect(list.body.data.map(({ id }: { id: string }) => id)).toContain(stolen.sessionId);
    const answer = await contain(valerie, admin, { sessions: [stolen.sessionId], reason: 'odd' });
    expect(answer.body).toEqual({ endedSessions: 1, revokedNetworks: 0 });
    expect(await isSignedIn(stolen.token)).toBe(false);
    expect(await isSignedIn(valerie.token)).toBe(true);
  });

  it('never beyond the member: somebody else’s session that is named goes on', async () => {
    const answer = await contain(valerie, admin, { sessions: [owner.sessionId], reason: 'odd' });
    expect(answer.body).toEqual({ endedSessions: 0, revokedNetworks: 0 });
    expect(await isSignedIn(owner.token)).toBe(true);
  });
});
