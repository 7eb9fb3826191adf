import { CAFE, HOME, THIEF } from '../support/test-server';
import { expect, test } from './fixtures';

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
  await expect(page.getByText(`Last changed by ${owner.name}`)).toBeVisible();
  expect((await theft()).status).toBe(201);

  await control.click();
  await expect(control).toBeChecked();
  expect((await theft()).status).toBe(403);

  await page.goto(`/teams/${teamId}/activity`);
  await expect(page.getByText('Moving the office this week').first()).toBeVisible();
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
