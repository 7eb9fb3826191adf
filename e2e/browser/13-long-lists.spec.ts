import { readFileSync } from 'node:fs';
import { CAFE, type TestServer, THIEF } from '../support/test-server';
import { expect, expectAccessible, expectAccessibleInAllLooks, test } from './fixtures';

// Lists that are longer than a page: shown a part at a time, by keyboard too, and searched by name.

/** A team of so many members beside its owner, named in order, and so many computers. */
async function addLongTeam(server: TestServer, members: number) {
  const teamId = await server.addTeam('A long team');
  const owner = await server.addUser({ teamId, role: 'owner', name: 'Olga Owner' });
  await server.db.query(
    `WITH people AS (
       INSERT INTO users (email, name)
       SELECT 'person-' || i || '-' || lower($1) || '@example.com', 'Person ' || lpad(i::text, 3, '0')
       FROM generate_series(1, $2::int) i RETURNING id)
     INSERT INTO memberships (team_id, user_id, role) SELECT $1, id, 'member' FROM people`,
    [teamId, members],
  );
  return { teamId, owner };
}

test('C3: the members come page by page, by keyboard, each once', async ({ open, server }) => {
  const { teamId, owner } = await addLongTeam(server, 120);
  const page = await open({ as: owner });
  await page.goto(`/teams/${teamId}/members`);
  const rows = page
    .getByRole('table', { name: 'Members of the team, by name' })
    .getByRole('rowheader');
  await expect(rows).toHaveCount(50);
  await expectAccessible(page);
  const more = page.getByRole('button', { name: 'Show more' });
  await more.focus();
  await page.keyboard.press('Enter');
  await expect(rows).toHaveCount(100);
  await expect(more).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(rows).toHaveCount(121);
  await expect(more).toHaveCount(0);
  await expect(page.getByText('These are all 121.')).toBeFocused();
  expect(new Set(await rows.allTextContents()).size).toBe(121);
  await expectAccessible(page);
});

test('C2: a member who is not on the first page is found by name and by e-mail', async ({
  open,
  server,
}) => {
  const { teamId, owner } = await addLongTeam(server, 120);
  const page = await open({ as: owner });
  await page.goto(`/teams/${teamId}/members`);
  const rows = page.getByRole('table').getByRole('rowheader');
  const search = page.getByLabel('Find a member by name or e-mail');
  await search.fill('PERSON 11');
  await expect(rows).toHaveText(Array.from({ length: 10 }, (_, i) => `Person ${110 + i}`));
  await search.fill('person-117-');
  await expect(rows).toHaveText(['Person 117']);
  await search.fill('nobody at all');
  await expect(page.getByText('Nothing found for “nobody at all”')).toBeVisible();
  await search.fill('');
  await expect(rows).toHaveCount(50);
});

test('C2: the activity is searched for a member, an address and a computer', async ({
  open,
  server,
}) => {
  const { teamId, owner } = await addLongTeam(server, 120);
  const valerie = await server.addUser({ teamId, name: 'Valerie' });
  const { email, password } = valerie;
  await server.logIn({ email, password }, { from: CAFE });
  await server.logIn(owner);
  const computerId = await server.addComputer(teamId, 'Render station');
  await server.connect(computerId, { token: owner.token });
  const page = await open({ as: owner });
  await page.goto(`/teams/${teamId}/activity`);
  const ofOwner = page.getByText('Olga Owner signed in by password, and verified the network');
  const ofValerie = page.getByText('Valerie signed in by password, and verified the network');
  await expect(ofOwner).toBeVisible();
  const search = page.getByLabel('Member, address or computer');
  const find = async (text: string) => {
    await search.fill(text);
    await page.getByRole('button', { name: 'Search', exact: true }).click();
    await expect(page).toHaveURL(new RegExp(`[?&]q=${encodeURIComponent(text)}(&|$)`));
  };
  await search.pressSequentially('vale');
  await expect(page.locator(`datalist option[value="${email}"]`)).toHaveCount(1);
  for (const text of [email, 'valerie', CAFE, '9.9.9.0/24']) {
    await find(text);
    await expect(ofValerie).toBeVisible();
    await expect(ofOwner).toHaveCount(0);
    await expect(search).toHaveValue(text);
  }
  await find('render');
  await expect(page.getByText('Olga Owner asked to connect to Render station')).toBeVisible();
  await expect(ofValerie).toHaveCount(0);
  for (const [text, why] of [
    ['nobody@example.com', 'No member has this e-mail.'],
    ['nobody', 'No member or computer has this in its name'],
    ['9.9.9.9/8', 'has bits set after its prefix'],
  ] as const) {
    await find(text);
    await expect(page.getByText(why)).toBeVisible();
    await expect(page.getByRole('listitem').filter({ hasText: 'signed in' })).toHaveCount(0);
    await expect(page.getByRole('link', { name: 'Export CSV' })).toHaveCount(0);
  }
  await expectAccessible(page);
  await find('person 01');
  await page.getByRole('link', { name: /^Person 012 / }).click();
  await expect(page.getByText('No event fits this filter')).toBeVisible();
  await page.getByRole('link', { name: /^Without member Person 012/ }).click();
  await expect(ofOwner).toBeVisible();
});

