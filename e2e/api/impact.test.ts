import { beforeAll, describe, expect, it } from 'vitest';
import { CAFE, HOME, ownServer, type TestUser, THIEF } from '../support/harness';

const server = ownServer();
let teamId: string;
let owner: TestUser;
let valerie: TestUser;
let tom: TestUser;

type Used = Partial<Record<'action' | 'finding' | 'mode', string>> & {
  /** Hours ago: the first use, and the last. */
  ago: [number, number];
  network: string;
  count?: number;
  /** Hours ago that the trust was from. */
  verified?: number;
};

const use = (user: TestUser, { ago: [first, last], network, verified, ...rest }: Used) =>
  server.db.query(
    `INSERT INTO uses (day, session_id, user_id, network, action, finding, mode, verified_at, count, first_at, last_at)
     SELECT (first AT TIME ZONE 'UTC')::date, 'ses', $1, $2, $3, $4, $5, now - interval '1 hour' * $6, $7, first, now - interval '1 hour' * $9
     FROM gatehouse_now() now, LATERAL (SELECT now - interval '1 hour' * $8 AS first) f`,
    [
      user.id,
      `${network}/32`,
      rest.action ?? 'computer.connect',
      rest.finding ?? 'unknown',
      rest.mode ?? 'monitor',
      verified ?? null,
      rest.count ?? 1,
      first,
      last,
    ],
  );

const impact = (days = 30, token = owner.token) =>
  server.get(`/teams/${teamId}/impact?days=${days}`, { token });
const simulate = (body: object, token = owner.token) =>
  server.post(`/teams/${teamId}/simulations`, { token, body });

beforeAll(async () => {
  ({ teamId } = await server.setUp());
  owner = await server.addUser({ teamId, role: 'owner' });
  valerie = await server.addUser({ teamId, name: 'Valerie' });
  tom = await server.addUser({ teamId, name: 'Tom' });
  const day = 24;
  // Refused, and verified five minutes later: the café. Refused, and never: the thief.
  await use(valerie, { ago: [5 * day, 5 * day], network: CAFE, mode: 'enforce', count: 2 });
  await server.trust(valerie.id, CAFE, (5 * day * 60 - 5) * 60_000);
  await use(valerie, { ago: [4 * day, 4 * day], network: THIEF, mode: 'enforce', count: 7 });
  // A poller on a network that was never verified, monitored; home, verified 20 days before its last use.
  await use(tom, {
    ago: [3 * day, 3 * day - 1],
    network: THIEF,
    action: 'friend.add',
    count: 4_000,
  });
  const home = { network: HOME, finding: 'trusted', verified: 21 * day };
  await use(tom, { ...home, ago: [20 * day, 20 * day - 1], count: 10 });
  await use(tom, { ...home, ago: [day, day], count: 10 });
  // Of nobody in this team, and before the time.
  await use(await server.addUser(), { ago: [day, day], network: THIEF, count: 99 });
  await use(valerie, { ago: [40 * day, 40 * day], network: '192.0.2.7', count: 5 });
});

