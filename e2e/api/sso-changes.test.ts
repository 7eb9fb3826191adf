import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { HOME, type TestUser } from '../support/harness';
import { RogueIdp } from '../support/idp/rogue-oidc-idp';
import { newKeys } from '../support/idp/saml-idp';
import type { Keys } from '../support/idp/saml-messages';
import { postAcs, WrittenIdp } from '../support/idp/written-idp';
import { newClient, reasonOf, type SsoBrowser, SsoScene, type SsoTeam } from '../support/sso-scene';

/** F7: whoever changes whom a team believes is seen, and takes no place of another unseen. */

let scene: SsoScene;
let oidc: RogueIdp;
let thief: Keys;

beforeAll(async () => {
  [scene, oidc, thief] = await Promise.all([
    SsoScene.begin(),
    RogueIdp.start(),
    newKeys('The thief’s provider'),
  ]);
});
afterAll(async () => {
  await scene.stop();
  await oidc.stop();
});

const statusOf = async (token: string) => (await scene.server.get('/me', { token })).status;
const trusted = (id: string) =>
  scene.server.count('verified_ips WHERE user_id = $1 AND revoked_at IS NULL', [id]);

async function lastEvent(team: SsoTeam, type: string) {
  const { rows } = await scene.server.db.query(
    `SELECT before, after, reason, actor_id, address, request_id FROM audit_events
     WHERE team_id = $1 AND type = $2 ORDER BY id DESC LIMIT 1`,
    [team.id, type],
  );
  return rows[0];
}

/** The mails that this owner was sent about single sign-on, oldest first. */
const mailsTo = async (owner: TestUser) =>
  (await scene.server.mails()).filter(
    ({ to, subject }) => to === owner.email && subject.startsWith('Single sign-on was changed'),
  );

/** Until they were told, later, that a provider was added and its domain proven. */
const toldOfTheirMaking = (owner: TestUser) =>
  vi.waitFor(async () => expect(await mailsTo(owner)).toHaveLength(2), { timeout: 20_000 });

async function withOtherOwner(): Promise<{ written: WrittenIdp; other: TestUser }> {
  let other: TestUser | undefined;
  const written = await WrittenIdp.create(scene, {}, async ({ id }) => {
    other = await scene.server.addUser({ teamId: id, role: 'owner' });
  });
  if (!other) throw new Error('no team was made');
  await toldOfTheirMaking(other);
  return { written, other };
}

/** What the mail that comes next says. */
async function nextMail(owner: TestUser, change: () => Promise<{ status: number; text: string }>) {
  const before = (await mailsTo(owner)).length;
  const { status, text } = await change();
  if (status >= 300) throw new Error(`${status} ${text}`);
  await expect
    .poll(async () => (await mailsTo(owner)).length, { timeout: 10_000 })
    .toBe(before + 1);
  return (await mailsTo(owner)).at(-1)?.text ?? '';
}

async function fingerprintOf({ certificate }: Keys) {
  const { X509Certificate } = await import('node:crypto');
  return new X509Certificate(certificate).fingerprint256;
}

