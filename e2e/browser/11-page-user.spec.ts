import type { Page } from '@playwright/test';
import type { TestUser } from '../test-server';
import { expect, test } from './fixtures';

/** Somebody else signs in to this browser, in another tab. */
async function signInBeside(page: Page, user: TestUser, name: string, url: string): Promise<void> {
  await page
    .context()
    .addCookies([{ name, value: user.token, url, httpOnly: true, sameSite: 'Lax' }]);
}

test('P8: Olga’s tab does nothing as Rita who signed in beside it, and becomes Rita’s', async ({
  open,
  server,
}) => {
  const teamId = await server.addTeam();
  const olga = await server.addUser({ teamId, name: 'Olga' });
  const rita = await server.addUser({ teamId, name: 'Rita' });
  const page = await open({ as: olga });
  await page.goto('/friends');
  await expect(page.getByRole('complementary').getByText('Olga')).toBeVisible();
  await page.getByLabel('E-mail').fill('somebody@example.com');
  await signInBeside(page, rita, server.cookieName(), server.origin);
  await page.getByRole('button', { name: /^Add|^Send|^Ask/ }).click();
  await expect(page.getByRole('complementary').getByText('Rita')).toBeVisible();
  const isTheirs = 'friendships WHERE requester_id = ANY($1)';
  expect(await server.count(isTheirs, [[olga.id, rita.id]])).toBe(0);
});

test('P8: it notices when it is looked at, and when it goes to another page', async ({
  open,
  server,
}) => {
  const teamId = await server.addTeam();
  const olga = await server.addUser({ teamId, name: 'Olga' });
  const rita = await server.addUser({ teamId, name: 'Rita' });
  const page = await open({ as: olga });
  const shell = page.getByRole('complementary');
  await page.goto('/friends');
  await expect(shell.getByText('Olga')).toBeVisible();
  await signInBeside(page, rita, server.cookieName(), server.origin);
  // A page that has only just come may not listen yet.
  await expect(async () => {
    await page.evaluate(() => window.dispatchEvent(new Event('focus')));
    await expect(shell.getByText('Rita')).toBeVisible({ timeout: 1_000 });
  }).toPass();
  await signInBeside(page, olga, server.cookieName(), server.origin);
  await shell.getByRole('link', { name: 'Account' }).click();
  await expect(shell.getByText('Olga')).toBeVisible();
  await expect(page).toHaveURL(/\/account$/);
  // Live pages have a socket: it is not Rita’s either.
  await page.goto('/computers');
  await expect(shell.getByText('Olga')).toBeVisible();
});
