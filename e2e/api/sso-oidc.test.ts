import { describe, expect, it } from 'vitest';
import { HOME, PASSWORD, type TestUser } from '../support/harness';
import { OidcProtocol } from '../support/sso-protocols';
import {
  accountOf,
  type Provider,
  reasonOf,
  SsoBrowser,
  SsoScene,
  type SsoTeam,
  ticketOf,
} from '../support/sso-scene';

/** Log-in and re-authentication through a certified OpenID provider. */

const sso = new OidcProtocol();
const { accountFor, browserAt, count, networksOf, sessionsOf, stranger } = sso;
const { makeKnown, makeLinked, makeTeam, me } = sso;

describe('the first log-in', () => {
  it('F23: joining by it is written down with network, address, request and who', async () => {
    const { team, provider } = await makeTeam({ justInTimeRole: 'member' });
    const account = stranger(team, { name: 'Nadia New' });
    await browserAt().logIn(provider.id, account.email);
    const { data } = (await team.call('GET', '/events?type=member.joined')).body;
    expect(data).toMatchObject([
      {
        actorKind: 'user',
        actorLabel: `Nadia New <${account.email}>`,
        network: `${HOME}/32`,
        address: HOME,
        requestId: expect.stringMatching(/./),
      },
    ]);
  });

  it('makes one account for many first log-ins at once', async () => {
    const { team, provider } = await makeTeam({ justInTimeRole: 'member' });
    const account = stranger(team);
    const browsers = await Promise.all(
      Array.from({ length: 5 }, async () => {
        const browser = browserAt();
        const url = await browser.begin(provider.id);
        return { browser, page: (await browser.authenticate(url, account.email)).page };
      }),
    );
    const done = await Promise.all(
      browsers.map(({ browser, page }) => browser.completeLogIn(page.url)),
    );
    expect(done.map(({ error }) => error)).toEqual(Array(5).fill(null));
    expect(await count('users WHERE email = $1', [account.email])).toBe(1);
    expect(await count('sso_identities WHERE connection_id = $1', [provider.id])).toBe(1);
  });

  it('takes an invitation, with its role', async () => {
    const { team, provider } = await makeTeam();
    const account = stranger(team);
    await team.call('POST', '/invites', { email: account.email, role: 'member' });
    const done = await browserAt().logIn(provider.id, account.email);
    expect((await me(done.token)).teams).toMatchObject([{ id: team.id, role: 'member' }]);
    expect((await team.call('GET', '/invites')).body.data).toEqual([]);
  });

  type Setting = { team: SsoTeam; provider: Provider; member: TestUser };
  it.each(
    Object.entries<(made: Setting) => Promise<string>>({
      no_account: async ({ team }) => stranger(team).email,
      email_not_verified: async ({ member }) => {
        Object.assign(accountFor(member), { emailVerified: false });
        return member.email;
      },
      domain_not_proven: async ({ team }) =>
        stranger(team, { email: `a@other-${team.domain}` }).email,
      no_email: async ({ team }) => stranger(team, { email: 'not an address' }).email,
      account_elsewhere: async ({ team }) => {
        const account = stranger(team);
        const user = await sso.server.addUser();
        await sso.server.db.query('UPDATE users SET email = $2 WHERE id = $1', [
          user.id,
          account.email,
        ]);
        return account.email;
      },
      account_disabled: async ({ member }) => {
        await sso.server.db.query('UPDATE users SET disabled_at = gatehouse_now() WHERE id = $1', [
          member.id,
        ]);
        return member.email;
      },
    }),
  )('refused as %s: nothing is made, and the admins can read why', async (reason, prepare) => {
    const made = await makeTeam();
    const email = await prepare(made);
    const before = [await count('users'), await count('sessions'), await count('sso_identities')];
    const done = await browserAt().logIn(made.provider.id, email);
    expect(done).toMatchObject({ token: null, error: reason });
    expect([await count('users'), await count('sessions'), await count('sso_identities')]).toEqual(
      before,
    );
    expect(
      await count(`audit_events WHERE type = 'sso.refused' AND team_id = $1 AND reason = $2`, [
        made.team.id,
        reason,
      ]),
    ).toBe(1);
  });

  it.each([
    ['upper case', (email: string) => email.toUpperCase(), null],
    ['a Cyrillic letter', (email: string) => email.replace('e', 'е'), 'no_email'],
    ['a dotless i', (email: string) => `ı${email}`, 'no_email'],
    ['a full-width sign', (email: string) => email.replace('@', '＠'), 'no_email'],
    ['F2: a ligature', (email: string) => email.replace('member', 'oﬃce'), 'no_email'],
    ['a further recipient', (email: string) => `x@evil.example, ${email}`, 'no_email'],
  ])('an email with %s is taken as it stands, or not at all', async (_what, spell, error) => {
    const { provider, member } = await makeTeam();
    const account = accountFor(member);
    account.email = spell(member.email);
    const done = await browserAt().arrive(provider.id, account.email);
    expect(done).toMatchObject({ token: null, error: error ?? 'proof_needed' });
  });
});

