import { PASSWORD } from '../support/test-server';
import { expect, expectAccessible, test } from './fixtures';

/** First of all files: afterwards the team exists. */
test('the first team is made by whoever has the token, which never leaves the fragment', async ({
  open,
  server,
}) => {
  const page = await open();
  const addresses: string[] = [];
  page.on('request', (request) => addresses.push(request.url()));
  await page.goto('/');
  await expect(page).toHaveURL(/\/setup$/);
  await expectAccessible(page);

  await page.goto('/setup#not-the-token');
  await page.getByLabel('Name of your team').fill('Harbour');
  await page.getByLabel('Your name').fill('Olga Owner');
  await page.getByLabel('Your e-mail').fill('olga@example.com');
  await page.getByLabel('Your password', { exact: true }).fill(PASSWORD);
  await page.getByRole('button', { name: 'Create the team' }).click();
  await expect(page.getByText('This is not the set-up token')).toBeVisible();
  expect(await server.count('teams')).toBe(0);

  await page.getByLabel('Set-up token').fill('the-set-up-token-of-the-tests');
  await page.getByRole('button', { name: 'Create the team' }).click();
  await expect(page).toHaveURL(/\/computers$/);
  await expect(page.getByRole('link', { name: 'Register a computer' })).toBeVisible();
  expect(addresses.filter((address) => address.includes('set-up-token'))).toEqual([]);
  // The session that set-up opened for programs is not left behind.
  expect(await server.count('sessions WHERE ended_at IS NULL')).toBe(1);

  await page.goto('/setup');
  await expect(page.getByRole('link', { name: 'Sign in' })).toBeVisible();
});
