import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { readModes } from '@/lib/policy/rules';
import {
  type Answer,
  CAFE,
  codeOf,
  HOME,
  sharedServer,
  TestServer,
  type TestUser,
  THIEF,
} from '../support/harness';

// Which rule decides: the modes of the actions, the time of trust, several teams, and none. And the
// attack: the thief has an owner's token and wants the gate away; or somebody takes it away for good
// reasons, and nobody notices.

const server = sharedServer();
let teamId: string;
let ruleId: string;
let computerId: string;
let owner: TestUser;
let member: TestUser;

beforeAll(() => server.setUp());

beforeEach(async () => {
  teamId = await server.addTeam('Harbour');
  computerId = await server.addComputer(teamId);
  owner = await server.addUser({ teamId, role: 'owner', name: 'Olga Owner' });
  member = await server.addUser({ teamId, name: 'Valerie' });
  const rules = await server.get(`/teams/${teamId}/app-rules`, { token: owner.token });
  ruleId = rules.body.data[0].id;
});

const change = (body: unknown, { token }: { token: string } = owner, from = HOME) =>
  server.patch(`/teams/${teamId}/app-rules/${ruleId}`, { token, from, body });
const off = (by = owner, from = HOME) =>
  change({ ipVerification: { enabled: false }, reason: 'A move to new offices' }, by, from);
const on = (by = owner) => change({ ipVerification: { enabled: true } }, by);
const connect = (from = THIEF, { token } = member, id = computerId) =>
  server.connect(id, { token, from });
const addFriend = (from = THIEF, { token } = member) =>
  server.addFriend('accomplice@example.com', { token, from });
const REFUSED = [403, 'ip_verification_required'];
const ruleNow = async () => {
  const { rows } = await server.db.query(
    'SELECT enabled, trust_days, modes FROM app_rules WHERE id = $1',
    [ruleId],
  );
  return { ...rows[0], modes: readModes(rows[0].modes) };
};
const BY_DEFAULT = {
  enabled: true,
  trust_days: 90,
  modes: { 'computer.connect': 'enforce', 'friend.add': 'enforce' },
};
const changes = () =>
  server.rows(
    `SELECT actor_id, session_id, address, reason, before, after FROM audit_events
     WHERE team_id = $1 AND type = 'rule.changed' ORDER BY id`,
    [teamId],
  );
const mailsTo = async ({ email }: TestUser) =>
  (await server.mails()).filter(({ to }) => to === email);

describe('who can’t switch it off', () => {
  it.each(['member', 'admin'] as const)('OPT-1 %s', async (role) => {
    const user = await server.addUser({ teamId, role });
    expect(codeOf(await off(user))).toEqual([403, 'forbidden']);
    expect(await ruleNow()).toEqual(BY_DEFAULT);
  });

  it('OPT-2 an owner’s token from another network, however fresh', async () => {
    expect(codeOf(await off(owner, THIEF))).toEqual(REFUSED);
    expect(await ruleNow()).toEqual(BY_DEFAULT);
    expect(await changes()).toEqual([]);
  });

  it.each([
    ['another network', `authenticated_network = '${CAFE}/32'`],
    ['3 hours ago', `authenticated_at = gatehouse_now() - interval '3 hours'`],
    ['15 minutes and a second ago', `authenticated_at = gatehouse_now() - interval '901 seconds'`],
  ])('OPT-3 an owner whose full authentication was on or at %s', async (_when, set) => {
    await server.db.query(`UPDATE sessions SET ${set} WHERE id = $1`, [owner.sessionId]);
    const answer = await off();
    expect(codeOf(answer)).toEqual([403, 'reauthentication_required']);
    expect(answer.headers['www-authenticate']).toContain('max_age=900');
    expect(await ruleNow()).toEqual(BY_DEFAULT);
    const again = await server.verify(owner);
    expect((await off({ ...owner, token: again.body.token })).status).toBe(200);
  });

  it('OPT-2 an owner’s token from another network, while any action is enforced', async () => {
    await change({ ipVerification: { actions: { 'computer.connect': 'off' } } });
    expect((await connect()).status).toBe(201);
    expect(codeOf(await off(owner, THIEF))).toEqual(REFUSED);
    expect((await ruleNow()).enabled).toBe(true);
  });

  it('OPT-4 an owner of another team', async () => {
    const other = await server.addUser({ teamId: await server.addTeam(), role: 'owner' });
    expect(codeOf(await off(other))).toEqual([404, 'not_found']);
    const strange = ruleId;
    teamId = (await server.get('/me', { token: other.token })).body.teams[0].id;
    expect(codeOf(await off(other))).toEqual([404, 'not_found']);
    expect(ruleId).toBe(strange);
    expect(await ruleNow()).toEqual(BY_DEFAULT);
  });

  it.each(['', ' ', undefined, null, 'x'.repeat(501), 'a\u0000b'])(
    'an owner who gives no good reason: %j',
    async (reason) => {
      const answer = await change({ ipVerification: { enabled: false }, reason });
      expect(codeOf(answer)).toEqual([400, 'invalid_request']);
      expect(answer.body.errors[0].path).toBe('reason');
      expect(await ruleNow()).toEqual(BY_DEFAULT);
    },
  );
});

