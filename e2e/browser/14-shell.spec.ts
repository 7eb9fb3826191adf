import { CAFE, HOME, THIEF } from '../support/test-server';
import { expect, expectAccessibleInAllLooks, test } from './fixtures';

test('B1: a page of no team shows the team that was looked at last, also after a reload', async ({
  open,
  server,
}) => {
  const [first, second] = [await server.addTeam('Alpha'), await server.addTeam('Beta')];
  const owner = await server.addUser({ teamId: first, role: 'owner' });
  await server.db.query(
    `INSERT INTO memberships (team_id, user_id, role) VALUES ($1, $2, 'owner')`,
    [second, owner.id],
  );
  const page = await open({ as: owner });
  const shell = page.getByRole('complementary');
  for (const team of ['Beta', 'Alpha', 'Beta']) {
    const id = team === 'Beta' ? second : first;
    await page.goto(`/teams/${id}/members`);
    await shell.getByRole('link', { name: 'Computers', exact: true }).click();
    await expect(page).toHaveURL(/\/computers$/);
    await expect(shell.getByRole('button', { name: `Team: ${team}` })).toBeVisible();
    await page.goto('/account');
    await expect(shell.getByRole('button', { name: `Team: ${team}` })).toBeVisible();
    await shell.getByRole('link', { name: 'App Rules' }).click();
    await expect(page).toHaveURL(`/teams/${id}/rules`);
  }
});

test('a team in the cookie that is not the reader’s shows nothing of it', async ({
  open,
  server,
}) => {
  const owner = await server.addUser({ teamId: await server.addTeam('Alpha'), role: 'owner' });
  const other = await server.addTeam('Somebody else’s');
  const page = await open({ as: owner });
  await page.goto(`/teams/${other}/members`);
  await expect(page.getByRole('heading', { name: 'Nothing here' })).toBeVisible();
  await expect(page.getByRole('link', { name: 'Gatehouse' })).toHaveCount(1);
  await page.goto('/computers');
  await expect(page.getByText('Somebody else’s')).toHaveCount(0);
  await expect(page.getByRole('complementary').getByText('Alpha')).toBeVisible();
});

test('every page has a title of its own, with its team', async ({ open, server }) => {
  const { teamId, olga, rita } = await server.addTeamOfTwo();
  const page = await open({ as: olga });
  const titles = new Map<string, string>();
  for (const path of [
    'members',
    `members/${olga.id}`,
    `members/${rita.id}`,
    'computers',
    'rules',
  ]) {
    titles.set(`/teams/${teamId}/${path}`, '');
  }
  for (const path of ['sso', 'sso/new', 'activity', 'addresses'])
    titles.set(`/teams/${teamId}/${path}`, '');
  for (const path of ['/computers', '/friends', '/account']) titles.set(path, '');
  for (const path of titles.keys()) {
    await page.goto(path);
    titles.set(path, await page.title());
  }
  expect(new Set(titles.values()).size).toBe(titles.size);
  const { name: team } = (await server.get(`/teams/${teamId}`, { token: olga.token })).body;
  for (const [path, title] of titles) {
    expect(title).toMatch(/ · Gatehouse$/);
    if (path.startsWith('/teams/')) expect(title).toContain(` · ${team} · `);
  }
});

test('while IP Verification is off, every page says so to every role, until it is on', async ({
  open,
  server,
}) => {
  const { teamId, olga, rita } = await server.addTeamOfTwo();
  const owner = await open({ as: olga });
  const member = await open({ as: rita, from: CAFE });
  await member.goto('/computers');
  await expect(member.getByText('You are on a network that is not verified')).toBeVisible();

  await owner.goto(`/teams/${teamId}/rules`);
  const control = owner.getByRole('switch', { name: 'IP Verification' });
  const banner = (page: typeof owner) => page.getByText(/^IP Verification is off in /);
  await expect(banner(owner)).toHaveCount(0);
  await control.click();
  await owner.getByRole('alertdialog').getByLabel('Reason').fill('Moving the office');
  await owner.getByRole('alertdialog').getByRole('button', { name: 'Switch off' }).click();
  await expect(banner(owner)).toBeVisible();

  for (const path of ['/computers', '/friends', '/account']) {
    for (const page of [owner, member]) {
      await page.goto(path);
      await expect(banner(page)).toBeVisible();
      await expect(page.getByText('not verified')).toHaveCount(page === member ? 1 : 0);
      await expect(page.getByText(/From any other|from networks you have verified/)).toHaveCount(0);
    }
  }
  await owner.goto(`/teams/${teamId}/rules`);
  await expect(control).not.toBeChecked();
  await control.click();
  await expect(banner(owner)).toHaveCount(0);
  // The member’s open page hears of it where it goes next.
  await member.getByRole('complementary').getByRole('link', { name: 'Friends' }).click();
  await expect(banner(member)).toHaveCount(0);
});

