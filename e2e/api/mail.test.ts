import { randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { HOME, TestServer, type TestUser } from '../support/harness';
import { MailServer } from '../support/mail-server';

const THIEF = '6.7.8.9';

let post: MailServer;
let server: TestServer;
let teamId: string;
let owner: TestUser;

beforeAll(async () => {
  post = await MailServer.start();
  server = await TestServer.start({ SMTP_URL: post.url });
  ({ teamId, owner } = await server.setUp());
});
afterAll(async () => {
  await server.stop();
  await post.stop();
});
beforeEach(() => {
  post.answer = '250 ok';
  post.isSilent = false;
});
afterEach(() => server.db.query('DELETE FROM outgoing_mails'));

const within = { timeout: 30_000 };
const someone = () => `new-${randomBytes(4).toString('hex')}@example.com`;

/** Invites somebody by whichever instance, and waits until the mail was tried once. */
async function invite(at = server): Promise<string> {
  const email = someone();
  const answer = await at.post(`/teams/${teamId}/invites`, {
    token: owner.token,
    from: HOME,
    body: { email, role: 'member' },
  });
  expect(answer.status).toBe(201);
  await expect.poll(() => post.asked.filter((to) => to === email).length, within).toBe(1);
  return email;
}

const waiting = () => server.count('outgoing_mails WHERE given_up_at IS NULL');
const failed = (failure: string) =>
  expect
    .poll(() => server.count('outgoing_mails WHERE failure = $1', [failure]), within)
    .toBeGreaterThan(0);
/** As if the time until the next try were over. */
const makeDue = () => server.db.query('UPDATE outgoing_mails SET due_at = gatehouse_now()');

const TROUBLE = 'Mail does not leave';
const page = async (user: TestUser, from = HOME) => {
  const { status, text } = await server.get('//computers', { cookie: user.token, from });
  expect(status).toBe(200);
  return text;
};

it('a test mail goes to whoever asks, and says what became of it', async () => {
  const test = async () => {
    const path = `/teams/${teamId}/test-mails`;
    return (await server.post(path, { token: owner.token, body: {} })).body;
  };
  const mail = async () =>
    (await server.get(`/teams/${teamId}/first-steps`, { token: owner.token })).body.mail;
  post.answer = '550 no such user';
  expect((await test()).left).toBe(false);
  expect(await mail()).toBe('untested');
  post.answer = '250 ok';
  expect((await test()).left).toBe(true);
  expect(await mail()).toBe('works');
  expect(post.to(owner.email)).toHaveLength(1);
  expect(await server.count('outgoing_mails')).toBe(0);
});

describe('P16: a mail that did not leave', () => {
  it('is final where the mail server refuses the recipient with 5xx', async () => {
    post.answer = '550 no such user';
    const email = await invite();
    await expect.poll(waiting, within).toBe(0);
    post.answer = '250 ok';
    const second = await invite();
    await expect.poll(() => post.to(second).length, within).toBe(1);
    expect(post.asked.filter((to) => to === email)).toHaveLength(1);
    expect(await page(owner)).not.toContain(TROUBLE);
  });

  it('is kept unreadable: a copy of the database holds no link and no address', async () => {
    post.answer = '451 come again';
    const email = await invite();
    await failed('not_now');
    const { rows } = await server.db.query('SELECT m::text AS row FROM outgoing_mails m');
    expect(rows).toHaveLength(1);
    expect(rows[0].row).toContain('v1.');
    expect(rows[0].row).not.toContain(email);
    expect(rows[0].row).not.toContain('/invite#');
    post.answer = '250 ok';
    await makeDue();
    await expect.poll(() => post.to(email).length, within).toBe(1);
    expect(post.to(email)[0]?.text).toContain('/invite#');
    await expect.poll(waiting, within).toBe(0);
  });

  it('waits longer each time', async () => {
    post.answer = '451 come again';
    await invite();
    const waits: number[] = [];
    for (let tries = 1; tries <= 3; tries += 1) {
      const wait = async () =>
        (
          await server.row(
            `SELECT round(extract(epoch FROM due_at - failed_at))::int AS wait FROM outgoing_mails
           WHERE tries = $1 AND failed_at > due_at - interval '1 day' AND failure = 'not_now'`,
            [tries],
          )
        )?.wait ?? 0;
      await expect.poll(wait, within).toBe(60 * 3 ** (tries - 1));
      waits.push(await wait());
      await makeDue();
    }
    expect(waits).toEqual([60, 180, 540]);
  });

  it('leaves after the process that tried it was killed', async () => {
    post.isSilent = true;
    const email = await invite();
    await server.kill('SIGKILL');
    expect(await waiting()).toBe(1);
    post.isSilent = false;
    await server.launch();
    await makeDue();
    await expect.poll(() => post.to(email).length, within).toBe(1);
    await expect.poll(waiting, within).toBe(0);
  });

  it('is given up when its link has run out, and nothing of it stays', async () => {
    post.answer = '451 come again';
    const email = await invite();
    await failed('not_now');
    post.answer = '250 ok';
    await server.db.query(
      'UPDATE outgoing_mails SET expires_at = gatehouse_now(), due_at = gatehouse_now()',
    );
    await expect
      .poll(
        () => server.count('outgoing_mails WHERE given_up_at IS NOT NULL AND body IS NULL'),
        within,
      )
      .toBe(1);
    expect(post.to(email)).toEqual([]);
    expect(await page(owner)).toContain('given up');
  });
});

it('P16: a reset link is of use for half an hour, and tried no longer', async () => {
  const member = await server.addUser({ teamId });
  post.answer = '451 come again';
  const asked = await server.post('/password-resets', {
    body: { email: member.email },
    from: HOME,
  });
  expect(asked.status).toBe(202);
  await failed('not_now');
  const { rows } = await server.db.query(
    'SELECT extract(epoch FROM expires_at - created_at)::int / 60 AS minutes FROM outgoing_mails',
  );
  expect(rows).toEqual([{ minutes: 30 }]);
});

it('P16: of two instances one sends each mail, once', async () => {
  const beside = await TestServer.startBeside(server);
  try {
    post.answer = '451 come again';
    const emails: string[] = [];
    for (let count = 0; count < 12; count += 1) {
      emails.push(await invite(count % 2 === 0 ? server : beside));
    }
    await expect
      .poll(() => server.count(`outgoing_mails WHERE failure = 'not_now'`), within)
      .toBe(12);
    post.answer = '250 ok';
    await makeDue();
    await expect.poll(waiting, within).toBe(0);
    expect(emails.map((email) => post.to(email).length)).toEqual(emails.map(() => 1));
  } finally {
    await beside.stop();
  }
});

describe('P16: where no mail leaves', () => {
  let member: TestUser;

  beforeAll(async () => {
    member = await server.addUser({ teamId });
  });

  it('an owner is told, a member is not, and no thief with an owner’s token', async () => {
    expect(await page(owner)).not.toContain(TROUBLE);
    post.answer = '550 no such sender';
    const { url } = post;
    await post.stop();
    const email = someone();
    const invited = await server.post(`/teams/${teamId}/invites`, {
      token: owner.token,
      from: HOME,
      body: { email, role: 'member' },
    });
    expect(invited.status).toBe(201);
    await failed('unreachable');
    expect(await page(owner)).toContain(TROUBLE);
    expect(await page(owner)).toContain('can’t be reached');
    expect(await page(owner)).not.toContain(new URL(url).host);
    expect(await page(member)).not.toContain(TROUBLE);
    expect(await page(owner, THIEF)).not.toContain(TROUBLE);
  });

  it('the log says it once in ten minutes, with the cure, and no word of the mail', async () => {
    await server.post(`/teams/${teamId}/invites`, {
      token: owner.token,
      from: HOME,
      body: { email: someone(), role: 'member' },
    });
    await failed('unreachable');
    const lines = server.log.split('\n').filter((line) => line.includes('can’t be reached'));
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain('Look at its name and port');
    expect(server.log).not.toContain('/invite#');
  });
});
