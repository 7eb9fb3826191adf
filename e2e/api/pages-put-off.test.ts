import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { startCuttingRelay } from '../support/database-relay';
import { ownServer, type TestUser, THIEF } from '../support/harness';

// The fault (O8): the database goes away between the session of a page and what the page shows, and the
// page is answered as a fault, or as made. A watcher and a proxy must be told: not now, again in a moment.

vi.setConfig({ testTimeout: 60_000 });

const server = ownServer();
let owner: TestUser;
let stopRelay: () => void;
/** Which statements still reach the database. */
let reaches: (sql: string) => boolean = () => true;
const ids = { team: '', member: '', computer: '', challenge: '' };

/** What every new connection is set up by, and the session. */
const isForSession = (sql: string) => sql.startsWith('SET ') || sql.includes('s.token_hash = $1');

beforeAll(async () => {
  ids.team = await server.addTeam();
  owner = await server.addUser({ teamId: ids.team, role: 'owner' });
  ids.member = (await server.addUser({ teamId: ids.team })).id;
  ids.computer = await server.addComputer(ids.team);
  const refused = await server.connect(ids.computer, { token: owner.token, from: THIEF });
  ids.challenge = refused.body.challenge.id;
  await server.kill();
  const relay = await startCuttingRelay(server.databaseUrl, (sql) => !reaches(sql));
  stopRelay = relay.stop;
  await server.launch({ DATABASE_URL: relay.connectionString });
});
afterAll(async () => {
  stopRelay?.();
});

const PAGES: Record<string, () => string> = {
  Account: () => '/account',
  Computers: () => '/computers',
  'a session page': () => `/computers/${ids.computer}`,
  Friends: () => '/friends',
  Members: () => `/teams/${ids.team}/members`,
  'a member': () => `/teams/${ids.team}/members/${ids.member}`,
  'Team Computers': () => `/teams/${ids.team}/computers`,
  Activity: () => `/teams/${ids.team}/activity`,
  'App Rules': () => `/teams/${ids.team}/rules`,
  addresses: () => `/teams/${ids.team}/addresses`,
  'Single sign-on': () => `/teams/${ids.team}/sso`,
  Confirm: () => '/confirm',
  Verify: () => `/verify/${ids.challenge}`,
  'Set up': () => '/setup',
};

const open = (path: () => string) => server.get(`/${path()}`, { cookie: owner.token });

async function expectPutOff(path: () => string): Promise<void> {
  const { status, headers } = await open(path);
  expect(status).toBe(503);
  expect(Number(headers['retry-after'])).toBeGreaterThan(0);
  expect(headers.location).toBeUndefined();
  expect(String(headers['set-cookie'])).not.toContain('session');
}

describe('a page that can’t be made now is 503, with when to come back', () => {
  it.each(Object.entries(PAGES))('%s', async (_name, path) => {
    reaches = isForSession;
    await expectPutOff(path);
    reaches = () => true;
    await vi.waitFor(
      async () => {
        const { status, headers, text } = await open(path);
        expect(status).toBe(200);
        expect(headers['retry-after']).toBeUndefined();
        expect(text).toContain('</html>');
      },
      { timeout: 30_000 },
    );
  });

  it('so is one of which only a later part can’t be made', async () => {
    // The members are there, and what stands beside them is not.
    reaches = (sql) => !/"?invites"?/.test(sql);
    await expectPutOff(() => `/teams/${ids.team}/members`);
    reaches = () => true;
  });
});