test('a network that is not verified is told on every page, and verified from there', async ({
  open,
  server,
}) => {
  const user = await server.addUser({ teamId: await server.addTeam() });
  const page = await open({ as: user, from: CAFE });
  const shell = page.getByRole('complementary');
  await page.goto('/friends');
  await expect(shell.getByText(CAFE)).toBeVisible();
  await expect(shell.getByText('not verified')).toBeVisible();
  await expectAccessibleInAllLooks(page);
  await page.setViewportSize({ width: 1280, height: 900 });
  await page.getByRole('button', { name: 'Verify this network' }).click();
  const dialog = page.getByRole('dialog', { name: 'Verify this network' });
  await dialog.getByLabel('Your password').fill(user.password);
  await dialog.getByRole('button', { name: 'Verify this network' }).click();
  await expect(shell.getByText('verified', { exact: true })).toBeVisible();
  await expect(page.getByText('You are on a network that is not verified')).toHaveCount(0);
  await expect(page.getByRole('heading', { level: 1 })).toBeFocused();

  const home = await open({ as: user, from: HOME });
  await home.goto('/friends');
  await expect(home).toHaveURL(/\/login/);
});

test('a scheme that was chosen stays, whatever the system’s is', async ({ open, server }) => {
  const user = await server.addUser({ teamId: await server.addTeam() });
  const page = await open({ as: user });
  await page.emulateMedia({ colorScheme: 'light' });
  await page.goto('/friends');
  const ground = () =>
    page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
  const light = await ground();
  await page.getByRole('button', { name: user.name }).click();
  await page.getByRole('menuitemradio', { name: 'Dark' }).click();
  const dark = await ground();
  expect(dark).not.toBe(light);
  await page.reload();
  expect(await ground()).toBe(dark);
  await expectAccessibleInAllLooks(page);
  await page.setViewportSize({ width: 1280, height: 900 });
  await page.emulateMedia({ colorScheme: 'dark' });
  await page.getByRole('button', { name: user.name }).click();
  await page.getByRole('menuitemradio', { name: 'As the system' }).click();
  expect(await ground()).toBe(dark);
  await page.emulateMedia({ colorScheme: 'light' });
  expect(await ground()).toBe(light);
});

