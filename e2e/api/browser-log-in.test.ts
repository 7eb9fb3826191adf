import { beforeAll, describe, expect, it } from 'vitest';
import {
  type Answer,
  CAFE,
  codeOf,
  HOME,
  ownServer,
  PASSWORD,
  sharedServer,
  type TestServer,
  type TestUser,
  THIEF,
} from '../support/harness';

const server = sharedServer();
let teamId: string;
let computerId: string;
let user: TestUser;

beforeAll(async () => {
  ({ teamId } = await server.setUp());
  computerId = await server.addComputer(teamId);
  user = await server.addUser({ teamId, at: null });
});

const setCookies = (answer: Answer) => answer.headers['set-cookie'] ?? [];
const sessionCookieOf = (answer: Answer) =>
  setCookies(answer).find((cookie) => /^(?:__Host-)?gatehouse(?:\.\d+)?\.session/.test(cookie));

type LogIn = {
  email?: string;
  password?: string;
  from?: string;
  callbackUrl?: string;
  /** Further cookies. */
  cookie?: string;
  headers?: Record<string, string>;
  csrfToken?: string;
};

/** What the log-in page does: fetches the CSRF token, then posts the form. */
async function logIn(on: TestServer, logIn: LogIn = {}): Promise<Answer> {
  const { from = HOME, cookie, headers, csrfToken, ...fields } = logIn;
  const csrf = await on.get('//api/auth/csrf', { from });
  const form = new URLSearchParams({
    csrfToken: csrfToken ?? csrf.body.csrfToken,
    email: user.email,
    password: PASSWORD,
    callbackUrl: '/computers',
    json: 'true',
    ...fields,
  });
  const cookies = setCookies(csrf).map((one) => one.split(';', 1)[0]);
  return on.post('//api/auth/callback/credentials', {
    from,
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      origin: on.origin,
      cookie: [...cookies, ...(cookie ? [cookie] : [])].join('; '),
      ...headers,
    },
    raw: form.toString(),
  });
}

const tokenOf = (answer: Answer) =>
  /^gatehouse\.\d+\.session=(gate_[\w-]{43});/.exec(sessionCookieOf(answer) ?? '')?.[1] ?? '';
const sessions = () => server.count('sessions WHERE user_id = $1 AND ended_at IS NULL', [user.id]);

describe('a log-in in the browser', () => {
  it('sets one HttpOnly, SameSite=Lax cookie with a token, and records the network', async () => {
    const answer = await logIn(server);
    expect(answer.status).toBe(200);
    const cookies = setCookies(answer).filter((cookie) => cookie.startsWith(server.cookieName()));
    expect(cookies).toHaveLength(1);
    expect(cookies[0]).toMatch(/^gatehouse\.\d+\.session=gate_[\w-]{43}; /);
    const attributes = (cookies[0] ?? '').split('; ').slice(1);
    expect(attributes).toEqual(expect.arrayContaining(['Path=/', 'HttpOnly', 'SameSite=Lax']));
    expect(cookies[0]).not.toMatch(/Domain|Secure/);
    expect(answer.headers['cache-control']).toContain('no-store');
    expect(
      await server.count('verified_ips WHERE user_id = $1 AND network = $2', [
        user.id,
        `${HOME}/32`,
      ]),
    ).toBe(1);
  });

  it('its token works as a bearer token too, and ends for both at once', async () => {
    const token = tokenOf(await logIn(server));
    expect((await server.get('/me', { cookie: token })).body.user.id).toBe(user.id);
    expect((await server.get('/me', { token })).body.user.id).toBe(user.id);
    const refused = await server.connect(computerId, { cookie: token, from: THIEF });
    expect(refused.body.code).toBe('ip_verification_required');
    expect((await server.delete('/sessions/current', { cookie: token })).status).toBe(204);
    expect((await server.get('/me', { cookie: token })).status).toBe(401);
    expect((await server.get('/me', { token })).status).toBe(401);
  });

  it('SES-7 over an older session ends that one', async () => {
    const older = tokenOf(await logIn(server));
    const before = await sessions();
    const token = tokenOf(await logIn(server, { cookie: `${server.cookieName()}=${older}` }));
    expect(token).not.toBe(older);
    expect((await server.get('/me', { cookie: older })).status).toBe(401);
    expect((await server.get('/me', { cookie: token })).status).toBe(200);
    expect(await sessions()).toBe(before);
  });

  it('SES-7 a planted token is never taken over', async () => {
    const planted = `gate_${'P'.repeat(43)}`;
    const token = tokenOf(await logIn(server, { cookie: `${server.cookieName()}=${planted}` }));
    expect(token).toMatch(/^gate_/);
    expect(token).not.toBe(planted);
    expect((await server.get('/me', { cookie: planted })).status).toBe(401);
  });

  it('VER-22 from an address that can’t be established works and records nothing', async () => {
    const before = await server.count('verified_ips WHERE user_id = $1', [user.id]);
    const token = tokenOf(await logIn(server, { from: '127.0.0.1' }));
    expect((await server.get('/me', { cookie: token })).status).toBe(200);
    expect(await server.count('verified_ips WHERE user_id = $1', [user.id])).toBe(before);
  });
});

