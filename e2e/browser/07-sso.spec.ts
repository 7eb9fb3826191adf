import type { BrowserContext, Page } from '@playwright/test';
import { type OidcAccount, OidcIdp } from '../support/idp/oidc-idp';
import { type IdpUser, SamlIdp } from '../support/idp/saml-idp';
import { CAFE, HOME, type TestUser, THIEF } from '../support/test-server';
import {
  Company,
  leaveForProvider,
  mailedLink,
  type Person,
  proveByMail,
  signInAtProvider,
} from './company';
import { expect, expectAccessible, expectAccessibleInAllLooks, test } from './fixtures';

let oidc: OidcIdp;
let saml: SamlIdp;
const samlUsers: IdpUser[] = [];

test.beforeAll(async () => {
  oidc = await OidcIdp.start([]);
  saml = await SamlIdp.start(samlUsers);
});
test.afterAll(async () => {
  await oidc.stop();
  await saml.stop();
});

/** Both providers know a person. */
function enrol(person: Person, more: Partial<OidcAccount> = {}): Person {
  oidc.accounts.push({ ...person, emailVerified: true, ...more });
  samlUsers.push({ ...person, subject: person.id });
  return person;
}

const sessionToken = async (context: BrowserContext) =>
  (await context.cookies()).find(({ name }) => /^gatehouse\.\d+\.session$/.test(name))?.value ?? '';

/** The browser takes its laptop elsewhere. */
const moveTo = (page: Page, address: string) =>
  page.context().setExtraHTTPHeaders({ 'x-forwarded-for': address });

