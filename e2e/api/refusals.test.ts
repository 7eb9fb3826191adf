import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { methodOf } from '@/lib/contract/call-path';
import type { Call as ApiCall } from '@/lib/contract/endpoints';
import { ERROR_CODES } from '@/lib/contract/errors';
import type { Role } from '@/lib/policy/roles';
import { DnsServer } from '../support/dns-server';
import {
  type Answer,
  CAFE,
  type Call,
  codeOf,
  HOME,
  sharedServer,
  type TestUser,
  THIEF,
} from '../support/harness';
import { makeScene, readState, SCENE_PROOF, type Scene } from '../support/scene';
import { fill, REFUSALS, type Refusals } from './refusals';

// Each call of the API, by each of those who must be refused at it. That a refusal means something, the
// same call by who may make it is answered.

type Row = [call: ApiCall, row: Refusals];
const rows = Object.entries(REFUSALS) as Row[];
const signedIn = rows.filter(([, row]) => row.session === 'required');
const gated = signedIn.filter(([, { gate }]) => gate !== 'api.read' && gate !== 'never');
const monitored = signedIn.filter(([, { gate }]) => gate === 'api.read');
const fresh = signedIn.filter(([, row]) => row.fresh);
const withBody = rows.filter(([, { body }]) => body !== undefined);

const server = sharedServer();
/** For those who are refused: they change nothing, so one does for all. */
let scene: Scene;

let dns: DnsServer;

beforeAll(async () => {
  dns = await DnsServer.start(server.place.env.DNS_SERVERS);
  dns.everywhere = [SCENE_PROOF];
  await server.setUp();
  scene = await makeScene(server);
});
afterAll(() => dns.stop());

function callRow([name, row]: Row, call: Call, { fixtures } = scene): Promise<Answer> {
  return server.call(methodOf(name), `/${fill(row.path, fixtures)}`, {
    ...(row.body !== undefined && { body: fill(row.body, fixtures) }),
    ...(row.session === 'optional' && { headers: { origin: server.origin } }),
    ...call,
  });
}

/** The answer to a call that must be a problem, and must have changed nothing. */
async function refusedAt(row: Row, call: Call): Promise<Answer> {
  const before = await readState(server);
  const answer = await callRow(row, call);
  expect(await readState(server)).toEqual(before);
  expect(answer.headers['content-type']).toBe('application/problem+json');
  expect(answer.headers['set-cookie']).toBeUndefined();
  expect(answer.body).toMatchObject({
    status: answer.status,
    requestId: answer.headers['x-request-id'],
  });
  return answer;
}

describe('without a session', () => {
  it.each(signedIn)('%s is 401', async (...row) => {
    const answer = await refusedAt(row, {});
    expect(codeOf(answer)).toEqual([401, 'unauthenticated']);
    expect(answer.headers['www-authenticate']).toBe('Bearer');
    const unknown = await refusedAt(row, { token: `gate_${'A'.repeat(43)}` });
    expect(codeOf(unknown)).toEqual([401, 'unauthenticated']);
  });

  it.each<[ApiCall, number, string | undefined]>([
    ['GET /api/health/live', 200, undefined],
    ['GET /api/health/ready', 200, undefined],
    ['GET /openapi.json', 200, undefined],
    ['POST /setup', 403, 'invalid_setup_token'],
    ['POST /sessions', 401, 'invalid_credentials'],
    ['GET /challenges/{id}', 200, undefined],
    ['POST /challenges/{id}/verifications', 201, undefined],
    ['POST /password-resets', 202, undefined],
    ['POST /password-resets/lookup', 404, 'not_found'],
    ['POST /password-resets/redeem', 404, 'not_found'],
    ['POST /invites/lookup', 404, 'not_found'],
    ['POST /invites/accept', 404, 'not_found'],
    ['POST /log-in-methods', 200, undefined],
    ['POST /sso-flows', 201, undefined],
    ['POST /sso-flows/complete', 403, 'sso_refused'],
    ['POST /sso-flows/join', 403, 'sso_refused'],
    ['POST /sso-flows/join-mail', 403, 'sso_refused'],
  ])('%s needs none, and says %i', async (name, ...expected) => {
    const row: Row = [name, REFUSALS[name]];
    expect(codeOf(await callRow(row, {}, await makeScene(server)))).toEqual(expected);
  });

  it('no further call needs none', () => {
    expect(rows.length - signedIn.length).toBe(18);
  });
});

/** Reads that are written down, and calls that ask by a body. */
const EXCEPTIONS: readonly ApiCall[] = [
  'GET /teams/{teamId}/events/export',
  'POST /teams/{teamId}/simulations',
  'POST /teams/{teamId}/sso-reservations',
  'POST /teams/{teamId}/sso-checks',
];

