import { beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { CAFE, codeOf, sharedServer, type TestUser, THIEF } from '../support/harness';

// Which rule decides: the modes of the actions, the time of trust, several teams, and none.

const server = sharedServer();
let teamId: string;
let ruleId: string;
let computerId: string;
let owner: TestUser;
let member: TestUser;

beforeAll(async () => {
  await server.setUp();
});

beforeEach(async () => {
  teamId = await server.addTeam('Harbour');
  computerId = await server.addComputer(teamId);
  owner = await server.addUser({ teamId, role: 'owner', name: 'Olga Owner' });
  member = await server.addUser({ teamId, name: 'Valerie' });
  const rules = await server.get(`/teams/${teamId}/app-rules`, { token: owner.token });
  ruleId = rules.body.data[0].id;
});

const change = (body: unknown) =>
  server.patch(`/teams/${teamId}/app-rules/${ruleId}`, { token: owner.token, body });
const connect = (from = THIEF, { token } = member, id = computerId) =>
  server.connect(id, { token, from });
const addFriend = (from = THIEF, { token } = member) =>
  server.addFriend('accomplice@example.com', { token, from });
const REFUSED = [403, 'ip_verification_required'];

describe('the modes of the actions', () => {
  it.each(['monitor', 'off'] as const)('computer.connect %s: friends stay gated', async (mode) => {
    await change({ ipVerification: { actions: { 'computer.connect': mode } } });
    expect((await connect()).status).toBe(201);
    expect(codeOf(await addFriend())).toEqual(REFUSED);
  });

  it('in monitor, what would have been blocked is counted for each action', async () => {
    await change({
      ipVerification: { actions: { 'computer.connect': 'monitor', 'friend.add': 'monitor' } },
    });
    for (const answer of [await connect(), await connect(), await addFriend()]) {
      expect(answer.status).toBeLessThan(300);
    }
    await vi.waitFor(
      async () => {
        const { rows } = await server.db.query(
          `SELECT would_block FROM sightings WHERE user_id = $1 AND network = '${THIEF}/32'`,
          [member.id],
        );
        expect(rows).toEqual([{ would_block: { 'computer.connect': 2, 'friend.add': 1 } }]);
      },
      { timeout: 10_000 },
    );
  });

  it('a shorter trust counts at once, also for what was verified before', async () => {
    await server.trust(member.id, CAFE, 31 * 86_400_000);
    expect((await connect(CAFE)).status).toBe(201);
    expect((await change({ ipVerification: { trustDays: 30 } })).status).toBe(200);
    const refused = await connect(CAFE);
    expect(codeOf(refused)).toEqual(REFUSED);
    expect(refused.body.detail).toContain('run out');
    expect(
      await server.count(`connections WHERE user_id = $1 AND state = 'revoked'`, [member.id]),
    ).toBe(1);
    await change({ ipVerification: { trustDays: 90 } });
    expect((await connect(CAFE)).status).toBe(201);
  });
});

describe('in several teams', () => {
  let openTeam: string;
  let openComputer: string;
  beforeEach(async () => {
    openTeam = await server.addTeam('Open');
    await server.setRule(openTeam, { enabled: false });
    openComputer = await server.addComputer(openTeam);
    await server.join(openTeam, member.id, 'owner');
  });

  it('OPT-6 the computer’s team decides who may connect to it', async () => {
    expect(codeOf(await connect())).toEqual(REFUSED);
    expect((await connect(THIEF, member, openComputer)).status).toBe(201);
  });

  it('OPT-8 the strictest team decides for friends, and for managing even the open one', async () => {
    expect(codeOf(await addFriend())).toEqual(REFUSED);
    const rename = await server.patch(`/teams/${openTeam}`, {
      token: member.token,
      from: THIEF,
      body: { name: 'Mine' },
    });
    expect(codeOf(rename)).toEqual(REFUSED);
  });

  it('OPT-8 a user of open teams alone is asked for nothing', async () => {
    const user = await server.addUser({ teamId: openTeam });
    expect((await addFriend(THIEF, user)).status).toBe(202);
  });
});

describe('OPT-13 without a word of the team it is on', () => {
  it.each(['computer', 'friend'])('a team that has no ruleset: %s', async (what) => {
    await server.db.query('DELETE FROM app_rules WHERE team_id = $1', [teamId]);
    expect(codeOf(what === 'computer' ? await connect() : await addFriend())).toEqual(REFUSED);
  });

  it('a user of no team', async () => {
    const user = await server.addUser();
    expect(codeOf(await addFriend(THIEF, user))).toEqual(REFUSED);
  });
});
