import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Answer, CAFE, codeOf, HOME, type TestUser } from '../support/harness';
import { newKeys } from '../support/idp/saml-idp';
import type { Keys } from '../support/idp/saml-messages';
import { postAcs, WrittenIdp } from '../support/idp/written-idp';
import { meanwhile, waiting } from '../support/meanwhile';
import { SsoScene } from '../support/sso-scene';

// The attack: a provider is taken over, and its owner removes it or puts another in its place, while an
// answer of the old one is on its way through the server. Whatever that answer begins must either be seen
// by the change, and end with the rest, or not begin.

let scene: SsoScene;
let next: Keys;

beforeAll(async () => {
  [scene, next] = await Promise.all([SsoScene.begin(), newKeys('The next provider')]);
});
afterAll(() => scene.stop());

const statusOf = async (token: string) => (await scene.server.get('/me', { token })).status;
const trusted = (userId: string) =>
  scene.server.count('verified_ips WHERE user_id = $1 AND revoked_at IS NULL', [userId]);

type Change = (idp: WrittenIdp) => Promise<Answer>;
const path = ({ provider }: WrittenIdp) => `/sso-connections/${provider.id}`;
const remove: Change = (idp) => idp.team.call('DELETE', path(idp));
const change =
  (body: () => object): Change =>
  (idp) =>
    idp.team.call('PATCH', path(idp), body());
const replace = change(() => ({
  certificates: [next.certificate],
  ssoUrl: 'https://next.example.com/sso',
  replacesProvider: true,
}));

/** A browser that has brought the provider's answer, which is good. */
async function answered(
  idp: WrittenIdp,
  assertion: Parameters<WrittenIdp['response']>[1] = {},
  started = idp.begin(),
) {
  const { browser, requestId } = await started;
  const url = await postAcs(browser, idp.provider, await idp.response(requestId, assertion));
  return { browser, url };
}

describe('F4: what a provider’s answer begins while the provider goes', () => {
  it.each<[string, Change]>([
    ['is removed', remove],
    ['is replaced', replace],
  ])('ends with the rest where it was first: it %s', async (_what, go) => {
    const idp = await WrittenIdp.create(scene);
    await scene.server.trust(idp.member.id, HOME);
    const { browser, url } = await answered(idp);
    let gone: Promise<Answer> | undefined;
    // The log-in has passed all checks, and waits to record its network.
    const { token } = await meanwhile(
      scene.server,
      ['SELECT 1 FROM verified_ips WHERE user_id = $1 FOR UPDATE', idp.member.id],
      () => browser.completeLogIn(url),
      async () => {
        gone = go(idp);
        await waiting(scene.server, 2);
      },
    );
    expect((await gone)?.status).toBeLessThan(300);
    if (token === null) throw new Error('the log-in was first, and did not begin');
    expect(await statusOf(token)).toBe(401);
    expect(await trusted(idp.member.id)).toBe(0);
  });

  it.each<[string, Change]>([
    ['is removed', remove],
    ['is replaced', replace],
    ['is switched off', change(() => ({ enabled: false }))],
    ['makes no accounts any more', change(() => ({ justInTimeRole: null }))],
    ['may no longer speak for the domain', (idp) => removeDomain(idp)],
  ])('does not begin where that was first: it %s', async (_what, go) => {
    const idp = await WrittenIdp.create(scene, { justInTimeRole: 'admin' });
    const email = `newcomer@${idp.team.domain}`;
    const attributes = { email: [email] };
    const { browser, url } = await answered(idp, {
      assertion: { subject: 'newcomer', attributes },
    });
    const { token, error } = await meanwhile(
      scene.server,
      ['LOCK TABLE invites IN ACCESS EXCLUSIVE MODE'],
      () => browser.completeLogIn(url),
      async () => expect((await go(idp)).status).toBeLessThan(300),
    );
    expect([token, error]).toEqual([null, 'expired']);
    expect(await scene.server.count('users WHERE email = $1', [email])).toBe(0);
  });

  async function removeDomain(idp: WrittenIdp): Promise<Answer> {
    const { rows } = await scene.server.db.query(
      'SELECT id FROM sso_domains WHERE connection_id = $1',
      [idp.provider.id],
    );
    return idp.team.call('DELETE', `${path(idp)}/domains/${rows[0].id}`);
  }
});