test('the story: an owner sets up both kinds; a stolen token is refused, and its owner is let in', async ({
  open,
  server,
  dns,
}) => {
  test.setTimeout(240_000);
  const company = await Company.found(server, dns);
  const second = `second.${company.domain}`;
  const computerId = await server.addComputer(company.teamId, 'Render station');
  const valerie = enrol(company.person('valerie'));
  const samuel = enrol(company.person('samuel', second));
  await company.addMember(valerie);
  await company.addMember(samuel);

  const admin = await open({ as: company.owner });
  await admin.goto(`/teams/${company.teamId}/sso`);
  await expect(admin.getByText('No provider yet')).toBeVisible();
  await expectAccessible(admin);

  await test.step('OpenID Connect, from nothing to switched on', async () => {
    const client = { clientId: 'gatehouse-by-hand', clientSecret: 'typed by the owner' };
    await admin.getByRole('link', { name: 'Add a provider' }).click();
    await admin.getByRole('button', { name: 'Keycloak' }).press('Enter');

    // What the provider asks for first is there before anything is saved, also after a reload.
    const told = admin.getByRole('region', { name: 'Tell the provider' });
    await expect(told.getByRole('code')).toHaveCount(2);
    await expect(admin.locator('body')).not.toBeFocused();
    await expectAccessibleInAllLooks(admin);
    await admin.setViewportSize({ width: 1280, height: 900 });
    const [redirectUrl = '', backChannelLogOutUrl = ''] = await told
      .getByRole('code')
      .allTextContents();
    await admin.reload();
    await expect(told.getByRole('code').first()).toHaveText(redirectUrl);
    oidc.addClient(client, { redirectUrl, backChannelLogOutUrl });
    expect(await server.count('sso_connections WHERE team_id = $1', [company.teamId])).toBe(0);

    const entered = admin.getByRole('region', { name: 'Enter what the provider gives you' });
    const said = entered.getByRole('alert').filter({ hasText: 'The provider can' });
    await entered.getByRole('button', { name: 'Save' }).click();
    await expect(entered.getByText('Enter the issuer.')).toBeVisible();
    await expectAccessible(admin);
    await entered.getByLabel('Name').fill('Example ID');
    await entered.getByLabel('Issuer').fill(`${oidc.issuer}/nothing-there`);
    await entered.getByRole('button', { name: 'Check' }).click();
    await expect(said).toContainText(
      `Reachable: No OpenID configuration at ${oidc.issuer}/nothing-there/.well-known/openid-configuration`,
    );
    await entered.getByLabel('Issuer').fill(oidc.issuer);
    await entered.getByRole('button', { name: 'Check' }).click();
    await expect(said).toContainText('The provider can be used');
    await expect(said).toContainText(`Issuer: It calls itself ${oidc.issuer}`);
    await expect(said).toContainText('PKCE: It checks PKCE.');
    await expectAccessible(admin);
    await entered.getByLabel('Client ID').fill(client.clientId);
    await entered.getByLabel('Client secret').fill(client.clientSecret);
    await entered.getByRole('button', { name: 'Save' }).click();
    await expect(admin.getByRole('heading', { level: 1, name: 'Example ID' })).toBeVisible();
    await expect(told.getByRole('code').first()).toHaveText(redirectUrl);
    await proveDomain(admin, company, company.domain);

    // C25: until it is switched on, nobody’s sign-in has changed.
    const methods = await server.post('/log-in-methods', { body: { email: valerie.email } });
    expect(methods.body).toEqual({ method: 'password' });
    await testAsMe(admin, valerie, 'Ask for a proof of the account');
    await expectAccessibleInAllLooks(admin);
    await admin.setViewportSize({ width: 1280, height: 900 });
    await switchOn(admin, 'Example ID', '2 members');
    await expectAccessible(admin);
  });

  await test.step('SAML, by its metadata', async () => {
    await admin.goto(`/teams/${company.teamId}/sso`);
    await admin.getByRole('link', { name: 'Add a provider' }).click();
    await admin.getByRole('button', { name: 'Other, by SAML' }).click();
    const entered = admin.getByRole('region', { name: 'Enter what the provider gives you' });
    const said = entered.getByRole('alert').filter({ hasText: 'The provider can' });
    await entered.getByLabel('Name').fill('Example SAML');
    await entered.getByLabel('Metadata URL').last().fill(saml.metadataUrl);
    await entered.getByRole('button', { name: 'Check' }).click();
    await expect(said).toContainText(`It calls itself ${saml.entityId}`);
    await entered.getByLabel('Believe its emails').check();
    await expectAccessible(admin);
    await entered.getByRole('button', { name: 'Save' }).click();
    await expect(admin.getByRole('heading', { level: 1, name: 'Example SAML' })).toBeVisible();
    const told = admin.getByRole('region', { name: 'Tell the provider' });
    const metadataUrl = (await told.getByRole('code').last().textContent()) ?? '';
    saml.trust(await company.ownMetadata(metadataUrl));
    await proveDomain(admin, company, second);
    await switchOn(admin, 'Example SAML', '1 member');
  });
  await expectAccessible(admin);

  for (const [person, name] of [
    [valerie, 'Example ID'],
    [samuel, 'Example SAML'],
  ] as const) {
    await test.step(`${name}: log-in, theft, and verification`, async () => {
      const page = await open();
      await leaveForProvider(page, person.email, name);
      await signInAtProvider(page, person);
      await proveByMail(page, server, person.email);
      await expect(page).toHaveURL(/\/computers$/);
      const token = await sessionToken(page.context());
      expect(token).toMatch(/^gate_/);

      const connect = (from: string) => server.connect(computerId, { from, token });
      expect((await connect(HOME)).status).toBe(201);
      const theft = await connect(THIEF);
      expect(theft.body).toMatchObject({ code: 'ip_verification_required', methods: ['sso'] });

      await moveTo(page, CAFE);
      await page.goto('/computers');
      await page.getByRole('link', { name: 'Connect to Render station' }).click();
      const prompt = page.getByRole('dialog', { name: 'Verify this network' });
      await expect(prompt.getByText(CAFE)).toBeVisible();
      await expectAccessible(page);
      const opened = page.context().waitForEvent('page');
      await prompt.getByRole('link', { name: 'Verify with single sign-on' }).click();
      const beside = await opened;
      await beside.getByRole('button', { name: `Verify with ${name}` }).click();
      // Signed in there a moment ago, and asked all the same.
      await signInAtProvider(beside, person);
      await expect(beside.getByRole('heading', { name: 'Verified' })).toBeVisible();
      await expect(page.getByRole('listitem').filter({ hasText: 'Waiting' })).toBeVisible();
      await expectAccessible(beside);

      // The thief's copy has died with the re-authentication.
      expect((await connect(THIEF)).status).toBe(401);
    });
  }
});

