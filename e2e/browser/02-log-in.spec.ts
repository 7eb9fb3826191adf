import { once } from 'node:events';
import { createServer as createSite } from 'node:https';
import { type AddressInfo, connect, type Server } from 'node:net';
import { createServer } from 'node:tls';
import { generate } from 'selfsigned';
import { freePort, HOME, TestServer, THIEF } from '../support/test-server';
import { mailedLink } from './company';
import { expect, expectAccessible, test } from './fixtures';

test('log-in works by keyboard alone, and leads back to where one was going', async ({
  open,
  server,
}) => {
  const user = await server.addUser({ teamId: await server.addTeam() });
  const page = await open();
  await page.goto('/friends');
  await expect(page).toHaveURL(/\/login\?callbackUrl=%2Ffriends$/);
  await expect(page.getByLabel('Email')).toBeFocused();
  await page.keyboard.type(user.email);
  await page.keyboard.press('Enter');
  await expect(page.getByLabel('Password', { exact: true })).toBeFocused();
  // What a password manager fills by stays where it was.
  await expect(page.getByLabel('Email')).toHaveValue(user.email);
  await page.keyboard.press('Shift+Tab');
  await expect(page.getByRole('link', { name: 'Forgotten your password?' })).toBeFocused();
  await page.keyboard.press('Tab');
  await page.keyboard.type('not the password');
  await page.keyboard.press('Enter');
  await expect(page.getByText('The email or the password is wrong.')).toBeVisible();
  await expect(page.getByLabel('Password', { exact: true })).toBeFocused();
  await page.keyboard.type(user.password);
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/\/friends$/);
  await expect(page.getByRole('heading', { level: 1, name: 'Friends' })).toBeVisible();

  const cookies = await page.context().cookies();
  expect(cookies.find(({ name }) => name === server.cookieName())).toMatchObject({
    httpOnly: true,
    sameSite: 'Lax',
    value: expect.stringMatching(/^gate_/),
  });
  expect(
    await server.count('verified_ips WHERE user_id = $1 AND address = $2', [user.id, HOME]),
  ).toBe(1);
});

test('the log-in tells nothing about who has an account, and lets one change the email', async ({
  open,
  server,
}) => {
  const user = await server.addUser({ teamId: await server.addTeam() });
  const page = await open();
  await page.goto('/login');
  for (const email of [user.email, 'nobody@example.com']) {
    await page.getByLabel('Email').fill(email);
    await page.getByRole('button', { name: 'Continue' }).click();
    await page.getByLabel('Password', { exact: true }).fill('not the password');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await expect(page.getByText('The email or the password is wrong.')).toBeVisible();
    await page.getByRole('button', { name: 'Change' }).click();
    await expect(page.getByLabel('Email')).toBeFocused();
    await expect(page.getByText('The email or the password is wrong.')).toHaveCount(0);
  }
});

for (const evil of [
  'https://evil.test',
  '//evil.test',
  '/\\evil.test',
  '/%09/evil.test',
  'javascript:alert(1)',
]) {
  test(`LOG-30 a log-in never leads to ${evil}`, async ({ open, server }) => {
    const user = await server.addUser({ teamId: await server.addTeam() });
    const page = await open();
    await page.goto(`/login?callbackUrl=${encodeURIComponent(evil)}`);
    await page.getByLabel('Email').fill(user.email);
    await page.getByRole('button', { name: 'Continue' }).click();
    await page.getByLabel('Password', { exact: true }).fill(user.password);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await expect(page).toHaveURL(`${server.origin}/computers`);
  });
}

