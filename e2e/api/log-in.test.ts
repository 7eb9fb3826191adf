import { beforeAll, describe, expect, it } from 'vitest';
import {
  CAFE,
  type Call,
  codeOf,
  HOME,
  PASSWORD,
  sharedServer,
  type TestUser,
} from '../support/harness';

/** An address nobody has been at. */
let last = 0;
const somewhere = () => {
  last += 1;
  return `198.51.100.${last}`;
};

const server = sharedServer();
let teamId: string;
let computerId: string;

beforeAll(async () => {
  ({ teamId } = await server.setUp());
  computerId = await server.addComputer(teamId);
});

const logIn = (email: unknown, password: unknown, call: Call = {}) =>
  server.post('/sessions', { from: somewhere(), body: { email, password }, ...call });
const sessionsOf = (user: TestUser) => server.count('sessions WHERE user_id = $1', [user.id]);

describe('from an address that can’t be established', () => {
  it('VER-22 a log-in works, records nothing, and opens no gate', async () => {
    const user = await server.addUser({ teamId, at: null });
    const answer = await logIn(user.email, PASSWORD, { from: '127.0.0.1' });
    expect(answer.status).toBe(201);
    expect(answer.body.verifiedIp).toBeNull();
    expect(await server.count('verified_ips WHERE user_id = $1', [user.id])).toBe(0);
    const connect = (from: string) =>
      server.connect(computerId, { token: answer.body.token, from });
    expect((await connect('127.0.0.1')).body).toMatchObject({
      status: 403,
      code: 'client_address_unknown',
      reason: 'no_header',
    });
    expect((await connect(HOME)).body.code).toBe('ip_verification_required');
    expect(await server.count('connections WHERE user_id = $1', [user.id])).toBe(0);
    expect(
      (await server.get('/me', { token: answer.body.token, from: '127.0.0.1' })).body.client,
    ).toMatchObject({
      address: null,
      network: null,
      trusted: false,
    });
  });
});

describe('a password', () => {
  it('LOG-1 of 1,024 bytes works', async () => {
    const user = await server.addUser();
    const password = 'ä'.repeat(512);
    await server.setPassword(user.id, password);
    expect((await logIn(user.email, password)).status).toBe(201);
  });

  it.each([
    ['LOG-2 1,025 bytes', 'a'.repeat(1025)],
    ['LOG-2 1,024 characters of more bytes', 'ä'.repeat(1024)],
    ['LOG-6 NUL in it', 'pa\u0000ss'],
    ['a lone surrogate', 'pa\ud800ss'],
    ['nothing', ''],
  ])('%s is refused as such', async (_row, password) => {
    const user = await server.addUser();
    await server.setPassword(user.id, 'pa');
    const answer = await logIn(user.email, password);
    expect(answer.status).toBe(400);
    expect(answer.body.errors).toEqual([{ path: 'password', message: expect.stringMatching(/./) }]);
  });

  it('LOG-3 of 1 MB is cut off at the door', async () => {
    expect((await logIn('a@example.com', 'a'.repeat(1_000_000))).status).toBe(413);
  });

  it.each([
    ['LOG-4 only its first 72 bytes right', 'a'.repeat(72), `${'a'.repeat(72)}X`],
    ['LOG-5 trimmed', ' Pass ', 'Pass'],
    ['LOG-5 in lower case', ' Pass ', ' pass '],
  ])('%s is wrong', async (_row, set, given) => {
    const user = await server.addUser();
    await server.setPassword(user.id, set);
    const answer = await logIn(user.email, given);
    expect(answer.status).toBe(401);
    expect(await sessionsOf(user)).toBe(1);
    expect((await logIn(user.email, set)).status).toBe(201);
  });

  it('LOG-5 typed on another system, in another normal form, is the same', async () => {
    const user = await server.addUser();
    await server.setPassword(user.id, 'p\u00e4sswort mit Umlaut');
    expect((await logIn(user.email, 'pa\u0308sswort mit Umlaut')).status).toBe(201);
  });
});