it.each<[unknown]>([
  [{ ipVerification: 'false' }],
  [{ ipVerification: false }],
  [{ ipVerification: 0 }],
  [{ ipVerification: null }],
  [{ ipVerification: [] }],
  [{ ipVerification: {} }],
  [{ ipVerification: 'FALSE' }],
  [{ ipVerification: { enabled: 'false' } }],
  [{ ipVerification: { enabled: 0 } }],
  [{ ipVerification: { enabled: null } }],
  [{ ipVerification: { enabled: [] } }],
  [{ ipVerification: { enabled: {} } }],
  [{ ipVerification: { offHours: 1 }, reason: 'r' }],
  [{ ipVerification: { enabled: true, offHours: 1 }, reason: 'r' }],
  [{ ipVerification: { enabled: false, offHours: 0 }, reason: 'r' }],
  [{ ipVerification: { enabled: false, offHours: 1.5 }, reason: 'r' }],
  [{ ipVerification: { enabled: false, offHours: 2161 }, reason: 'r' }],
  [{ ipVerification: { trustDays: 0 } }],
  [{ ipVerification: { trustDays: -1 } }],
  [{ ipVerification: { trustDays: 1.5 } }],
  [{ ipVerification: { trustDays: 1e9 } }],
  [{ ipVerification: { trustDays: '30' } }],
  [{ ipVerification: { actions: { 'computer.connect': 'disabled' } } }],
  [{ ipVerification: { actions: { 'team.manage': 'off' } } }],
  [{ ipVerification: { actions: { 'api.read': 'enforce' } } }],
  [{ ipVerification: { enabled: false, name: 'x' }, reason: 'r' }],
  [{ enabled: false, reason: 'r' }],
])('OPT-9 %j is refused, and changes nothing', async (body) => {
  expect(codeOf(await change(body))).toEqual([400, 'invalid_request']);
  expect(await ruleNow()).toEqual(BY_DEFAULT);
  expect(await changes()).toEqual([]);
});