describe('a later log-in', () => {
  it('OIDC-20 with another subject and the same email is that of nobody, until the account is proven', async () => {
    const { provider, member } = await makeKnown();
    accountFor(member).id = 'a re-made account';
    const browser = browserAt();
    expect(await browser.arrive(provider.id, member.email)).toMatchObject({
      token: null,
      error: 'proof_needed',
    });
    expect((await browser.join({ password: PASSWORD })).body.user.id).toBe(member.id);
    expect(await count('sso_identities WHERE user_id = $1', [member.id])).toBe(2);
  });

  it.each([
    ['account_disabled', 'UPDATE users SET disabled_at = gatehouse_now() WHERE id = $1'],
    ['not_in_team', 'DELETE FROM memberships WHERE user_id = $1'],
  ])('is refused as %s', async (reason, sql) => {
    const { provider, member } = await makeKnown();
    await sso.server.db.query(sql, [member.id]);
    const done = await browserAt().logIn(provider.id, member.email);
    expect(done).toMatchObject({ token: null, error: reason });
  });

  it('SES-7 replaces the session that the browser has', async () => {
    const { provider, member, browser, token } = await makeKnown();
    const before = await sessionsOf(member.id);
    const again = await browser.logIn(provider.id, member.email);
    expect(again.token).not.toBe(token);
    expect((await sso.server.get('/me', { token })).status).toBe(401);
    expect(await sessionsOf(member.id)).toBe(before);
  });

  it('follows the provider’s new keys', async () => {
    const { provider, member } = await makeKnown();
    await sso.idp.rotateKeys();
    expect((await browserAt().logIn(provider.id, member.email)).error).toBeNull();
  });

  it('of a disabled provider is refused', async () => {
    const { team, provider } = await makeKnown();
    await team.call('PATCH', `/sso-connections/${provider.id}`, { enabled: false });
    expect((await browserAt().startFlow(provider.id)).status).toBe(404);
  });

  it('that the person cancels at the provider is told as that', async () => {
    const { provider, member } = await makeTeam();
    const browser = browserAt();
    const page = await browser.visit(await browser.begin(provider.id));
    const { url } = await browser.submit(page, { cancel: 'yes' });
    expect(reasonOf(url)).toBe('cancelled');
    expect(await sessionsOf(member.id)).toBe(1);
  });
});

