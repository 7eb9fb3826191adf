import { randomBytes } from 'node:crypto';
import { expect, type Page } from '@playwright/test';
import type { DnsServer } from '../support/dns-server';
import type { OidcIdp } from '../support/idp/oidc-idp';
import type { SamlIdp } from '../support/idp/saml-idp';
import type { Answer, TestServer, TestUser } from '../support/test-server';

/** Somebody as an identity provider knows them. */
export type Person = { id: string; email: string; name: string; password: string };

/** A team whose members' email is at a domain of its own, and who have accounts at its providers. */
export class Company {
  private constructor(
    private readonly server: TestServer,
    private readonly dns: DnsServer,
    readonly teamId: string,
    readonly owner: TestUser,
    readonly domain: string,
  ) {}

  static async found(server: TestServer, dns: DnsServer): Promise<Company> {
    const teamId = await server.addTeam('Harbour');
    const domain = `harbour-${randomBytes(4).toString('hex')}.example`;
    const owner = await server.addUser({ teamId, role: 'owner', name: 'Olga Owner' });
    return new Company(
      server,
      dns,
      teamId,
      await withEmail(server, owner, `olga@${domain}`),
      domain,
    );
  }

  /** Somebody of the company. They have an account here only if `addMember` makes one. */
  person(local: string, domain = this.domain): Person {
    return {
      id: `subject-of-${local}-at-${domain}`,
      email: `${local}@${domain}`,
      name: `${local[0]?.toUpperCase()}${local.slice(1)}`,
      password: `the password of ${local} at the provider`,
    };
  }

  async addMember(
    person: Person,
    options: { hasPassword?: boolean; isConfirmed?: boolean; role?: 'owner' | 'member' } = {},
  ): Promise<TestUser> {
    const { server, teamId } = this;
    const user = await server.addUser({
      teamId,
      name: person.name,
      hasPassword: false,
      ...options,
    });
    return withEmail(server, user, person.email);
  }

  /** A member whom a provider knows already. */
  async addKnown(
    providerId: string,
    person: Person,
    options: { hasPassword?: boolean; role?: 'owner' | 'member' } = {},
  ): Promise<TestUser> {
    const user = await this.addMember(person, options);
    await this.server.db.query(
      'INSERT INTO sso_identities (connection_id, subject, user_id) VALUES ($1, $2, $3)',
      [providerId, person.id, user.id],
    );
    return user;
  }

  /** An OpenID Connect provider, as an owner's program sets it up. @returns its id */
  async connectOidc(idp: OidcIdp, more: Record<string, unknown> = {}): Promise<string> {
    const client = {
      clientId: `gatehouse-${randomBytes(4).toString('hex')}`,
      clientSecret: 'a client secret of the tests',
    };
    idp.addClient(client);
    const { id, endpoints } = await this.post('/sso-connections', {
      kind: 'oidc',
      name: 'Example ID',
      issuer: idp.issuer,
      ...client,
      ...more,
    });
    idp.addClient(client, endpoints);
    await this.prove(id);
    return id;
  }

  /** The same by SAML. */
  async connectSaml(idp: SamlIdp, more: Record<string, unknown> = {}): Promise<string> {
    const { id, endpoints } = await this.post('/sso-connections', {
      kind: 'saml',
      name: 'Example SAML',
      metadataUrl: idp.metadataUrl,
      believesEmail: true,
      ...more,
    });
    idp.trust(await this.ownMetadata(endpoints.metadataUrl));
    await this.prove(id);
    return id;
  }

  /** What a provider reads of us. */
  async ownMetadata(url: string): Promise<string> {
    return (await this.server.get(`/${new URL(url).pathname}`)).text;
  }

  /** Puts a TXT record where the product looks for it. */
  publish(name: string, value: string): void {
    this.dns.records.set(name, ['v=spf1 -all', value]);
  }

  async requireSso(domainId: string): Promise<void> {
    const answer = await this.server.patch(`/teams/${this.teamId}/sso-requirement`, {
      token: this.owner.token,
      body: { domainIds: [domainId], breakGlassUserId: this.owner.id },
    });
    expect(answer.status, answer.text).toBe(200);
  }

  async domainId(): Promise<string> {
    const { rows } = await this.server.db.query('SELECT id FROM sso_domains WHERE domain = $1', [
      this.domain,
    ]);
    return rows[0].id;
  }

  private async prove(providerId: string): Promise<void> {
    const path = `/sso-connections/${providerId}/domains`;
    const { id, record } = await this.post(path, { domain: this.domain });
    this.publish(record.name, record.value);
    await this.post(`${path}/${id}/proof`, {});
  }

  private async post(path: string, body: unknown): Promise<Answer['body']> {
    const answer = await this.server.post(`/teams/${this.teamId}${path}`, {
      token: this.owner.token,
      body,
    });
    expect(answer.status, answer.text).toBeLessThan(300);
    return answer.body;
  }
}

async function withEmail(server: TestServer, user: TestUser, email: string): Promise<TestUser> {
  await server.db.query('UPDATE users SET email = $2 WHERE id = $1', [user.id, email]);
  return { ...user, email };
}

/** Fills the page of either provider, which must be there: it asks. */
export async function signInAtProvider(page: Page, person: Person): Promise<void> {
  await expect(page.getByRole('heading', { name: /^Example .* provider$/ })).toBeVisible();
  await page.getByLabel('Email').fill(person.email);
  await page.getByLabel('Password').fill(person.password);
  await page.getByRole('button', { name: 'Log in' }).click();
}

/** From the log-in page to the provider. */
export async function leaveForProvider(page: Page, email: string, name: string): Promise<void> {
  await page.goto('/login');
  await page.getByLabel('Email').fill(email);
  await page.getByRole('button', { name: 'Continue', exact: true }).click();
  await page.getByRole('button', { name: `Continue with ${name}` }).click();
}

/** The link of the kind that was mailed last to an address, once it is there. */
export async function mailedLink(server: TestServer, email: string, path: string): Promise<string> {
  const links = async () =>
    (await server.mails())
      .filter(({ to }) => to === email)
      .flatMap(({ text }) => text.match(new RegExp(`${path}#\\S+`, 'g')) ?? []);
  await expect.poll(async () => (await links()).length).toBeGreaterThan(0);
  return (await links()).at(-1) ?? '';
}

/** Proves the account that a first single sign-on waits for, by the mailed link. */
export async function proveByMail(page: Page, server: TestServer, email: string): Promise<void> {
  await expect(page).toHaveURL(/\/sso\/join$/);
  await page.getByRole('button', { name: 'Send me a link' }).click();
  await expect(page.getByText('The link is ready')).toBeVisible();
  await page.goto(await mailedLink(server, email, '/sso/join'));
  await page.getByRole('button', { name: 'Yes, this account is mine' }).click();
}