it('F4: a session that was last proven by a provider ends with it, by whatever it began', async () => {
  const idp = await WrittenIdp.create(scene);
  const browser = idp.browser(CAFE);
  browser.sessionToken = idp.member.token;
  const { url } = await answered(idp, {}, idp.begin('verify', browser));
  expect((await browser.complete(url)).status).toBe(200);
  const token = browser.sessionToken ?? '';
  expect(await statusOf(token)).toBe(200);
  expect((await remove(idp)).status).toBe(204);
  expect(await statusOf(token)).toBe(401);
  expect(await trusted(idp.member.id)).toBe(0);
});

it('F4: owners are told how much rested on a provider that is gone, and so is the activity', async () => {
  const idp = await WrittenIdp.create(scene);
  const other = await scene.server.addUser({ teamId: idp.team.id, role: 'owner' });
  await idp.signedIn();
  expect((await remove(idp)).status).toBe(204);
  const told = async () =>
    (await scene.server.mails()).find(({ to }) => to === other.email)?.text ?? '';
  await expect
    .poll(told, { timeout: 10_000 })
    .toContain('1 session that it began ended, and 1 network that it verified is trusted no more');
  expect(
    await scene.server.count(
      `audit_events WHERE team_id = $1 AND type = 'sso.connection_removed'
        AND after->>'endedSessions' = '1' AND after->>'revokedNetworks' = '1'`,
      [idp.team.id],
    ),
  ).toBe(1);
});

describe('F5: a password that is under way when single sign-on becomes required proves nothing', () => {
  const newPassword = 'another pass phrase of hers';
  const PROOFS: [string, (user: TestUser, challengeId: string) => Promise<Answer>][] = [
    ['a log-in', ({ email, password }) => scene.server.logIn({ email, password })],
    ['a re-authentication', ({ token, password }) => scene.server.verify({ token, password })],
    [
      'a challenge passed without a session',
      ({ password }, challengeId) =>
        scene.server.post(`/challenges/${challengeId}/verifications`, { body: { password } }),
    ],
    [
      'a change of the password',
      ({ token, password }) =>
        scene.server.post('/me/password', {
          token,
          body: { currentPassword: password, newPassword },
        }),
    ],
  ];

  it.each(PROOFS)('%s', async (_what, prove) => {
    const idp = await WrittenIdp.create(scene);
    const user = await idp.team.addMember('tom', { at: HOME });
    await scene.server.trust(user.id, CAFE);
    const refused = await scene.server.addFriend('friend@example.com', {
      token: user.token,
      from: '198.51.100.9',
    });
    const before = await stateOf(user);
    const answer = await meanwhile(
      scene.server,
      ['SELECT 1 FROM users WHERE id = $1 FOR UPDATE', user.id],
      () => prove(user, refused.body.challenge.id),
      (client) =>
        client.query('UPDATE sso_domains SET is_required = true WHERE connection_id = $1', [
          idp.provider.id,
        ]),
    );
    expect(codeOf(answer)).toEqual([403, 'sso_required']);
    expect(await stateOf(user)).toEqual(before);
  });

  const stateOf = async ({ id }: TestUser) =>
    (
      await scene.server.rows(
        `SELECT password_hash, (SELECT json_agg(v ORDER BY v.id) FROM verified_ips v WHERE v.user_id = u.id) AS networks,
           (SELECT json_agg(s.token_hash ORDER BY s.id) FROM sessions s WHERE s.user_id = u.id AND ended_at IS NULL) AS sessions
         FROM users u WHERE id = $1`,
        [id],
      )
    )[0];
});
