import { CAFE, HOME, THIEF } from '../support/test-server';
import { expect, expectAccessible, expectAccessibleInAllLooks, test } from './fixtures';

test('App Rules: switched off with a reason, the thief connects; switched on, he is refused', async ({
  open,
  server,
}) => {
  const teamId = await server.addTeam();
  const owner = await server.addUser({ teamId, role: 'owner' });
  const member = await server.addUser({ teamId });
  const computerId = await server.addComputer(teamId);
  const theft = () => server.connect(computerId, { from: THIEF, token: member.token });
  const page = await open({ as: owner });
  await page.goto(`/teams/${teamId}/rules`);
  const control = page.getByRole('switch', { name: 'IP Verification' });
  await expect(control).toBeChecked();
  expect((await theft()).status).toBe(403);

  await control.click();
  const dialog = page.getByRole('alertdialog');
  await dialog.getByRole('button', { name: 'Switch off' }).click();
  await expect(dialog.getByText('Write a reason first.')).toBeVisible();
  await dialog.getByLabel('Reason').fill('Moving the office this week');
  await dialog.getByRole('button', { name: 'Switch off' }).click();
  await expect(control).not.toBeChecked();
  const history = page.getByRole('list', { name: 'Last changes of App Rules' });
  await expect(history.getByText(`${owner.name} switched IP Verification off`)).toContainText(
    'Moving the office this week',
  );
  expect((await theft()).status).toBe(201);

  await control.click();
  await expect(control).toBeChecked();
  expect((await theft()).status).toBe(403);

  await page.goto(`/teams/${teamId}/activity`);
  await expect(page.getByText('Moving the office this week').first()).toBeVisible();
});

test('App Rules: off for an hour, all are told until when, and by itself it is on again', async ({
  open,
  server,
}) => {
  const { teamId, olga, rita } = await server.addTeamOfTwo();
  const page = await open({ as: olga });
  await page.goto(`/teams/${teamId}/rules`);
  const control = page.getByRole('switch', { name: 'IP Verification' });
  await control.click();
  const dialog = page.getByRole('alertdialog');
  await expect(dialog.getByRole('radio', { name: '1 hour' })).toBeChecked();
  await dialog.getByLabel('Reason').fill('Office move');
  await expectAccessible(page);
  await dialog.getByRole('button', { name: 'Switch off' }).click();
  const told = /^IP Verification is off in .* until \S+ \d\d:\d\d$/;
  const banner = (where: typeof page) => where.getByRole('paragraph').filter({ hasText: told });
  await expect(banner(page)).toBeVisible();
  await expect(page.getByText(`By ${olga.name}: Office move`).first()).toBeVisible();
  await expect(page.getByText(/^Off until \S+ \d\d:\d\d, then on by itself/)).toBeVisible();
  await expectAccessibleInAllLooks(page);
  await page.setViewportSize({ width: 1280, height: 900 });

  const member = await open({ as: rita });
  await member.goto('/computers');
  await expect(banner(member)).toBeVisible();
  await expect(member.getByText('Office move')).toHaveCount(0);

  await server.db.query('UPDATE app_rules SET planned_at = gatehouse_now() WHERE team_id = $1', [
    teamId,
  ]);
  await member.getByRole('complementary').getByRole('link', { name: 'Friends' }).click();
  await expect(member).toHaveURL(/\/friends$/);
  await expect(banner(member)).toHaveCount(0);
  await page.reload();
  await expect(control).toBeChecked();
  await expect(async () => {
    await page.reload();
    await expect(
      page.getByText('Gatehouse switched IP Verification on, as planned').first(),
    ).toBeVisible({ timeout: 1_000 });
  }).toPass();
});

