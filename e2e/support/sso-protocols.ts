import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll } from 'vitest';
import { HOME, type TestServer } from './harness';
import { type OidcAccount, OidcIdp } from './idp/oidc-idp';
import { type IdpUser, SamlIdp } from './idp/saml-idp';
import {
  accountOf,
  IDP_PASSWORD,
  type Provider,
  SsoBrowser,
  SsoScene,
  type SsoTeam,
} from './sso-scene';

const random = () => randomBytes(3).toString('hex');

type Settings = Record<string, unknown>;
type How = { hasBackChannel: boolean };

/**
 * Teams whose people sign in through a provider of one kind: what tests of single sign-on begin with, whatever
 * the provider speaks. It is there from before the tests of a file, or of a `describe`, until after them.
 */
abstract class SsoProtocol<Account extends { email: string }> {
  scene!: SsoScene;
  /** Whom the provider knows. */
  abstract readonly accounts: Account[];
  abstract subjectOf(account: Account): string;
  /** Adds the provider to a team. */
  abstract connect(team: SsoTeam, more?: Settings, how?: How): Promise<Provider>;
  /** Whether the provider was told by the last request to ask again. */
  abstract wasToldToAskAgain(): boolean;
  /** Has the provider answer from its own session where it was told to ask again. @returns where to go instead */
  abstract evadeAskingAgain(url: string): string;
  protected abstract newAccount(user: { email: string }, more: Partial<Account>): Account;
  protected abstract begin(): Promise<void>;
  protected abstract end(): Promise<void>;

  constructor() {
    beforeAll(async () => {
      [this.scene] = await Promise.all([SsoScene.begin(), this.begin()]);
    });
    afterAll(async () => {
      await this.scene.stop();
      await this.end();
    });
  }

  get server(): TestServer {
    return this.scene.server;
  }

  browserAt = (from = HOME) => new SsoBrowser(this.server, from);
  count = (sql: string, values: unknown[] = []) => this.server.count(sql, values);
  sessionsOf = (id: string) => this.count('sessions WHERE user_id = $1 AND ended_at IS NULL', [id]);
  networksOf = (id: string) => this.server.networksOf(id);
  statusOf = async (token: string | null) =>
    (await this.server.get('/me', { token: token ?? 'none' })).status;
  me = async (token: string | null) =>
    (await this.server.get('/me', { token: token ?? 'none' })).body;

  /** Makes the provider know somebody. */
  enrol = (user: { email: string; name?: string }, more: Partial<Account> = {}): Account => {
    const account = this.newAccount(user, more);
    this.accounts.push(account);
    return account;
  };

  /** Somebody whom the provider knows, and Gatehouse does not. */
  stranger = (team: SsoTeam, more: Partial<Account> = {}): Account =>
    this.enrol({ email: `new-${random()}@${team.domain}` }, more);

  /** The provider's account of a member. */
  accountFor = (member: { email: string }): Account => {
    const account = this.accounts.find(({ email }) => email === member.email);
    if (!account) throw new Error('no such account at the provider');
    return account;
  };

  /** A further member whom the provider knows, and who is known here by that account. */
  addKnown = async (team: SsoTeam, provider: Provider) => {
    const member = await team.addMember(`member-${random()}`);
    await team.know(provider.id, member.id, this.subjectOf(this.enrol(member)));
    return member;
  };

  /** A team with a provider and a member whom its provider knows. */
  makeTeam = async (more?: Settings, how?: How) => {
    const team = await this.scene.addTeam();
    const provider = await this.connect(team, more, how);
    const member = await team.addMember(`member-${random()}`);
    this.enrol(member);
    return { team, provider, member };
  };

  /** The same, with the member known here by that account. */
  makeLinked = async (more?: Settings, how?: How) => {
    const made = await this.makeTeam(more, how);
    const { team, provider, member } = made;
    await team.know(provider.id, member.id, this.subjectOf(this.accountFor(member)));
    return made;
  };

  /** The same, after a log-in, in a browser at home. */
  makeKnown = async (more?: Settings, how?: How) => {
    const made = await this.makeLinked(more, how);
    const browser = this.browserAt();
    const { token, error } = await browser.logIn(made.provider.id, made.member.email);
    if (token === null) throw new Error(`no log-in: ${error}`);
    return { ...made, browser, token };
  };
}

export class OidcProtocol extends SsoProtocol<OidcAccount> {
  idp!: OidcIdp;

  get accounts(): OidcAccount[] {
    return this.idp.accounts;
  }
  subjectOf = ({ id }: OidcAccount) => id;
  newAccount = accountOf;
  connect = (team: SsoTeam, more?: Settings, how?: How) => team.connect(this.idp, more, how);
  async begin(): Promise<void> {
    this.idp = await OidcIdp.start([]);
  }
  end = () => this.idp.stop();

  wasToldToAskAgain(): boolean {
    const asked = this.idp.requests.at(-1);
    return asked?.get('prompt') === 'login' && asked.get('max_age') === '0';
  }
  evadeAskingAgain(url: string): string {
    const without = new URL(url);
    for (const name of ['prompt', 'max_age']) without.searchParams.delete(name);
    return without.href;
  }
}

export class SamlProtocol extends SsoProtocol<IdpUser> {
  idp!: SamlIdp;
  readonly accounts: IdpUser[] = [];

  subjectOf = ({ subject }: IdpUser) => subject;
  newAccount = ({ email, name }: { email: string; name?: string }, more: Partial<IdpUser>) => ({
    ...{ email, name: name ?? 'Somebody', password: IDP_PASSWORD },
    subject: `subject-${randomBytes(6).toString('hex')}`,
    ...more,
  });
  connect = (team: SsoTeam, more?: Settings) => team.connectSaml(this.idp, more);
  async begin(): Promise<void> {
    this.idp = await SamlIdp.start(this.accounts);
  }
  end = () => this.idp.stop();

  wasToldToAskAgain = () => this.idp.requests.at(-1)?.forceAuthn === true;
  evadeAskingAgain(url: string): string {
    this.idp.behaviour.ignoresForceAuthn = true;
    return url;
  }
}