test('having gone to another page, the keyboard begins at its heading', async ({
  open,
  server,
}) => {
  const user = await server.addUser({ teamId: await server.addTeam() });
  const page = await open({ as: user });
  await page.goto('/computers');
  await page.getByRole('complementary').getByRole('link', { name: 'Friends' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Friends' })).toBeFocused();
});

test('on a telephone the pages most used are at the foot, and all others one tap away', async ({
  open,
  server,
}) => {
  const { teamId, olga } = await server.addTeamOfTwo();
  const page = await open({ as: olga });
  await page.setViewportSize({ width: 390, height: 844 });
  await page.goto('/computers');
  const bar = page.getByRole('navigation', { name: 'Most used' });
  await bar.getByRole('link', { name: 'Activity' }).click();
  await expect(page).toHaveURL(`/teams/${teamId}/activity`);
  await expect(bar.getByRole('link', { name: 'Activity' })).toHaveAttribute('aria-current', 'page');
  await expect(bar.getByRole('link', { name: 'Overview' })).not.toHaveAttribute('aria-current');
  await bar.getByRole('button', { name: 'More' }).click();
  const all = page.getByRole('dialog', { name: 'All pages' });
  await expectAccessibleInAllLooks(page);
  await page.setViewportSize({ width: 390, height: 844 });
  await all.getByRole('link', { name: 'App Rules' }).click();
  await expect(page).toHaveURL(`/teams/${teamId}/rules`);
  await expect(all).toHaveCount(0);
});

test('a browser without a connection is told, and when it is back', async ({ open, server }) => {
  const user = await server.addUser({ teamId: await server.addTeam() });
  const page = await open({ as: user, losesServer: true });
  await page.goto('/friends');
  await page.context().setOffline(true);
  await expect(page.getByText('You are offline')).toBeVisible();
  await page.getByLabel('Add a friend by email').fill('half-typed@example.com');
  await page.getByRole('link', { name: 'Computers', exact: true }).click();
  await expect(page).toHaveURL(/\/friends$/);
  await expect(page.getByLabel('Add a friend by email')).toHaveValue('half-typed@example.com');
  await page.context().setOffline(false);
  await expect(page.getByText('You are offline')).toHaveCount(0);
});

test('Ctrl-K finds pages, members and computers by the keyboard alone, and no more than the role may see', async ({
  open,
  server,
}) => {
  const { teamId, olga, rita } = await server.addTeamOfTwo();
  const computerId = await server.addComputer(teamId, 'Render node 1');
  const page = await open({ as: olga });
  await page.goto('/account');
  const field = page.getByRole('combobox', { name: 'Find' });
  const find = async (text: string, by = page) => {
    // Until its page has come alive, a key is heard by nobody.
    await expect(by.getByRole('button', { name: 'Find' })).not.toHaveAttribute('data-early');
    await by.keyboard.press('Control+k');
    await expect(by.getByRole('combobox', { name: 'Find' })).toBeFocused();
    await by.keyboard.type(text);
  };
  await find('app ru');
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(`/teams/${teamId}/rules`);
  await expect(page.getByRole('heading', { name: 'App Rules', level: 1 })).toBeFocused();

  await find(rita.email);
  await expect(page.getByRole('option', { name: rita.name })).toHaveAttribute(
    'aria-selected',
    'true',
  );
  await expectAccessibleInAllLooks(page);
  await page.setViewportSize({ width: 1280, height: 900 });
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(`/teams/${teamId}/members/${rita.id}`);

  await find('nder nod');
  await expect(page.getByRole('option')).toHaveText([
    'Connect to Render node 1',
    'Manage Render node 1',
  ]);
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(`/computers/${computerId}`);
  await find('no such thing');
  await expect(page.getByText('Nothing is called “no such thing”.')).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(field).toHaveCount(0);

  const other = await open({ as: rita });
  await other.goto('/computers');
  await find(olga.email, other);
  await expect(other.getByText(`Nothing is called “${olga.email}”.`)).toBeVisible();
});

test('an owner begins at the Overview: what was refused, by day, and the same as a table', async ({
  open,
  server,
}) => {
  const { teamId, olga, rita } = await server.addTeamOfTwo();
  const refused = await server.connect(await server.addComputer(teamId), {
    token: rita.token,
    from: THIEF,
  });
  expect(refused.status).toBe(403);
  const page = await open({ as: olga });
  await page.goto('/');
  await expect(page).toHaveURL(`/teams/${teamId}`);
  await expect(async () => {
    await page.reload();
    await expect(page.getByText('1 request was refused')).toBeVisible({ timeout: 1_000 });
  }).toPass();
  await expect(page.getByText('1 prompt: 0 passed, 1 not.')).toBeVisible();
  await expect(page.getByRole('list').getByText(THIEF)).toHaveCount(3);
  await expect(page.getByRole('link', { name: 'Only one owner' })).toBeVisible();
  await page.getByText('The same as a table').click();
  const today = page.getByRole('region', { name: 'Days' }).getByRole('row').nth(1);
  await expect(today.getByRole('cell')).toHaveText(['0', '1', '1']);
  await expectAccessibleInAllLooks(page);
  await page.getByRole('link', { name: '7 days' }).click();
  await expect(page).toHaveURL(`/teams/${teamId}?days=7`);
  await expect(page.getByText('In the last 7 days')).toBeVisible();

  const other = await open({ as: rita });
  await other.goto('/');
  await expect(other).toHaveURL(/\/computers$/);
  await other.goto(`/teams/${teamId}`);
  await expect(other.getByText('owners and admins')).toBeVisible();
});