describe('one network, one browser, once', () => {
  it('VER-8 OIDC-2 an address at the provider that a thief sends to his victim logs in neither', async () => {
    const { provider, member } = await makeLinked();
    const [thief, victim] = [browserAt(HOME), browserAt(HOME)];
    const { page } = await victim.authenticate(await thief.begin(provider.id), member.email);
    expect(reasonOf(page.url)).toBe('other_browser');
    expect(await networksOf(member.id)).toEqual([]);
  });

  it('an answer brought by one browser is nothing to another that has the cookie, nor the reverse', async () => {
    const { provider, member } = await makeLinked();
    const [one, other] = [browserAt(), browserAt()];
    const { page } = await one.authenticate(await one.begin(provider.id), member.email);
    await other.begin(provider.id);
    expect((await other.completeLogIn(page.url)).error).toBe('other_browser');
    const cookieless = browserAt();
    expect((await cookieless.completeLogIn(page.url)).error).toBe('other_browser');
    // Login CSRF: the thief's answer is of no use in the victim's browser, and still good in his own.
    expect((await one.completeLogIn(page.url)).error).toBeNull();
  });

  it('a planted cookie of the flow, twice, is none', async () => {
    const { provider, member } = await makeLinked();
    const browser = browserAt();
    const { page } = await browser.authenticate(await browser.begin(provider.id), member.email);
    const answer = await browser.call('POST', '/api/v1/sso-flows/complete', {
      json: { ticket: ticketOf(page.url) },
      headers: {
        cookie: `${sso.server.cookieName('sso')}=planted; ${sso.server.cookieName('sso')}=${browser.cookie(sso.server.cookieName('sso'))}`,
      },
    });
    expect(answer.body).toMatchObject({ code: 'sso_refused', reason: 'other_browser' });
  });

  it('OIDC-3 OIDC-5 one answer, also sent 20 times at once, is one session at most', async () => {
    const { provider, member } = await makeLinked();
    const browser = browserAt();
    const first = await browser.visit(await browser.begin(provider.id));
    const { action, callback } = await captureCallback(browser, first.url, member.email, first);
    expect(action).toContain(provider.id);
    const pages = await Promise.all(
      Array.from({ length: 20 }, () =>
        browser.load(callback).then((page) => page.headers.get('location') ?? ''),
      ),
    );
    // This provider revokes what it gave for a code that comes again, so there may be none.
    const completed = pages.filter((location) => location.includes('/sso/complete'));
    expect(completed.length).toBeLessThanOrEqual(1);
    expect(await sessionsOf(member.id)).toBe(1);
  });

  it('OIDC-3 a ticket, also sent 20 times at once, is one session', async () => {
    const { provider, member } = await makeLinked();
    const browser = browserAt();
    const first = await browser.visit(await browser.begin(provider.id));
    const { callback } = await captureCallback(browser, first.url, member.email, first);
    const { url } = await browser.visit(callback);
    const done = await Promise.all(
      Array.from({ length: 20 }, () => browser.postAuth('callback/sso', { ticket: ticketOf(url) })),
    );
    expect(done.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(await sessionsOf(member.id)).toBe(2);
    expect(reasonOf((await browser.visit(callback)).url)).toBe('expired');
  });

  it('OIDC-4 an answer for one provider is nothing at another’s call-back', async () => {
    const { team, provider, member } = await makeLinked();
    const other = await team.connect(sso.idp);
    const browser = browserAt();
    const first = await browser.visit(await browser.begin(provider.id));
    const { callback } = await captureCallback(browser, first.url, member.email, first);
    const mixedUp = callback.replace(provider.id, other.id);
    expect(reasonOf((await browser.visit(mixedUp)).url)).toBe('expired');
    // With a flow of the other under way too: state, nonce and verifier are those of their provider.
    await browser.startFlow(other.id);
    expect(reasonOf((await browser.visit(mixedUp)).url)).toBe('invalid_response');
    expect(await sessionsOf(member.id)).toBe(1);
  });

  it('OIDC-27 an answer that alice’s browser is made to open links nothing to her', async () => {
    const { provider, browser: alice, token, member } = await makeKnown();
    const thief = await makeTeam();
    const his = browserAt();
    const first = await his.visit(await his.begin(provider.id));
    sso.idp.accounts.push(accountOf({ email: `thief@${thief.team.domain}` }));
    const { callback } = await captureCallback(his, first.url, `thief@${thief.team.domain}`, first);
    const { url } = await alice.visit(callback);
    expect(new URL(url).pathname).toBe('/sso/failed');
    expect(alice.sessionToken).toBe(token);
    expect(await count('sso_identities WHERE user_id = $1', [member.id])).toBe(1);
  });

  it('OIDC-24 a silent round trip alone makes no session and records nothing', async () => {
    const { provider, member, browser } = await makeKnown();
    const before = [await sessionsOf(member.id), await networksOf(member.id)];
    const { page, wasAsked } = await browser.authenticate(
      await browser.begin(provider.id),
      member.email,
    );
    expect(wasAsked).toBe(false);
    expect(new URL(page.url).pathname).toBe('/sso/complete');
    expect([await sessionsOf(member.id), await networksOf(member.id)]).toEqual(before);
    // Nor can another site begin one, or end it.
    for (const [path, json] of [
      ['/api/v1/sso-flows', { purpose: 'log_in', connectionId: provider.id }],
      ['/api/v1/sso-flows/complete', { ticket: ticketOf(page.url) }],
    ] as const) {
      const answer = await browser.call('POST', path, {
        json,
        headers: { origin: 'https://evil.test' },
      });
      expect(answer.body.code).toBe('cross_site_request');
    }
  });
});

/** Logs in at the provider and stops where the browser would come back. */
async function captureCallback(
  browser: SsoBrowser,
  url: string,
  email: string,
  page: Awaited<ReturnType<SsoBrowser['visit']>>,
): Promise<{ action: string; callback: string }> {
  let next = await browser.load(
    `${new URL(url).origin}${/action="([^"]+)"/.exec(page.text)?.[1]}`,
    { email, password: 'the password at the provider' },
    new URL(url).origin,
  );
  for (let i = 0; i < 10; i++) {
    const location = next.headers.get('location');
    if (location === null) throw new Error(`no redirect: ${next.text}`);
    const target = new URL(location, next.url).href;
    if (target.startsWith(sso.server.origin)) return { action: target, callback: target };
    next = await browser.load(target);
  }
  throw new Error('never came back');
}

describe('re-authentication', () => {
  const verify = (browser: SsoBrowser, providerId: string, challengeId?: string) =>
    browser.begin(providerId, { purpose: 'verify', ...(challengeId && { challengeId }) });

  it('cannot be begun for another’s provider, by nobody, or from an unknown address', async () => {
    const { provider } = await makeKnown();
    const { browser: other } = await makeKnown();
    expect((await other.startFlow(provider.id, { purpose: 'verify' })).status).toBe(404);
    expect((await browserAt().startFlow(provider.id, { purpose: 'verify' })).status).toBe(401);
    other.from = '127.0.0.1';
    const answer = await other.startFlow(provider.id, { purpose: 'verify' });
    expect(answer.body.code).toBe('client_address_unknown');
    const challenge = await browserAt().startFlow(provider.id, {
      purpose: 'verify',
      challengeId: 'no such challenge',
    });
    expect(challenge.status).toBe(404);
  });

  it('ends with the session that it was begun for', async () => {
    const { provider, member, browser, token } = await makeKnown();
    const { page } = await browser.authenticate(await verify(browser, provider.id), member.email);
    await sso.server.delete('/sessions/current', { token });
    expect((await browser.complete(page.url)).status).toBe(401);
  });
});

describe('a test of a provider', () => {
  it.each([
    ['known', true, 'known'],
    ['new', false, 'no_account'],
  ])(
    'shows what would happen to somebody who is %s, and stores nothing',
    async (_who, isKnown, outcome) => {
      const { team, provider, member } = await makeKnown();
      const account = isKnown ? accountFor(member) : stranger(team);
      const owner = browserAt();
      owner.sessionToken = team.owner.token;
      const tables = ['users', 'sessions', 'sso_identities', 'verified_ips', 'audit_events'];
      const before = await Promise.all(tables.map((table) => count(table)));
      const url = await owner.begin(provider.id, { purpose: 'test' });
      const { page } = await owner.authenticate(url, account.email);
      const done = await owner.complete(page.url);
      expect(done.body).toMatchObject({
        purpose: 'test',
        test: {
          subject: account.id,
          email: account.email,
          outcome,
          isFresh: true,
          claims: { email_verified: true, name: account.name },
        },
      });
      expect(await Promise.all(tables.map((table) => count(table)))).toEqual(before);
      expect((await owner.completeLogIn(page.url)).token).toBeNull();
    },
  );

  it('is for owners, works for a disabled provider, and is shown to whoever began it', async () => {
    const { team, provider, member, browser } = await makeKnown();
    expect((await browser.startFlow(provider.id, { purpose: 'test' })).status).toBe(404);
    expect((await browserAt().startFlow(provider.id, { purpose: 'test' })).status).toBe(401);
    await team.call('PATCH', `/sso-connections/${provider.id}`, { enabled: false });
    const owner = browserAt();
    owner.sessionToken = team.owner.token;
    const { page } = await owner.authenticate(
      await owner.begin(provider.id, { purpose: 'test' }),
      member.email,
    );
    owner.sessionToken = null;
    expect((await owner.complete(page.url)).status).toBe(401);
  });
});

describe('where a log-in leads', () => {
  it.each([
    ['LOG-30', 'https://evil.test'],
    ['LOG-31', '//evil.test'],
    ['LOG-32', '/\\evil.test'],
    ['LOG-33', '/\t/evil.test'],
    ['LOG-33', '/%09/evil.test'],
    ['LOG-34', '///evil.test'],
    ['LOG-34', 'https:/\\evil.test'],
    ['LOG-36', 'https://localhost@evil.test'],
    ['LOG-37', 'javascript:alert(1)'],
    ['LOG-37', 'data:text/html,x'],
    ['LOG-38', '/%2f%2fevil.test'],
    ['LOG-39', '%'],
    ['LOG-39', 'http://['],
    ['LOG-40', '/ok\r\nSet-Cookie: a=b'],
    ['LOG-41', 'http://localhost/'],
  ])('%s %j as returnPath or callbackUrl stays on our own origin', async (_row, target) => {
    const { provider, member } = await opened();
    const browser = browserAt();
    await browser.startFlow(provider.id, { returnPath: target });
    const answer = await browser.postAuth(`signin/${provider.id}`, { callbackUrl: target });
    const { page } = await browser.authenticate(answer.body.url, member.email);
    const to = new URL(page.url).searchParams.get('to') ?? '';
    expect(new URL(to, sso.server.origin).origin).toBe(sso.server.origin);
    expect(to.startsWith('/') && !to.startsWith('//')).toBe(true);
    const done = await browser.postAuth('callback/sso', {
      ticket: ticketOf(page.url),
      callbackUrl: target,
    });
    expect(done.status).toBe(200);
    expect(new URL(done.body.url, sso.server.origin).origin).toBe(sso.server.origin);
  });

  it('a path of ours is kept', async () => {
    const { provider, member } = await opened();
    const browser = browserAt();
    const url = await browser.begin(provider.id, { returnPath: '/computers?page=2#top' });
    const { page } = await browser.authenticate(url, member.email);
    expect(new URL(page.url).searchParams.get('to')).toBe('/computers?page=2#top');
  });

  let one: Awaited<ReturnType<typeof makeTeam>> | null = null;
  const opened = async () => {
    one ??= await makeLinked();
    return one;
  };
});

describe('the provider’s log-out', () => {
  it('ends the sessions of whom it logs out', async () => {
    const { provider, member, browser, token } = await makeKnown();
    const passwordSession = await sso.server.addSession(member.id);
    const other = await makeKnown();
    const page = await browser.visit(`${sso.idp.issuer}/session/end`);
    await browser.submit(page, { logout: 'yes' });
    await expect.poll(async () => (await sso.server.get('/me', { token })).status).toBe(401);
    expect((await sso.server.get('/me', { token: passwordSession.token })).status).toBe(200);
    expect((await sso.server.get('/me', { token: other.token })).status).toBe(200);
    expect(
      await count(
        `audit_events WHERE type = 'session.ended' AND reason = 'sso' AND after->>'connectionId' = $1
           AND actor_kind = 'provider' AND actor_label = $2 AND request_id IS NOT NULL`,
        [provider.id, provider.name],
      ),
    ).toBe(1);
  });
});

describe('a password, where single sign-on is not required', () => {
  it('works beside it, also while the provider is down', async () => {
    const { member } = await makeKnown();
    const answer = await sso.server.logIn({ email: member.email, password: PASSWORD });
    expect(answer.status).toBe(201);
  });

  it('ends by an invitation to a team that requires single sign-on', async () => {
    const { team, provider } = await makeTeam();
    const account = stranger(team);
    const invited = await team.call('POST', '/invites', { email: account.email, role: 'member' });
    const proven = provider.domains[0]?.id;
    const required = await team.call('PATCH', '/sso-requirement', {
      domainIds: [proven],
      breakGlassUserId: team.owner.id,
    });
    expect(required.status).toBe(200);
    const accepted = await sso.server.post('/invites/accept', {
      body: { token: invited.body.token, name: 'Somebody', password: PASSWORD },
    });
    expect(accepted.body).toMatchObject({ status: 403, code: 'sso_required' });
    expect(await count('users WHERE email = $1', [account.email])).toBe(0);
    expect((await browserAt().logIn(provider.id, account.email)).error).toBeNull();
  });
});

it('a flow is begun a limited number of times from one network', async () => {
  const { provider } = await makeTeam();
  const begin = async (from = '198.51.100.7') =>
    (await browserAt(from).startFlow(provider.id)).status;
  for (let i = 0; i < 30; i++) {
    const statuses = await Promise.all(Array.from({ length: 20 }, () => begin()));
    expect(new Set(statuses)).toEqual(new Set([201]));
  }
  expect(await begin()).toBe(429);
  expect(await begin('198.51.100.8')).toBe(201);
});

describe('under https', () => {
  it('SES-13 the flow’s cookie is Secure and __Host-, and a planted one without it is nothing', async () => {
    const secure = await SsoScene.start({ APP_URL: 'https://gatehouse.example' });
    const team = await secure.addTeam();
    const provider = await team.connect(sso.idp);
    const member = await team.addMember('valerie');
    sso.idp.accounts.push(accountOf(member));
    await team.know(provider.id, member.id, accountFor(member).id);
    const browser = new SsoBrowser(secure.server);
    const started = await browser.startFlow(provider.id);
    const [cookie = ''] = started.headers['set-cookie'] ?? [];
    expect(cookie).toMatch(/^__Host-gatehouse\.sso=gateflow_[\w-]{43}; /);
    expect(cookie.split('; ').slice(1)).toEqual(
      expect.arrayContaining(['Path=/', 'HttpOnly', 'SameSite=Lax', 'Secure', 'Max-Age=1800']),
    );
    const url = await browser.oidcUrl(provider.id);
    const { page } = await browser.authenticate(url, member.email);
    const json = { ticket: ticketOf(page.url) };
    const planted = { cookie: `gatehouse.sso=${browser.cookie('__Host-gatehouse.sso')}` };
    const refused = await browser.call('POST', '/api/v1/sso-flows/complete', {
      json,
      headers: planted,
    });
    expect(refused.body.reason).toBe('other_browser');
    expect((await browser.completeLogIn(page.url)).error).toBeNull();
    expect(browser.cookie('__Host-gatehouse.session')).toMatch(/^gate_/);
    await secure.stop();
  });
});

it('ADM-3 the log of all this holds no token, ticket, code or cookie', () => {
  expect(sso.server.findLeakedSecrets()).toEqual([]);
  expect(sso.server.log).not.toMatch(/code_verifier|"id_token|eyJ/);
});