describe('from home, by who may', () => {
  it.each(signedIn)('%s is answered', async (...row) => {
    const own = await makeScene(server);
    const before = await readState(server);
    const answer = await callRow(row, { token: own.caller.token }, own);
    expect(answer.status).toBeGreaterThanOrEqual(200);
    expect(answer.status).toBeLessThan(300);
    expect(answer.headers['cache-control']).toBe('no-store');
    const onlyReads = row[0].startsWith('GET ') !== EXCEPTIONS.includes(row[0]);
    if (onlyReads) expect(await readState(server)).toEqual(before);
    else expect(await readState(server)).not.toEqual(before);
  });
});

describe('from an unverified network', () => {
  it.each(gated)('%s is 403 ip_verification_required', async (...row) => {
    const { token, id } = scene.caller;
    await server.beginMinute();
    const answer = await refusedAt(row, { token, from: THIEF });
    expectChallenged(answer, row[1]);
    expect(
      await server.count('challenges WHERE id = $1 AND user_id = $2 AND network = $3', [
        answer.body.challenge.id,
        id,
        `${THIEF}/32`,
      ]),
    ).toBe(1);
    expect(
      await server.count(
        `audit_events WHERE request_id = $1 AND type = 'gate.refused' AND actor_id = $2 AND address = $3`,
        [answer.body.requestId, id, THIEF],
      ),
    ).toBe(1);
    expect((await server.get('/me', { token })).status).toBe(200);
  });

  it.each(gated)('%s is so with a cookie, and the cookie stays', async (...row) => {
    const answer = await refusedAt(row, { cookie: scene.caller.token, from: THIEF });
    expectChallenged(answer, row[1]);
  });

  it.each(gated)('IP-28 %s is so where the header’s leftmost is home', async (...row) => {
    const answer = await refusedAt(row, {
      token: scene.caller.token,
      headers: {
        'x-forwarded-for': `${HOME}, ${THIEF}`,
        'x-real-ip': HOME,
        forwarded: `for=${HOME}`,
      },
    });
    expectChallenged(answer, row[1]);
  });

  it('reading is let through, and each call recorded as would-be-blocked', async () => {
    const seen = await Promise.all(
      monitored.map(async (row) => {
        const own = await makeScene(server);
        const { token, id } = own.caller;
        return { call: row[0], id, ...(await callRow(row, { token, from: THIEF }, own)) };
      }),
    );
    expect(seen.filter(({ status }) => status >= 300)).toEqual([]);
    await vi.waitFor(
      async () => {
        const recorded = await server.db.query(
          `SELECT user_id AS id FROM sightings
           WHERE network = '${THIEF}/32' AND NOT verified AND would_block = '{"api.read": 1}'`,
        );
        const ids = recorded.rows.map((row) => row.id);
        expect(seen.filter(({ id }) => !ids.includes(id)).map(({ call }) => call)).toEqual([]);
      },
      { timeout: 10_000, interval: 100 },
    );
  });

  it.each(signedIn.filter(([, { gate }]) => gate === 'never'))(
    '%s is let through: by it one gets through the gate',
    async (...row) => {
      const own = await makeScene(server);
      const answer = await callRow(row, { token: own.caller.token, from: THIEF }, own);
      expect(answer.status).toBeLessThan(300);
    },
  );
});

function expectChallenged(answer: Answer, row: Refusals): void {
  expect(codeOf(answer)).toEqual([403, 'ip_verification_required']);
  expect(answer.headers['www-authenticate']).toMatch(
    /^Bearer error="insufficient_user_authentication", error_description="[^"]+", max_age=0$/,
  );
  const { id } = answer.body.challenge;
  expect(answer.body).toMatchObject({
    action: row.gate,
    client: { address: THIEF, network: `${THIEF}/32` },
    challenge: { id: expect.stringMatching(/^[\w-]{43}$/), url: `${server.origin}/verify/${id}` },
    methods: ['password'],
  });
  const minutes = (Date.parse(answer.body.challenge.expiresAt) - Date.now()) / 60_000;
  // Asking again returned the one that was pending.
  expect(minutes).toBeGreaterThan(5);
  expect(minutes).toBeLessThan(10.1);
}

describe('from an address that can’t be established', () => {
  it.each(gated)('%s is 403 client_address_unknown', async (...row) => {
    // The trusted proxy itself, without its header.
    const answer = await refusedAt(row, { token: scene.caller.token, from: '127.0.0.1' });
    expect(codeOf(answer)).toEqual([403, 'client_address_unknown']);
    expect(answer.body).toMatchObject({ action: row[1].gate, reason: 'no_header' });
    expect(answer.body.challenge).toBeUndefined();
  });

  it.each(gated)('%s is so where an unlisted neighbour forwards', async (...row) => {
    const answer = await refusedAt(row, {
      token: scene.caller.token,
      from: '127.0.0.66',
      headers: { 'x-forwarded-for': HOME },
    });
    expect(codeOf(answer)).toEqual([403, 'client_address_unknown']);
  });

  it.each(monitored)('%s is answered', async (...row) => {
    const own = await makeScene(server);
    const answer = await callRow(row, { token: own.caller.token, from: '127.0.0.1' }, own);
    expect(answer.status).toBeLessThan(300);
  });
});

