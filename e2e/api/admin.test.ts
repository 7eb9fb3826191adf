import { beforeAll, describe, expect, it, vi } from 'vitest';
import {
  CAFE,
  codeOf,
  HOME,
  PASSWORD,
  sharedServer,
  type TestUser,
  THIEF,
} from '../support/harness';

// What strangers write is read by those who can do most; and what they read is a map of where people live.

const server = sharedServer();
let teamId: string;
let owner: TestUser;

beforeAll(async () => {
  ({ teamId, owner } = await server.setUp());
});

const eventsOf = (team: string, { token }: TestUser, query = '') =>
  server.get(`/teams/${team}/events${query}`, { token });

describe('what is shown', () => {
  const HOSTILE = '<img src=x onerror=alert(1)>';

  it('ADM-5 a name is text in the lists of an owner', async () => {
    const user = await server.addUser({ teamId, name: HOSTILE });
    const body = { email: user.email, password: PASSWORD, client: HOSTILE };
    expect(
      (await server.post('/sessions', { body, headers: { 'user-agent': HOSTILE } })).status,
    ).toBe(201);
    for (const path of [`/teams/${teamId}/members`, `/teams/${teamId}/members/${user.id}`]) {
      const page = await server.get(`/${path}`, { cookie: owner.token });
      expect(page.status).toBe(200);
      expect(page.headers['content-type']).toMatch(/^text\/html/);
      expect(page.text).toContain('&lt;img src=x onerror=alert(1)&gt;');
      expect(page.text).not.toContain(HOSTILE);
    }
    const json = await server.get(`/teams/${teamId}/members`, { token: owner.token });
    expect(json.headers['content-type']).toBe('application/json');
    expect(json.headers['x-content-type-options']).toBe('nosniff');
  });

  it('ADM-5 ADM-13 a name is text in a mail, and makes no header', async () => {
    const team = await server.addTeam(`${HOSTILE}\r\nBcc: y@evil.test`);
    const name = `${HOSTILE}\r\nBcc: z@evil.test\r\n\r\n<script>`;
    const hostile = await server.addUser({ teamId: team, role: 'owner', name });
    const invited = await server.post(`/teams/${team}/invites`, {
      token: hostile.token,
      body: { email: 'invited@example.com', role: 'member' },
    });
    expect(invited.status).toBe(201);
    const [mail] = await vi.waitFor(async () => {
      const mails = (await server.mails()).filter(({ to }) => to === 'invited@example.com');
      expect(mails).toHaveLength(1);
      return mails;
    });
    const names = mail?.headers.map((line) => line.split(':')[0]?.toLowerCase()).sort();
    expect(names).toEqual([
      'content-transfer-encoding',
      'content-type',
      'date',
      'from',
      'message-id',
      'mime-version',
      'subject',
      'to',
    ]);
    expect(mail?.headers.find((line) => /^content-type:/i.test(line))).toMatch(/text\/plain/);
    expect(mail?.subject).toContain(HOSTILE);
    expect(mail?.text).toContain(HOSTILE);
  });

  it('ADM-13 nobody takes a name with a line break', async () => {
    const { token } = (
      await server.post(`/teams/${teamId}/invites`, {
        token: owner.token,
        body: { email: 'breaker@example.com', role: 'member' },
      })
    ).body;
    const body = { token, name: 'x\r\nBcc: y@evil.test', password: 'a good long passphrase' };
    const answer = await server.post('/invites/accept', { body });
    expect(codeOf(answer)).toEqual([400, 'invalid_request']);
    expect(await server.count(`users WHERE email = 'breaker@example.com'`)).toBe(0);
  });

  it.each(['/metrics', '/api/health', '/api/metrics', '/health', '/api/v1/metrics', '/.env'])(
    'ADM-12 %s is not there',
    async (path) => {
      expect((await server.get(`/${path}`, { cookie: owner.token })).status).toBe(404);
    },
  );

  it.each(['live', 'ready'])('ADM-12 the health “%s” tells nothing else', async (what) => {
    const answer = await server.get(`//api/health/${what}`, { from: '127.0.0.66' });
    expect([answer.status, answer.text]).toEqual([200, '{"status":"ok"}']);
    for (const name of ['server', 'x-powered-by', 'via', 'set-cookie', 'x-nextjs-cache']) {
      expect(answer.headers[name], name).toBeUndefined();
    }
  });
});