describe('F7: certificates and sign-on URL that are swapped under the same entity id', () => {
  let written: WrittenIdp;
  let other: TestUser;
  let session: { browser: SsoBrowser; token: string };
  const path = () => `/sso-connections/${written.provider.id}`;
  const swap = () => ({
    certificates: [thief.certificate],
    ssoUrl: 'https://idp.thief.example/sso',
  });

  beforeAll(async () => {
    ({ written, other } = await withOtherOwner());
    session = await written.signedIn();
  });

  it('are another provider: refused, and its word counts for nothing', async () => {
    const answer = await written.team.call('PATCH', path(), swap());
    expect([answer.status, answer.body]).toMatchObject([
      409,
      { code: 'conflict', reason: 'other_provider' },
    ]);
    const [shown] = (await written.team.call('GET', '/sso-connections')).body.data;
    expect(shown.settings.ssoUrl).toBe(written.written.settings.idp.ssoUrl);
    expect(await lastEvent(written.team, 'sso.connection_changed')).toBeUndefined();
    const { browser, requestId } = await written.begin();
    const forged = await written.response(requestId, { signing: { privateKey: thief.privateKey } });
    expect(reasonOf(await postAcs(browser, written.provider, forged))).toBe('invalid_response');
    expect(await statusOf(session.token)).toBe(200);
  });

  it('said to be that: what rested on the one before ends, all is audited, the owners are told', async () => {
    const underWay = await written.begin();
    const url = await postAcs(
      underWay.browser,
      written.provider,
      await written.response(underWay.requestId),
    );
    expect(url).toContain('/sso/complete');
    expect(await trusted(written.member.id)).toBe(1);

    const mail = await nextMail(other, () =>
      written.team.call('PATCH', path(), { ...swap(), replacesProvider: true }),
    );
    const fingerprint = await fingerprintOf(thief);
    const before = await fingerprintOf(written.written.idp);
    expect(mail).toContain(`${written.team.owner.name} changed “Written provider”`);
    expect(mail).toContain(`from ${HOME}.`);
    expect(mail).toContain('https://idp.thief.example/sso');
    expect(mail).toContain(`added ${fingerprint}, removed ${before}`);
    expect(mail).toContain('Another provider');
    expect(mail).toContain(`/teams/${written.team.id}/sso`);
    expect(await mailsTo(written.team.owner)).toEqual([]);

    const event = await lastEvent(written.team, 'sso.connection_changed');
    expect(event).toMatchObject({
      actor_id: written.team.owner.id,
      address: HOME,
      before: { ssoUrl: written.written.settings.idp.ssoUrl, certificates: [before] },
      after: {
        ssoUrl: 'https://idp.thief.example/sso',
        certificates: [fingerprint],
        isOtherProvider: true,
        endedSessions: 1,
        revokedNetworks: 1,
      },
    });
    expect(await statusOf(session.token)).toBe(401);
    expect(await trusted(written.member.id)).toBe(0);
    expect(
      await scene.server.count('sso_identities WHERE connection_id = $1', [written.provider.id]),
    ).toBe(0);
    // The answer of the one before, checked while it was believed, comes too late.
    expect((await underWay.browser.completeLogIn(url)).token).toBeNull();
  });
});

describe('F7: the next certificate beside the present one', () => {
  it('ends nothing; taken away, either of them ends what it may have proven, and its owners are told', async () => {
    const { written, other } = await withOtherOwner();
    const { token } = await written.signedIn();
    const next = await newKeys();
    const { certificates } = written.written.settings.idp;
    const change = (body: unknown) =>
      written.team.call('PATCH', `/sso-connections/${written.provider.id}`, body);
    const mail = await nextMail(other, () =>
      change({ certificates: [...certificates, next.certificate] }),
    );
    expect(mail).toContain(`Certificates: added ${await fingerprintOf(next)}`);
    expect(await statusOf(token)).toBe(200);
    expect(await trusted(written.member.id)).toBe(1);
    const removed = await nextMail(other, () => change({ certificates: [next.certificate] }));
    expect(removed).toContain(`Certificates: removed ${await fingerprintOf(written.written.idp)}`);
    expect(removed).toContain('1 session that it began ended');
    expect(await statusOf(token)).toBe(401);
    expect(await trusted(written.member.id)).toBe(0);
    expect(await lastEvent(written.team, 'sso.connection_changed')).toMatchObject({
      after: { isOtherProvider: false, endedSessions: 1, revokedNetworks: 1 },
    });
    // It is the same provider: its people are known.
    const signing = { privateKey: next.privateKey };
    expect(await written.attempt({ signing })).toContain('/sso/complete');
    expect(reasonOf(await written.attempt())).toBe('invalid_response');
    expect(
      await scene.server.count('sso_identities WHERE connection_id = $1', [written.provider.id]),
    ).toBe(1);
  });

  it('a certificate that is made out anew for the same key is the same provider', async () => {
    const { generate } = await import('selfsigned');
    const written = await WrittenIdp.create(scene);
    const { createPublicKey } = await import('node:crypto');
    const { privateKey } = written.written.idp;
    const publicKey = createPublicKey(privateKey).export({ type: 'spki', format: 'pem' });
    const anew = await generate([{ name: 'commonName', value: 'anew' }], {
      algorithm: 'sha256',
      keyPair: { privateKey, publicKey: String(publicKey) },
    });
    const answer = await written.team.call('PATCH', `/sso-connections/${written.provider.id}`, {
      certificates: [anew.cert],
    });
    expect(answer.status).toBe(200);
    expect(await lastEvent(written.team, 'sso.connection_changed')).toMatchObject({
      after: { isOtherProvider: false },
    });
  });
});