/** Adds a domain on a provider’s page, publishes what the page says, and has it checked. */
async function proveDomain(page: Page, company: Company, domain: string) {
  const step = page.getByRole('region', { name: 'Prove your email domain' });
  await step.getByLabel('Domain').fill('not a domain');
  await step.getByRole('button', { name: 'Add domain' }).click();
  await expect(step.getByText('Not a domain')).toBeVisible();
  await step.getByLabel('Domain').fill(domain);
  await step.getByRole('button', { name: 'Add domain' }).click();
  await expect(step.getByText('Not proven', { exact: true })).toBeVisible();
  // It looks by itself.
  await expect(step.getByText(/The record was not found/)).toBeVisible();
  await expectAccessible(page);
  const codes = step.getByRole('listitem').filter({ hasText: domain }).getByRole('code');
  await expect(codes).toHaveCount(2);
  const [record = '', value = ''] = await codes.allTextContents();
  company.publish(record, value);
  await step.getByRole('button', { name: 'Check now' }).click();
  await expect(step.getByText('Proven', { exact: true })).toBeVisible();
}

/** Runs the test of a provider’s page as a person, and reads its result there. */
async function testAsMe(page: Page, person: Person, outcome: string) {
  const step = page.getByRole('region', { name: 'Test it as yourself' });
  const opened = page.context().waitForEvent('page');
  await step.getByRole('button', { name: 'Test as me' }).click();
  const pane = await opened;
  await signInAtProvider(pane, person);
  await expect(pane.getByRole('heading', { name: 'The provider answers' })).toBeVisible();
  await pane.close();
  await expect(step.getByText(outcome)).toBeVisible();
  await expect(step.getByRole('cell', { name: person.email })).toBeHidden();
  await step.getByText('What the provider said').click();
  await expect(step.getByRole('cell', { name: person.email })).toBeVisible();
}

/** Switches a provider on, after its page has said whom it concerns. */
async function switchOn(page: Page, name: string, people: string) {
  const step = page.getByRole('region', { name: 'Switch it on' });
  await expect(step.getByText(`From the moment it is on, ${people}`)).toBeVisible();
  await step.getByRole('switch', { name: `Sign in through ${name}` }).click();
  await expect(step.getByRole('status')).toContainText(`From now on ${people}`);
}

/** Opens the page of a provider. */
async function openProvider(page: Page, company: Company, name: string) {
  await page.goto(`/teams/${company.teamId}/sso`);
  await page.getByRole('link', { name }).click();
  await expect(page.getByRole('heading', { level: 1, name })).toBeVisible();
}

test('a provider is tested in a window of its own, and nothing is stored', async ({
  open,
  server,
  dns,
}) => {
  const company = await Company.found(server, dns);
  await company.connectOidc(oidc);
  const stranger = enrol(company.person('stranger'));
  const page = await open({ as: company.owner });
  await openProvider(page, company, 'Example ID');
  const opened = page.context().waitForEvent('page');
  await page.getByRole('button', { name: 'Test as me' }).click();
  const pane = await opened;
  await signInAtProvider(pane, stranger);
  await expect(pane.getByRole('heading', { name: 'The provider answers' })).toBeVisible();
  await expect(pane.getByText('Be refused: there is no account with this email')).toBeVisible();
  await expect(pane.getByText('Yes, just now')).toBeVisible();
  await expect(pane.getByRole('cell', { name: stranger.email })).toBeVisible();
  await expect(pane).toHaveURL(/\/sso\/complete$/);
  await expectAccessible(pane);
  expect(await server.count('sso_identities WHERE subject = $1', [stranger.id])).toBe(0);
  expect(await server.count('users WHERE email = $1', [stranger.email])).toBe(0);
});

test('P9: a provider that takes requests by POST alone is reached by a form that sends itself', async ({
  open,
  server,
  dns,
}) => {
  saml.behaviour.takesPostAlone = true;
  try {
    const company = await Company.found(server, dns);
    const providerId = await company.connectSaml(saml);
    const paula = enrol(company.person('paula'));
    await company.addKnown(providerId, paula);
    const page = await open();
    await leaveForProvider(page, paula.email, 'Example SAML');
    await signInAtProvider(page, paula);
    await expect(page).toHaveURL(/\/computers$/);
  } finally {
    saml.behaviour.takesPostAlone = false;
  }
});