describe('an email address', () => {
  it.each([
    ['LOG-8 an address in quotes', '"e@attacker.com"@victim.com'],
    ['LOG-9 two addresses', 'attacker@evil.test,alice@example.com'],
    ['LOG-9 a line break', 'alice@example.com\nBcc: x@evil.test'],
    ['LOG-9 a display name', 'Alice <alice@example.com>'],
    ['LOG-10 a Cyrillic letter', 'аlice@example.com'],
    ['LOG-11 the Kelvin sign', '\u212Aim@example.com'],
    ['LOG-11 a dotted capital I', '\u0130@example.com'],
    ['LOG-12 a list', ['alice@example.com']],
    ['LOG-13 a filter', { contains: '@' }],
    ['a NUL', 'alice\u0000@example.com'],
    ['nothing', ''],
    ['a number', 7],
  ])('%s is refused', async (_row, email) => {
    const answer = await logIn(email, PASSWORD);
    expect(codeOf(answer)).toEqual([400, 'invalid_request']);
    expect(answer.body.errors[0].path).toBe('email');
  });

  it('LOG-13 a filter for a password is refused', async () => {
    const user = await server.addUser();
    expect((await logIn(user.email, { not: '' })).status).toBe(400);
    expect(await sessionsOf(user)).toBe(1);
  });

  it.each([
    ['LOG-11 in upper case', (email: string) => email.toUpperCase()],
    ['LOG-10 with a full-width @', (email: string) => email.replace('@', '＠')],
    ['with blanks round it', (email: string) => ` ${email} `],
  ])('%s is the same account', async (_row, spell) => {
    const user = await server.addUser();
    const answer = await logIn(spell(user.email), PASSWORD);
    expect(answer.status).toBe(201);
    expect(answer.body.user.id).toBe(user.id);
  });
});

describe('what a stranger learns', () => {
  it('LOG-16 is the same for no account, a wrong password, no password and a disabled account', async () => {
    const known = await server.addUser();
    const withoutPassword = await server.addUser({ hasPassword: false });
    const disabled = await server.addUser();
    await server.db.query('UPDATE users SET disabled_at = gatehouse_now() WHERE id = $1', [
      disabled.id,
    ]);
    const answers = [
      await logIn('nobody@example.com', PASSWORD),
      await logIn(known.email, 'not the right one'),
      await logIn(withoutPassword.email, PASSWORD),
      await logIn(disabled.email, PASSWORD),
    ];
    const seen = answers.map(({ status, text, headers, body }) => {
      const { date: _, 'x-request-id': id, ...others } = headers;
      expect(id).toBe(body.requestId);
      return JSON.stringify({ status, text: text.replace(body.requestId, ''), others });
    });
    expect(answers[0]?.status).toBe(401);
    expect(new Set(seen).size).toBe(1);
  });
});

describe('a body', () => {
  it.each([
    ['text/plain'],
    ['application/x-www-form-urlencoded'],
    ['multipart/form-data; boundary=x'],
    [null],
    ['application/json; charset=utf-16'],
    ['application/jsonp'],
  ])('LOG-24 of type %s is refused', async (type) => {
    const user = await server.addUser();
    const answer = await server.post('/sessions', {
      from: somewhere(),
      headers: type === null ? {} : { 'content-type': type },
      raw: JSON.stringify({ email: user.email, password: PASSWORD }),
    });
    expect(answer.status).toBe(415);
    expect(await sessionsOf(user)).toBe(1);
  });

  it('LOG-13 of a form is refused', async () => {
    const answer = await server.post('/sessions', {
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      raw: 'email[contains]=@&password[not]=',
    });
    expect(answer.status).toBe(415);
  });

  it.each([
    ['LOG-15 60,000 opening brackets', '['.repeat(60_000), 400],
    [
      'LOG-15 thousands of keys',
      JSON.stringify(Object.fromEntries(Array.from({ length: 5000 }, (_, i) => [`k${i}`, 0]))),
      400,
    ],
    ['LOG-15 100,000 opening brackets', '['.repeat(100_000), 413],
    ['LOG-15 20 MB', `"${'a'.repeat(20_000_000)}"`, 413],
    [
      'LOG-26 a byte that is no UTF-8',
      Buffer.concat([
        Buffer.from('{"email":"a@b.cd","password":"'),
        Buffer.from([0xff]),
        Buffer.from('"}'),
      ]),
      400,
    ],
    ['not JSON', '{"email":', 400],
    ['a list', '[]', 400],
    ['null', 'null', 400],
    ['a prototype', '{"__proto__":{"email":"a@b.cd"},"password":"x"}', 400],
  ])('%s is refused', async (_row, raw, status) => {
    const answer = await server.post('/sessions', {
      headers: { 'content-type': 'application/json' },
      raw,
    });
    expect(answer.status).toBe(status);
    expect(answer.headers['content-type']).toBe('application/problem+json');
    expect((await server.get('//api/health/ready')).status).toBe(200);
  });

  it('LOG-25 with two emails means the last, and the answer says which', async () => {
    const [alice, bob] = [await server.addUser(), await server.addUser()];
    const answer = await server.post('/sessions', {
      from: CAFE,
      headers: { 'content-type': 'application/json' },
      raw: `{"email":"${alice.email}","email":"${bob.email}","password":"${PASSWORD}"}`,
    });
    expect(answer.body.user.id).toBe(bob.id);
    expect(await sessionsOf(alice)).toBe(1);
  });
});
