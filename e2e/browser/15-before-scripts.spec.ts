import type { Page } from '@playwright/test';
import { expect, test } from './fixtures';

/** Holds the page's scripts back, as a slow line does. @returns lets them come */
async function holdScripts(page: Page): Promise<() => void> {
  let come = () => {};
  const coming = new Promise<void>((resolve) => {
    come = resolve;
  });
  await page.route('**/_next/static/**/*.js', async (route) => {
    await coming;
    await route.continue();
  });
  return come;
}

test('what is typed and sent before the scripts have come is sent when they have, and is in no address', async ({
  open,
  server,
}) => {
  const user = await server.addUser({ teamId: await server.addTeam() });
  const page = await open({ beforeScripts: true });
  const asked: string[] = [];
  page.on('request', (request) => asked.push(`${request.method()} ${request.url()}`));
  const come = await holdScripts(page);
  await page.goto('/login', { waitUntil: 'domcontentloaded' });
  const next = page.getByRole('button', { name: 'Continue' });
  await expect(page.getByLabel('Email')).toBeFocused();
  await page.keyboard.type(user.email);
  await page.keyboard.press('Enter');
  await expect(next).toHaveAttribute('aria-busy', 'true');
  await next.click();
  await expect(next).toHaveAttribute('aria-busy', 'true');
  come();
  await expect(page.getByLabel('Password', { exact: true })).toBeFocused();
  await expect(page).toHaveURL(/\/login$/);
  const sent = asked.filter((line) => !line.includes('/_next/'));
  expect(sent.filter((line) => line.includes('/log-in-methods'))).toHaveLength(1);
  expect(sent.join('\n')).not.toContain(encodeURIComponent(user.email));
});

test('a button and a menu that are pressed before then do it once; the last press counts', async ({
  open,
  server,
}) => {
  const teamId = await server.addTeam();
  const owner = await server.addUser({ teamId, role: 'owner' });
  await server.addComputer(teamId, 'Render station');
  const page = await open({ as: owner, beforeScripts: true });
  const path = `/teams/${teamId}/computers`;

  let come = await holdScripts(page);
  await page.goto(path, { waitUntil: 'domcontentloaded' });
  const menu = page.getByRole('button', { name: 'Actions for Render station' });
  await menu.click();
  await expect(menu).toHaveAttribute('aria-busy', 'true');
  await page.getByRole('button', { name: 'Register' }).click();
  await expect(menu).not.toHaveAttribute('aria-busy');
  come();
  await expect(page.getByRole('dialog')).toHaveCount(1);
  await expect(page.getByRole('menu')).toHaveCount(0);

  await page.unrouteAll();
  come = await holdScripts(page);
  await page.goto(path, { waitUntil: 'domcontentloaded' });
  await menu.click();
  come();
  await expect(page.getByRole('menu')).toBeVisible();
});

test('days of trust that are typed before then can be saved', async ({ open, server }) => {
  const teamId = await server.addTeam();
  const owner = await server.addUser({ teamId, role: 'owner' });
  const page = await open({ as: owner, beforeScripts: true });
  const come = await holdScripts(page);
  await page.goto(`/teams/${teamId}/rules`, { waitUntil: 'domcontentloaded' });
  await page.getByLabel('Days of trust').fill('30');
  come();
  await page.getByRole('button', { name: 'Save changes' }).click();
  await expect(page.getByText('Saved.')).toBeVisible();
  await expect(page.getByLabel('Days of trust')).toHaveValue('30');
});