test('C20, C21 App Rules: a limit is told before anything is asked, and no change is lost by leaving', async ({
  open,
  server,
}) => {
  const teamId = await server.addTeam();
  const owner = await server.addUser({ teamId, role: 'owner' });
  const page = await open({ as: owner });
  await page.goto('/computers');
  const nav = page.getByRole('complementary');
  await nav.getByRole('link', { name: 'App Rules' }).click();
  const days = page.getByLabel('Days of trust');
  await expect(days).toHaveAccessibleDescription(/^1 to 90 days\./);
  await days.fill('365');
  await page.getByRole('button', { name: 'Save changes' }).click();
  await expect(page.getByText('Trust may last at most 90 days here.')).toBeVisible();
  await expect(days).toBeFocused();
  await expect(page.getByRole('alertdialog')).toHaveCount(0);

  await days.fill('30');
  await nav.getByRole('link', { name: 'Members' }).click();
  const asked = page.getByRole('alertdialog', { name: 'Discard your changes?' });
  await expectAccessible(page);
  await asked.getByRole('button', { name: 'Stay' }).click();
  await expect(asked).toHaveCount(0);
  await expect(days).toHaveValue('30');
  await page.evaluate(() => window.history.back());
  await asked.getByRole('button', { name: 'Stay' }).click();
  await expect(page).toHaveURL(`/teams/${teamId}/rules`);

  // Nor by the keyboard's way.
  await page.keyboard.press('Control+k');
  await page.getByRole('dialog').getByRole('combobox').fill('Friends');
  await page.keyboard.press('Enter');
  await asked.getByRole('button', { name: 'Stay' }).click();
  await expect(page).toHaveURL(`/teams/${teamId}/rules`);

  await page.getByRole('button', { name: 'Save changes' }).press('Enter');
  await expect(page.getByRole('status').getByText('Saved.')).toBeVisible();
  await expect(page.locator('body')).not.toBeFocused();
  await days.fill('29');
  await expect(page.getByText('Saved.')).toHaveCount(0);
  await page.getByRole('button', { name: 'Discard' }).press('Enter');
  await expect(page.getByRole('status').getByText('Discarded')).toBeVisible();
  await expect(days).toHaveValue('30');
  await expect(page.locator('body')).not.toBeFocused();

  await days.fill('28');
  await nav.getByRole('link', { name: 'Members' }).click();
  await asked.getByRole('button', { name: 'Discard and leave' }).click();
  await expect(page).toHaveURL(`/teams/${teamId}/members`);
  const { trust_days } = await server.row('SELECT trust_days FROM app_rules WHERE team_id = $1', [
    teamId,
  ]);
  expect(trust_days).toBe(30);
});

test('OPT-3 a stale authentication asks for the password, then the change goes through', async ({
  open,
  server,
}) => {
  const teamId = await server.addTeam();
  const owner = await server.addUser({ teamId, role: 'owner' });
  await server.db.query(
    `UPDATE sessions SET authenticated_at = gatehouse_now() - interval '16 minutes' WHERE id = $1`,
    [owner.sessionId],
  );
  const page = await open({ as: owner });
  await page.goto(`/teams/${teamId}/rules`);
  await page
    .getByRole('group', { name: 'Connect to a Team Computer' })
    .or(page.getByRole('radiogroup', { name: 'Connect to a Team Computer' }))
    .getByText('Monitor')
    .click();
  await page.getByRole('button', { name: 'Save changes' }).click();
  await page.getByRole('alertdialog').getByRole('button', { name: 'Save changes' }).click();
  const prompt = page.getByRole('dialog', { name: 'Confirm that it is you' });
  await prompt.getByLabel('Your password').fill(owner.password);
  await prompt.getByRole('button', { name: 'Confirm' }).click();
  await expect(prompt).toHaveCount(0);
  await expect
    .poll(() =>
      server.count(`app_rules WHERE team_id = $1 AND modes->>'computer.connect' = 'monitor'`, [
        teamId,
      ]),
    )
    .toBe(1);
});

test('an admin sees a member’s verified IPs and revokes one; it is refused from the next request on', async ({
  open,
  server,
}) => {
  const teamId = await server.addTeam();
  const admin = await server.addUser({ teamId, role: 'admin' });
  const member = await server.addUser({ teamId, name: 'Valerie' });
  await server.trust(member.id, CAFE, 85 * 86_400_000);
  await server.trust(member.id, '2001:db8:1:2::5', 91 * 86_400_000);
  const computerId = await server.addComputer(teamId);
  const page = await open({ as: admin });
  await page.goto(`/teams/${teamId}/members`);
  await page.getByRole('link', { name: 'Valerie' }).click();
  await expect(page.getByRole('row', { name: CAFE })).toContainText('Ends soon');
  await expect(page.getByRole('row', { name: '2001:db8:1:2::5' })).toContainText('Expired');
  const row = page.getByRole('row', { name: HOME });
  await expect(row).toContainText('Trusted');
  await row.getByRole('button', { name: /Revoke/ }).click();
  await page.getByRole('alertdialog').getByRole('button', { name: 'Revoke' }).click();
  await expect(page.getByRole('row', { name: HOME })).toContainText('Revoked');
  const refused = await server.connect(computerId, { token: member.token });
  expect(refused.body.code).toBe('ip_verification_required');
});