describe('whose addresses an owner or admin sees', () => {
  it('ADM-11 all of a member’s, wherever verified: they are of the user', async () => {
    const other = await server.addTeam('Other');
    const alice = await server.addUser({ teamId, name: 'Alice' });
    await server.join(other, alice.id);
    const admin = await server.addUser({ teamId: other, role: 'admin' });
    await server.verify(alice, { from: CAFE });
    const seenBy = async (team: string, by: TestUser) => {
      const path = `/teams/${team}/members/${alice.id}/verified-ips`;
      const { body } = await server.get(path, { token: by.token });
      return body.data?.map(({ address }: { address: string }) => address).sort();
    };
    expect(await seenBy(teamId, owner)).toEqual([HOME, CAFE]);
    expect(await seenBy(other, admin)).toEqual([HOME, CAFE]);
    // Not once she has left.
    await server.db.query('DELETE FROM memberships WHERE team_id = $1 AND user_id = $2', [
      other,
      alice.id,
    ]);
    expect(await seenBy(other, admin)).toBeUndefined();
    expect(await seenBy(teamId, owner)).toEqual([HOME, CAFE]);
  });

  it('ADM-11 of what she does in another team, nothing', async () => {
    const other = await server.addTeam('Other');
    const alice = await server.addUser({ teamId, name: 'Alice' });
    await server.join(other, alice.id);
    const computerId = await server.addComputer(other);
    const connect = (from: string) => server.connect(computerId, { token: alice.token, from });
    expect((await connect(HOME)).status).toBe(201);
    expect((await connect(THIEF)).status).toBe(403);
    const admin = await server.addUser({ teamId: other, role: 'admin' });
    const typesFor = async (team: string, by: TestUser) => {
      const { body } = await eventsOf(team, by, `?userId=${alice.id}`);
      return body.data.map(({ type }: { type: string }) => type);
    };
    expect(await typesFor(other, admin)).toEqual(['gate.refused', 'connection.requested']);
    expect(await typesFor(teamId, owner)).toEqual([]);
  });

  it('and may revoke: the member is asked again on the next request', async () => {
    const alice = await server.addUser({ teamId });
    const computerId = await server.addComputer(teamId);
    const connect = () => server.connect(computerId, { token: alice.token });
    const { connection } = (await connect()).body;
    const path = `/teams/${teamId}/members/${alice.id}/verified-ips`;
    const [ip] = (await server.get(path, { token: owner.token })).body.data;
    expect(ip).toMatchObject({ address: HOME, state: 'trusted', method: 'password' });
    const revoked = await server.delete(`${path}/${ip.id}`, { token: owner.token });
    expect(revoked.status).toBe(204);
    expect(codeOf(await connect())).toEqual([403, 'ip_verification_required']);
    const state = await server.get(`/connections/${connection.id}`, { token: alice.token });
    expect(state.body.connection.state).toBe('revoked');
    expect((await server.get(path, { token: owner.token })).body.data[0].state).toBe('revoked');
    expect(codeOf(await server.delete(`${path}/${ip.id}`, { token: owner.token }))).toEqual([
      404,
      'not_found',
    ]);
    const { rows } = await server.db.query(
      `SELECT actor_id, team_id, before FROM audit_events WHERE user_id = $1 AND type = 'network.revoked'`,
      [alice.id],
    );
    expect(rows).toEqual([
      { actor_id: owner.id, team_id: teamId, before: { networks: [`${HOME}/32`] } },
    ]);
  });
});

