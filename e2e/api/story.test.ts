import { beforeAll, describe, expect, it } from 'vitest';
import {
  CAFE,
  codeOf,
  HOME,
  PASSWORD,
  sharedServer,
  type TestUser,
  THIEF,
} from '../support/harness';

describe.each([
  ['through a trusted proxy', { home: HOME, thief: THIEF, cafe: CAFE }],
  ['over IPv6', { home: '2001:db8:1:2::5', thief: '2001:db8:bad:1::1', cafe: '2001:db8:9:9::9' }],
  ['from real addresses', { home: '127.0.0.4', thief: '127.0.0.66', cafe: '127.0.0.9' }],
])('the story of the stolen token, %s', (_how, { home, thief, cafe }) => {
  const server = sharedServer();
  let valerie: TestUser;
  let computerId: string;
  /** The token as it was when it was stolen. */
  let stolen: string;
  /** Her token now. */
  let token: string;

  beforeAll(async () => {
    const { teamId } = await server.setUp();
    valerie = await server.addUser({ teamId, name: 'Valerie', at: null });
    computerId = await server.addComputer(teamId);
  });

  const connect = (who: string, from: string) => server.connect(computerId, { from, token: who });

  it('Valerie logs in at home, and this address is recorded', async () => {
    const answer = await server.post('/sessions', {
      from: home,
      body: { email: valerie.email, password: PASSWORD, client: 'Laptop' },
    });
    expect(answer.status).toBe(201);
    expect(answer.body).toMatchObject({
      token: expect.stringMatching(/^gate_[\w-]{43}$/),
      user: { id: valerie.id, email: valerie.email },
      verifiedIp: { address: home, method: 'password', state: 'trusted' },
    });
    const { verifiedAt, trustedUntil } = answer.body.verifiedIp;
    expect(Date.parse(trustedUntil) - Date.parse(verifiedAt)).toBe(90 * 86_400_000);
    stolen = answer.body.token;
    token = stolen;
  });

  it('the thief is refused at the computer, and nothing of it happens', async () => {
    const answer = await connect(stolen, thief);
    expect(answer.status).toBe(403);
    expect(answer.headers['content-type']).toBe('application/problem+json');
    expect(answer.headers['www-authenticate']).toMatch(
      /error="insufficient_user_authentication".*max_age=0/,
    );
    expect(answer.headers['set-cookie']).toBeUndefined();
    expect(answer.body).toMatchObject({
      code: 'ip_verification_required',
      action: 'computer.connect',
      client: { address: thief },
      methods: ['password'],
      requestId: answer.headers['x-request-id'],
    });
    expect(answer.body.challenge.url).toBe(`${server.origin}/verify/${answer.body.challenge.id}`);
    expect(await server.count('connections')).toBe(0);
    expect(
      await server.count(
        `audit_events WHERE type = 'gate.refused' AND actor_id = $1 AND address = $2 AND finding = 'unknown'`,
        [valerie.id, thief],
      ),
    ).toBe(1);
  });

  it('his refusal ends nobody’s session: Valerie connects at the same time', async () => {
    const answer = await connect(token, home);
    expect(answer.status).toBe(201);
    expect(answer.body.connection).toMatchObject({ computerId, state: 'waiting_for_host' });
  });

  it('he can’t add a friend either', async () => {
    const answer = await server.addFriend('accomplice@example.com', { from: thief, token: stolen });
    expect(answer.body.code).toBe('ip_verification_required');
    expect(await server.count('friendships')).toBe(0);
  });

  it('he does not know the password, so he stays out', async () => {
    const answer = await server.verify(
      { token: stolen, password: 'a guess of his' },
      { from: thief },
    );
    expect(codeOf(answer)).toEqual([401, 'invalid_credentials']);
    expect((await connect(stolen, thief)).status).toBe(403);
  });

  it('Valerie meets the prompt at the café, passes it, and goes on', async () => {
    const refused = await connect(token, cafe);
    expect(refused.body.code).toBe('ip_verification_required');
    const { id } = refused.body.challenge;
    expect((await server.get(`/challenges/${id}`, { from: cafe })).body).toMatchObject({
      id,
      status: 'pending',
      action: 'computer.connect',
    });

    const verified = await server.verify(
      { token, password: PASSWORD },
      { from: cafe, challengeId: id },
    );
    expect(verified.status).toBe(201);
    expect(verified.body).toMatchObject({
      verifiedIp: { address: cafe, state: 'trusted' },
      challenge: { status: 'verified' },
    });
    token = verified.body.token;
    expect(token).not.toBe(stolen);
    expect((await connect(token, cafe)).status).toBe(201);
    expect((await connect(token, home)).status).toBe(201);
  });

  it('and by this the stolen copy is dead, at every action', async () => {
    for (const answer of [
      await connect(stolen, thief),
      await server.get('/me', { from: thief, token: stolen }),
    ]) {
      expect(codeOf(answer)).toEqual([401, 'unauthenticated']);
    }
  });
});