test('F7: another provider in the place of one has to be said, and the activity says what changed', async ({
  open,
  server,
  dns,
}) => {
  const company = await Company.found(server, dns);
  await company.connectSaml(saml);
  const other = await SamlIdp.start([]);
  const page = await open({ as: company.owner });
  await openProvider(page, company, 'Example SAML');
  await page.getByRole('button', { name: 'Edit' }).click();
  const dialog = page.getByRole('region', { name: 'What the provider gave you' });
  await dialog.getByLabel('Sign-on URL').fill(other.ssoUrl);
  await dialog.getByLabel('Certificates').fill(other.certificates.join('\n'));
  await dialog.getByRole('button', { name: 'Save' }).click();
  await expect(dialog.getByText('This is another provider')).toBeVisible();
  await expectAccessible(page);
  await dialog.getByLabel('It takes the place of the present one').check();
  await dialog.getByRole('button', { name: 'Save' }).click();
  await expect(dialog.getByRole('button', { name: 'Edit' })).toBeVisible();

  await page.goto(`/teams/${company.teamId}/activity`);
  const change = page.getByText('changed Example SAML').first();
  await expect(change).toContainText(`Sign-on URL: ${other.ssoUrl} (it was ${saml.ssoUrl})`);
  await expect(change).toContainText('Certificates: added');
  await expect(change).toContainText('Another provider');
  await expectAccessible(page);
  await other.stop();
});

test('a first log-in makes an account only where the provider says so', async ({
  open,
  server,
  dns,
}) => {
  const company = await Company.found(server, dns);
  const providerId = await company.connectOidc(oidc);
  const jan = enrol(company.person('jan'));
  const page = await open();
  await leaveForProvider(page, jan.email, 'Example ID');
  await signInAtProvider(page, jan);
  await expect(page.getByText('You have no account here yet.')).toBeVisible();
  await expectAccessible(page);
  expect(await server.count('users WHERE email = $1', [jan.email])).toBe(0);

  const owner = await open({ as: company.owner });
  await openProvider(owner, company, 'Example ID');
  await owner.getByRole('button', { name: 'Edit' }).click();
  const dialog = owner.getByRole('region', { name: 'What the provider gave you' });
  await expect(dialog.getByLabel('Client secret')).toHaveValue('');
  await dialog.getByLabel('People without an account').selectOption('member');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await expect(owner.getByText('Made at the first sign-in, as Member')).toBeVisible();

  await page.getByRole('link', { name: 'Try again' }).click();
  await leaveForProvider(page, jan.email, 'Example ID');
  // The provider knows her still, and a log-in may use that.
  await expect(page).toHaveURL(/\/computers$/);
  expect(
    await server.count('memberships m JOIN users u ON u.id = m.user_id WHERE u.email = $1', [
      jan.email,
    ]),
  ).toBe(1);
  expect(await server.count('sso_identities WHERE connection_id = $1', [providerId])).toBe(1);
  await page.goto('/account');
  await expect(page.locator('#content').getByText('You sign in through Example ID.')).toBeVisible();
  await expect(page.getByRole('button', { name: 'Change password' })).toHaveCount(0);
});

test('where single sign-on is required passwords end, but for one owner', async ({
  open,
  server,
  dns,
}) => {
  const company = await Company.found(server, dns);
  const providerId = await company.connectOidc(oidc);
  const valerie = enrol(company.person('valerie'));
  const member = await company.addKnown(providerId, valerie, { hasPassword: true });

  const page = await open({ as: company.owner });
  await page.goto(`/teams/${company.teamId}/rules`);
  await page.getByRole('main').getByRole('link', { name: 'Single sign-on' }).click();
  await page.getByRole('switch', { name: company.domain }).click();
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await expect(page.getByText('Choose the owner who keeps a password.')).toBeVisible();
  await page
    .getByLabel('Emergency password')
    .selectOption({ label: `Olga Owner (${company.owner.email})` });
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  const dialog = page.getByRole('alertdialog', { name: 'Require single sign-on?' });
  await expect(dialog.getByText(`…@${company.domain} can no longer use passwords`)).toBeVisible();
  await expectAccessible(page);
  await dialog.getByRole('button', { name: 'Require' }).click();
  await expect(dialog).toHaveCount(0);
  await expect(page.getByRole('switch', { name: company.domain })).toBeChecked();

  const browser = await open();
  await tryPassword(browser, member);
  await expect(browser.getByText('Sign in through your company')).toBeVisible();
  await expectAccessible(browser);
  await browser.getByRole('button', { name: 'Continue with Example ID' }).click();
  await signInAtProvider(browser, valerie);
  await expect(browser).toHaveURL(/\/computers$/);

  const keeper = await open();
  await tryPassword(keeper, company.owner);
  await expect(keeper).toHaveURL(/\/teams\/[^/]+$/);
});

