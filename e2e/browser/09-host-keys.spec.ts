import { CAFE, HOME, THIEF } from '../support/harness';
import { TestSocket, UpgradeRefused } from '../support/socket-client';
import { expect, test } from './fixtures';

test('F9: whoever manages a computer sees where its key is used and by how many, and binds it', async ({
  open,
  server,
}) => {
  const teamId = await server.addTeam();
  const admin = await server.addUser({ teamId, role: 'admin' });
  const { id, key } = await server.addHost(teamId);
  const host = await TestSocket.open(server, { token: key, from: HOME });
  await host.next('hello');
  await TestSocket.refused(server, { token: key, from: THIEF });

  const page = await open({ as: admin });
  await page.goto(`/teams/${teamId}/computers`);
  const notice = page.getByText(/Two programs use the key of/);
  await expect(notice).toBeVisible();
  await expect(page.getByText(THIEF)).toBeVisible();
  const row = page.getByRole('row').filter({ hasText: HOME });
  await expect(row).toContainText('Online');

  await row.getByRole('button', { name: /Actions for/ }).click();
  await page.getByRole('menuitem', { name: 'Edit…' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByText('Named networks').click();
  await dialog.getByLabel('Only from these networks').fill('198.51.100.9/24');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await expect(dialog.getByText(/write 198\.51\.100\.0\/24 for the range/)).toBeVisible();
  await dialog.getByLabel('Only from these networks').fill(`${CAFE}/32`);
  await dialog.getByRole('button', { name: `Add ${HOME}/32, where it is now` }).click();
  await dialog.getByRole('button', { name: 'Save' }).click();
  await expect(row).toContainText('Key works from 2 networks');
  expect(host.closeCode).toBeNull();
  const refused = await TestSocket.refused(server, { token: key, from: THIEF });
  expect(refused).toBeInstanceOf(UpgradeRefused);
  expect(refused.body.code).toBe('network_not_allowed');

  await page.getByRole('button', { name: 'New host key…' }).click();
  await page.getByRole('alertdialog').getByRole('button', { name: 'Make a new key' }).click();
  expect(await host.closed()).toBe(4401);
  await page.goto(`/teams/${teamId}/computers`);
  await expect(row).toContainText('Key works from 2 networks');
  await expect(notice).toHaveCount(0);

  await page.goto(`/teams/${teamId}/activity`);
  await expect(page.getByText('A second program used the host key of')).toBeVisible();
  await expect(page.getByText('the key does not work from that network')).toBeVisible();
  expect(await server.count('computers WHERE id = $1 AND duplicate_at IS NULL', [id])).toBe(1);
});