test('the activity keeps its filter in its address, is saved, exported, and says what is new', async ({
  open,
  server,
}) => {
  const { teamId, owner } = await addLongTeam(server, 1);
  const valerie = await server.addUser({ teamId, name: 'Valerie' });
  const computerId = await server.addComputer(teamId, 'Render station');
  await server.connect(computerId, { token: valerie.token });
  await server.connect(computerId, { token: valerie.token, from: THIEF });
  const page = await open({ as: owner });
  await page.goto(`/teams/${teamId}/activity`);
  const asked = page.getByText('Valerie asked to connect to Render station');
  const refused = page.getByText('Valerie was refused');
  await expect(page.getByRole('heading', { name: 'Today' })).toBeVisible();
  await page.getByRole('link', { name: 'Blocked', exact: true }).click();
  await expect(asked).toHaveCount(0);
  await page.getByRole('link', { name: '7 days' }).click();
  await expect(page).toHaveURL(/show=blocked&range=7d/);
  await page.reload();
  await expect(refused).toBeVisible();
  await expect(asked).toHaveCount(0);
  for (const name of ['Blocked', '7 days']) {
    await expect(page.getByRole('link', { name, exact: true })).toHaveAttribute(
      'aria-current',
      'true',
    );
  }
  await page.getByText('Choose days, in').click();
  await expectAccessibleInAllLooks(page);

  await page.getByRole('button', { name: 'Save filter' }).click();
  const dialog = page.getByRole('dialog', { name: 'Save this filter' });
  await dialog.getByLabel('Name').fill('Turned away');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await expect(page).toHaveURL(/[?]saved=flt_/);
  await expect(page.getByText('Filter: Turned away')).toBeVisible();
  await expect(refused).toBeVisible();
  await expect(asked).toHaveCount(0);

  const download = page.waitForEvent('download');
  await page.getByRole('link', { name: 'Export NDJSON' }).click();
  const file = await download;
  expect(file.suggestedFilename()).toMatch(/^gatehouse-a-long-team-begin-.*\.ndjson$/);
  const [line, ...rest] = readFileSync(await file.path(), 'utf8')
    .trimEnd()
    .split('\n');
  expect(JSON.parse(line ?? '')).toMatchObject({ type: 'gate.refused', address: THIEF });
  expect(rest).toEqual([]);
  await expect(page.getByText('Exported 1 event.')).toBeVisible();

  await server.connect(computerId, { token: owner.token, from: THIEF });
  await page.getByRole('button', { name: '1 new event' }).click({ timeout: 20_000 });
  await expect(page.getByText('Olga Owner was refused')).toBeVisible();
  await page.getByRole('button', { name: 'Remove filter' }).click();
  await expect(page).toHaveURL(/activity$/);
  await expect(asked).toBeVisible();
  expect(await server.count('event_filters WHERE team_id = $1', [teamId])).toBe(0);
});

test('C2: a computer names members, however many there are, and keeps those not shown', async ({
  open,
  server,
}) => {
  const { teamId, owner } = await addLongTeam(server, 120);
  const computerId = await server.addComputer(teamId, 'Render station');
  const { rows } = await server.db.query(
    `SELECT u.id FROM users u JOIN memberships m ON m.user_id = u.id WHERE m.team_id = $1 AND u.name = 'Person 119'`,
    [teamId],
  );
  await server.db.query(`UPDATE computers SET access = 'named' WHERE id = $1`, [computerId]);
  await server.db.query('INSERT INTO computer_grants (computer_id, user_id) VALUES ($1, $2)', [
    computerId,
    rows[0].id,
  ]);
  const page = await open({ as: owner });
  await page.goto(`/teams/${teamId}/computers`);
  await expect(page.getByText('1 named member', { exact: true })).toBeVisible();
  await page.getByRole('button', { name: 'Actions for Render station' }).click();
  await page.getByRole('menuitem', { name: 'Edit…' }).click();
  const dialog = page.getByRole('dialog');
  await expect(dialog.getByLabel('Person 119')).toBeChecked();
  const search = dialog.getByLabel('Find a member by name or e-mail');
  await search.fill('person 007');
  await expect(dialog.getByRole('checkbox')).toHaveCount(1);
  await search.press('Enter');
  await dialog.getByLabel('Person 007').check();
  await expect(dialog.getByText('2 members chosen')).toBeVisible();
  await expectAccessible(page);
  await dialog.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByText('2 named members', { exact: true })).toBeVisible();
  const named = await server.db.query(
    `SELECT u.name FROM computer_grants g JOIN users u ON u.id = g.user_id WHERE g.computer_id = $1 ORDER BY 1`,
    [computerId],
  );
  expect(named.rows.map(({ name }) => name)).toEqual(['Person 007', 'Person 119']);
});

test('C3: a list whose next page fails says so, and goes on', async ({ open, server }) => {
  const { owner } = await addLongTeam(server, 1);
  await server.db.query(
    `INSERT INTO friendships (requester_id, email)
     SELECT $1, 'friend-' || i || '@example.com' FROM generate_series(1, 60) i`,
    [owner.id],
  );
  const page = await open({ as: owner, losesServer: true });
  await page.goto('/friends');
  const rows = page.getByRole('table', { name: 'Your requests' }).getByRole('rowheader');
  await expect(rows).toHaveCount(20);
  await page.route('**/api/v1/friends?*cursor=*', (route) => route.abort('connectionreset'));
  const more = page.getByRole('button', { name: 'Show more' });
  await more.click();
  await expect(page.getByText('The next requests could not be loaded')).toBeVisible();
  await expect(rows).toHaveCount(20);
  await page.unroute('**/api/v1/friends?*cursor=*');
  await more.click();
  await expect(rows).toHaveCount(40);
  await expect(page.getByText('The next requests could not be loaded')).toHaveCount(0);
});