describe('F7: every setting stands in the activity, before and after, and the other owners are told', () => {
  it.each<[string, Record<string, unknown>, string]>([
    ['wantsSignedResponse', { wantsSignedResponse: true }, 'whole response must be signed'],
    ['allowsIdpInitiated', { allowsIdpInitiated: true }, 'may begin at the provider'],
    ['ssoUrl', { ssoUrl: 'https://idp.example.com/other' }, 'https://idp.example.com/other'],
    ['sloUrl', { sloUrl: null }, 'Log-out URL: none'],
    ['justInTimeRole', { justInTimeRole: 'admin' }, 'as admin'],
    ['acceptsStaleLogIn', { acceptsStaleLogIn: true, reason: 'it can’t' }, 'need not ask again'],
    ['enabled', { enabled: false }, 'nobody signs in through it'],
  ])('SAML: %s', async (key, body, told) => {
    const { written, other } = await withOtherOwner();
    const mail = await nextMail(other, () =>
      written.team.call('PATCH', `/sso-connections/${written.provider.id}`, body),
    );
    expect(mail).toContain(told);
    if (body.reason) expect(mail).toContain(`Reason given: ${body.reason}`);
    const { before, after } = await lastEvent(written.team, 'sso.connection_changed');
    expect(before[key]).not.toEqual(after[key]);
    expect(after[key]).toEqual(body[key]);
  });

  it('OpenID Connect: issuer, client id, scopes; of a secret only that it changed', async () => {
    const next = await RogueIdp.start();
    const team = await scene.addTeam();
    const other = await scene.server.addUser({ teamId: team.id, role: 'owner' });
    const provider = await team.connect(oidc);
    await toldOfTheirMaking(other);
    const change = (body: unknown) => team.call('PATCH', `/sso-connections/${provider.id}`, body);
    const secret = 'a new secret of the client';
    const changed = await nextMail(other, () =>
      change({ clientId: 'another', clientSecret: secret, scopes: 'openid email' }),
    );
    expect(changed).toMatch(/Client id: another \(it was [^)]+\)/);
    expect(changed).toContain('The client secret was replaced');
    const event = await lastEvent(team, 'sso.connection_changed');
    expect(event).toMatchObject({
      before: { issuer: oidc.issuer, scopes: 'openid email profile' },
      after: { clientId: 'another', scopes: 'openid email', isSecretChanged: true },
    });
    expect(JSON.stringify(event) + changed).not.toContain(secret);

    const body = { issuer: next.issuer, ...newClient() };
    expect((await change(body)).body).toMatchObject({ reason: 'other_provider' });
    const replaced = await nextMail(other, () => change({ ...body, replacesProvider: true }));
    expect(replaced).toContain(`Issuer: ${next.issuer} (it was ${oidc.issuer})`);
    await next.stop();
  });

  it('a provider that is added or removed, a domain proven or removed, what is required', async () => {
    const team = await scene.addTeam();
    const other = await scene.server.addUser({ teamId: team.id, role: 'owner' });
    let id = '';
    const added = await nextMail(other, async () => {
      const body = { kind: 'oidc', name: 'Example', issuer: oidc.issuer, ...newClient() };
      const answer = await team.call('POST', '/sso-connections', body);
      id = answer.body.id;
      return answer;
    });
    expect(added).toContain(`Issuer: ${oidc.issuer}`);
    expect(await lastEvent(team, 'sso.connection_added')).toMatchObject({
      after: { issuer: oidc.issuer, scopes: 'openid email profile' },
    });
    const path = `/sso-connections/${id}/domains`;
    const domain = (await team.call('POST', path, { domain: team.domain })).body;
    scene.dns.records.set(domain.record.name, [domain.record.value]);
    const proof = `${path}/${domain.id}/proof`;
    expect(await nextMail(other, () => team.call('POST', proof, {}))).toContain(team.domain);
    const require = (domainIds: string[], breakGlassUserId: string | null) => () =>
      team.call('PATCH', '/sso-requirement', { domainIds, breakGlassUserId });
    expect(await nextMail(other, require([domain.id], team.owner.id))).toContain(
      `no longer taken from addresses at ${team.domain}`,
    );
    expect(await nextMail(other, require([], null))).toContain(
      `taken again from addresses at ${team.domain}`,
    );
    expect(await nextMail(other, () => team.call('DELETE', `${path}/${domain.id}`))).toContain(
      `took the domain ${team.domain} away`,
    );
    expect(await nextMail(other, () => team.call('DELETE', `/sso-connections/${id}`))).toContain(
      'removed “Example” from single sign-on',
    );
    expect(await lastEvent(team, 'sso.connection_removed')).toMatchObject({
      before: { issuer: oidc.issuer },
    });
  });

  it('a name alone is audited and mailed to nobody; what does not change is neither told', async () => {
    const { written, other } = await withOtherOwner();
    const change = (body: unknown) =>
      written.team.call('PATCH', `/sso-connections/${written.provider.id}`, body);
    expect((await change({ name: 'New name' })).status).toBe(200);
    const { idp } = written.written.settings;
    expect((await change({ certificates: idp.certificates })).status).toBe(200);
    // The mail that comes is of the change after them.
    const mail = await nextMail(other, () => change({ enabled: false }));
    expect(mail).toContain('changed “New name”');
    expect(await mailsTo(other)).toHaveLength(3);
  });
});