describe('switched off', () => {
  it('the thief connects, and it is recorded; switched on, he is refused at once, and thrown out', async () => {
    expect(codeOf(await connect())).toEqual(REFUSED);
    const answer = await off();
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({
      id: ruleId,
      ipVerification: {
        enabled: false,
        actions: { 'computer.connect': 'off', 'team.manage': 'off' },
      },
      changedBy: { id: owner.id },
    });
    const [thiefs, hers] = [await connect(), await connect(HOME)];
    expect([thiefs.status, hers.status]).toEqual([201, 201]);
    expect((await addFriend()).status).toBe(202);
    const { rows } = await server.db.query(
      'SELECT type, address, finding FROM audit_events WHERE request_id = $1',
      [thiefs.headers['x-request-id']],
    );
    expect(rows).toEqual([{ type: 'connection.requested', address: THIEF, finding: 'unknown' }]);

    expect((await on()).status).toBe(200);
    expect(codeOf(await connect())).toEqual(REFUSED);
    expect(codeOf(await addFriend())).toEqual(REFUSED);
    const state = async (made: Answer) =>
      (await server.get(`/connections/${made.body.connection.id}`, { token: member.token })).body
        .connection.state;
    expect([await state(thiefs), await state(hers)]).toEqual(['revoked', 'waiting_for_host']);
    expect((await connect(HOME)).status).toBe(201);
  });

  it('it is audited with who, from where, why, before and after', async () => {
    await off();
    await on();
    const rule = (enabled: boolean) => ({
      ruleId,
      enabled,
      trustDays: 90,
      modes: { 'computer.connect': 'enforce', 'friend.add': 'enforce' },
    });
    const by = { actor_id: owner.id, session_id: owner.sessionId, address: HOME };
    expect(await changes()).toEqual([
      { ...by, reason: 'A move to new offices', before: rule(true), after: rule(false) },
      { ...by, reason: null, before: rule(false), after: rule(true) },
    ]);
  });

  it('it is mailed to every other owner, and to nobody else', async () => {
    const second = await server.addUser({ teamId, role: 'owner' });
    const third = await server.addUser({ teamId, role: 'owner' });
    const admin = await server.addUser({ teamId, role: 'admin' });
    await off();
    for (const other of [second, third]) {
      const [mail] = await vi.waitFor(async () => {
        const mails = await mailsTo(other);
        expect(mails).toHaveLength(1);
        return mails;
      });
      expect(mail?.subject).toBe('IP Verification was switched off in Harbour');
      expect(mail?.text).toContain('Olga Owner');
      expect(mail?.text).toContain('Reason given: A move to new offices');
      expect(mail?.text).toContain(`${server.origin}/teams/${teamId}/rules`);
    }
    for (const other of [owner, admin, member]) expect(await mailsTo(other)).toEqual([]);
  });

  const CONTAINED = { sessions: true, networks: true, reason: 'Nobody switched it off' };
  it('F25: what the mail advises can be done, by whom it is told', async () => {
    const second = await server.addUser({ teamId, role: 'owner' });
    await off();
    const [mail] = await vi.waitFor(async () => {
      const mails = await mailsTo(second);
      expect(mails).toHaveLength(1);
      return mails;
    });
    const text = mail?.text.replace(/\s+/g, ' ') ?? '';
    const by = { token: second.token };
    const olga = `/teams/${teamId}/members/${owner.id}`;
    const steps: [advice: string, () => Promise<Answer>, status: number][] = [
      ['change the rules back', () => on(second), 200],
      [
        'choose “Contain…”',
        () => server.post(`${olga}/containment`, { ...by, body: CONTAINED }),
        200,
      ],
      [
        'make the role “member”',
        () => server.patch(olga, { ...by, body: { role: 'member' } }),
        200,
      ],
      ['choose a new password', choosesAnother, 200],
    ];
    for (const [advice, act, status] of steps) {
      expect(text).toContain(advice);
      expect([advice, (await act()).status]).toEqual([advice, status]);
    }
    expect(await ruleNow()).toEqual(BY_DEFAULT);
  });
  const choosesAnother = async () => {
    const { email, password } = owner;
    const { token } = (await server.logIn({ email, password })).body;
    const newPassword = 'another pass phrase of hers';
    return server.post('/me/password', { token, body: { currentPassword: password, newPassword } });
  };

  it.each([
    ['longer trust', { trustDays: 60 }, true],
    ['a milder mode', { actions: { 'friend.add': 'monitor' } }, true],
    ['shorter trust', { trustDays: 7 }, false],
  ])('%s: told to the other owners only where it is weaker', async (_what, part, isTold) => {
    await server.setRule(teamId, { trustDays: 30 });
    const second = await server.addUser({ teamId, role: 'owner' });
    expect((await change({ ipVerification: part })).status).toBe(200);
    // A mail that surely comes, after which the other would have come too.
    await off();
    await vi.waitFor(async () => {
      const subjects = (await mailsTo(second)).map(({ subject }) => subject);
      expect(subjects).toContain('IP Verification was switched off in Harbour');
      expect(subjects.includes('IP Verification was made less strict in Harbour')).toBe(isTold);
    });
  });

  it('the same again is no change: no audit row', async () => {
    await off();
    expect((await off()).status).toBe(200);
    expect(await changes()).toHaveLength(1);
  });
});

const HOUR_MS = 3_600_000;

