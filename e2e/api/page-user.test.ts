import { beforeAll, describe, expect, it } from 'vitest';
import { codeOf, HOME, sharedServer, TestServer, type TestUser } from '../support/harness';
import { TestSocket } from '../support/socket-client';

const server = sharedServer();
let olga: TestUser;
let rita: TestUser;

beforeAll(async () => {
  const teamId = await server.addTeam();
  olga = await server.addUser({ teamId, name: 'Olga' });
  rita = await server.addUser({ teamId, name: 'Rita' });
});

/** A page of one user, in a browser where another is signed in by now. */
const pageOf = (user: TestUser, signedIn: TestUser) => ({
  from: HOME,
  cookie: signedIn.token,
  headers: { 'gatehouse-user': user.id },
});

describe('P8: a page acts for whom it was made for, or not at all', () => {
  it('what is pressed in Olga’s page after Rita signed in beside it is not done', async () => {
    const body = { email: 'somebody@example.com' };
    const answer = await server.post('/friends', { ...pageOf(olga, rita), body });
    expect(codeOf(answer)).toEqual([409, 'other_user']);
    expect(await server.count('friendships')).toBe(0);
    const own = await server.post('/friends', { ...pageOf(rita, rita), body });
    expect(own.status).toBe(202);
  });

  it('nor is it told what is Rita’s, nor her session ended', async () => {
    for (const path of ['/me', '/me/verified-ips', '/computers', '/teams/none/members']) {
      const answer = await server.get(path, pageOf(olga, rita));
      expect([path, answer.status, answer.body.code]).toEqual([path, 409, 'other_user']);
      expect(answer.text).not.toContain(rita.email);
    }
    const signOut = await server.delete('/sessions/current', pageOf(olga, rita));
    expect(signOut.body.code).toBe('other_user');
    expect((await server.get('/me', pageOf(rita, rita))).status).toBe(200);
  });

  it('whoever has no session is signed out, whatever page he says he has', async () => {
    const { status, body } = await server.get('/me', {
      headers: { 'gatehouse-user': olga.id },
    });
    expect([status, body.code]).toEqual([401, 'unauthenticated']);
  });

  it('a socket says whose it is', async () => {
    const socket = await TestSocket.open(server, { cookie: rita.token });
    const { session } = await socket.next('hello');
    expect(session).toMatchObject({ id: rita.sessionId, userId: rita.id });
    socket.ws.close();
  });
});

describe('P8: by http the cookies’ names hold the port', () => {
  it('so that of two instances on one host each has its own session', async () => {
    const other = await TestServer.start();
    try {
      const teamId = await other.addTeam();
      const otto = await other.addUser({ teamId });
      const jar = `${server.cookieName()}=${olga.token}; ${other.cookieName()}=${otto.token}`;
      const me = async (on: TestServer) => {
        const { body } = await on.get('/me', { headers: { cookie: jar, origin: on.origin } });
        return body.user?.id;
      };
      expect([await me(server), await me(other)]).toEqual([olga.id, otto.id]);
      const left = await other.delete('/sessions/current', {
        headers: { cookie: jar, origin: other.origin },
      });
      expect(left.status).toBe(204);
      for (const cookie of left.headers['set-cookie'] ?? []) {
        expect(cookie).toContain(`${other.cookieName()}=;`);
      }
      expect(await me(server)).toBe(olga.id);
    } finally {
      await other.stop();
    }
  });

  it('and every cookie that is set has it', async () => {
    const { headers } = await server.get('//api/auth/csrf');
    const names = (headers['set-cookie'] ?? []).map((one) => one.split('=', 1)[0]);
    expect(names.length).toBeGreaterThan(0);
    for (const name of names) expect(name).toMatch(new RegExp(`^gatehouse\\.${server.port}\\.`));
  });
});
