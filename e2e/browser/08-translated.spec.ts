import type { Page } from '@playwright/test';
import { CAFE, HOME } from '../support/test-server';
import { expect, test } from './fixtures';
import { translate } from './translator';

/**
 * The fault: a browser's translator takes text nodes away that React wants to move or remove, and the
 * page is gone. Whatever its console calls an error fails a test here.
 */

/** Opens a page and lets a translator at it. */
async function visit(page: Page, path: string): Promise<void> {
  await page.goto(path);
  await translate(page);
}

test('P7 who reads a translated log-in page mistypes, and gets in', async ({ open, server }) => {
  const user = await server.addUser({ teamId: await server.addTeam() });
  const page = await open();
  await visit(page, '/login');
  await page.getByLabel('Email').fill(user.email);
  await page.getByRole('button', { name: 'Continue' }).click();
  const password = page.getByLabel('Password', { exact: true });
  await password.fill('not the password');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(page.getByText('The email or the password is wrong.')).toBeVisible();
  await page.getByRole('button', { name: 'Change' }).click();
  await page.getByRole('button', { name: 'Continue' }).click();
  await password.fill(user.password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(page).toHaveURL(/\/computers$/);
});

test('P7 the prompt in place is passed on a translated page, after a wrong password', async ({
  open,
  server,
}) => {
  const teamId = await server.addTeam();
  const user = await server.addUser({ teamId });
  await server.addComputer(teamId, 'Render station');
  const page = await open({ as: user, from: CAFE });
  await visit(page, '/computers');
  await page.getByRole('link', { name: 'Connect to Render station' }).click();
  const prompt = page.getByRole('dialog', { name: 'Verify this network' });
  await prompt.getByLabel('Your password').fill('not the password');
  await prompt.getByRole('button', { name: 'Verify this network' }).click();
  await expect(prompt.getByText('This is not the password of this account.')).toBeVisible();
  await prompt.getByLabel('Your password').fill(user.password);
  await prompt.getByRole('button', { name: 'Verify this network' }).click();
  await expect(prompt).toHaveCount(0);
  await expect(page.getByRole('listitem').filter({ hasText: 'Waiting' })).toBeVisible();
  await page.getByRole('button', { name: 'Cancel' }).click();
  await expect(page.getByText('Render station was not connected.')).toBeVisible();
});

for (const from of [CAFE, HOME]) {
  test(`P7 the prompt page works translated, from ${from}`, async ({ open, server }) => {
    const teamId = await server.addTeam();
    const user = await server.addUser({ teamId });
    const computerId = await server.addComputer(teamId);
    const { challenge } = (await server.connect(computerId, { from: CAFE, token: user.token }))
      .body;
    const page = await open({ from });
    await visit(page, new URL(challenge.url).pathname);
    if (from !== CAFE) await page.getByText('Verify the network I am on').click();
    await page.getByRole('textbox', { name: /^Password of/ }).fill('not the password');
    await page.getByRole('button', { name: 'Verify this network' }).click();
    await expect(page.getByText('This is not the password of this account.')).toBeVisible();
    await page.getByRole('textbox', { name: /^Password of/ }).fill(user.password);
    await page.getByRole('button', { name: 'Verify this network' }).click();
    await expect(
      from === CAFE
        ? page.getByRole('heading', { name: 'Verified' })
        : page.getByText('Your own network was verified'),
    ).toBeVisible();
  });
}

test('P7 an owner changes rules, invites, and finds the way through translated pages', async ({
  open,
  server,
}) => {
  const teamId = await server.addTeam();
  const owner = await server.addUser({ teamId, role: 'owner' });
  const member = await server.addUser({ teamId, name: 'Valerie' });
  await server.trust(member.id, CAFE);
  const page = await open({ as: owner });
  await visit(page, `/teams/${teamId}/rules`);
  await page.getByLabel('Days of trust').fill('x');
  await page.getByRole('button', { name: 'Save changes' }).click();
  await page.getByLabel('Days of trust').fill('30');
  await page.getByRole('button', { name: 'Save changes' }).click();
  await expect(page.getByRole('button', { name: 'Save changes' })).toHaveCount(0);
  const control = page.getByRole('switch', { name: 'IP Verification' });
  await control.click();
  const dialog = page.getByRole('alertdialog');
  await dialog.getByRole('button', { name: 'Switch off' }).click();
  await dialog.getByLabel('Reason').fill('Moving the office this week');
  await dialog.getByRole('button', { name: 'Switch off' }).click();
  await expect(control).not.toBeChecked();
  await control.click();
  await expect(control).toBeChecked();

  // On by links, so that the page stays the one that was translated.
  await page.getByRole('link', { name: 'Members' }).click();
  await page.getByRole('button', { name: 'Invite' }).first().click();
  await page.getByRole('dialog').getByLabel('Email').fill('rita@example.com');
  await page
    .getByRole('dialog')
    .getByRole('button', { name: /^Invite|^Send/ })
    .click();
  await page
    .getByRole('dialog')
    .getByRole('button', { name: /^Done|^Close/ })
    .first()
    .click();
  await page.getByRole('link', { name: 'Valerie' }).click();
  await page
    .getByRole('row', { name: CAFE })
    .getByRole('button', { name: /Revoke/ })
    .click();
  await page.getByRole('alertdialog').getByRole('button', { name: 'Revoke' }).click();
  await expect(page.getByRole('row', { name: CAFE })).toContainText('Revoked');
  await page.getByRole('link', { name: 'Activity' }).first().click();
  await expect(page.getByText('Moving the office this week').first()).toBeVisible();
});

test('P7 a member changes the password on a translated account page', async ({ open, server }) => {
  const user = await server.addUser({ teamId: await server.addTeam() });
  const page = await open({ as: user });
  await visit(page, '/account');
  const current = page.getByLabel('Current password', { exact: true });
  await current.fill('not the password');
  await page.getByLabel('New password', { exact: true }).fill('a much better pass phrase 7');
  const change = page.getByRole('button', { name: 'Change password' });
  await change.click();
  await expect(page.getByText('This is not your current password.')).toBeVisible();
  await current.fill(user.password);
  await change.click();
  await expect(page.getByText('Password changed')).toBeVisible();
});
