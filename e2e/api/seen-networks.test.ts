import { beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { CAFE, HOME, sharedServer, type TestUser, THIEF } from '../support/harness';

// Owners and admins are shown every network on which a member's session was used, verified or not: a map of
// where people live, so nobody else is, no other team, and not who may have stolen their session.

const server = sharedServer();
let teamId: string;
let olga: TestUser;
let rita: TestUser;

beforeAll(() => server.setUp());
beforeEach(async () => {
  ({ teamId, olga, rita } = await server.addTeamOfTwo());
});

type Row = { network: string; [member: string]: unknown };
const soon = <T>(check: () => Promise<T>) => vi.waitFor(check, { timeout: 20_000, interval: 50 });

async function list(query = '', { as = olga, from = HOME, team = teamId } = {}) {
  const answer = await server.get(`/teams/${team}/seen-networks?${query}`, {
    token: as.token,
    from,
  });
  expect(answer.status, answer.text).toBe(200);
  return answer.body as { data: Row[]; total: number; masked: boolean };
}
const networksOf = async (...asked: Parameters<typeof list>) =>
  (await list(...asked)).data.map(({ network }) => network).sort();

/** Uses a session there, and waits until it is written down. */
async function use(user: TestUser, from: string, path = '/friends') {
  await server.get(path, { token: user.token, from });
  await soon(async () =>
    expect(
      await server.count('sightings WHERE user_id = $1 AND network = $2', [user.id, `${from}/32`]),
    ).toBe(1),
  );
}

describe('who is told nothing', () => {
  it('F18: from a network that is not trusted there is no other, however it is asked for', async () => {
    await server.trust(rita.id, CAFE);
    await server.post(`/teams/${teamId}/seen-networks/names`, {
      token: olga.token,
      body: { networks: [`${CAFE}/32`], name: 'The café' },
    });
    await use(olga, THIEF);
    for (const query of [
      '',
      `query=${CAFE}`,
      'query=9.0.0.0/8',
      'query=caf',
      'query=Rita',
      `userId=${rita.id}`,
      'state=trusted',
      'sort=network',
    ]) {
      const answer = await list(query, { from: THIEF });
      expect(answer.masked, query).toBe(true);
      expect(
        answer.data.filter(({ network }) => network !== `${THIEF}/32`),
        query,
      ).toEqual([]);
      expect(answer.total, query).toBe(answer.data.length);
    }
    expect(await networksOf('', { from: THIEF })).toEqual([`${THIEF}/32`]);
    const members = `/teams/${teamId}/seen-networks/members?network=${CAFE}/32`;
    const hidden = await server.get(members, { token: olga.token, from: THIEF });
    expect(hidden.body).toMatchObject({ data: [], total: 0, masked: true });
    expect((await server.get(members, { token: olga.token })).body).toMatchObject({ total: 1 });
  });

  it('another team: not its members, its names, its refusals, nor what was before one joined', async () => {
    const other = await server.addTeam();
    const owner = await server.addUser({ teamId: other, role: 'owner', at: CAFE });
    const stranger = await server.addUser({ teamId: other, at: '198.51.100.77' });
    // Rita was elsewhere before she joined the other team, and is refused at a computer of it.
    await use(rita, '198.51.100.1');
    await server.db.query(
      `UPDATE sightings SET first_seen_at = first_seen_at - interval '2 days', last_seen_at = last_seen_at - interval '1 day'
       WHERE user_id = $1`,
      [rita.id],
    );
    await server.join(other, rita.id);
    const computerId = await server.addComputer(other);
    const refused = await server.connect(computerId, { token: rita.token, from: THIEF });
    expect(refused.body.code).toBe('ip_verification_required');
    await soon(() => use(rita, THIEF));
    await server.post(`/teams/${other}/seen-networks/names`, {
      token: owner.token,
      from: CAFE,
      body: { networks: [`${HOME}/32`, `${CAFE}/32`], name: 'Of the others' },
    });
    const as = { as: owner, from: CAFE, team: other };
    expect(await networksOf('', as)).toEqual(
      [`${HOME}/32`, '198.51.100.77/32', `${THIEF}/32`, `${CAFE}/32`].sort(),
    );
    expect((await list('state=refused', as)).data).toMatchObject([
      { network: `${THIEF}/32`, refused: 1, members: 1 },
    ]);
    const own = await list();
    expect(own.data.map(({ network }) => network).sort()).toEqual(
      [`${HOME}/32`, '198.51.100.1/32', `${THIEF}/32`].sort(),
    );
    expect(own.data.every(({ name, refused }) => name === null && refused === 0)).toBe(true);
    expect(own.data.find(({ network }) => network === `${HOME}/32`)).toMatchObject({ members: 2 });
    expect(await networksOf('query=Of%20the%20others')).toEqual([]);
    expect(await networksOf(`userId=${stranger.id}`)).toEqual([]);
  });
});

describe('what is found', () => {
  it('C16: one that was never verified, by its address and by a range', async () => {
    await server
      .addComputer(teamId)
      .then((id) => server.connect(id, { token: rita.token, from: THIEF }));
    await soon(() => use(rita, THIEF));
    for (const query of [
      THIEF,
      `${THIEF}/32`,
      '6.7.8.0/24',
      '6.7.',
      'RITA',
      rita.email.slice(0, 13),
    ]) {
      const { data } = await list(`state=never_verified&query=${encodeURIComponent(query)}`);
      expect(data, query).toMatchObject([
        {
          network: `${THIEF}/32`,
          state: 'never_verified',
          refused: 1,
          trusted: 0,
          members: 1,
          latest: [{ id: rita.id, name: 'Rita' }],
        },
      ]);
    }
    for (const query of ['6.7.9.0/24', '::/0', '6.7.8.9/24', '%25', '_'])
      expect(await networksOf(`query=${query}`), query).toEqual([]);
    expect(await networksOf(`query=${THIEF}&userId=${olga.id}`)).toEqual([]);
  });

  it('an IPv6 network by any address in it', async () => {
    await server.trust(rita.id, '2001:db8:1:2::5');
    expect(await networksOf('query=2001:db8:1:2:aaaa::1')).toEqual(['2001:db8:1:2::/64']);
    expect(await networksOf('query=2001:db8:1:3::1')).toEqual([]);
  });

  it('how it stands, as each member’s own list says it, by the strictest of all teams', async () => {
    const day = 86_400_000;
    const TEAMS: { enabled?: boolean; trustDays: number }[][] = [
      [],
      [{ trustDays: 7 }],
      [{ enabled: false, trustDays: 7 }],
      [{ trustDays: 30 }, { trustDays: 14 }],
    ];
    for (const [index, teams] of TEAMS.entries()) {
      const user = await server.addUser({ teamId, name: `Member ${index}`, at: null });
      for (const rule of teams) {
        const team = await server.addTeam();
        await server.setRule(team, rule);
        await server.join(team, user.id);
      }
      for (const days of [1, 10, 20, 60, 100])
        await server.trust(user.id, `203.0.${index}.${days}`, days * day);
      const own = await server.get(`/teams/${teamId}/members/${user.id}/verified-ips`, {
        token: olga.token,
      });
      const { data } = await list(`userId=${user.id}`);
      const shown = (rows: Row[]) =>
        Object.fromEntries(rows.map(({ network, state }) => [network, state === 'trusted']));
      expect(shown(data), user.name).toEqual(shown(own.body.data));
      const trusted = data.filter(({ state }) => state === 'trusted');
      for (const row of trusted)
        expect(row.trustedUntil).toBe(
          own.body.data.find(({ network }: Row) => network === row.network).trustedUntil,
        );
      const member = await server.get(`/teams/${teamId}/members/${user.id}`, { token: olga.token });
      expect(trusted).toHaveLength(member.body.trustedNetworks);
    }
    const byTrust = await server.get(
      `/teams/${teamId}/members?sort=-trustedNetworks&query=Member`,
      {
        token: olga.token,
      },
    );
    const counts = byTrust.body.data.map(
      ({ trustedNetworks }: { trustedNetworks: number }) => trustedNetworks,
    );
    expect(counts).toEqual([...counts].sort((a, b) => b - a));
    expect(new Set(counts).size).toBeGreaterThan(1);
  });
});

describe('what is done', () => {
  it('B9: three networks revoked are three rows, and end the connections that rest on them, with theirs', async () => {
    const valerie = await server.addUser({ teamId, name: 'Valerie' });
    const other = await server.addTeam();
    const stranger = await server.addUser({ teamId: other, at: CAFE });
    const networks = [CAFE, '198.51.100.1', '198.51.100.2'];
    await server.trust(rita.id, CAFE);
    await server.trust(rita.id, '198.51.100.1');
    await server.trust(valerie.id, '198.51.100.2');
    const computerId = await server.addComputer(teamId);
    const connections = [];
    for (const [user, from] of [
      [rita, CAFE],
      [valerie, '198.51.100.2'],
      [valerie, HOME],
    ] as const) {
      const { body } = await server.connect(computerId, { token: user.token, from });
      connections.push(body.connection.id);
    }
    await server.db.query(`UPDATE connections SET state = 'accepted' WHERE id = ANY($1)`, [
      connections,
    ]);
    const answer = await server.post(`/teams/${teamId}/seen-networks/revocations`, {
      token: olga.token,
      body: { networks: networks.map((network) => `${network}/32`) },
    });
    expect([answer.status, answer.body]).toEqual([200, { revoked: 3 }]);
    const audited = await server.rows(
      `SELECT user_id AS who, before FROM audit_events
       WHERE type = 'network.revoked' AND team_id = $1 AND actor_id = $2 ORDER BY before::text`,
      [teamId, olga.id],
    );
    expect(audited).toEqual([
      { who: rita.id, before: { networks: ['198.51.100.1/32'] } },
      { who: valerie.id, before: { networks: ['198.51.100.2/32'] } },
      { who: rita.id, before: { networks: [`${CAFE}/32`] } },
    ]);
    const states = await server.rows(
      'SELECT state::text, end_reason FROM connections WHERE id = ANY($1) ORDER BY state::text',
      [connections],
    );
    expect(states.map(({ state }) => state)).toEqual(['accepted', 'revoked', 'revoked']);
    expect(
      await server.count(
        `audit_events WHERE type = 'connection.ended' AND team_id = $1 AND reason = 'network_revoked'`,
        [teamId],
      ),
    ).toBe(2);
    expect(await server.networksOf(stranger.id)).toMatchObject([{ network: `${CAFE}/32` }]);
    // What is gone already, or is nobody's, is no error and no row.
    const again = await server.post(`/teams/${teamId}/seen-networks/revocations`, {
      token: olga.token,
      body: { networks: [`${CAFE}/32`, 'nonsense'] },
    });
    expect(again.body).toEqual({ revoked: 0 });
  });

  it('a name is given to what the team was on alone, shown, found and taken away', async () => {
    await server.trust(rita.id, CAFE);
    const name = (body: object) =>
      server.post(`/teams/${teamId}/seen-networks/names`, { token: olga.token, body });
    const given = await name({
      networks: [`${CAFE}/32`, '203.0.113.99/32', 'x'],
      name: 'The café',
    });
    expect(given.body).toEqual({ named: 1 });
    expect((await list('query=CAF')).data).toMatchObject([
      { network: `${CAFE}/32`, name: 'The café' },
    ]);
    expect((await list('sort=name')).data[0]?.name).toBe('The café');
    expect((await name({ networks: [`${CAFE}/32`], name: null })).body).toEqual({ named: 1 });
    expect(await networksOf('query=CAF')).toEqual([]);
    const events = await server.get(`/teams/${teamId}/events?type=network.named`, {
      token: olga.token,
    });
    expect(events.body.data.map(({ after }: { after: unknown }) => after)).toEqual([
      { networks: [`${CAFE}/32`], name: null },
      { networks: [`${CAFE}/32`], name: 'The café' },
    ]);
  });
});

describe('a list that is turned over while it changes', () => {
  const page = async (path: string, query: string) => {
    const answer = await server.get(`/teams/${teamId}/${path}?${query}`, { token: olga.token });
    expect(answer.status, answer.text).toBe(200);
    return answer.body;
  };

  it('is gone back in by where one came from, and tells its length', async () => {
    for (let i = 1; i <= 5; i += 1) await server.trust(rita.id, `203.0.113.${i}`);
    const first = await page('seen-networks', 'sort=network&limit=2');
    expect(first).toMatchObject({ total: 6, before: 0, previousCursor: null });
    const second = await page('seen-networks', `sort=network&limit=2&cursor=${first.nextCursor}`);
    expect(second).toMatchObject({ before: 2, previousCursor: null });
    // A row before this page goes: the page stays where it is.
    await server.db.query(
      `DELETE FROM verified_ips WHERE user_id = $1 AND network = '203.0.113.1/32'`,
      [rita.id],
    );
    const again = await page('seen-networks', `sort=network&limit=2&cursor=${first.nextCursor}`);
    expect(again.data).toEqual(second.data);
    expect(again).toMatchObject({ total: 5, before: 1 });
    const third = await page('seen-networks', `sort=network&limit=2&cursor=${second.nextCursor}`);
    expect(third.data.map(({ network }: Row) => network)).toEqual([
      '203.0.113.4/32',
      '203.0.113.5/32',
    ]);
    const back = await page('seen-networks', `sort=network&limit=2&cursor=${third.previousCursor}`);
    expect(back.data).toEqual(second.data);
    // All that stood from here on goes.
    await server.db.query(
      `DELETE FROM verified_ips WHERE user_id = $1 AND network >= '203.0.113.4'`,
      [rita.id],
    );
    const gone = await page('seen-networks', `sort=network&limit=2&cursor=${second.nextCursor}`);
    expect(gone).toMatchObject({ data: [], total: 3, before: 3, nextCursor: null });
  });

  it('a cursor of one order is none of another, and a search by two names none', async () => {
    for (let i = 1; i <= 2; i += 1) await server.addUser({ teamId });
    const { nextCursor } = await page('members', 'limit=1');
    for (const query of [
      `sort=-name&cursor=${nextCursor}`,
      'sort=password',
      'sort=--name',
      'role=king',
      'query=a&q=b',
      'state=trusted',
    ])
      expect(
        (await server.get(`/teams/${teamId}/members?${query}`, { token: olga.token })).status,
        query,
      ).toBe(400);
  });
});

describe('sessions', () => {
  it('F18: none is found by an address that is hidden', async () => {
    await server.db.query('UPDATE sessions SET last_seen_address = $2 WHERE user_id = $1', [
      rita.id,
      CAFE,
    ]);
    const found = async (query: string, from: string) =>
      (await server.get(`/sessions?query=${query}`, { token: rita.token, from })).body.total;
    expect(await found(CAFE, HOME)).toBe(1);
    expect(await found(CAFE, THIEF)).toBe(0);
    expect(await found('test', THIEF)).toBe(1);
  });
});

describe('a list as a file', () => {
  const file = (path: string, { as = olga, from = HOME } = {}) =>
    server.get(`/teams/${teamId}/${path}`, { token: as.token, from });

  it('F18: has no more than the list has', async () => {
    await server.trust(rita.id, CAFE);
    await use(olga, THIEF);
    for (const query of ['', `?query=${CAFE}`, '?state=trusted']) {
      const answer = await file(`seen-networks/export${query}`, { from: THIEF });
      expect(answer.status).toBe(200);
      for (const hidden of [HOME, CAFE]) expect(answer.text, query).not.toContain(hidden);
    }
    const shown = await file(`seen-networks/export?query=${CAFE}`);
    expect(shown.text.split('\r\n')).toHaveLength(3);
    expect(shown.text).toContain(`\r\n${CAFE}/32,,trusted,1,1,`);
  });

  it('is whole, in order, and begins no formula', async () => {
    await server.db.query(
      `WITH people AS (
         INSERT INTO users (email, name)
         SELECT 'many-' || i || '-' || lower($1) || '@example.com', '=SUM(' || lpad(i::text, 4, '0') || ')'
         FROM generate_series(1, 1100) i RETURNING id)
       INSERT INTO memberships (team_id, user_id, role) SELECT $1, id, 'member' FROM people`,
      [teamId],
    );
    const answer = await file('members/export?query=many-&sort=-name');
    expect(answer.headers).toMatchObject({
      'content-type': 'text/csv; charset=utf-8',
      'content-disposition': expect.stringMatching(
        /^attachment; filename="gatehouse-members-\d{4}-\d\d-\d\d\.csv"$/,
      ),
      'cache-control': 'no-store',
    });
    const [head, ...lines] = answer.text.split('\r\n');
    expect(head).toBe('\ufeffid,name,email,role,trusted_networks,would_be_asked,last_seen_at');
    expect(lines.pop()).toBe('');
    expect(lines.map((line) => line.split(',')[1])).toEqual(
      Array.from({ length: 1100 }, (_, i) => `'=SUM(${String(1100 - i).padStart(4, '0')})`),
    );
    expect((await file('members/export?limit=5')).status).toBe(400);
    expect((await file('computers/export?format=ndjson')).status).toBe(400);
  });
});