test('F21: a forgotten password is replaced by a link whose token is in no address that is asked for', async ({
  open,
  server,
}) => {
  const user = await server.addUser({ teamId: await server.addTeam() });
  const page = await open();
  const addresses: string[] = [];
  page.on('request', (request) => addresses.push(request.url()));
  await page.goto('/reset');
  await page.getByLabel('Email').fill(user.email);
  await page.getByRole('button', { name: 'Send the link' }).click();
  await expect(page.getByText('Look into your mail')).toBeVisible();
  const link = await mailedLink(server, user.email, '/reset');

  // As it is opened from a mail, and as it is pasted into the page that is open.
  const fresh = await open();
  await fresh.goto(link);
  await expect(fresh.getByRole('heading', { name: 'Choose a new password' })).toBeVisible();
  await expectAccessible(fresh);
  await page.goto(link);
  await expect(page.getByText(`For the account u•••••@example.com`)).toBeVisible();
  await page.getByLabel('New password', { exact: true }).fill('a much better pass phrase 9');
  await page.getByRole('button', { name: 'Set the new password' }).click();
  await expect(page.getByText('Your password is changed')).toBeVisible();
  expect((await server.get('/me', { token: user.token })).status).toBe(401);

  await fresh.getByLabel('New password', { exact: true }).fill('a much better pass phrase 8');
  await fresh.getByRole('button', { name: 'Set the new password' }).click();
  await expect(fresh.getByText('This link no longer works')).toBeVisible();
  await fresh.getByRole('button', { name: 'Ask for a new one' }).click();
  await expect(fresh.getByRole('heading', { name: 'Forgotten your password?' })).toBeVisible();
  await fresh.goto(link);
  await expect(fresh.getByRole('heading', { name: 'This link no longer works' })).toBeVisible();
  await fresh.getByRole('button', { name: 'Ask for a new link' }).click();
  await expect(fresh.getByLabel('Email')).toBeVisible();

  const token = link.slice(link.indexOf('#') + 1);
  expect(token).toHaveLength(43);
  expect(addresses.filter((address) => address.includes(token))).toEqual([]);
});

test('F21: an invitation is accepted by its link, and whoever made it reads what the link is', async ({
  open,
  server,
}) => {
  const teamId = await server.addTeam('Harbour');
  const owner = await server.addUser({ teamId, role: 'owner', name: 'Olga' });
  const admin = await open({ as: owner });
  await admin.goto(`/teams/${teamId}/members`);
  await admin.getByRole('button', { name: 'Invite' }).first().click();
  await admin.getByRole('dialog').getByLabel('Email').fill('nina@example.com');
  await admin.getByRole('button', { name: 'Send invitation' }).click();
  await expect(admin.getByText('Whoever has this link can take this address here')).toBeVisible();
  await expectAccessible(admin);
  const link = (await admin.getByRole('dialog').getByRole('code').first().textContent()) ?? '';
  expect(new URL(link).hash).toHaveLength(44);

  const page = await open();
  const addresses: string[] = [];
  page.on('request', (request) => addresses.push(request.url()));
  await page.goto(link);
  await expect(page.getByRole('heading', { name: 'Join Harbour' })).toBeVisible();
  await expectAccessible(page);
  await page.getByLabel('Your name').fill('Nina New');
  await page.getByLabel('Password', { exact: true }).fill('a passphrase of somebody new');
  await page.getByRole('button', { name: 'Join Harbour' }).click();
  await expect(page).toHaveURL(/\/computers$/);
  const token = new URL(link).hash.slice(1);
  expect(addresses.filter((address) => address.includes(token))).toEqual([]);

  const again = await open();
  await again.goto(link);
  await expect(
    again.getByRole('heading', { name: 'This invitation can’t be accepted' }),
  ).toBeVisible();
});

test('signing out ends the session everywhere', async ({ open, server }) => {
  const user = await server.addUser({ teamId: await server.addTeam() });
  const page = await open({ as: user });
  await page.goto('/computers');
  await page.getByRole('button', { name: user.name }).click();
  await page.getByRole('menuitem', { name: 'Sign out' }).click();
  await expect(page).toHaveURL(/\/login/);
  expect((await server.get('/me', { token: user.token })).status).toBe(401);
  await page.goto('/computers');
  await expect(page).toHaveURL(/\/login/);
});

test('a stolen cookie opens the pages, and not the protected action', async ({ open, server }) => {
  const teamId = await server.addTeam();
  const user = await server.addUser({ teamId });
  const computerId = await server.addComputer(teamId, 'Workstation');
  const page = await open({ as: user, from: THIEF });
  await page.goto('/computers');
  await page.getByRole('link', { name: 'Connect to Workstation' }).click();
  const dialog = page.getByRole('dialog', { name: 'Verify this network' });
  await expect(dialog.getByText(THIEF)).toBeVisible();
  await dialog.getByLabel('Your password').fill('a guess of his');
  await dialog.getByRole('button', { name: 'Verify this network' }).click();
  await expect(dialog.getByText('This is not the password of this account.')).toBeVisible();
  await dialog.getByRole('button', { name: 'Cancel' }).click();
  await expect(
    page.getByText('Nothing was done, because this network was not verified.'),
  ).toBeVisible();
  expect(await server.count('connections WHERE computer_id = $1', [computerId])).toBe(0);
});

