import { createHash } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Call, codeOf, sharedServer, type TestUser, THIEF } from '../support/harness';

const server = sharedServer();
let computerId: string;
let alice: TestUser;
let bob: TestUser;

beforeAll(async () => {
  const { teamId } = await server.setUp();
  alice = await server.addUser({ teamId, name: 'Alice' });
  bob = await server.addUser({ teamId, name: 'Bob' });
  computerId = await server.addComputer(teamId);
});

const connect = (call: Call) => server.connect(computerId, call);
const sessionCookie = (...values: string[]) =>
  values.map((v) => `${server.cookieName()}=${v}`).join('; ');
const asPage = (cookie: string) => ({ headers: { cookie, origin: server.origin } });

describe('what is no session', () => {
  it('SES-2 no cookie is another answer than the wrong network', async () => {
    const answer = await connect({ from: THIEF });
    expect(codeOf(answer)).toEqual([401, 'unauthenticated']);
    expect(answer.body.challenge).toBeUndefined();
  });

  it.each([
    ['empty', () => ''],
    ['one character', () => 'x'],
    ['15,000 characters', () => 'A'.repeat(15_000)],
    ['an encoded NUL', () => '%00'],
    ['a token with an encoded line feed', () => `${alice.token}%0a`],
    ['a token in quotes', () => `"${alice.token}"`],
  ])('SES-3 a cookie that is %s', async (_what, value) => {
    const answer = await server.get('/me', asPage(sessionCookie(value())));
    expect(codeOf(answer)).toEqual([401, 'unauthenticated']);
  });

  it.each([
    ['the good one first', () => [alice.token, bob.token]],
    ['the good one last', () => [bob.token, alice.token]],
    ['the good one twice', () => [alice.token, alice.token]],
    ['a good one and an empty one', () => [alice.token, '']],
  ])('SES-4 two session cookies, %s, are refused', async (_order, values) => {
    const answer = await server.get('/me', asPage(sessionCookie(...values())));
    expect(codeOf(answer)).toEqual([400, 'invalid_request']);
  });

  it('SES-4 two lines of Cookie are two cookies', async () => {
    const answer = await server.get('/me', {
      headers: { cookie: [sessionCookie(alice.token), sessionCookie(bob.token)] },
    });
    expect(answer.status).toBe(400);
  });

  it.each(
    Object.entries({
      'SES-5 glued names': () =>
        `${sessionCookie(alice.token)}; ${server.cookieName()}EVIL=X; ${server.cookieName()}.1=Y`,
      'SES-5 the parts of a long one': () =>
        `${server.cookieName()}.0=${alice.token}; ${server.cookieName()}.1=Y`,
    }),
  )('%s are refused', async (_row, cookie) => {
    expect((await server.get('/me', asPage(cookie()))).status).toBe(400);
  });

  it.each(['\u00a0', '\u0085', '\u00ff', '"'])(
    'F6: a cookie whose name begins with %j is nobody’s session, and does not shut the user out',
    async (byte) => {
      const planted = `${byte}${server.cookieName()}=${bob.token}`;
      expect((await server.get('/me', asPage(planted))).status).toBe(401);
      for (const cookie of [
        `${planted}; ${sessionCookie(alice.token)}`,
        `${sessionCookie(alice.token)}; ${planted}`,
      ]) {
        const answer = await server.get('/me', asPage(cookie));
        expect([answer.status, answer.body.user?.id]).toEqual([200, alice.id]);
      }
    },
  );

  it.each([
    ['next-auth’s own name', () => `next-auth.session-token=${alice.token}`],
    [
      'SES-5 a name that begins otherwise',
      () => `next-auth.session-token=${alice.token}; next-auth.session-token.1=Y`,
    ],
    ['a part alone', () => `${server.cookieName()}.0=${alice.token}`],
  ])('%s is no session cookie of ours', async (_what, cookie) => {
    const answer = await server.get('/me', asPage(cookie()));
    expect(answer.status).toBe(401);
  });

  it.each([
    ['%', '%'],
    ['no value', ''],
    ['the word alone', 'Bearer'],
    ['an unknown one', `Bearer gate_${'A'.repeat(43)}`],
    ['a host key', `Bearer gatehost_${'A'.repeat(43)}`],
    ['another scheme', 'Basic YTpi'],
  ])('SES-6 Authorization that is %s', async (_what, authorization) => {
    const answer = await server.get('/me', { headers: { authorization } });
    expect(answer.status).toBe(401);
    expect(answer.headers['www-authenticate']).toBe('Bearer');
    expect((await server.get('/me', { token: alice.token })).status).toBe(200);
  });

  it('SES-6 two tokens in one header are none', async () => {
    const authorization = `bearer ${alice.token}, Bearer ${alice.token}`;
    expect((await server.get('/me', { headers: { authorization } })).status).toBe(401);
  });

  it('two lines of Authorization are two credentials', async () => {
    const answer = await server.get('/me', {
      headers: { authorization: [`Bearer ${alice.token}`, `Bearer ${bob.token}`] },
    });
    expect(codeOf(answer)).toEqual([400, 'invalid_request']);
  });

  it('SES-12 without a token no session is found, though there are some', async () => {
    expect(await server.count('sessions WHERE ended_at IS NULL')).toBeGreaterThan(0);
    const none: Record<string, string>[] = [
      {},
      { cookie: 'other=1' },
      { authorization: 'undefined' },
    ];
    for (const headers of none) {
      expect((await server.get('/me', { headers })).status).toBe(401);
    }
  });

  it('SES-15 what a dump of the database holds opens nothing', async () => {
    const { rows } = await server.db.query('SELECT token_hash FROM sessions');
    expect(rows.length).toBeGreaterThan(0);
    for (const { token_hash } of rows) {
      for (const value of [token_hash.toString('hex'), token_hash.toString('base64url')]) {
        for (const token of [value, `gate_${value}`]) {
          expect((await server.get('/me', { token })).status).toBe(401);
        }
      }
    }
    const dump = JSON.stringify(await server.db.query('SELECT sessions::text FROM sessions'));
    expect(dump).not.toContain(alice.token.slice(5));
    expect(dump).toContain(createHash('sha256').update(alice.token).digest('hex'));
  });

  it.each([
    ['query', (token: string) => server.get(`/computers?token=${token}`)],
    ['query, as OAuth names it', (token: string) => server.get(`/me?access_token=${token}`)],
    ['path parameter', (token: string) => server.get(`/me;jsessionid=${token}`)],
  ])('SES-16 a token in the %s is never read, and not logged', async (_where, ask) => {
    const answer = await ask(alice.token);
    expect([401, 404]).toContain(answer.status);
    expect(answer.text).not.toContain(alice.email);
    expect(server.log).not.toContain(alice.token);
  });

  it('SES-17 a cookie and a bearer token are two identities', async () => {
    for (const token of [bob.token, alice.token]) {
      const answer = await connect({ cookie: alice.token, token });
      expect(codeOf(answer)).toEqual([400, 'invalid_request']);
    }
  });
});

describe('a cookie from another site', () => {
  it.each([
    ['another origin', { origin: 'https://evil.test' }],
    ['an origin that begins like ours', { origin: 'http://localhost:1.evil.test' }],
    ['an opaque origin', { origin: 'null' }],
    ['no origin', {}],
    ['a site of ours that is not the same origin', { 'sec-fetch-site': 'same-site' }],
  ])('changes nothing: %s', async (_what, headers: Record<string, string>) => {
    const connections = await server.count('connections');
    const answer = await connect({ headers: { cookie: sessionCookie(alice.token), ...headers } });
    expect(codeOf(answer)).toEqual([403, 'cross_site_request']);
    expect(await server.count('connections')).toBe(connections);
  });

  it('our own page is let through', async () => {
    const fromPage = await connect({ cookie: alice.token });
    expect(fromPage.status).toBe(201);
  });

  it('a bearer token needs no origin: no browser adds it by itself', async () => {
    expect(
      (await connect({ token: alice.token, headers: { origin: 'https://evil.test' } })).status,
    ).toBe(201);
  });
});