/** Logs in with a password although the domain leads to a provider. */
async function tryPassword(page: Page, user: TestUser): Promise<void> {
  await page.goto('/login');
  await page.getByLabel('Email').fill(user.email);
  await page.getByRole('button', { name: 'Continue', exact: true }).click();
  await expect(page.getByRole('button', { name: 'Continue with Example ID' })).toBeFocused();
  await page.getByRole('button', { name: 'Use a password instead' }).click();
  await page.getByLabel('Password', { exact: true }).fill(user.password);
  await page.keyboard.press('Enter');
}

test('F2: a first single sign-on proves the account that it came for, and goes on where it was going', async ({
  open,
  server,
  dns,
}) => {
  const company = await Company.found(server, dns);
  await company.connectOidc(oidc);
  const valerie = enrol(company.person('valerie'));
  const member = await company.addMember(valerie, { hasPassword: true });
  const page = await open();
  const addresses: string[] = [];
  page.on('request', (request) => addresses.push(request.url()));
  await page.goto('/friends');
  await page.getByLabel('Email').fill(valerie.email);
  await page.getByRole('button', { name: 'Continue', exact: true }).click();
  await page.getByRole('button', { name: 'Continue with Example ID' }).click();
  await signInAtProvider(page, valerie);
  await expect(page).toHaveURL(/\/sso\/join$/);
  await expect(
    page.getByRole('heading', {
      name: `There is already an account with v•••••@${company.domain}`,
    }),
  ).toBeVisible();
  await expect(page.getByText('The account starts anew')).toHaveCount(0);
  await expectAccessible(page);
  expect(await sessionToken(page.context())).toBe('');
  // Nor does the page behind it open.
  await page.goto('/friends');
  await expect(page).toHaveURL(/\/login/);
  await page.goto('/sso/join');

  const password = page.getByLabel('Password of this account', { exact: true });
  await expect(password).toBeFocused();
  await password.fill('not the password');
  await page.getByRole('button', { name: 'Go on' }).click();
  await expect(page.getByText('This is not its password.')).toBeVisible();
  await expectAccessible(page);

  // The link is of use in this browser alone.
  await page.getByRole('button', { name: 'Send me a link' }).click();
  await expect(page.getByText('The link is ready')).toBeVisible();
  const link = await mailedLink(server, valerie.email, '/sso/join');
  const elsewhere = await open();
  await elsewhere.goto(link);
  await expect(
    elsewhere.getByRole('heading', { name: 'There is nothing to prove here' }),
  ).toBeVisible();
  await expectAccessible(elsewhere);

  await password.fill(member.password);
  await page.getByRole('button', { name: 'Go on' }).click();
  await expect(page).toHaveURL(/\/friends$/);
  expect(await sessionToken(page.context())).toMatch(/^gate_/);
  // No token, ticket or link stood in an address that was asked for.
  const token = link.slice(link.indexOf('#') + 1);
  const ours = addresses.filter((address) => address.startsWith(server.origin));
  expect(ours.filter((address) => address.includes(token) || /ticket/.test(address))).toEqual([]);
  expect(ours.some((address) => address.includes('/sso/complete'))).toBe(true);

  await page.goto(link);
  await expect(page.getByRole('heading', { name: 'There is nothing to prove here' })).toBeVisible();
});