test('a member has no way to the team’s pages', async ({ open, server }) => {
  const teamId = await server.addTeam();
  const member = await server.addUser({ teamId });
  const page = await open({ as: member });
  await page.goto('/computers');
  await expect(page.getByRole('link', { name: 'App Rules' })).toHaveCount(0);
  await page.goto(`/teams/${teamId}/members`);
  await expect(page.getByRole('table')).toHaveCount(0);
  const other = await server.addTeam();
  await page.goto(`/teams/${other}/rules`);
  await expect(page.getByRole('switch')).toHaveCount(0);
});

test('B21, B13: after a revocation the keyboard is still in the list, which offers it no more', async ({
  open,
  server,
}) => {
  const { teamId, olga, rita } = await server.addTeamOfTwo();
  await server.trust(rita.id, '2001:db8:1:2::5', 91 * 86_400_000);
  const page = await open({ as: olga });
  await page.goto(`/teams/${teamId}/members/${rita.id}`);
  const list = page.getByRole('table', { name: /^Verified IPs/ });
  await expect(list.getByRole('button', { name: /^Revoke/ })).toHaveCount(1);
  await list.getByRole('button', { name: /^Revoke/ }).press('Enter');
  await page.getByRole('alertdialog').getByRole('button', { name: 'Revoke' }).press('Enter');
  await expect(list.getByText('Revoked')).toBeVisible();
  await expect(list.getByRole('button', { name: /^Revoke/ })).toHaveCount(0);
  await expect(
    page.locator('div:focus').getByRole('table', { name: /^Verified IPs/ }),
  ).toBeVisible();
});

test('the networks page finds what was never verified, and revokes what is chosen', async ({
  open,
  server,
}) => {
  const { teamId, olga, rita } = await server.addTeamOfTwo();
  const places = ['198.51.100.1', '198.51.100.2', '198.51.100.3'];
  for (const place of places) await server.trust(rita.id, place);
  const computerId = await server.addComputer(teamId);
  await server.connect(computerId, { token: rita.token, from: THIEF });
  const page = await open({ as: olga });
  await page.goto(`/teams/${teamId}/networks`);
  const table = page.getByRole('table');
  const search = page.getByLabel('Search address, name or member');
  await search.fill('6.7.8.0/24');
  await expect(table.getByRole('rowheader')).toHaveText([THIEF]);
  await expect(table.getByRole('row', { name: THIEF })).toContainText('Never verified1 refused');
  await search.fill('198.51.100.0/24');
  await expect(table.getByRole('rowheader')).toHaveCount(3);
  await page.getByRole('checkbox', { name: 'Select all on this page' }).check();
  const bar = page.getByRole('region', { name: 'Selected rows' });
  await bar.getByRole('button', { name: 'Name…' }).click();
  await page.getByRole('dialog', { name: 'Name 3 networks' }).getByLabel('Name').fill('The office');
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(table.getByText('The office')).toHaveCount(3);
  await page.getByRole('checkbox', { name: 'Select all on this page' }).check();
  await bar.getByRole('button', { name: 'Revoke…' }).click();
  const dialog = page.getByRole('alertdialog', { name: 'Revoke 3 networks?' });
  await dialog.getByRole('button', { name: 'Revoke' }).click();
  await expect(table.getByText('Ended')).toHaveCount(3);
  expect(
    await server.count(`audit_events WHERE type = 'network.revoked' AND team_id = $1`, [teamId]),
  ).toBe(3);

  await search.fill(THIEF);
  await table.getByRole('link', { name: THIEF }).click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(THIEF);
  await page.getByRole('link', { name: 'Rita' }).click();
  const unverified = page.getByRole('table', { name: /not verified, the latest first/ });
  await expect(unverified.getByRole('row', { name: THIEF })).toContainText('1 refused');

  // C17: what is done on the page stands in its activity.
  await page
    .getByRole('row', { name: HOME })
    .getByRole('button', { name: /Revoke/ })
    .click();
  await page.getByRole('alertdialog').getByRole('button', { name: 'Revoke' }).click();
  await expect(page.getByText(`Olga revoked ${HOME}/32 of Rita`)).toBeVisible();
});
