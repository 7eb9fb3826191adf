import type { Page } from '@playwright/test';
import { CAFE, HOME, THIEF } from '../support/test-server';
import { expect, expectAccessible, test } from './fixtures';

test('a blocked action opens the prompt in place, and goes on after it by itself', async ({
  open,
  server,
}) => {
  const teamId = await server.addTeam();
  const user = await server.addUser({ teamId });
  const computerId = await server.addComputer(teamId, 'Render station');
  const page = await open({ as: user, from: CAFE });
  await page.goto('/computers');
  await page.getByRole('link', { name: 'Connect to Render station' }).click();
  const prompt = page.getByRole('dialog', { name: 'Verify this network' });
  await expect(prompt.getByText(CAFE)).toBeVisible();
  await expect(prompt.getByLabel('Your password')).toBeFocused();
  await expectAccessible(page);
  await page.keyboard.type(user.password);
  await page.keyboard.press('Enter');
  await expect(page.getByRole('listitem').filter({ hasText: 'Waiting' })).toBeVisible();
  await expect.poll(() => server.count('connections WHERE computer_id = $1', [computerId])).toBe(1);
  // The cookie was replaced in place: the old copy is dead, this browser goes on.
  expect((await server.get('/me', { from: THIEF, token: user.token })).status).toBe(401);
  await page.goto('/friends');
  await expect(page.getByRole('heading', { level: 1, name: 'Friends' })).toBeVisible();
});

test('a verification in another tab resumes this one', async ({ open, server }) => {
  const teamId = await server.addTeam();
  const user = await server.addUser({ teamId });
  await server.addComputer(teamId, 'Render station');
  const page = await open({ as: user, from: CAFE });
  await page.goto('/computers');
  await page.getByRole('link', { name: 'Connect to Render station' }).click();
  await expect(page.getByRole('dialog', { name: 'Verify this network' })).toBeVisible();
  const verified = await server.logIn(user, { from: CAFE });
  expect(verified.status).toBe(201);
  await expect(page.getByRole('listitem').filter({ hasText: 'Waiting' })).toBeVisible();
});

test('the prompt page works where nobody is signed in, for a program that waits', async ({
  open,
  server,
}) => {
  const teamId = await server.addTeam();
  const user = await server.addUser({ teamId });
  const computerId = await server.addComputer(teamId);
  const connect = () => server.connect(computerId, { from: CAFE, token: user.token });
  const { challenge } = (await connect()).body;

  const page = await open({ from: CAFE });
  await page.goto(new URL(challenge.url).pathname);
  await expect(page.getByRole('heading', { name: 'Verify this network' })).toBeVisible();
  await expect(page.getByText(user.email)).toHaveCount(0);
  await expectAccessible(page);
  await page.getByRole('textbox', { name: /^Password of/ }).fill(user.password);
  await page.getByRole('button', { name: 'Verify this network' }).click();
  await expect(page.getByRole('heading', { name: 'Verified' })).toBeVisible();
  expect((await server.get(`/challenges/${challenge.id}`, { from: CAFE })).body.status).toBe(
    'verified',
  );
  expect((await connect()).status).toBe(201);
  expect(await page.context().cookies()).toEqual([]);
});

test('VER-8 the thief’s link, opened by its owner at home, verifies nothing of the thief', async ({
  open,
  server,
}) => {
  const teamId = await server.addTeam();
  const user = await server.addUser({ teamId });
  const computerId = await server.addComputer(teamId);
  const theft = () => server.connect(computerId, { from: THIEF, token: user.token });
  const { challenge } = (await theft()).body;

  const page = await open({ as: user, from: HOME });
  await page.goto(new URL(challenge.url).pathname);
  await expect(page.getByText(THIEF).first()).toBeVisible();
  await expect(page.getByText(HOME).first()).toBeVisible();
  await expectAccessible(page);
  // She goes on in spite of the advice: only her own network is recorded.
  await page.getByText(`Verify the network I am on, ${HOME}`).click();
  await page.getByRole('textbox', { name: /^Password of/ }).fill(user.password);
  await page.getByRole('button', { name: 'Verify this network' }).click();
  await expect(page.getByText('Your own network was verified')).toBeVisible();
  expect((await server.get(`/challenges/${challenge.id}`)).body.status).toBe('pending');
  expect(
    await server.count('verified_ips WHERE user_id = $1 AND address = $2', [user.id, THIEF]),
  ).toBe(0);
});

/** The password leaves this browser by another network than everything else. */
async function provesFrom(page: Page, address: string): Promise<void> {
  await page.route('**/api/v1/verifications', (route) =>
    route.continue({ headers: { ...route.request().headers(), 'x-forwarded-for': address } }),
  );
}