test('F3: an account that nobody has confirmed starts anew, and is told so', async ({
  open,
  server,
  dns,
}) => {
  const company = await Company.found(server, dns);
  await company.connectOidc(oidc);
  const valerie = enrol(company.person('valerie'));
  const member = await company.addMember(valerie, { hasPassword: true, isConfirmed: false });
  const page = await open();
  await leaveForProvider(page, valerie.email, 'Example ID');
  await signInAtProvider(page, valerie);
  await expect(page.getByText('The account starts anew')).toBeVisible();
  await expect(page.getByText('Its password, sessions and verified networks end')).toBeVisible();
  await expectAccessibleInAllLooks(page);
  await proveByMail(page, server, valerie.email);
  await expect(page).toHaveURL(/\/computers$/);
  expect((await server.get('/me', { token: member.token })).status).toBe(401);
  expect(await server.count('users WHERE id = $1 AND password_hash IS NULL', [member.id])).toBe(1);
});

test('F2: an owner reads why nobody new gets in, and believes a provider with the risk in words', async ({
  open,
  server,
  dns,
}) => {
  const company = await Company.found(server, dns);
  await company.connectSaml(saml, { believesEmail: false });
  const valerie = enrol(company.person('valerie'));
  await company.addMember(valerie);
  const her = await open();
  await leaveForProvider(her, valerie.email, 'Example SAML');
  await signInAtProvider(her, valerie);
  await expect(her.getByText('does not say whether your email address is verified')).toBeVisible();

  const page = await open({ as: company.owner });
  await openProvider(page, company, 'Example SAML');
  const content = page.getByRole('main');
  await expect(content.getByText('SAML does not say whether an email address')).toBeVisible();
  await testAsMe(page, valerie, 'edit it and believe its emails');

  await page.getByRole('button', { name: 'Edit' }).click();
  const dialog = page.getByRole('region', { name: 'What the provider gave you' });
  await expect(dialog.getByText('The risk: whoever may set his own email there')).toBeVisible();
  await expectAccessible(page);
  await dialog.getByLabel('Believe its emails').check();
  await dialog.getByRole('button', { name: 'Save' }).click();
  await expect(dialog.getByText('Say why they are believed.')).toBeVisible();
  await dialog.getByLabel('Reason').fill('Administrators alone set addresses there.');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await expect(dialog.getByText('Believed unverified')).toBeVisible();
  await expect(content.getByText('SAML does not say')).toHaveCount(0);
  await page.reload();
  await expectAccessible(page);

  await leaveForProvider(her, valerie.email, 'Example SAML');
  await proveByMail(her, server, valerie.email);
  await expect(her).toHaveURL(/\/computers$/);
});

test('an invitation leads to the provider where single sign-on is required', async ({
  open,
  server,
  dns,
}) => {
  const company = await Company.found(server, dns);
  await company.connectOidc(oidc);
  await company.requireSso(await company.domainId());
  const nadia = enrol(company.person('nadia'));
  const invited = await server.post(`/teams/${company.teamId}/invites`, {
    token: company.owner.token,
    body: { email: nadia.email, role: 'admin' },
  });
  expect(invited.status).toBe(201);
  const page = await open();
  await page.goto(await mailedLink(server, nadia.email, '/invite'));
  await page.getByLabel('Your name').fill('Nadia');
  await page.getByLabel('Password', { exact: true }).fill('a password that she never needs');
  await page.getByRole('button', { name: 'Join Harbour' }).click();
  await expect(page.getByText('Sign in through your company')).toBeVisible();
  await page.getByRole('link', { name: 'Go to sign in' }).click();
  await expect(page).toHaveURL(/\/login$/);
  await leaveForProvider(page, nadia.email, 'Example ID');
  await signInAtProvider(page, nadia);
  await expect(page).toHaveURL(/\/teams\/[^/]+$/);
  expect(
    await server.count(
      `memberships m JOIN users u ON u.id = m.user_id
       WHERE u.email = $1 AND m.role = 'admin' AND u.password_hash IS NULL`,
      [nadia.email],
    ),
  ).toBe(1);
});