test.describe('F6: https, beside a site of another’s under the same domain', () => {
  const DOMAIN = 'harbour.localhost';
  const NAME = '__Host-gatehouse.session';
  let secure: TestServer;
  /** What the browser has sent to Gatehouse, byte for byte. */
  let sent = '';
  let sibling: string;
  /** The cookies that the other site sets: a response writes bytes, a script UTF-8. */
  let planted: { byResponse: string[]; byScript: string[] };
  const servers: Server[] = [];

  test.beforeEach(async ({ server }) => {
    const { private: key, cert } = await generate([{ name: 'commonName', value: DOMAIN }], {
      keySize: 2048,
      algorithm: 'sha256',
    });
    const port = await freePort();
    secure = await TestServer.startBeside(server, { APP_URL: `https://gate.${DOMAIN}:${port}` });
    const front = createServer({ key, cert }, (outer) => {
      const inner = connect(secure.port, '127.0.0.1');
      outer.on('data', (chunk) => {
        sent += chunk.toString('latin1');
      });
      outer.pipe(inner).pipe(outer);
      outer.on('error', () => inner.destroy());
      inner.on('error', () => outer.destroy());
    }).listen(port, '127.0.0.1');
    const site = createSite({ key, cert }, (_request, response) => {
      response.setHeader('Content-Type', 'text/html; charset=utf-8');
      response.setHeader('Set-Cookie', planted.byResponse);
      // Bytes: Node writes the headers before a text in the text's encoding.
      response.end(
        Buffer.from(
          `<script>for (const cookie of ${JSON.stringify(planted.byScript)}) document.cookie = cookie</script>`,
        ),
      );
    }).listen(0, '127.0.0.1');
    servers.push(front, site);
    await Promise.all(servers.map((one) => once(one, 'listening')));
    sibling = `https://blog.${DOMAIN}:${(site.address() as AddressInfo).port}/`;
  });
  test.afterEach(async () => {
    for (const one of servers.splice(0)) one.close();
    await secure.stop();
  });

  test('a cookie that it plants is nobody’s session, and shuts nobody out', async ({
    browser,
    server,
  }) => {
    const teamId = await server.addTeam();
    const user = await server.addUser({ teamId });
    const thief = await server.addUser({ teamId, at: THIEF });
    const plant = (before: string) =>
      `${before}${NAME}=${thief.token}; Domain=${DOMAIN}; Path=/; Secure`;
    planted = { byResponse: [plant('\xa0'), plant('')], byScript: [plant('\u2028'), plant('')] };
    expect(secure.cookieName()).toBe(NAME);
    const context = await browser.newContext({
      baseURL: secure.origin,
      ignoreHTTPSErrors: true,
      extraHTTPHeaders: { 'x-forwarded-for': HOME },
    });
    const page = await context.newPage();
    const whoAmI = () =>
      page.evaluate(async () => {
        const answer = await fetch('/api/v1/me');
        return [answer.status, (await answer.json()).user?.id];
      });
    /** Both forms went along, and no third. */
    const expectPlanted = () => {
      expect(sent).toContain(` \xa0${NAME}=${thief.token}`);
      expect(sent).toContain(` \xe2\x80\xa8${NAME}=${thief.token}`);
      expect(sent).not.toMatch(new RegExp(`[ :]${NAME}=${thief.token}`));
      sent = '';
    };

    await page.goto(sibling);
    await page.goto('/computers');
    await expect(page).toHaveURL(/\/login/);
    expect(await whoAmI()).toEqual([401, undefined]);
    expectPlanted();

    await page.getByLabel('Email').fill(user.email);
    await page.getByRole('button', { name: 'Continue' }).click();
    await page.getByLabel('Password', { exact: true }).fill(user.password);
    const greeted = page.waitForEvent('websocket').then((one) => one.waitForEvent('framereceived'));
    await page.getByRole('button', { name: 'Sign in' }).click();
    await expect(page).toHaveURL(/\/computers$/);
    await greeted;
    sent = '';
    const refused: string[] = [];
    page.on('response', (response) => {
      if (response.status() >= 400) refused.push(`${response.status()} ${response.url()}`);
    });
    await page.goto('/friends');
    await expect(page.getByRole('heading', { level: 1, name: 'Friends' })).toBeVisible();
    expect(await whoAmI()).toEqual([200, user.id]);
    expectPlanted();
    expect(refused).toEqual([]);
    await context.close();
  });
});
