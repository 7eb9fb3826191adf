import { describe, expect, it } from 'vitest';
import { CAFE, HOME, network, THIEF } from '../support/harness';
import { OidcProtocol, SamlProtocol } from '../support/sso-protocols';
import type { SsoBrowser } from '../support/sso-scene';

/** What single sign-on must do whatever the provider speaks. */

describe.each([
  ['OpenID Connect', OidcProtocol],
  ['SAML', SamlProtocol],
])('%s', (_name, Protocol) => {
  const sso: OidcProtocol | SamlProtocol = new Protocol();
  const { browserAt, count, makeKnown, makeLinked, makeTeam, me, networksOf, sessionsOf } = sso;

  describe('a log-in', () => {
    it('makes an account where the provider allows it, with its role and no password, and none where it does not', async () => {
      const { team, provider } = await makeTeam();
      const { email } = sso.stranger(team, { name: 'Nadia\nNew' });
      expect((await browserAt().logIn(provider.id, email)).error).toBe('no_account');
      await team.call('PATCH', `/sso-connections/${provider.id}`, { justInTimeRole: 'admin' });
      const done = await browserAt().logIn(provider.id, email);
      const { user, teams } = await me(done.token);
      expect(user).toMatchObject({ email, name: 'Nadia New' });
      expect(teams).toMatchObject([{ id: team.id, role: 'admin' }]);
      expect(await count('users WHERE id = $1 AND password_hash IS NULL', [user.id])).toBe(1);
      const call = { token: done.token ?? '', from: THIEF };
      const refused = await sso.server.addFriend('friend@example.com', call);
      expect(refused.body.methods).toEqual(['sso']);
    });

    it('of a provider whose domain is unproven takes over nobody', async () => {
      const victim = await makeTeam();
      const rogue = await sso.connect(await sso.scene.addTeam(), { justInTimeRole: 'member' });
      const done = await browserAt(THIEF).logIn(rogue.id, victim.member.email);
      expect(done).toMatchObject({ token: null, error: 'domain_not_proven' });
      expect(await sessionsOf(victim.member.id)).toBe(1);
    });

    it('finds the account by its subject, also after the email changed at the provider', async () => {
      const { provider, member } = await makeKnown();
      const email = 'married-name@elsewhere.example';
      Object.assign(sso.accountFor(member), { email, emailVerified: false });
      const done = await browserAt(CAFE).logIn(provider.id, email);
      expect((await me(done.token)).user).toMatchObject({ id: member.id, email: member.email });
    });

    it.each([
      ['before the provider’s answer', 'answer'],
      ['after it', 'completion'],
    ])('P1: whose network changes %s records the network of its last step', async (_what, when) => {
      const { provider, member } = await makeLinked();
      const browser = browserAt(HOME);
      const url = await browser.begin(provider.id);
      if (when === 'answer') browser.from = CAFE;
      const { page } = await browser.authenticate(url, member.email);
      browser.from = CAFE;
      expect((await browser.completeLogIn(page.url)).token).toMatch(/^gate_/);
      // Once, from whichever network.
      browser.from = HOME;
      expect((await browser.completeLogIn(page.url)).token).toBeNull();
      expect(await networksOf(member.id)).toEqual([{ network: network(CAFE), method: 'sso' }]);
      expect(await sessionsOf(member.id)).toBe(2);
    });

    it('VER-22 from an address that can’t be established it works and records nothing', async () => {
      const { provider, member } = await makeLinked();
      const done = await browserAt('127.0.0.1').logIn(provider.id, member.email);
      expect((await me(done.token)).user.id).toBe(member.id);
      expect(await networksOf(member.id)).toEqual([]);
    });
  });

  describe('re-authentication', () => {
    const verify = (browser: SsoBrowser, providerId: string, challengeId?: string) =>
      browser.begin(providerId, { purpose: 'verify', ...(challengeId && { challengeId }) });
    const addFriend = (browser: SsoBrowser) =>
      browser.call('POST', '/api/v1/friends', { json: { email: 'friend@example.com' } });
    const challengeOf = async (token: string, from = CAFE): Promise<string> =>
      (await sso.server.addFriend('friend@example.com', { token, from })).body.challenge.id;
    const challengeStatus = async (id: string) =>
      (await sso.server.get(`/challenges/${id}`)).body.status;

    it('makes the provider ask again, replaces the token, and lets the member through', async () => {
      const { provider, member, browser, token } = await makeKnown();
      expect(sso.wasToldToAskAgain()).toBe(false);
      browser.from = CAFE;
      const refused = await addFriend(browser);
      const [code, methods] = ['ip_verification_required', ['password', 'sso']];
      expect(refused.body).toMatchObject({ code, methods });
      const challengeId = refused.body.challenge.id;
      const url = await verify(browser, provider.id, challengeId);
      const { page, wasAsked } = await browser.authenticate(url, member.email);
      expect(wasAsked).toBe(true);
      expect(sso.wasToldToAskAgain()).toBe(true);
      const done = await browser.complete(page.url);
      expect(done.body).toMatchObject({
        purpose: 'verify',
        verifiedIp: { network: `${CAFE}/32`, method: 'sso' },
        action: 'friend.add',
      });
      expect(done.text).not.toContain('gate_');
      expect(browser.sessionToken).not.toBe(token);
      expect((await sso.server.get('/me', { token, from: THIEF })).status).toBe(401);
      expect(await challengeStatus(challengeId)).toBe('verified');
      expect((await addFriend(browser)).status).toBe(202);
      // Once.
      expect((await browser.complete(page.url)).body.reason).toBe('other_browser');
    });

    it('passes a program’s challenge in a browser where nobody is signed in, and signs nobody in', async () => {
      const { provider, member, token } = await makeKnown();
      const id = await challengeOf(token);
      const system = browserAt(CAFE);
      const url = await verify(system, provider.id, id);
      const { page } = await system.authenticate(url, member.email);
      expect((await system.complete(page.url)).status).toBe(200);
      expect(system.sessionToken).toBeUndefined();
      expect(await challengeStatus(id)).toBe('verified');
      expect((await sso.server.get('/me', { token, from: CAFE })).status).toBe(200);
    });

    it('in a browser at another address passes nothing for the challenge’s own', async () => {
      const { provider, member, token } = await makeKnown();
      const id = await challengeOf(token, THIEF);
      const owner = browserAt(CAFE);
      const { page } = await owner.authenticate(await verify(owner, provider.id, id), member.email);
      expect((await owner.complete(page.url)).status).toBe(200);
      expect(await challengeStatus(id)).toBe('pending');
      const thiefs = { network: `${THIEF}/32`, method: 'sso' };
      expect(await networksOf(member.id)).not.toContainEqual(thiefs);
    });

    it.each([true, false])(
      'VER-13 somebody else’s log-in verifies nothing (signed in: %s)',
      async (isSignedIn) => {
        // By back channel the provider would end alice’s session when bob takes her place there.
        const made = await makeKnown({}, { hasBackChannel: false });
        const { team, provider, token } = made;
        const bob = await sso.addKnown(team, provider);
        const before = await count('verified_ips');
        const id = await challengeOf(token);
        const browser = isSignedIn ? made.browser : browserAt();
        browser.from = CAFE;
        const url = await verify(browser, provider.id, id);
        const { page } = await browser.authenticate(url, bob.email);
        const done = await browser.complete(page.url);
        const refusal = { status: 403, code: 'sso_refused', reason: 'other_account' };
        expect(done.body).toMatchObject(refusal);
        expect(await count('verified_ips')).toBe(before);
        expect((await sso.server.get('/me', { token })).status).toBe(200);
        const isIt = `type = 'sso.refused' AND reason = 'other_account' AND team_id = $1`;
        expect(await count(`audit_events WHERE ${isIt}`, [team.id])).toBe(1);
      },
    );

    it('VER-11 VER-12 answered by the provider from its own session is refused', async () => {
      const { provider, member, browser } = await makeKnown();
      const before = await count('verified_ips');
      const url = sso.evadeAskingAgain(await verify(browser, provider.id));
      // The provider's session is older than the skew that is forgiven.
      await sso.server.db.query(
        `UPDATE sso_flows SET created_at = created_at + interval '5 minutes'
         WHERE connection_id = $1 AND purpose = 'verify'`,
        [provider.id],
      );
      const { page, wasAsked } = await browser.authenticate(url, member.email);
      expect(wasAsked).toBe(false);
      const done = await browser.complete(page.url);
      expect(done.body).toMatchObject({ code: 'sso_refused', reason: 'not_fresh' });
      expect(await count('verified_ips')).toBe(before);
    });
  });
});
