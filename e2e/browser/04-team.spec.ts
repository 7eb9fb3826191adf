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