describe('the events of a team', () => {
  it.each([
    'page=-1',
    'page=1',
    'sort=ip;drop%20table%20users',
    'limit=-1',
    'limit=0',
    'limit=1001',
    'limit=100000',
    'limit=1e9',
    'limit=NaN',
    'limit=',
    'limit=10&limit=20',
    'limit[]=1',
    'cursor=-1',
    'cursor=NaN',
    'cursor=1e9',
    'cursor=99999999999999999999',
    'cursor=1%27--',
    'type=rule.changed%27--',
    'type=%00',
    'userId=%00',
    `userId=${'x'.repeat(65)}`,
    'after=yesterday',
    'after=2026-13-01T00:00:00Z',
    'before=0',
    // C6: no text that PostgreSQL reads.
    'before=0000-01-01T00:00:00Z',
    'before=0001-01-01T00:00:00%2B01:00',
    'after=0000-12-31T23:59:59.999Z',
    'after=9999-12-31T23:59:59-01:00',
  ])('ADM-8 ?%s is refused', async (query) => {
    expect(codeOf(await eventsOf(teamId, owner, `?${query}`))).toEqual([400, 'invalid_request']);
  });

  it('come in pages without a gap or a repetition, newest first', async () => {
    const team = await server.addTeam();
    const by = await server.addUser({ teamId: team, role: 'owner' });
    for (let n = 0; n < 7; n++) {
      const name = { name: `Name ${n}` };
      await server.patch(`/teams/${team}`, { token: by.token, body: name });
    }
    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const page = await eventsOf(team, by, `?limit=3${cursor ? `&cursor=${cursor}` : ''}`);
      expect(page.body.data.length).toBeLessThanOrEqual(3);
      seen.push(...page.body.data.map((event: { after: { name: string } }) => event.after.name));
      cursor = page.body.nextCursor;
    } while (cursor !== null);
    expect(seen).toEqual([6, 5, 4, 3, 2, 1, 0].map((n) => `Name ${n}`));
  });

  it('are filtered by type, person and time', async () => {
    const team = await server.addTeam();
    const by = await server.addUser({ teamId: team, role: 'owner' });
    const other = await server.addUser({ teamId: team });
    await server.patch(`/teams/${team}`, { token: by.token, body: { name: 'New' } });
    await server.patch(`/teams/${team}/members/${other.id}`, {
      token: by.token,
      body: { role: 'admin' },
    });
    const [changed, renamed] = (await eventsOf(team, by)).body.data;
    const typesOf = async (query: string) =>
      (await eventsOf(team, by, `?${query}`)).body.data.map(({ type }: { type: string }) => type);
    expect(await typesOf('type=team.renamed')).toEqual(['team.renamed']);
    expect(await typesOf(`userId=${other.id}`)).toEqual(['member.role_changed']);
    expect(await typesOf(`userId=${by.id}`)).toEqual(['member.role_changed', 'team.renamed']);
    expect(await typesOf(`after=${changed.at}`)).toEqual(['member.role_changed']);
    expect(await typesOf(`before=${changed.at}`)).toEqual(['team.renamed']);
    expect(changed).toMatchObject({
      actor: { id: by.id, name: by.name, email: by.email },
      user: { id: other.id },
      address: HOME,
    });
    expect(renamed.at <= changed.at).toBe(true);
  });
});

describe('ADM-15 the audit log', () => {
  it.each([
    `UPDATE audit_events SET actor_id = 'usr_somebody_else'`,
    'DELETE FROM audit_events',
    'TRUNCATE audit_events',
  ])('the product’s own role can’t: %s', async (sql) => {
    const before = await server.count('audit_events');
    expect(before).toBeGreaterThan(0);
    await expect(server.db.query(sql)).rejects.toThrow('permission denied');
    expect(await server.count('audit_events')).toBe(before);
  });
});
