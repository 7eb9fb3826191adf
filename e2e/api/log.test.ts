import { beforeAll, expect, it, vi } from 'vitest';
import { type Answer, codeOf, ownServer, PASSWORD, type TestUser } from '../support/harness';
import { askRaw } from '../support/raw-socket';

// The attack: a stranger writes what the log's reader will see, or the reader finds what lets him in.

const server = ownServer({ LOG_LEVEL: 'trace' });
let teamId: string;
let owner: TestUser;

beforeAll(async () => {
  ({ teamId, owner } = await server.setUp());
});

/** Makes the next renaming of a team fail with its new name in the error, as no test could otherwise. */
async function withFailingRename(name: string, message: string): Promise<Answer> {
  await server.db.query(
    `CREATE OR REPLACE FUNCTION fail_rename() RETURNS trigger LANGUAGE plpgsql
     AS $$ BEGIN RAISE EXCEPTION '%', ${message}; END $$;
     CREATE TRIGGER fail_rename BEFORE UPDATE ON teams FOR EACH ROW EXECUTE FUNCTION fail_rename()`,
  );
  try {
    return await server.patch(`/teams/${teamId}`, { token: owner.token, body: { name } });
  } finally {
    await server.db.query('DROP TRIGGER fail_rename ON teams');
  }
}

const logged = (requestId: string) => {
  const lines = server.log.split('\n').filter((line) => line.includes(requestId));
  expect(lines).toHaveLength(1);
  return lines[0] ?? '';
};

const FORGED = '{"level":"info","msg":"login ok"}';

it.each([
  ['an escape that colours', 'x\u001b[31m'],
  ['a line of its own', `x%0d%0a${FORGED}`],
  ['a quote', `x","msg":"login ok`],
  ['bytes that are no text', 'x\u0080\u00ff'],
])('ADM-1 holds no line of a stranger’s: %s', async (_what, text) => {
  const headers = ['User-Agent', 'Referer', 'X-Request-Id', 'X-Forwarded-For', 'Cookie']
    .map((name) => `${name}: ${name === 'Cookie' ? `${server.cookieName()}=` : ''}${text}`)
    .join('\r\n');
  for (const [path, localAddress] of [
    ['/api/v1/me', '127.0.0.1'],
    // An unlisted neighbour that forwards is warned of.
    ['/api/v1/client-address', '127.0.0.66'],
    [`/api/auth/signin/${encodeURIComponent(text)}`, '127.0.0.1'],
    [`/api/auth/callback/credentials?error=${encodeURIComponent(text)}`, '127.0.0.1'],
    [`/${encodeURIComponent(text)}`, '127.0.0.1'],
  ] as const) {
    await askRaw(
      server.port,
      Buffer.from(
        `GET ${path} HTTP/1.1\r\nHost: localhost:${server.port}\r\nConnection: close\r\n${headers}\r\n\r\n`,
        'latin1',
      ),
      { localAddress },
    );
  }
  expectCleanLog();
  expect(server.log).not.toContain(`\n${FORGED}`);
});

it('ADM-1 warns of a forgotten proxy in its own words alone', async () => {
  const header = { 'x-forwarded-for': 'evil.test TRUSTED_PROXIES=0.0.0.0/0' };
  await server.get('/client-address', { from: '127.0.0.66', headers: header });
  const [warning] = await vi.waitFor(() => {
    const lines = server.log.split('\n').filter((line) => line.includes('(proxy_not_configured)'));
    expect(lines).toHaveLength(1);
    return lines;
  });
  const { level, msg, cure } = JSON.parse(warning ?? '');
  expect(level).toBe('warn');
  expect(msg).toMatch(/^The address of a request by 127\.0\.0\.66 can’t be established /);
  expect(cure).toMatch(/If 127\.0\.0\.66 is your proxy, .*=127\.0\.0\.1,127\.0\.0\.66$/);
  expect(warning).not.toContain('evil.test');
});