describe('a log-in that fails', () => {
  it.each([
    ['a wrong password', { password: 'not the right one' }, 'invalid_credentials'],
    ['an unknown account', { email: 'nobody@example.com' }, 'invalid_credentials'],
    ['no email address', { email: 'nobody' }, 'invalid_request'],
    ['LOG-2 too long a password', { password: 'a'.repeat(1025) }, 'invalid_request'],
  ])('%s: a fixed code in the address, and no cookie', async (_what, fields, code) => {
    const before = await sessions();
    const answer = await logIn(server, { from: CAFE, ...fields });
    expect(answer.status).toBe(401);
    const url = new URL(answer.body.url);
    expect(url.origin).toBe(server.origin);
    expect(url.searchParams.get('error')).toBe(code);
    expect(sessionCookieOf(answer)).toBeUndefined();
    expect(await sessions()).toBe(before);
  });

  it('LOG-16 leads to the same address for a wrong password as for no account', async () => {
    const [wrong, unknown] = [
      await logIn(server, { from: CAFE, password: 'not the right one' }),
      await logIn(server, { from: CAFE, email: 'nobody@example.com' }),
    ];
    expect(unknown.text).toBe(wrong.text);
  });

  it.each([
    ['another site', { headers: { origin: 'https://evil.test' } }],
    ['an opaque origin', { headers: { origin: 'null' } }],
    ['another port', { headers: { origin: 'http://localhost:1' } }],
  ])('from %s: nobody is logged in to somebody else’s account', async (_what, how) => {
    const before = await sessions();
    const answer = await logIn(server, how);
    expect(codeOf(answer)).toEqual([403, 'cross_site_request']);
    expect(sessionCookieOf(answer)).toBeUndefined();
    expect(await sessions()).toBe(before);
  });

  it.each([
    ['made up', 'f'.repeat(64)],
    ['empty', ''],
  ])('with a CSRF token that is %s', async (_what, csrfToken) => {
    const before = await sessions();
    const answer = await logIn(server, { csrfToken });
    expect(sessionCookieOf(answer)).toBeUndefined();
    expect(await sessions()).toBe(before);
  });

  it('C6: with an empty body that calls itself JSON is 400', async () => {
    const answer = await server.call('POST', '//api/auth/callback/credentials', {
      raw: '',
      headers: { origin: server.origin, 'content-type': 'application/json' },
    });
    expect(codeOf(answer)).toEqual([400, 'invalid_request']);
  });

  it('with two session cookies is refused', async () => {
    const answer = await logIn(server, {
      cookie: `${server.cookieName()}=a; ${server.cookieName()}.1=b`,
    });
    expect(answer.status).toBe(400);
    expect(sessionCookieOf(answer)).toBeUndefined();
  });

  it('too often waits, and says so by its code and for how long', async () => {
    const other = await server.addUser({ at: null });
    let answer = await logIn(server, {
      from: '203.0.113.9',
      email: other.email,
      password: 'wrong',
    });
    for (let i = 0; i < 10; i++) {
      answer = await logIn(server, { from: '203.0.113.9', email: other.email, password: 'wrong' });
    }
    const error = new URL(answer.body.url).searchParams.get('error');
    expect(error).toMatch(/^too_many_requests:\d+$/);
  });
});

describe('what else next-auth offers', () => {
  it.each([
    ['GET', 'session'],
    ['POST', 'session'],
    ['GET', 'signin'],
    ['POST', 'signin/credentials'],
    ['GET', 'signout'],
    ['POST', 'signout'],
    ['GET', 'error'],
    ['GET', 'verify-request'],
    ['GET', 'callback/credentials'],
    ['POST', 'callback/email'],
    ['POST', '_log'],
    ['GET', ''],
  ])('%s /api/auth/%s is not there', async (method, path) => {
    const answer = await server.call(method, `//api/auth/${path}`, {
      cookie: (await server.addSession(user.id)).token,
    });
    expect(answer.status === 404 || answer.status === 308).toBe(true);
    expect(answer.text).not.toContain(user.email);
    expect(setCookies(answer)).toEqual([]);
  });
});