describe('who has no part in it', () => {
  it.each(signedIn.filter(([, row]) => row.isHiddenFromOthers))(
    'ADM-6 OPT-4 %s is 404 for an owner of another team',
    async (...row) => {
      const outsider = await server.addUser({ teamId: await server.addTeam(), role: 'owner' });
      const answer = await refusedAt(row, { token: outsider.token });
      expect(codeOf(answer)).toEqual([404, 'not_found']);
    },
  );

  const byRole = signedIn.flatMap(([call, row]) =>
    row.forbiddenTo === null ? [] : ([[call, row.forbiddenTo, row]] as [ApiCall, Role, Refusals][]),
  );
  it.each(byRole)('%s is 403 for the role %s', async (call, role, row) => {
    const { token } = await server.addUser({ teamId: scene.teamId, role });
    const answer = await refusedAt([call, row], { token });
    expect(codeOf(answer)).toEqual([403, 'forbidden']);
  });
});

describe('without a fresh authentication', () => {
  let user: TestUser;
  beforeAll(async () => {
    user = await server.addUser({ teamId: scene.teamId, role: 'owner' });
  });
  const make = (set: string) =>
    server.db.query(`UPDATE sessions SET ${set} WHERE id = $1`, [user.sessionId]);

  it.each(fresh)('OPT-3 %s is refused 16 minutes after it', async (...row) => {
    await make(`authenticated_at = gatehouse_now() - interval '16 minutes'`);
    const answer = await refusedAt(row, { token: user.token });
    expect(codeOf(answer)).toEqual([403, 'reauthentication_required']);
    expect(answer.body.methods).toEqual(['password']);
    expect(answer.headers['www-authenticate']).toMatch(
      /^Bearer error="insufficient_user_authentication", .*max_age=900$/,
    );
  });

  it.each(fresh)('%s is refused where it was made on another network', async (...row) => {
    await make(`authenticated_at = gatehouse_now(), authenticated_network = '${CAFE}/32'`);
    const answer = await refusedAt(row, { token: user.token });
    expect(codeOf(answer)).toEqual([403, 'reauthentication_required']);
  });
});

describe('a body with a field that nobody knows', () => {
  const extended = ([call, row]: Row): Row => [
    call,
    { ...row, body: { ...(row.body as object), ipVerificationEnabled: false } },
  ];

  it.each(withBody)('OPT-5 %s is 400', async (...row) => {
    const { token } = scene.caller;
    const call = row[1].session === 'required' ? { token } : {};
    const answer = await refusedAt(extended(row), call);
    expect(codeOf(answer)).toEqual([400, 'invalid_request']);
    expect(JSON.stringify(answer.body.errors)).toContain('ipVerificationEnabled');
  });

  it.each(withBody.filter((row) => gated.includes(row)))(
    '%s tells an unverified caller nothing of it',
    async (...row) => {
      // A session is refused so often in a minute, and then sent away.
      const { token } = await server.addSession(scene.caller.id);
      const answer = await refusedAt(extended(row), { token, from: THIEF });
      expectChallenged(answer, row[1]);
      expect(answer.body.errors).toBeUndefined();
    },
  );
});

it.each(rows.filter(([, { session }]) => session === 'optional'))(
  '%s is refused from another site',
  async (...row) => {
    const from = (origin: string) => refusedAt(row, { headers: { origin } });
    expect(codeOf(await from('https://evil.test'))).toEqual([403, 'cross_site_request']);
    expect(codeOf(await from('null'))).toEqual([403, 'cross_site_request']);
  },
);

describe('further codes', () => {
  const setUpAgain = () => ({
    ...(REFUSALS['POST /setup']?.body as object),
    setupToken: 'the-set-up-token-of-the-tests',
  });
  const logIn = { email: 'nobody@example.com', password: 'not a password' };
  it.each<[string, number, string, Call]>([
    ['/setup', 409, 'already_set_up', { body: setUpAgain() }],
    ['/sessions', 415, 'unsupported_media_type', { raw: JSON.stringify(logIn) }],
    ['/sessions', 421, 'misdirected_request', { body: logIn, headers: { host: 'evil.test' } }],
  ])('%s answers %i %s', async (where, status, code, call) => {
    expect(codeOf(await server.post(where, call))).toEqual([status, code]);
  });
});

it('every code is met by a test', () => {
  const tests = [import.meta.dirname, path.join(import.meta.dirname, '../../lib/http')].flatMap(
    (folder) =>
      readdirSync(folder)
        .filter((file) => file.endsWith('.test.ts'))
        .map((file) => readFileSync(path.join(folder, file), 'utf8')),
  );
  expect(tests.length).toBeGreaterThan(5);
  // A fault of the server that nobody knows can’t be asked for.
  const codes = Object.keys(ERROR_CODES).filter((code) => code !== 'internal_error');
  expect(
    codes.filter((code) => !tests.some((text) => new RegExp(`['"]${code}['"]`).test(text))),
  ).toEqual([]);
});
