import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type IncomingMessage, request } from 'node:http';
import { gunzipSync } from 'node:zlib';
import pg from 'pg';
import { beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { AuditEvent } from '@/lib/contract/resources';
import { CAFE, codeOf, HOME, sharedServer, type TestUser, THIEF } from '../support/harness';
import { askRaw } from '../support/raw-socket';

// Evidence that is followed, searched and taken away: nothing is passed by, nothing moves, and what was cut is
// no whole file.

vi.setConfig({ testTimeout: 120_000 });

const server = sharedServer();
let teamId: string;
let owner: TestUser;
let valerie: TestUser;

beforeAll(() => server.setUp());
beforeEach(async () => {
  teamId = await server.addTeam('Harbour & Söhne');
  owner = await server.addUser({ teamId, role: 'owner', name: 'Olga' });
  valerie = await server.addUser({ teamId, name: '=Valerie("x")' });
});

const ofTeam = (path: string) => `/teams/${teamId}${path}`;
const get = (path: string, by = owner, from = HOME) =>
  server.get(ofTeam(path), { token: by.token, from });
const eventsOf = async (query: string): Promise<AuditEvent[]> => {
  const answer = await get(`/events?${query}`);
  expect(answer.status, answer.text).toBe(200);
  return answer.body.data;
};
const typesOf = async (query: string) => (await eventsOf(query)).map(({ type }) => type);
const refuse = ({ token }: TestUser) => server.addFriend('f@example.com', { token, from: THIEF });
const logIn = ({ email, password }: TestUser, from = HOME) =>
  server.logIn({ email, password }, { from });

describe('who follows the events', () => {
  /** One writer: transactions of one to forty events of both kinds, some of them long, some taken back. */
  async function write(client: pg.Client, writer: number, events: number): Promise<void> {
    for (let left = events, turn = 0; left > 0; turn += 1) {
      const size = Math.min(left, 1 + ((writer * 7 + turn * 11) % 40));
      const isTakenBack = turn % 9 === 4;
      await client.query('BEGIN');
      for (let n = 0; n < size; n += 1) {
        const isOfTeam = (n + turn) % 2 === 0;
        await client.query(
          `INSERT INTO audit_events (type, actor_kind, team_id, user_id) VALUES ('x', 'system', $1, $2)`,
          isOfTeam ? [teamId, null] : [null, valerie.id],
        );
        // What comes after it takes later ids, and is committed before.
        if (n === 0 && turn % 5 === writer % 5) await client.query('SELECT pg_sleep(0.05)');
      }
      await client.query(isTakenBack ? 'ROLLBACK' : 'COMMIT');
      if (!isTakenBack) left -= size;
    }
  }

  it('sees each once and in order, of eight writers whose transactions end in any order', async () => {
    const clients = await Promise.all(
      Array.from({ length: 8 }, async () => {
        const client = new pg.Client({ connectionString: server.databaseUrl });
        await client.connect();
        return client;
      }),
    );
    let areWriting = true;
    const writing = Promise.all(clients.map((client, index) => write(client, index, 1_250))).then(
      () => {
        areWriting = false;
      },
    );
    const seen: string[] = [];
    for (let cursor = '', isLast = false; !isLast; ) {
      isLast = !areWriting;
      const { body } = await get(`/events?order=asc&limit=1000&type=x${cursor}`);
      seen.push(...body.data.map(({ id }: AuditEvent) => id));
      cursor = `&cursor=${body.nextCursor}`;
      if (body.data.length === 1_000) isLast = false;
    }
    await writing;
    await Promise.all(clients.map((client) => client.end()));
    const { rows } = await server.db.query(
      `SELECT id::text FROM audit_events WHERE type = 'x' AND (team_id = $1 OR user_id = $2) ORDER BY audit_events.id`,
      [teamId, valerie.id],
    );
    expect(rows).toHaveLength(10_000);
    expect(seen).toEqual(rows.map(({ id }) => id));
  });

  it('waits for a transaction that has taken an id, and then misses nothing', async () => {
    const client = new pg.Client({ connectionString: server.databaseUrl });
    await client.connect();
    const add = (by: pg.Client | pg.Pool) =>
      by.query(`INSERT INTO audit_events (type, actor_kind, team_id) VALUES ('x', 'system', $1)`, [
        teamId,
      ]);
    await client.query('BEGIN');
    await add(client);
    await add(server.db);
    const before = (await get('/events?order=asc&type=x')).body;
    expect(before.data).toEqual([]);
    expect(await eventsOf('type=x')).toHaveLength(1);
    await client.query('COMMIT');
    await client.end();
    const after = (await get(`/events?order=asc&type=x&cursor=${before.nextCursor}`)).body;
    expect(after.data).toHaveLength(2);
    const later = (await get(`/events?order=asc&type=x&cursor=${after.nextCursor}`)).body;
    expect(later).toEqual({ data: [], nextCursor: expect.any(String) });
  });

  it('may begin at the number of an event, and with no other list’s cursor', async () => {
    await logIn(valerie);
    const [verified, started] = await eventsOf('');
    const { body } = await get(`/events?order=asc&cursor=${started?.id}`);
    expect(body.data).toEqual([verified]);
    const older = await get('/events?limit=1');
    expect(codeOf(await get(`/events?order=asc&cursor=${older.body.nextCursor}`))).toEqual([
      400,
      'invalid_request',
    ]);
    expect(codeOf(await get(`/events?cursor=${body.nextCursor}`))).toEqual([
      400,
      'invalid_request',
    ]);
  });
});

describe('events are asked for', () => {
  let started: AuditEvent;
  let computerId: string;

  beforeEach(async () => {
    await logIn(valerie, CAFE);
    await logIn(valerie, '2001:db8:1:2::5');
    computerId = await server.addComputer(teamId, 'Render station');
    await server.connect(computerId, { token: valerie.token });
    await server.connect(computerId, { token: valerie.token, from: THIEF });
    await server.patch(ofTeam(''), { token: owner.token, body: { name: 'Harbour' } });
    const [first] = await eventsOf('type=session.started&network=9.9.9.0/24');
    if (!first) throw new Error('nobody signed in');
    started = first;
  });

  it('by one type, several, or how they begin', async () => {
    expect(await typesOf('type=team.renamed')).toEqual(['team.renamed']);
    expect(await typesOf('type=team.renamed&type=gate.refused')).toEqual([
      'team.renamed',
      'gate.refused',
    ]);
    expect(await typesOf('type=connection.*&type=team.*')).toEqual([
      'team.renamed',
      'connection.requested',
    ]);
    expect(await typesOf('type=nothing.*')).toEqual([]);
  });

  it('by an address or a range round it, of either family', async () => {
    const seen = ['network.verified', 'session.started'];
    expect(await typesOf(`network=${CAFE}`)).toEqual(seen);
    expect(await typesOf('network=9.0.0.0/8')).toEqual(seen);
    expect(await typesOf('network=9.9.9.8/32')).toEqual([]);
    expect(await typesOf('network=2001:db8::/32')).toEqual(seen);
    expect(await typesOf('network=2001:db8:1:3::/64')).toEqual([]);
    expect(await typesOf('network=::/0')).toEqual(seen);
  });

  it('by actor, session, computer, action, finding and request, and by all of these at once', async () => {
    expect(await typesOf(`actorId=${owner.id}`)).toEqual(['team.renamed']);
    expect(await typesOf(`sessionId=${started.sessionId}`)).toEqual([
      'network.verified',
      'session.started',
    ]);
    expect(await typesOf(`computerId=${computerId}`)).toEqual(['connection.requested']);
    expect(await typesOf('action=computer.connect&type=gate.refused')).toEqual(['gate.refused']);
    expect(await typesOf('finding=unknown')).toEqual(['gate.refused']);
    expect(await typesOf('finding=expired')).toEqual([]);
    expect(
      await eventsOf(
        `requestId=${started.requestId}&type=session.*&network=${CAFE}&userId=${valerie.id}&actorId=${valerie.id}`,
      ),
    ).toEqual([started]);
    expect(await typesOf(`requestId=${started.requestId}&userId=${owner.id}`)).toEqual([]);
  });

  it('by time, from its first instant to before its last', async () => {
    const { at, id } = started;
    const after = new Date(Date.parse(at) + 1).toISOString();
    const ids = async (query: string) => (await eventsOf(query)).map((event) => event.id);
    expect(await ids(`after=${at}&before=${after}&type=session.started`)).toEqual([id]);
    expect(await ids(`after=${after}&type=session.started`)).not.toContain(id);
    expect(await ids(`before=${at}`)).not.toContain(id);
  });

  it.each([
    ['network=9.9.9.9/8'],
    ['network=nowhere'],
    ['action=computer.fly'],
    ['finding=nice'],
    ['type='],
    ['type=%27'],
    ['limit=1001'],
    ['order=up'],
    ['userId=a&userId=b'],
  ])('and not by what can’t be: %s', async (query) => {
    expect(codeOf(await get(`/events?${query}`))).toEqual([400, 'invalid_request']);
  });

  it('by another team never', async () => {
    const other = await server.addTeam();
    const chief = await server.addUser({ teamId: other, role: 'owner' });
    const query = `requestId=${started.requestId}&sessionId=${started.sessionId}`;
    const answer = await server.get(`/teams/${other}/events?${query}`, { token: chief.token });
    expect(answer.body.data).toEqual([]);
  });
});

describe('the page of the activity, without a script', () => {
  const page = async (query: string) => {
    const answer = await server.get(`/${ofTeam(`/activity?${query}`)}`, { cookie: owner.token });
    expect(answer.status).toBe(200);
    return answer.text.replace(/<script[\s\S]*?<\/script>|<!--[\s\S]*?-->|<[^>]*>/g, '');
  };

  it('shows what its address asks for, and nothing in place of what nobody knows', async () => {
    await logIn(valerie, CAFE);
    await refuse(valerie);
    const [all, blocked, byAddress, unknown, gone] = await Promise.all([
      page(''),
      page('show=blocked'),
      page(`q=${CAFE}&range=today`),
      page('q=nobody@example.com'),
      page('saved=flt_gone'),
    ]);
    expect([all, blocked, byAddress].map((html) => /signed in by password/.test(html))).toEqual([
      true,
      false,
      true,
    ]);
    expect([all, blocked, byAddress].map((html) => /was refused/.test(html))).toEqual([
      true,
      true,
      false,
    ]);
    expect(unknown).toContain('No member has this e-mail.');
    expect(gone).toContain('This filter was removed.');
    for (const html of [unknown, gone]) expect(html).not.toMatch(/signed in|was refused|Export/);
  });
});

describe('filters that have a name', () => {
  const path = () => ofTeam('/event-filters');
  const save = (name: string, query: object = { type: ['gate.refused'] }) =>
    server.post(path(), { token: owner.token, body: { name, query } });

  it('are the team’s: made, changed, listed by name, removed', async () => {
    const { body: second } = await save('Refusals', { type: ['gate.*'], network: '9.9.9.0/24' });
    const { body: first } = await save('Connections', { type: ['connection.*'] });
    expect((await get('/event-filters')).body).toEqual({ data: [first, second], nextCursor: null });
    const changed = await server.patch(`${path()}/${first.id}`, {
      token: owner.token,
      body: { name: 'Sessions', query: { userId: valerie.id } },
    });
    expect(changed.body).toEqual({ ...first, name: 'Sessions', query: { userId: valerie.id } });
    expect((await server.delete(`${path()}/${first.id}`, { token: owner.token })).status).toBe(204);
    expect((await get('/event-filters')).body.data).toEqual([second]);
    const { type, network } = second.query;
    expect((await get(`/events?type=${type}&network=${network}`)).status).toBe(200);
  });

  it('hold a filter and nothing else, and are fifty at most', async () => {
    for (const query of [
      { cursor: 'x' },
      { type: 'gate.refused' },
      { network: 'x' },
      { some: 1 },
    ]) {
      expect((await save('Wrong', query)).status).toBe(400);
    }
    await server.db.query(
      `INSERT INTO event_filters (team_id, name, query) SELECT $1, 'n' || i, '{}' FROM generate_series(1, 49) i`,
      [teamId],
    );
    expect((await save('The last')).status).toBe(201);
    expect(codeOf(await save('One more'))).toEqual([409, 'conflict']);
  });
});

describe('an export', () => {
  /** Events with long content: more than what stands between us and a reader can hold. */
  const fill = (events: number) =>
    server.db.query(
      `INSERT INTO audit_events (type, actor_kind, team_id, network, address, request_id, after)
       SELECT 'team.renamed', 'system', $1, '203.0.113.7/32', '203.0.113.7', 'req_' || i,
         jsonb_build_object('name', repeat('x', 200) || i)
       FROM generate_series(1, $2::int) i`,
      [teamId, events],
    );

  /** An answer that is not read yet. */
  async function open(query: string, by = owner, headers = {}): Promise<IncomingMessage> {
    const req = request({
      host: '127.0.0.1',
      port: server.port,
      path: `/api/v1${ofTeam(`/events/export?${query}`)}`,
      headers: {
        host: `localhost:${server.port}`,
        'x-forwarded-for': HOME,
        authorization: `Bearer ${by.token}`,
        connection: 'close',
        ...headers,
      },
    });
    server.remember(by.token);
    req.on('error', () => undefined);
    req.end();
    const [res] = (await once(req, 'response')) as [IncomingMessage];
    return res;
  }
  async function read(res: IncomingMessage): Promise<Buffer> {
    const chunks: Buffer[] = [];
    for await (const chunk of res) chunks.push(chunk);
    return Buffer.concat(chunks);
  }
  const exported = async () => (await eventsOf('type=events.exported')).map(({ after }) => after);

  it('has every event once, as the list has it, and is on record', async () => {
    await logIn(valerie, CAFE);
    await fill(2_500);
    const file = await get('/events/export?format=ndjson&type=team.*&type=session.*');
    const lines: AuditEvent[] = file.text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines).toHaveLength(2_501);
    expect(lines.slice(0, 1_000)).toEqual(await eventsOf('type=team.*&type=session.*&limit=1000'));
    expect(new Set(lines.map(({ id }) => id)).size).toBe(2_501);
    const oldest = await get('/events/export?format=ndjson&type=team.*&type=session.*&order=asc');
    const ascending = oldest.text.trimEnd().split('\n');
    expect(ascending.map((line) => Number(JSON.parse(line).id))).toEqual(
      lines.map(({ id }) => Number(id)).sort((a, b) => a - b),
    );
    expect(await exported()).toEqual(
      ['asc', 'desc'].map((order) => ({
        format: 'ndjson',
        query: { type: ['team.*', 'session.*'], order },
        rows: 2_501,
        ended: true,
      })),
    );
  });

  it('as CSV begins no formula, and is named after its team and days', async () => {
    await logIn(valerie, CAFE);
    const day = new Date().toISOString().slice(0, 10);
    const file = await get(
      `/events/export?format=csv&after=2026-01-01T00:00:00Z&type=session.started`,
    );
    expect(file.headers['content-disposition']).toBe(
      `attachment; filename="gatehouse-harbour-so-hne-2026-01-01-${day}.csv"`,
    );
    const [head, line, ...rest] = file.text.split('\r\n');
    expect(head).toBe(
      '\ufeffid,at,type,actor_kind,actor,user,action,finding,network,address,country,asn,session_id,request_id,reason,before,after',
    );
    expect(line).toContain(
      `,session.started,user,"'=Valerie(""x"") <${valerie.email}>",,,,${CAFE}/32,${CAFE},,,ses_`,
    );
    expect(rest).toEqual(['']);
  });

  it('moves with nothing: a member goes, an account is deleted, an address is changed', async () => {
    await logIn(valerie, CAFE);
    await logIn(owner);
    const evidence = async () =>
      (await get('/events/export?format=csv&type=session.*&type=network.*')).text;
    const before = await evidence();
    await server.db.query(
      `UPDATE users SET email = 'other-' || email, name = 'Other' WHERE id = $1`,
      [owner.id],
    );
    expect(await evidence()).toBe(before);
    await server.delete(ofTeam(`/members/${valerie.id}`), { token: owner.token });
    expect(await evidence()).toBe(before);
    await server.db.query('DELETE FROM users WHERE id = $1', [valerie.id]);
    expect(await evidence()).toBe(before);
    expect(before.split('\r\n')).toHaveLength(6);
  });

  it('is begun by our own pages, and by no other site', async () => {
    const fetched = (site: string) =>
      server.get(ofTeam('/events/export?format=csv'), {
        cookie: owner.token,
        headers: { 'sec-fetch-site': site, origin: [] },
      });
    for (const site of ['cross-site', 'same-site']) {
      expect(codeOf(await fetched(site))).toEqual([403, 'cross_site_request']);
    }
    expect(await exported()).toEqual([]);
    expect((await fetched('same-origin')).status).toBe(200);
  });

  it('is compressed for who takes it', async () => {
    await fill(1);
    const res = await open('format=csv', owner, { 'accept-encoding': 'gzip' });
    expect(res.headers).toMatchObject({ 'content-encoding': 'gzip', vary: /Accept-Encoding/ });
    expect(gunzipSync(await read(res)).toString()).toContain('req_1');
  });

  it('is not begun by HTTP/1.0, where a cut one would pass for whole', async () => {
    const answer = await askRaw(
      server.port,
      `GET /api/v1${ofTeam('/events/export?format=csv')} HTTP/1.0\r\nHost: localhost:${server.port}\r\nX-Forwarded-For: ${HOME}\r\nAuthorization: Bearer ${owner.token}\r\n\r\n`,
    );
    expect([answer.status, answer.json.code]).toEqual([400, 'invalid_request']);
    expect((await get('/events/export?format=csv')).status).toBe(200);
  });

  describe('of 50,000 events that nobody reads yet', () => {
    let res: IncomingMessage;
    beforeEach(async () => {
      await fill(50_000);
      res = await open('format=ndjson&type=team.renamed');
      res.pause();
    });

    const memoryKb = () =>
      Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${server.place.pid}/status`, 'utf8'))?.[1]);

    it('is made no faster than it is read, in little memory; then it is whole', async () => {
      const before = memoryKb();
      let most = before;
      let rows = 0;
      for await (const chunk of res) {
        rows += String(chunk).split('\n').length - 1;
        most = Math.max(most, memoryKb());
      }
      expect(rows).toBe(50_000);
      // As text they are over 30 MB, as objects several times that.
      expect(most - before).toBeLessThan(150_000);
      expect(await exported()).toMatchObject([{ rows: 50_000, ended: true }]);
    });

    it('is the one of its team', async () => {
      const second = await get('/events/export?format=csv');
      expect(codeOf(second)).toEqual([429, 'too_many_requests']);
      const wait = second.headers['retry-after'];
      expect(Number(wait)).toBeGreaterThan(0);
      res.destroy();
      await vi.waitFor(
        async () =>
          expect((await get('/events/export?format=csv&type=team.created')).status).toBe(200),
        20_000,
      );
    });

    it('is on record as cut when its reader leaves, with the rows that were made', async () => {
      res.destroy();
      await vi.waitFor(async () => expect(await exported()).toHaveLength(1), 20_000);
      const [cut] = (await exported()) as { rows: number; ended: boolean }[];
      expect(cut).toMatchObject({ format: 'ndjson', ended: false });
      expect(cut?.rows).toBeLessThan(50_000);
    });

    it.each([
      [
        'the session ends',
        () =>
          server.db.query('UPDATE sessions SET ended_at = gatehouse_now() WHERE id = $1', [
            owner.sessionId,
          ]),
      ],
      [
        'the role is taken',
        () =>
          server.db.query(`UPDATE memberships SET role = 'member' WHERE user_id = $1`, [owner.id]),
      ],
    ])('breaks off when %s, and looks like no whole file', async (_, end) => {
      await end();
      await expect(read(res)).rejects.toThrow('aborted');
    });
  });
});
