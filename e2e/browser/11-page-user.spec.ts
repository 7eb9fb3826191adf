import type { Page } from '@playwright/test';
import type { TestServer, TestUser } from '../support/test-server';
import { expect, signIn, test } from './fixtures';

/** Olga's tab, and how another of her team signs in to the same browser, in another tab. */
async function openAsOlga(open: (options: { as: TestUser }) => Promise<Page>, server: TestServer) {
  const { olga, rita } = await server.addTeamOfTwo();
  const page = await open({ as: olga });
  const shell = page.getByRole('complementary');
  await page.goto('/friends');
  await expect(shell.getByText('Olga')).toBeVisible();
  const signInBeside = (user: TestUser) => signIn(page.context(), server, user);
  return { page, shell, olga, rita, signInBeside };
}

test('P8: Olga’s tab does nothing as Rita who signed in beside it, and becomes Rita’s', async ({
  open,
  server,
}) => {
  const { page, shell, olga, rita, signInBeside } = await openAsOlga(open, server);
  await page.getByLabel('Email').fill('somebody@example.com');
  await signInBeside(rita);
  await page.getByRole('button', { name: /^Add|^Send|^Ask/ }).click();
  await expect(shell.getByText('Rita')).toBeVisible();
  const isTheirs = 'friendships WHERE requester_id = ANY($1)';
  expect(await server.count(isTheirs, [[olga.id, rita.id]])).toBe(0);
});

test('P8: it notices when it is looked at, and when it goes to another page', async ({
  open,
  server,
}) => {
  const { page, shell, olga, rita, signInBeside } = await openAsOlga(open, server);
  await signInBeside(rita);
  // A page that has only just come may not listen yet.
  await expect(async () => {
    await page.evaluate(() => window.dispatchEvent(new Event('focus')));
    await expect(shell.getByText('Rita')).toBeVisible({ timeout: 1_000 });
  }).toPass();
  await signInBeside(olga);
  await shell.getByRole('link', { name: 'Computers' }).click();
  await expect(shell.getByText('Olga')).toBeVisible();
  await expect(page).toHaveURL(/\/computers$/);
  // Live pages have a socket: it is not Rita’s either.
  await page.goto('/computers');
  await expect(shell.getByText('Olga')).toBeVisible();
});
