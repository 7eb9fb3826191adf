import { CAFE, HOME, THIEF } from '../support/test-server';
import { expect, expectAccessible, test } from './fixtures';

const note = 'Other networks are hidden';

test('F18: on a network that is not verified the account hides the others, until it is', async ({
  open,
  server,
}) => {
  const teamId = await server.addTeam();
  const user = await server.addUser({ teamId });
  await server.trust(user.id, '2001:db8:1:2::5');
  await server.db.query('UPDATE sessions SET last_seen_address = $2 WHERE id = $1', [
    user.sessionId,
    HOME,
  ]);
  const page = await open({ as: user, from: CAFE });
  await page.goto('/account');
  await expect(page.getByText(note)).toBeVisible();
  await expect(page.getByText('IPv4, hidden').first()).toBeVisible();
  await expect(page.getByText('IPv6, hidden')).toBeVisible();
  for (const address of [HOME, '2001:db8:1:2']) expect(await page.content()).not.toContain(address);
  await expectAccessible(page);

  // By its dates one’s own is known, and can be revoked.
  const row = page.getByRole('row', { name: 'IPv6, hidden' });
  await row.getByRole('button', { name: 'Revoke a hidden IPv6 network' }).click();
  const dialog = page.getByRole('alertdialog', { name: 'Revoke a hidden IPv6 network?' });
  await dialog.getByRole('button', { name: 'Revoke' }).click();
  await expect(row).toContainText('Revoked');

  // C28: this one stands in the list, and is verified on purpose; one notice alone offers it beside.
  await expect(page.getByRole('button', { name: 'Verify this network' })).toHaveCount(1);
  const here = page.getByRole('row', { name: CAFE }).first();
  await expect(here).toContainText('Never verified');
  await here.getByRole('button', { name: 'Verify the network you are on' }).click();
  const prompt = page.getByRole('dialog', { name: 'Verify this network' });
  await expect(prompt.getByText('what is protected opens here')).toBeVisible();
  await expectAccessible(page);
  await prompt.getByLabel('Your password').fill(user.password);
  await prompt.getByRole('button', { name: 'Verify this network' }).click();
  await expect(page.getByRole('row', { name: HOME }).first()).toBeVisible();
  await expect(page.getByRole('row', { name: CAFE }).first()).toContainText('This network');
  await expect(page.getByText(note)).toHaveCount(0);
  await expect(page.getByText('hidden')).toHaveCount(0);
});

test('F18: and so do the team’s pages, in what the server sends and in what is loaded later', async ({
  open,
  server,
}) => {
  const teamId = await server.addTeam();
  const admin = await server.addUser({ teamId, role: 'admin', name: 'Ada' });
  const member = await server.addUser({ teamId, name: 'Valerie' });
  const { email, password } = member;
  await server.logIn({ email, password });
  const computerId = await server.addComputer(teamId, 'Render station');
  await server.db.query(
    `UPDATE computers SET host_address = $2, host_network = $2 || '/32', host_since = gatehouse_now(),
       host_networks = ARRAY[$2 || '/32'] WHERE id = $1`,
    [computerId, HOME],
  );
  const page = await open({ as: admin, from: THIEF });
  const loaded: Promise<string>[] = [];
  page.on('response', (response) => {
    // A page that is left takes with it what it was still reading.
    if (response.url().includes('/teams/')) loaded.push(response.text().catch(() => ''));
  });
  for (const path of ['networks', 'activity', `members/${member.id}`, 'computers']) {
    await page.goto(`/teams/${teamId}/${path}`);
    await expect(page.getByText(note).first()).toBeVisible();
    // In that list they are left out: a hidden row would still be found by its address.
    if (path !== 'networks') await expect(page.getByText('IPv4, hidden').first()).toBeVisible();
    expect(await page.content()).not.toContain(HOME);
  }
  const texts = await Promise.all(loaded);
  expect(texts.filter((text) => text.includes(HOME))).toEqual([]);

  // What is hidden is not edited, and stays.
  await page.getByRole('button', { name: 'Actions for Render station' }).click();
  await page.getByRole('menuitem', { name: 'Edit…' }).click();
  const form = page.getByRole('dialog', { name: 'Edit Render station' });
  await expect(form.getByText('Where its host key works')).toHaveCount(0);
  await form.getByLabel('Name').fill('Mixing desk');
  await form.getByRole('button', { name: 'Save' }).click();
  const prompt = page.getByRole('dialog', { name: 'Verify this network' });
  await prompt.getByLabel('Your password').fill(admin.password);
  await prompt.getByRole('button', { name: 'Verify this network' }).click();
  await expect(page.getByRole('row', { name: 'Mixing desk' })).toContainText(HOME);
  await expect(page.getByText(note)).toHaveCount(0);
  expect(
    await server.count(`computers WHERE id = $1 AND host_networks = ARRAY['${HOME}/32']`, [
      computerId,
    ]),
  ).toBe(1);
});

test('F22: whom the team has removed is named in its activity as then, and found there', async ({
  open,
  server,
}) => {
  const teamId = await server.addTeam();
  const owner = await server.addUser({ teamId, role: 'owner', name: 'Olga' });
  const member = await server.addUser({ teamId, name: 'Valerie' });
  const { email, password } = member;
  await server.logIn({ email, password });
  const removed = await server.delete(`/teams/${teamId}/members/${member.id}`, {
    token: owner.token,
  });
  expect(removed.status).toBe(204);
  await server.db.query(`UPDATE users SET name = 'Vera' WHERE id = $1`, [member.id]);
  const page = await open({ as: owner });
  await page.goto(`/teams/${teamId}/activity`);
  await expect(page.getByText('Olga removed Valerie from the team')).toBeVisible();
  const signIn = page.getByRole('listitem').filter({ hasText: 'Valerie signed in by password' });
  await signIn.first().getByRole('button', { name: 'Details' }).click();
  const one = signIn.getByRole('listitem').filter({ hasText: 'signed in by password' });
  await one.getByRole('button', { name: 'Details' }).click();
  await expect(one.getByText('Session', { exact: true })).toBeVisible();
  await one.getByRole('link', { name: `Valerie <${email}>` }).click();
  await expect(page.getByText(`Member: ${member.id}`)).toBeVisible();
  await expect(page.getByText('Valerie signed in by password')).toBeVisible();
  await expect(page.getByText('Olga signed in by password')).toHaveCount(0);
  await expectAccessible(page);
});

test('F24: the members page tells prompts', async ({ open, server }) => {
  const teamId = await server.addTeam();
  const owner = await server.addUser({ teamId, role: 'owner' });
  const member = await server.addUser({ teamId, name: 'Valerie' });
  for (const from of [THIEF, THIEF, THIEF, CAFE])
    await server.get('/me', { token: member.token, from });
  await expect
    .poll(() => server.count('sightings WHERE user_id = $1', [member.id]), { timeout: 20_000 })
    .toBe(2);
  const page = await open({ as: owner });
  await page.goto(`/teams/${teamId}/members`);
  await expect(page.getByRole('row', { name: 'Valerie' })).toContainText('2 prompts');
  await page.goto(`/teams/${teamId}/rules`);
  await expect(page.getByText('would have meant 2 prompts')).toBeVisible();
});