describe('F7: two owners at once', () => {
  it('undo nothing of one another unseen', async () => {
    const written = await WrittenIdp.create(scene);
    const path = `/sso-connections/${written.provider.id}`;
    const bodies = Array.from({ length: 8 }, (_, index) => ({
      ssoUrl: `https://idp.example.com/${index}`,
    }));
    const answers = await Promise.all(bodies.map((body) => written.team.call('PATCH', path, body)));
    for (const { status, body } of answers)
      expect([200, 409], JSON.stringify(body)).toContain(status);
    const { rows } = await scene.server.db.query(
      `SELECT before->>'ssoUrl' AS before, after->>'ssoUrl' AS after FROM audit_events
       WHERE team_id = $1 AND type = 'sso.connection_changed' ORDER BY id`,
      [written.team.id],
    );
    expect(rows).toHaveLength(answers.filter(({ status }) => status === 200).length);
    for (const [index, row] of rows.entries()) {
      const before = rows[index - 1]?.after ?? written.written.settings.idp.ssoUrl;
      expect(row.before).toBe(before);
    }
  });
});

it('ADM-3 the log of all this holds no secret, and no secret stands in an answer', () => {
  expect(scene.server.findLeakedSecrets()).toEqual([]);
  expect(scene.server.log).not.toContain('PRIVATE KEY');
});