describe('where a log-in leads', () => {
  it.each([
    ['LOG-27 a path and another site', '?callbackUrl=/a&callbackUrl=https://evil.test'],
    ['LOG-30 another site', '?callbackUrl=https://evil.test'],
    ['LOG-39 no address at all', '?callbackUrl=%25'],
  ])('%s in the query is refused', async (_row, query) => {
    for (const [method, call] of [
      ['GET', 'csrf'],
      ['POST', 'callback/credentials'],
    ]) {
      const answer = await server.call(method ?? '', `//api/auth/${call}${query}`, {
        headers: { origin: server.origin },
      });
      expect(answer.status).toBe(400);
      expect(setCookies(answer)).toEqual([]);
    }
  });

  it.each([
    ['LOG-30', 'https://evil.test'],
    ['LOG-31', '//evil.test'],
    ['LOG-32', '/\\evil.test'],
    ['LOG-33', '/\t/evil.test'],
    ['LOG-34', '///evil.test'],
    ['LOG-34', 'https:/\\evil.test'],
    ['LOG-36', 'https://localhost@evil.test'],
    ['LOG-37', 'javascript:alert(1)'],
    ['LOG-37', 'data:text/html,x'],
    ['LOG-38', '/%2f%2fevil.test'],
    ['LOG-39', '%'],
    ['LOG-39', 'http://['],
    ['LOG-39', ''],
    ['LOG-40', '/ok\r\nSet-Cookie: a=b'],
    ['LOG-41', 'https://localhost/'],
  ])('%s %j stays on our own origin', async (_row, callbackUrl) => {
    const answer = await logIn(server, { callbackUrl });
    expect(answer.status).toBeLessThan(500);
    const target = answer.body.url;
    expect(new URL(target, server.origin).origin).toBe(server.origin);
    for (const cookie of setCookies(answer)) expect(cookie).not.toMatch(/^a=b/);
    expect(tokenOf(answer)).toMatch(/^gate_/);
  });
});

it('ADM-3 the log of all this holds no token, password or cookie', () => {
  expect(server.findLeakedSecrets()).toEqual([]);
  expect(server.log).not.toContain(PASSWORD);
});

describe('under https', () => {
  const secure = ownServer({ APP_URL: 'https://gatehouse.example', LOG_LEVEL: 'debug' });
  beforeAll(() => secure.setUp());

  it('SES-13 the cookie is Secure and __Host-, and a planted one without it is nothing', async () => {
    const csrf = await secure.get('//api/auth/csrf');
    const answer = await secure.post('//api/auth/callback/credentials', {
      headers: {
        'content-type': 'application/x-www-form-urlencoded',
        origin: 'https://gatehouse.example',
        cookie: setCookies(csrf)
          .map((one) => one.split(';', 1)[0])
          .join('; '),
      },
      raw: new URLSearchParams({
        csrfToken: csrf.body.csrfToken,
        email: 'owner@example.com',
        password: PASSWORD,
        json: 'true',
      }).toString(),
    });
    const cookie = sessionCookieOf(answer) ?? '';
    const [, token] = /^__Host-gatehouse\.session=(gate_[\w-]{43}); /.exec(cookie) ?? [];
    expect(cookie.split('; ')).toEqual(
      expect.arrayContaining(['Path=/', 'HttpOnly', 'SameSite=Lax', 'Secure']),
    );
    expect(cookie).not.toMatch(/Domain/);
    const me = (name: string) => secure.get('/me', { headers: { cookie: `${name}=${token}` } });
    expect((await me('__Host-gatehouse.session')).status).toBe(200);
    expect((await me('gatehouse.session')).status).toBe(401);
    const both = await secure.get('/me', {
      headers: { cookie: `gatehouse.session=EVIL; __Host-gatehouse.session=${token}` },
    });
    expect(both.status).toBe(200);
  });
});

it.each([
  ['is cut off', '{"email":"'],
  ['is not UTF-8', Buffer.from('7b2261223a22ff227d', 'hex')],
  ['is null', 'null'],
  ['is a list', '[]'],
  ['is a number', '5'],
  ['holds more than texts', '{"email":{"toString":"x"},"password":["x"]}'],
  ['holds half a character', String.raw`{"email":"\ud800"}`],
])('C6: JSON that %s is 400, with and without a session', async (_what, raw) => {
  const { token } = await server.addSession(user.id);
  for (const call of ['callback/credentials', 'callback/sso', 'callback/sso?x=1']) {
    for (const cookie of [undefined, token]) {
      const headers = { 'content-type': 'application/json', origin: server.origin };
      const answer = await server.post(`//api/auth/${call}`, { raw, cookie, headers });
      expect(codeOf(answer)).toEqual([400, 'invalid_request']);
      expect(answer.body.errors).toEqual(expect.any(Array));
    }
  }
});
