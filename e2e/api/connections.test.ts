import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { CAFE, codeOf, HOME, sharedServer, type TestUser, THIEF } from '../support/harness';

const server = sharedServer();
let teamId: string;
let computerId: string;
let user: TestUser;

beforeAll(async () => {
  ({ teamId } = await server.setUp());
  computerId = await server.addComputer(teamId);
});
beforeEach(async () => {
  user = await server.addUser({ teamId });
});

const connect = (token = user.token, from = HOME, body: unknown = {}) =>
  server.post(`/computers/${computerId}/connections`, { token, from, body });
const look = (id: string, token = user.token) => server.get(`/connections/${id}`, { token });
const end = (id: string, token = user.token) => server.delete(`/connections/${id}`, { token });
const stateOf = async (id: string) => (await look(id)).body.connection.state;
const ended = (id: string) =>
  server.count(`audit_events WHERE type = 'connection.ended' AND after->>'connectionId' = $1`, [
    id,
  ]);
/** What the computer, whose own socket is yet to come, will answer. */
const answerAs = (id: string, state: 'accepted' | 'declined') =>
  server.db.query(`UPDATE connections SET state = $2::connection_state WHERE id = $1`, [id, state]);

describe('a connection', () => {
  it('waits for its host for 60 seconds, and is audited with what let it through', async () => {
    const answer = await connect();
    expect(answer.status).toBe(201);
    const { connection } = answer.body;
    expect(connection).toEqual({
      id: expect.stringMatching(/^con_/),
      endReason: null,
      computerId,
      state: 'waiting_for_host',
      createdAt: expect.any(String),
      expiresAt: expect.any(String),
    });
    expect(Date.parse(connection.expiresAt) - Date.parse(connection.createdAt)).toBe(60_000);
    expect((await look(connection.id)).body).toEqual({ connection });
    const { rows } = await server.db.query(
      `SELECT type, team_id, actor_id, session_id, action, network, address, finding, after
       FROM audit_events WHERE request_id = $1`,
      [answer.headers['x-request-id']],
    );
    expect(rows).toEqual([
      {
        type: 'connection.requested',
        team_id: teamId,
        actor_id: user.id,
        session_id: user.sessionId,
        action: 'computer.connect',
        network: `${HOME}/32`,
        address: HOME,
        finding: 'trusted',
        after: { connectionId: connection.id, computerId },
      },
    ]);
  });

  it.each([
    [59_999, 'waiting_for_host', 'cancelled'],
    [60_000, 'expired', 'expired'],
  ])('%i ms after it began is %s, and then ended: %s', async (ms, state, after) => {
    const { connection } = (await connect()).body;
    try {
      await server.freezeClock(new Date(Date.parse(connection.createdAt) + ms));
      expect(await stateOf(connection.id)).toBe(state);
      expect((await end(connection.id)).status).toBe(204);
      expect(await stateOf(connection.id)).toBe(after);
    } finally {
      await server.freezeClock(null);
    }
    expect(await ended(connection.id)).toBe(after === 'cancelled' ? 1 : 0);
  });

  it('that waits is cancelled by its end, once, and its end may be asked for again', async () => {
    const { id } = (await connect()).body.connection;
    const answers = await Promise.all([end(id), end(id), end(id)]);
    expect(answers.map(({ status }) => status)).toEqual([204, 204, 204]);
    expect((await end(id)).status).toBe(204);
    expect(await stateOf(id)).toBe('cancelled');
    expect(await ended(id)).toBe(1);
  });

  it('that was accepted is closed by its end, and does not expire', async () => {
    const { id, expiresAt } = (await connect()).body.connection;
    await answerAs(id, 'accepted');
    try {
      await server.freezeClock(new Date(Date.parse(expiresAt) + 3_600_000));
      expect(await stateOf(id)).toBe('accepted');
      expect((await end(id)).status).toBe(204);
      expect(await stateOf(id)).toBe('closed');
    } finally {
      await server.freezeClock(null);
    }
    expect(await ended(id)).toBe(1);
  });

  it('that was declined stays so', async () => {
    const { id } = (await connect()).body.connection;
    await answerAs(id, 'declined');
    expect((await end(id)).status).toBe(204);
    expect(await stateOf(id)).toBe('declined');
    expect(await ended(id)).toBe(0);
  });

  it.each(['waiting_for_host', 'accepted'])(
    'that is %s is revoked with its network, and stays so',
    async (state) => {
      await server.trust(user.id, CAFE);
      const { id } = (await connect(user.token, CAFE)).body.connection;
      const home = (await connect()).body.connection.id;
      if (state === 'accepted') await answerAs(id, state);
      const { data } = (await server.get('/me/verified-ips', { token: user.token })).body;
      const cafe = data.find((ip: { address: string }) => ip.address === CAFE);
      expect(
        (await server.delete(`/me/verified-ips/${cafe.id}`, { token: user.token })).status,
      ).toBe(204);
      expect(await stateOf(id)).toBe('revoked');
      expect(await stateOf(home)).toBe('waiting_for_host');
      expect((await end(id)).status).toBe(204);
      expect(await stateOf(id)).toBe('revoked');
    },
  );

  it('can be ended from an unverified network: that only takes away', async () => {
    const { id } = (await connect()).body.connection;
    const answer = await server.delete(`/connections/${id}`, { token: user.token, from: THIEF });
    expect(answer.status).toBe(204);
    expect(await stateOf(id)).toBe('cancelled');
  });

  it('of another user is not found, not even by an owner of the team', async () => {
    const { id } = (await connect()).body.connection;
    for (const role of ['member', 'owner'] as const) {
      const { token } = await server.addUser({ teamId, role });
      expect(codeOf(await look(id, token))).toEqual([404, 'not_found']);
      expect(codeOf(await end(id, token))).toEqual([404, 'not_found']);
    }
    expect(await stateOf(id)).toBe('waiting_for_host');
  });

  it('counts for every session of its user', async () => {
    const { id } = (await connect()).body.connection;
    const { token } = await server.addSession(user.id);
    expect((await end(id, token)).status).toBe(204);
    expect(await stateOf(id)).toBe('cancelled');
  });

  it('keeps its offer for the host, and shows it to nobody else', async () => {
    const offer = { sdp: 'v=0', ice: ['a', { b: null }] };
    const answer = await connect(user.token, HOME, { offer });
    expect(answer.status).toBe(201);
    expect(answer.text).not.toContain('v=0');
    const { rows } = await server.db.query('SELECT offer FROM connections WHERE id = $1', [
      answer.body.connection.id,
    ]);
    expect(rows).toEqual([{ offer }]);
    expect((await look(answer.body.connection.id)).text).not.toContain('v=0');
  });

  it.each([
    ['not an object', { offer: 'v=0' }],
    ['a list', { offer: [] }],
    ['null', { offer: null }],
    ['NUL in a text', { offer: { sdp: 'a\u0000b' } }],
    ['half a character', { offer: { sdp: ['\ud800'] } }],
    ['NUL in a name', { offer: { 'a\u0000b': 1 } }],
  ])(
    'with an offer that is %s is refused as such, not as a fault of the server',
    async (_, body) => {
      expect(codeOf(await connect(user.token, HOME, body))).toEqual([400, 'invalid_request']);
      expect(await server.count('connections WHERE user_id = $1', [user.id])).toBe(0);
    },
  );

  it('with an offer that is nested without end is refused as such', async () => {
    const answer = await server.post(`/computers/${computerId}/connections`, {
      token: user.token,
      headers: { 'content-type': 'application/json' },
      raw: `{"offer":${'{"a":'.repeat(9000)}1${'}'.repeat(9000)}}`,
    });
    expect(codeOf(answer)).toEqual([400, 'invalid_request']);
    expect(await server.count('connections WHERE user_id = $1', [user.id])).toBe(0);
  });
});