it('ADM-1 the name of a program is one line, or refused', async () => {
  for (const client of ['x\u001b[31m', `x\r\n${FORGED}`, 'x\u0000', 'x'.repeat(121)]) {
    const body = { email: owner.email, password: PASSWORD, client };
    const answer = await server.post('/sessions', { body });
    expect(codeOf(answer)).toEqual([400, 'invalid_request']);
  }
  expectCleanLog();
});

it('ADM-2 shows what turns the reading round, and ends no line at U+2028', async () => {
  const answer = await withFailingRename('qux', String.raw`E'qux\u2028cd\u202eef'`);
  expect(codeOf(answer)).toEqual([500, 'internal_error']);
  expect(answer.text).not.toContain('qux');
  const line = logged(answer.body.requestId);
  expect(JSON.parse(line)).toMatchObject({ level: 'error', msg: 'internal_error' });
  expect(line).toContain('qux\\\\u2028cd\\\\u202eef');
  expectCleanLog();
});

it('ADM-2 cuts a long text at 256', async () => {
  const answer = await withFailingRename('long', `repeat('y', 10240)`);
  expect(codeOf(answer)).toEqual([500, 'internal_error']);
  const line = logged(answer.body.requestId);
  expect(line).toContain('y'.repeat(50));
  expect(line).not.toContain('y'.repeat(257));
  const long = await server.patch(`/teams/${teamId}`, {
    token: owner.token,
    body: { name: 'z'.repeat(10_240) },
  });
  expect(codeOf(long)).toEqual([400, 'invalid_request']);
});

it('ADM-3 holds no token, not even one in the text of an error', async () => {
  const answer = await withFailingRename('x', `'while serving ${owner.token}'`);
  const line = logged(answer.body.requestId);
  expect(line).toContain('while serving gate_[redacted]');
  expect(answer.text).not.toContain('while serving');
});

function expectCleanLog(): void {
  const lines = server.log.split('\n').filter((line) => line.startsWith('{'));
  expect(lines.length).toBeGreaterThan(0);
  for (const line of lines) expect(() => JSON.parse(line), line).not.toThrow();
  expect(server.log).not.toMatch(/(?!\n)[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e]/u);
}

it('ADM-3 the log of a whole life holds none of its secrets', async () => {
  const resets = async () =>
    (await server.mails()).filter(({ subject }) => subject === 'Choose a new password');
  await server.post('/password-resets', { body: { email: owner.email } });
  const [mail] = await vi.waitFor(async () => {
    const mails = await resets();
    expect(mails).toHaveLength(1);
    return mails;
  }, 10_000);
  const token = /\/reset#(\S+)/.exec(mail?.text ?? '')?.[1];
  const password = 'another good long passphrase';
  const computer = await server.post(`/teams/${teamId}/computers`, {
    token: owner.token,
    body: { name: 'Of the log' },
  });
  expect(computer.body.hostKey).toMatch(/^gatehost_/);
  await server.get('/me', { token: computer.body.hostKey });
  const reset = await server.post('/password-resets/redeem', { body: { token, password } });
  expect(reset.status).toBe(204);
  const wrong = { email: owner.email, password: 'a password that is wrong' };
  expect((await server.post('/sessions', { body: wrong })).status).toBe(401);
  const again = await server.logIn({ email: owner.email, password });
  expect(again.status).toBe(201);
  await server.kill();
  expect(server.log.length).toBeGreaterThan(1000);
  expect(server.findLeakedSecrets()).toEqual([]);
  expect(server.log).not.toMatch(/gate(host)?_[\w-]{20}|\$argon2|gatehouse[.\w]*\.session=\S/);
});

it('ADM-3 a secret in the log fails whoever stops the server', async () => {
  server.remember('Gatehouse is ready');
  await expect(server.stop()).rejects.toThrow("secrets in the server's log: Gatehouse is ready");
});