test.describe('the prompt page, for a program that waits', () => {
  for (const kind of ['oidc', 'saml'] as const) {
    test(`${kind}: the provider asks again, with a session there and without`, async ({
      open,
      server,
      dns,
    }) => {
      const company = await Company.found(server, dns);
      const name = kind === 'oidc' ? 'Example ID' : 'Example SAML';
      const providerId =
        kind === 'oidc' ? await company.connectOidc(oidc) : await company.connectSaml(saml);
      const valerie = enrol(company.person('valerie'));
      await company.addKnown(providerId, valerie);
      const computerId = await server.addComputer(company.teamId);

      const home = await open();
      await leaveForProvider(home, valerie.email, name);
      await signInAtProvider(home, valerie);
      await expect(home).toHaveURL(/\/computers$/);
      const token = await sessionToken(home.context());
      const blocked = async (from: string) => {
        const call = { from, token, body: {} };
        const { body } = await server.post(`/computers/${computerId}/connections`, call);
        return body.challenge as { id: string; url: string };
      };

      // At the café, in her own browser: signed in at the provider.
      await moveTo(home, CAFE);
      const atCafe = await blocked(CAFE);
      await home.goto('about:blank');
      await home.context().clearCookies({ name: server.cookieName() });
      await home.goto(new URL(atCafe.url).pathname);
      await expectAccessible(home);
      await home.getByRole('button', { name: `Verify with ${name}` }).click();
      await signInAtProvider(home, valerie);
      await expect(home.getByRole('heading', { name: 'Verified' })).toBeVisible();
      expect((await server.get(`/challenges/${atCafe.id}`)).body.status).toBe('verified');
      // Nobody was signed in by it.
      expect(await sessionToken(home.context())).toBe('');

      // In a browser that no provider has seen.
      const there = '203.0.113.77';
      const elsewhere = await blocked(there);
      const fresh = await open({ from: there });
      await fresh.goto(new URL(elsewhere.url).pathname);
      await fresh.getByRole('button', { name: `Verify with ${name}` }).click();
      await signInAtProvider(fresh, valerie);
      await expect(fresh.getByRole('heading', { name: 'Verified' })).toBeVisible();
      expect((await server.get(`/challenges/${elsewhere.id}`)).body.status).toBe('verified');
    });
  }

  test('VER-8 the thief’s link verifies the network of its owner alone', async ({
    open,
    server,
    dns,
  }) => {
    const { valerie, token, computerId, page } = await signedIn(open, server, dns);
    const call = { from: THIEF, token, body: {} };
    const { challenge } = (await server.post(`/computers/${computerId}/connections`, call)).body;
    await page.goto(new URL(challenge.url).pathname);
    await expect(page.getByText(THIEF).first()).toBeVisible();
    await page.getByText(`Verify the network I am on, ${HOME}`).click();
    await expectAccessible(page);
    await page.getByRole('button', { name: 'Verify with Example SAML' }).click();
    await signInAtProvider(page, valerie);
    await expect(
      page.getByRole('heading', { name: 'Your own network was verified' }),
    ).toBeVisible();
    await expectAccessible(page);
    expect((await server.get(`/challenges/${challenge.id}`)).body.status).toBe('pending');
    expect(
      await server.count('verified_ips WHERE address = $1 AND method = $2', [THIEF, 'sso']),
    ).toBe(0);
  });

  test('somebody else’s log-in at the provider verifies nothing', async ({ open, server, dns }) => {
    const { company, providerId, token, computerId, page } = await signedIn(open, server, dns);
    const other = enrol(company.person('oskar'));
    await company.addKnown(providerId, other);
    const challenge = await atCafe(server, page, token, computerId);
    await page.goto(challenge);
    await page.getByRole('button', { name: 'Verify with Example SAML' }).click();
    await signInAtProvider(page, other);
    await expect(page.getByText('You signed in at the provider as somebody else')).toBeVisible();
    await expectAccessible(page);
  });

  test('a provider that does not ask again is not believed, unless an owner says so', async ({
    open,
    server,
    dns,
  }) => {
    const { company, token, computerId, page } = await signedIn(open, server, dns);
    const challenge = await atCafe(server, page, token, computerId);
    // Its session is old: a log-in of a moment ago would count as new.
    saml.behaviour.ignoresForceAuthn = true;
    saml.ageSessions(3_600_000);
    try {
      await page.goto(challenge);
      await page.getByRole('button', { name: 'Verify with Example SAML' }).click();
      await expect(page.getByText('did not ask you to sign in again')).toBeVisible();

      const owner = await open({ as: company.owner });
      await openProvider(owner, company, 'Example SAML');
      await owner.getByRole('button', { name: 'Actions for Example SAML' }).click();
      await owner.getByRole('menuitem', { name: 'Allow remembered sign-ins…' }).click();
      const dialog = owner.getByRole('alertdialog');
      await dialog.getByRole('button', { name: 'Allow' }).click();
      await expect(dialog.getByText('Write a reason first.')).toBeVisible();
      await expectAccessible(owner);
      await dialog.getByLabel('Reason').fill('It is replaced next week.');
      await dialog.getByRole('button', { name: 'Allow' }).click();
      await expect(owner.getByText('Not required', { exact: true })).toBeVisible();

      await page.goto(challenge);
      await page.getByRole('button', { name: 'Verify with Example SAML' }).click();
      await expect(page.getByRole('heading', { name: 'Verified' })).toBeVisible();
    } finally {
      saml.behaviour.ignoresForceAuthn = false;
    }
  });
});

