import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  type Answer,
  codeOf,
  sharedServer,
  TestServer,
  type TestUser,
  THIEF,
} from '../support/harness';
import { MailServer } from '../support/mail-server';

const server = sharedServer();
let alice: TestUser;
let bob: TestUser;

beforeAll(() => server.setUp());
beforeEach(async () => {
  alice = await server.addUser({ name: 'Alice' });
  bob = await server.addUser({ name: 'Bob' });
});

const ask = (by: TestUser, email: string) => server.addFriend(email, { token: by.token });
const list = async (by: TestUser) => (await server.get('/friends', { token: by.token })).body.data;
const onlyOne = async (by: TestUser) => {
  const data = await list(by);
  expect(data).toHaveLength(1);
  return data[0];
};
const accept = (by: TestUser, id: string, from?: string) =>
  server.post(`/friends/${id}/accept`, { token: by.token, body: {}, from });
const remove = (by: TestUser, id: string, from?: string) =>
  server.delete(`/friends/${id}`, { token: by.token, from });
const events = (user: TestUser, type: string) =>
  server.count('audit_events WHERE actor_id = $1 AND type = $2', [user.id, type]);

describe('where mail goes out: an address that nobody has confirmed is nobody’s', () => {
  let post: MailServer;
  let mailing: TestServer;
  beforeAll(async () => {
    post = await MailServer.start();
    mailing = await TestServer.start({ SMTP_URL: post.url });
  });
  afterAll(async () => {
    await mailing.stop();
    await post.stop();
  });
  const of = async (user: TestUser) =>
    (await mailing.get('/friends', { token: user.token })).body.data;
  const asks = (user: TestUser, email: string) =>
    mailing.post('/friends', { token: user.token, body: { email } });
  const confirm = (user: TestUser) =>
    mailing.db.query('UPDATE users SET email_confirmed_at = gatehouse_now() WHERE id = $1', [
      user.id,
    ]);

  it('requests to it are held as for nobody, with the same answer, and are there once it is confirmed', async () => {
    const olga = await mailing.addUser({ name: 'Olga' });
    const made = await mailing.addUser({ name: 'Made by an admin', isConfirmed: false });
    const known = await asks(olga, made.email);
    const unknown = await asks(olga, 'nobody-here@example.com');
    expect([known.status, known.body]).toEqual([unknown.status, unknown.body]);
    expect(await of(made)).toEqual([]);
    const [{ id }] = (await of(olga)).filter(
      ({ email }: { email: string }) => email === made.email,
    );
    const call = { token: made.token, body: {} };
    expect((await mailing.post(`/friends/${id}/accept`, call)).status).toBe(404);
    expect((await mailing.delete(`/friends/${id}`, { token: made.token })).status).toBe(404);
    const page = async () => (await mailing.get('//friends', { cookie: made.token })).text;
    expect(await page()).toContain('Requests to you wait');
    // Nor does what he asks himself tell who has asked him.
    expect((await asks(made, olga.email)).status).toBe(202);
    expect(await of(made)).toMatchObject([{ state: 'outgoing', email: olga.email }]);

    await confirm(made);
    expect(await of(made)).toContainEqual(expect.objectContaining({ id, state: 'incoming' }));
    expect((await mailing.post(`/friends/${id}/accept`, call)).status).toBe(200);
    expect(await page()).not.toContain('Requests to you wait');
  });
});

describe('a request', () => {
  it('tells nothing of who has an account: answer, list and audit row are alike', async () => {
    const known = await ask(alice, bob.email);
    const unknown = await ask(alice, 'nobody-here@example.com');
    for (const answer of [known, unknown]) {
      expect(answer.status).toBe(202);
      expect(answer.body).toEqual({ status: 'requested' });
    }
    const shape = ({ headers }: Answer) =>
      Object.keys(headers)
        .filter((name) => name !== 'date')
        .sort();
    expect(shape(known)).toEqual(shape(unknown));
    const data = await list(alice);
    expect(data).toHaveLength(2);
    expect(data).toEqual(
      expect.arrayContaining(
        [bob.email, 'nobody-here@example.com'].map((email) => ({
          id: expect.stringMatching(/^fri_/),
          state: 'outgoing',
          email,
          name: null,
          createdAt: expect.any(String),
        })),
      ),
    );
    const events = () =>
      server.rows(
        `SELECT type, user_id, before, after FROM audit_events
         WHERE actor_id = $1 AND type LIKE 'friend.%' ORDER BY id`,
        [alice.id],
      );
    const rows = await events();
    // Of several within a minute the rest is a row with their number, which names nobody either.
    const event = { type: 'friend.requested', user_id: null, before: null };
    expect(rows).toEqual([{ ...event, after: null }]);
    await server.endMinutes();
    expect(await events()).toEqual([
      { ...event, after: null },
      { ...event, after: { count: 1 } },
    ]);
  });

  it('does the same work whether or not the account exists', async () => {
    const work = async (email: string) => {
      await server.beginMinute();
      const { headers } = await ask(alice, email);
      return server.count('audit_events WHERE request_id = $1', [headers['x-request-id']]);
    };
    expect([await work(bob.email), await work('nobody-here@example.com')]).toEqual([1, 1]);
    expect(await server.count('friendships WHERE requester_id = $1', [alice.id])).toBe(2);
  });

  it('shows the one who is asked from whom it comes, and nobody else', async () => {
    await ask(alice, bob.email);
    expect(await onlyOne(bob)).toMatchObject({
      state: 'incoming',
      email: alice.email,
      name: 'Alice',
    });
    expect(await list(await server.addUser())).toEqual([]);
  });

  it('made again, in another spelling or ten times at once, is one', async () => {
    const answers = await Promise.all([
      ...Array.from({ length: 4 }, () => ask(alice, bob.email)),
      ask(alice, bob.email.toUpperCase()),
    ]);
    expect(answers.map(({ status }) => status)).toEqual(Array(5).fill(202));
    expect((await onlyOne(alice)).email).toBe(bob.email);
  });

  it('to somebody who has asked already changes nothing', async () => {
    await ask(bob, alice.email);
    const { id } = await onlyOne(alice);
    expect((await ask(alice, bob.email)).status).toBe(202);
    expect(await onlyOne(alice)).toMatchObject({ id, state: 'incoming' });
    expect(await onlyOne(bob)).toMatchObject({ id, state: 'outgoing' });
  });

  it('of an address that has no account is there once it has one', async () => {
    const email = `later-${alice.id.toLowerCase()}@example.com`;
    await ask(alice, email);
    await server.db.query('UPDATE users SET email = $2 WHERE id = $1', [bob.id, email]);
    expect(await onlyOne(bob)).toMatchObject({ state: 'incoming', email: alice.email });
  });

  it.each(['', 'bob', 'bob@', 'a@b@c.example', 'bob@example.com\r\nBcc: x@evil.test'])(
    'to %j is refused',
    async (email) => {
      const answer = await ask(alice, email);
      expect(codeOf(answer)).toEqual([400, 'invalid_request']);
      expect(answer.body.errors[0].path).toBe('email');
      expect(await list(alice)).toEqual([]);
    },
  );

  it('to oneself is refused', async () => {
    expect(codeOf(await ask(alice, alice.email.toUpperCase()))).toEqual([400, 'invalid_request']);
    expect(await list(alice)).toEqual([]);
  });

  it('is one of at most 60 in an hour', async () => {
    await ask(alice, bob.email);
    const spent = await server.db.query('UPDATE rate_limits SET points = 60 WHERE key = $1', [
      `friend:${alice.id}`,
    ]);
    expect(spent.rowCount).toBe(1);
    const limited = await ask(alice, 'nobody-here@example.com');
    expect(codeOf(limited)).toEqual([429, 'too_many_requests']);
    expect(Number(limited.headers['retry-after'])).toBeGreaterThan(0);
    expect(await list(alice)).toHaveLength(1);
  });
});