describe('impact', () => {
  it('counts what was asked, passed, refused and would be asked', async () => {
    const { status, body } = await impact();
    expect(status).toBe(200);
    expect(body.totals).toEqual({
      people: 2,
      prompts: 2,
      passed: 1,
      passedMedianSeconds: 300,
      notPassed: 1,
      // Valerie at the café and at the thief’s; Tom at the thief’s.
      wouldPrompts: 3,
      wouldPromptPeople: 2,
    });
    expect(body.actions).toMatchObject([
      { action: 'computer.connect', mode: 'enforce', uses: 29, refused: 9, prompts: 2, passed: 1 },
      { action: 'friend.add', mode: 'enforce', uses: 4_000, refused: 0, wouldPrompts: 1 },
    ]);
    const sum = (name: string) =>
      body.daily.reduce(
        (total: number, row: Record<string, number>) => total + (row[name] ?? 0),
        0,
      );
    expect([sum('allowed'), sum('refused'), sum('passed'), sum('wouldPrompt')]).toEqual([
      4_020, 9, 1, 3,
    ]);
    expect(body.neverVerified).toMatchObject([
      { user: { id: tom.id }, network: `${THIEF}/32`, uses: 4_000, masked: false },
      { user: { id: valerie.id }, network: `${THIEF}/32`, action: 'computer.connect', uses: 7 },
    ]);
    expect(body.networks[0]).toMatchObject({
      network: `${THIEF}/32`,
      people: 2,
      uses: 4_007,
      refused: 7,
    });
    expect(body.period).toMatchObject({ days: 30 });
    expect(body.period.dataSince < body.period.from).toBe(true);
  });

  it('of 7 days leaves out what was before', async () => {
    expect((await impact(7)).body.totals).toMatchObject({ people: 2, wouldPrompts: 3 });
    expect((await impact(90)).body.totals).toMatchObject({ wouldPrompts: 4 });
    expect((await impact(8)).status).toBe(400);
  });

  it('is no member’s', async () => {
    expect((await impact(30, valerie.token)).body.code).toBe('forbidden');
    const admin = await server.addUser({ teamId, role: 'admin' });
    expect((await impact(30, admin.token)).status).toBe(200);
  });
});

describe('a simulation', () => {
  it('says what a shorter trust would have meant, for whom, and changes nothing', async () => {
    const before = await server.get(`/teams/${teamId}/app-rules`, { token: owner.token });
    const { status, body } = await simulate({ settings: { trustDays: 10 } });
    expect(status).toBe(200);
    expect(body.before).toEqual({ prompts: 3, people: 2, blockedUses: 4_009 });
    // Home too: verified 21 days ago, it had run out at its last use.
    expect(body.after).toEqual({ prompts: 4, people: 2, blockedUses: 4_019 });
    expect(body.people).toMatchObject([
      { user: { name: 'Valerie' }, before: 2, after: 2, networks: { length: 2 } },
      {
        user: { name: 'Tom' },
        before: 1,
        after: 2,
        networks: [{ network: `${THIEF}/32`, uses: 4_000, verifiedSince: false }],
      },
    ]);
    expect(await server.get(`/teams/${teamId}/app-rules`, { token: owner.token })).toMatchObject({
      body: before.body,
    });
  });

  it('of a milder rule asks fewer', async () => {
    const { body } = await simulate({ settings: { actions: { 'friend.add': 'monitor' } } });
    expect(body.after).toMatchObject({ prompts: 2, people: 1, blockedUses: 9 });
    expect(body.perAction).toMatchObject([
      { action: 'computer.connect', before: { prompts: 2 }, after: { prompts: 2 } },
      { action: 'friend.add', before: { prompts: 1 }, after: { prompts: 0 } },
    ]);
    expect((await simulate({ settings: { enabled: false } })).body.after).toEqual({
      prompts: 0,
      people: 0,
      blockedUses: 0,
    });
  });

  it('goes by the shorter trust of another team, too', async () => {
    const ida = await server.addUser({ teamId, name: 'Ida' });
    const other = await server.addTeam();
    await server.join(other, ida.id);
    await server.setRule(other, { trustDays: 5 });
    await use(ida, {
      ago: [24, 24],
      network: HOME,
      action: 'friend.add',
      finding: 'trusted',
      verified: 10 * 24,
    });
    const { body } = await simulate({ settings: { trustDays: 60 } });
    expect(body.people).toContainEqual(
      expect.objectContaining({
        user: expect.objectContaining({ name: 'Ida' }),
        before: 1,
        after: 1,
      }),
    );
    expect(body.notSimulated).toHaveLength(1);
  });

  it('refuses what could not be set, and who may not see it', async () => {
    for (const settings of [
      {},
      { trustDays: 0 },
      { trustDays: 91 },
      { actions: { 'team.manage': 'off' } },
    ]) {
      expect((await simulate({ settings })).body.code).toBe('invalid_request');
    }
    expect((await simulate({ settings: { trustDays: 1 } }, valerie.token)).body.code).toBe(
      'forbidden',
    );
  });
});