describe('switched off for a time', () => {
  const START = new Date('2026-11-27T09:00:00.000Z');
  const offFor = (
    offHours: number | undefined,
    reason: string | undefined = 'A move',
    by = owner,
  ) => change({ ipVerification: { enabled: false, offHours }, reason }, by);
  const showRule = async () =>
    (await server.get(`/teams/${teamId}/app-rules`, { token: owner.token })).body.data[0];
  const teamOf = async ({ token }: TestUser) =>
    (await server.get('/me', { token })).body.teams.find(({ id }: { id: string }) => id === teamId);
  /** By a clock that stands still, at which those of this file have just signed in. */
  const freeze = async (at: Date) => {
    await server.freezeClock(at);
    const ids = [owner, member].map(({ id }) => id);
    await server.db.query(
      `UPDATE sessions SET created_at = $2, authenticated_at = $2, last_seen_at = $2, expires_at = $2::timestamptz + interval '30 days'
       WHERE user_id = ANY($1)`,
      [ids, at],
    );
    await server.db.query('UPDATE verified_ips SET verified_at = $2 WHERE user_id = ANY($1)', [
      ids,
      at,
    ]);
  };
  beforeEach(() => freeze(START));
  afterEach(() => server.freezeClock(null));

  it('without a reason it is not, and not for longer either', async () => {
    expect(codeOf(await offFor(1, ''))).toEqual([400, 'invalid_request']);
    expect(await ruleNow()).toEqual(BY_DEFAULT);
    await offFor(1);
    for (const hours of [2, undefined]) {
      const { status, body } = await change({
        ipVerification: { enabled: false, offHours: hours },
      });
      expect([status, body.errors?.[0].path]).toEqual([400, 'reason']);
    }
    expect((await showRule()).ipVerification.offUntil).toBe('2026-11-27T10:00:00.000Z');
    expect(codeOf(await offFor(1, 'x', await server.addUser({ teamId, role: 'admin' })))).toEqual([
      403,
      'forbidden',
    ]);
  });

  it.each([
    [-1, 201],
    [0, 403],
    [1, 403],
  ])(
    'the gate is back at the end %i ms by the database’s clock (%i), though nobody has written it down',
    async (offsetMs, status) => {
      expect((await offFor(1)).status).toBe(200);
      // Whoever would write it down is kept from it.
      const holder = await server.db.connect();
      try {
        await holder.query('BEGIN');
        await holder.query('SELECT 1 FROM app_rules WHERE id = $1 FOR SHARE', [ruleId]);
        await server.freezeClock(new Date(START.getTime() + HOUR_MS + offsetMs));
        expect((await connect()).status).toBe(status);
        expect((await addFriend()).status).toBe(status === 201 ? 202 : 403);
        const isOn = status === 403;
        expect((await showRule()).ipVerification).toMatchObject({
          enabled: isOn,
          offUntil: isOn ? null : '2026-11-27T10:00:00.000Z',
          offReason: isOn ? null : 'A move',
          actions: { 'computer.connect': isOn ? 'enforce' : 'off' },
        });
        expect((await teamOf(member)).ipVerificationEnabled).toBe(isOn);
        expect((await ruleNow()).enabled).toBe(false);
      } finally {
        await holder.query('ROLLBACK');
        holder.release();
      }
    },
  );

  it('it is written down by itself: in the row, in the activity, and what it refuses ends', async () => {
    await offFor(1);
    const [thiefs, hers] = [await connect(), await connect(HOME)];
    const state = (made: Answer) =>
      server
        .row('SELECT state, end_reason FROM connections WHERE id = $1', [made.body.connection.id])
        .then((row) => [row.state, row.end_reason]);
    // Both computers have answered, so that nothing but the rule ends them.
    await server.db.query(
      `UPDATE connections SET state = 'accepted', expires_at = $2 WHERE computer_id = $1`,
      [computerId, new Date(START.getTime() + 2 * HOUR_MS)],
    );
    await server.db.query('UPDATE computers SET online = true, last_seen_at = $2 WHERE id = $1', [
      computerId,
      new Date(START.getTime() + HOUR_MS),
    ]);
    await server.freezeClock(new Date(START.getTime() + HOUR_MS));
    await vi.waitFor(async () => expect(await ruleNow()).toEqual(BY_DEFAULT), 15_000);
    expect((await state(thiefs))[0]).toBe('revoked');
    expect((await state(hers))[0]).toBe('accepted');
    const [_off, back] = await server.rows(
      `SELECT actor_kind, actor_id, address, reason, before, after FROM audit_events
       WHERE team_id = $1 AND type = 'rule.changed' ORDER BY id`,
      [teamId],
    );
    const modes = BY_DEFAULT.modes;
    expect(back).toEqual({
      ...{ actor_kind: 'system', actor_id: null, address: null, reason: null },
      before: {
        ruleId,
        enabled: false,
        trustDays: 90,
        modes,
        offUntil: '2026-11-27T10:00:00.000Z',
      },
      after: { ruleId, enabled: true, trustDays: 90, modes },
    });
    expect(
      await server.row('SELECT planned_at, off_reason FROM app_rules WHERE id = $1', [ruleId]),
    ).toEqual({ planned_at: null, off_reason: null });
  });

  it('every member is told until when, and only those who see the App Rules by whom and why', async () => {
    await offFor(24);
    const until = '2026-11-28T09:00:00.000Z';
    const told = { until, by: 'Olga Owner', reason: 'A move' };
    expect((await teamOf(owner)).ipVerificationOff).toEqual(told);
    expect((await teamOf(member)).ipVerificationOff).toEqual({ until, by: null, reason: null });
    await offFor(undefined, 'It takes longer');
    expect((await teamOf(owner)).ipVerificationOff).toEqual({
      ...told,
      until: null,
      reason: 'It takes longer',
    });
    await on();
    expect((await teamOf(owner)).ipVerificationOff).toBeNull();
  });

  it('the mail to the other owners names the end', async () => {
    const second = await server.addUser({ teamId, role: 'owner' });
    await offFor(24);
    const [mail] = await vi.waitFor(async () => {
      const mails = await mailsTo(second);
      expect(mails).toHaveLength(1);
      return mails;
    });
    expect(mail?.text.replace(/\s+/g, ' ')).toContain(
      'It is on again by itself on 2026-11-28 at 09:00 UTC.',
    );
  });

  it('another change meanwhile keeps the end; one after it comes on top of the return', async () => {
    await offFor(1);
    await change({ ipVerification: { trustDays: 7 } });
    expect((await showRule()).ipVerification).toMatchObject({
      enabled: false,
      offUntil: '2026-11-27T10:00:00.000Z',
      offReason: 'A move',
      trustDays: 7,
    });
    await freeze(new Date(START.getTime() + HOUR_MS));
    await change({ ipVerification: { trustDays: 8 } });
    const log = await changes();
    expect(log.map(({ after }) => [after.enabled, after.trustDays])).toEqual([
      [false, 90],
      [false, 7],
      [true, 7],
      [true, 8],
    ]);
  });
});