describe('an answer', () => {
  let id: string;
  beforeEach(async () => {
    await ask(alice, bob.email);
    ({ id } = await onlyOne(bob));
  });

  it('that accepts makes both friends, once', async () => {
    const answer = await accept(bob, id);
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({ id, state: 'friends', email: alice.email, name: 'Alice' });
    expect(await onlyOne(alice)).toMatchObject({ id, state: 'friends', name: 'Bob' });
    expect(codeOf(await accept(bob, id))).toEqual([404, 'not_found']);
    expect(await events(bob, 'friend.accepted')).toBe(1);
  });

  it('is gated: the thief with Bob’s token accepts nothing', async () => {
    const refused = await accept(bob, id, THIEF);
    expect(codeOf(refused)).toEqual([403, 'ip_verification_required']);
    expect(refused.body.action).toBe('friend.add');
    expect((await onlyOne(bob)).state).toBe('incoming');
    expect(await events(bob, 'friend.accepted')).toBe(0);
  });

  it('can’t be given by the one who asked, nor by anybody else', async () => {
    for (const other of [alice, await server.addUser()]) {
      expect(codeOf(await accept(other, id))).toEqual([404, 'not_found']);
    }
    expect((await onlyOne(bob)).state).toBe('incoming');
  });

  it('in two ways at once leaves one of them', async () => {
    const [accepted, withdrawn] = await Promise.all([accept(bob, id), remove(alice, id)]);
    expect(withdrawn.status).toBe(204);
    expect([200, 404]).toContain(accepted.status);
    expect([await list(alice), await list(bob)]).toEqual([[], []]);
  });

  it.each([
    ['declined by the one who was asked', () => bob, false],
    ['withdrawn by the one who asked', () => alice, false],
    ['ended by either friend', () => alice, true],
    ['ended by either friend', () => bob, true],
  ])('%s, it is gone for both', async (_what, by, isAccepted) => {
    if (isAccepted) await accept(bob, id);
    expect((await remove(by(), id)).status).toBe(204);
    expect([await list(alice), await list(bob)]).toEqual([[], []]);
    expect(codeOf(await remove(by(), id))).toEqual([404, 'not_found']);
    expect(await events(by(), 'friend.removed')).toBe(1);
  });

  it.each([
    ['a friendship', true, () => bob],
    ['a request to her', false, () => bob],
    ['a request of hers', false, () => alice],
  ])(
    'F18: the thief with a token of hers ends no %s: nobody could bring it back',
    async (_what, isAccepted, by) => {
      if (isAccepted) await accept(bob, id);
      const refused = await remove(by(), id, THIEF);
      expect(codeOf(refused)).toEqual([403, 'ip_verification_required']);
      expect(refused.body.action).toBe('friend.add');
      expect(await onlyOne(alice)).toMatchObject({
        id,
        state: isAccepted ? 'friends' : 'outgoing',
      });
      expect(await events(by(), 'friend.removed')).toBe(0);
    },
  );

  it('by a third one is not found, and changes nothing', async () => {
    const other = await server.addUser();
    expect(codeOf(await remove(other, id))).toEqual([404, 'not_found']);
    expect(await onlyOne(bob)).toMatchObject({ id, state: 'incoming' });
  });

  it('no: the same may ask again', async () => {
    await remove(bob, id);
    expect((await ask(alice, bob.email)).status).toBe(202);
    expect(await onlyOne(bob)).toMatchObject({ state: 'incoming', email: alice.email });
  });
});