type Open = (options?: { as?: TestUser; from?: string }) => Promise<Page>;
type Scene = Parameters<typeof Company.found>;

/** Valerie, signed in at home through SAML. */
async function signedIn(open: Open, ...[server, dns]: Scene) {
  const company = await Company.found(server, dns);
  const providerId = await company.connectSaml(saml);
  const valerie = enrol(company.person('valerie'));
  await company.addKnown(providerId, valerie);
  const computerId = await server.addComputer(company.teamId);
  const page = await open();
  await leaveForProvider(page, valerie.email, 'Example SAML');
  await signInAtProvider(page, valerie);
  await expect(page).toHaveURL(/\/computers$/);
  const token = await sessionToken(page.context());
  return { company, providerId, valerie, computerId, page, token };
}

/** Takes her to the café, where her program is refused. @returns the path of the prompt */
async function atCafe(server: Scene[0], page: Page, token: string, computerId: string) {
  await moveTo(page, CAFE);
  const call = { from: CAFE, token, body: {} };
  const { challenge } = (await server.post(`/computers/${computerId}/connections`, call)).body;
  return new URL(challenge.url).pathname;
}

test('a security setting of an account without a password is confirmed in a window beside', async ({
  open,
  server,
  dns,
}) => {
  const company = await Company.found(server, dns);
  const providerId = await company.connectOidc(oidc);
  const second = enrol(company.person('second-owner'));
  await company.addKnown(providerId, second, { role: 'owner' });
  const page = await open();
  await leaveForProvider(page, second.email, 'Example ID');
  await signInAtProvider(page, second);
  await expect(page).toHaveURL(/\/teams\/[^/]+$/);
  await server.db.query(
    `UPDATE sessions SET authenticated_at = authenticated_at - interval '1 hour'
     WHERE user_id = (SELECT id FROM users WHERE email = $1)`,
    [second.email],
  );
  await openProvider(page, company, 'Example ID');
  const control = page.getByRole('switch', { name: 'Sign in through Example ID' });
  await control.click();
  const dialog = page.getByRole('dialog', { name: 'Confirm that it is you' });
  await expectAccessible(page);
  const opened = page.context().waitForEvent('page');
  await dialog.getByRole('link', { name: 'Verify with single sign-on' }).click();
  const beside = await opened;
  await expectAccessible(beside);
  await beside.getByRole('button', { name: 'Verify with Example ID' }).click();
  await signInAtProvider(beside, second);
  await expect(beside.getByRole('heading', { name: 'Verified' })).toBeVisible();
  await expect(dialog).toHaveCount(0);
  await expect(control).not.toBeChecked();
});

test('whoever cancels at the provider reads so, and begins again', async ({
  open,
  server,
  dns,
}) => {
  const company = await Company.found(server, dns);
  await company.connectOidc(oidc);
  const page = await open();
  await leaveForProvider(page, `somebody@${company.domain}`, 'Example ID');
  await page.getByRole('button', { name: 'Cancel' }).click();
  await expect(
    page.getByText('The sign-in was cancelled at your identity provider.'),
  ).toBeVisible();
  await page.getByRole('link', { name: 'Try again' }).click();
  await expect(page.getByLabel('Email')).toBeFocused();
});

test('a failure shows nothing of what stands in the address', async ({ open }) => {
  const page = await open();
  await page.goto(`/sso/failed?reason=${encodeURIComponent('<b>call 555 1234</b>')}`);
  await expect(page.getByText('Single sign-on did not work this time')).toBeVisible();
  await expect(page.getByText('555')).toHaveCount(0);
});