test('P1 who is on two networks is asked twice at most, and told which is which', async ({
  open,
  server,
}) => {
  const teamId = await server.addTeam();
  const user = await server.addUser({ teamId });
  const page = await open({ as: user, from: CAFE });
  await provesFrom(page, '2001:db8:1:2::9');
  await page.goto('/friends');
  await page.getByLabel('Email').fill('rita@example.com');
  await page.getByRole('button', { name: /^Add|^Send|^Ask/ }).click();
  const prompt = page.getByRole('dialog', { name: 'Verify this network' });
  await prompt.getByLabel('Your password').fill(user.password);
  await prompt.getByRole('button', { name: 'Verify this network' }).click();
  await expect(prompt.getByText('Another network was verified')).toBeVisible();
  await expect(prompt.getByText('2001:db8:1:2::9')).toBeVisible();
  await expect(prompt.getByText(CAFE)).toBeVisible();
  await expectAccessible(page);
  await prompt.getByLabel('Your password').fill(user.password);
  await prompt.getByRole('button', { name: 'Verify this network' }).click();
  const last = page.getByRole('dialog', { name: 'Your device uses several networks at once' });
  await expect(last.getByText(`${CAFE}/32`)).toBeVisible();
  await expect(last.getByRole('textbox')).toHaveCount(0);
  await expectAccessible(page);
  await last.getByRole('button', { name: 'Close' }).first().click();
  expect(await server.count('friendships WHERE requester_id = $1', [user.id])).toBe(0);

  // On one network again, nothing of this is remembered against the person.
  await page.unroute('**/api/v1/verifications');
  await page.getByRole('button', { name: /^Add|^Send|^Ask/ }).click();
  await expect(prompt.getByText('Another network was verified')).toHaveCount(0);
  await prompt.getByLabel('Your password').fill(user.password);
  await prompt.getByRole('button', { name: 'Verify this network' }).click();
  await expect.poll(() => server.count('friendships WHERE requester_id = $1', [user.id])).toBe(1);
});

test('P1 an action that follows its proof to the other network goes through without a second word', async ({
  open,
  server,
}) => {
  const teamId = await server.addTeam();
  const user = await server.addUser({ teamId });
  const page = await open({ as: user, from: CAFE });
  await provesFrom(page, '2001:db8:1:2::9');
  await page.goto('/friends');
  await page.getByLabel('Email').fill('rita@example.com');
  await page.getByRole('button', { name: /^Add|^Send|^Ask/ }).click();
  const prompt = page.getByRole('dialog', { name: 'Verify this network' });
  await prompt.getByLabel('Your password').fill(user.password);
  await page.context().setExtraHTTPHeaders({ 'x-forwarded-for': '2001:db8:1:2::9' });
  await prompt.getByRole('button', { name: 'Verify this network' }).click();
  await expect(prompt).toHaveCount(0);
  await expect.poll(() => server.count('friendships WHERE requester_id = $1', [user.id])).toBe(1);
});

test('P1 an offer goes out again by a new socket, which may come from the verified network', async ({
  open,
  server,
}) => {
  const teamId = await server.addTeam();
  const user = await server.addUser({ teamId });
  const computerId = await server.addComputer(teamId, 'Render station');
  const page = await open({ as: user, from: CAFE });
  await provesFrom(page, '2001:db8:1:2::9');
  await page.goto('/computers');
  await page.getByRole('link', { name: 'Connect to Render station' }).click();
  const prompt = page.getByRole('dialog', { name: 'Verify this network' });
  await prompt.getByLabel('Your password').fill(user.password);
  await page.context().setExtraHTTPHeaders({ 'x-forwarded-for': '2001:db8:1:2::9' });
  await prompt.getByRole('button', { name: 'Verify this network' }).click();
  await expect(page.getByRole('listitem').filter({ hasText: 'Waiting' })).toBeVisible();
  // The step stands there while its offer is on its way.
  const isMade = `connections WHERE computer_id = $1 AND network = '2001:db8:1:2::/64'`;
  await expect.poll(() => server.count(isMade, [computerId])).toBe(1);
});

test('B4: whoever did not begin it ends every session there and then, without a password', async ({
  open,
  server,
}) => {
  const teamId = await server.addTeam();
  const user = await server.addUser({ teamId });
  await server.addComputer(teamId, 'Workstation');
  const page = await open({ as: user, from: CAFE });
  await page.goto('/computers');
  await page.getByRole('link', { name: 'Connect to Workstation' }).click();
  const prompt = page.getByRole('dialog', { name: 'Verify this network' });
  await prompt.getByText('This wasn’t me?').click();
  await prompt.getByRole('button', { name: 'Sign out everywhere' }).click();
  await expect(page).toHaveURL(/\/login/);
  expect((await server.get('/me', { token: user.token })).status).toBe(401);
});