it('OPT-10 two owners who toggle at once: the log ends with what stands', async () => {
  const second = await server.addUser({ teamId, role: 'owner' });
  const toggle = async (by: TestUser) => {
    for (let round = 0; round < 25; round++) {
      const enabled = round % 2 === 1;
      const answer = await change({ ipVerification: { enabled }, reason: 'a race' }, by);
      expect(answer.status).toBe(200);
    }
  };
  await Promise.all([toggle(owner), toggle(second)]);
  const log = await changes();
  expect(log.length).toBeGreaterThan(24);
  for (const [index, { before, after }] of log.entries()) {
    expect(before.enabled).toBe(index === 0 ? true : log[index - 1].after.enabled);
    expect(after.enabled).toBe(!before.enabled);
  }
  expect((await ruleNow()).enabled).toBe(log.at(-1).after.enabled);
});

it('OPT-12 another instance obeys from the first request after the change on', async () => {
  const other = await TestServer.start({ DATABASE_URL: server.databaseUrl });
  try {
    const connectThere = () => other.connect(computerId, { token: member.token, from: THIEF });
    // It has just begun, and may still be connecting to the database.
    await vi.waitFor(async () => expect(codeOf(await connectThere())).toEqual(REFUSED), 10_000);
    for (let round = 0; round < 10; round++) {
      await off();
      expect((await connectThere()).status).toBe(201);
      await on();
      expect(codeOf(await connectThere())).toEqual(REFUSED);
    }
    expect(
      await server.count(`connections WHERE user_id = $1 AND state = 'waiting_for_host'`, [
        member.id,
      ]),
    ).toBe(0);
    // Off for a time, it is back on both at the same instant, whatever either has written down.
    await change({ ipVerification: { enabled: false, offHours: 1 }, reason: 'A move' });
    expect((await connectThere()).status).toBe(201);
    const { planned_at } = await server.row('SELECT planned_at FROM app_rules WHERE id = $1', [
      ruleId,
    ]);
    await server.freezeClock(new Date(planned_at.getTime() - 1));
    expect([(await connectThere()).status, (await connect()).status]).toEqual([201, 201]);
    await server.freezeClock(planned_at);
    expect([codeOf(await connectThere()), codeOf(await connect())]).toEqual([REFUSED, REFUSED]);
  } finally {
    await server.freezeClock(null);
    await other.stop();
  }
}, 90_000);

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