describe('a computer that one may not connect to', () => {
  const connectTo = (id: string) => server.connect(id, { token: user.token });

  it.each(['cmp_nobody', 'x'.repeat(201), "'--", 'undefined'])('%s is not found', async (id) => {
    expect(codeOf(await connectTo(id))).toEqual([404, 'not_found']);
  });

  it('of another team is not found, verified or not', async () => {
    const other = await server.addComputer(await server.addTeam());
    expect(codeOf(await connectTo(other))).toEqual([404, 'not_found']);
    const path = `/computers/${other}/connections`;
    const elsewhere = await server.post(path, { token: user.token, from: THIEF, body: {} });
    expect(codeOf(elsewhere)).toEqual([404, 'not_found']);
    expect(await server.count('connections WHERE computer_id = $1', [other])).toBe(0);
  });

  it('of which others are named is not found, and is not listed', async () => {
    const other = await server.addComputer(teamId, 'Of somebody else');
    await server.db.query(`UPDATE computers SET access = 'named' WHERE id = $1`, [other]);
    expect(codeOf(await connectTo(other))).toEqual([404, 'not_found']);
    const list = await server.get('/computers', { token: user.token });
    expect(list.body.data.map(({ id }: { id: string }) => id)).toEqual([computerId]);
  });
});
