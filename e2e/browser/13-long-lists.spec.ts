import { readFileSync } from 'node:fs';
import type { Page } from '@playwright/test';
import { CAFE, HOME, type TestServer, THIEF } from '../support/test-server';
import { expect, expectAccessible, expectAccessibleInAllLooks, signIn, test } from './fixtures';

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

/** How many elements a page has, and where Tab stops in it. */
const sizeOf = (page: Page) =>
  page.evaluate(() => ({
    nodes: document.querySelectorAll('*').length,
    tabStops: [
      ...document.querySelectorAll<HTMLElement>(
        'a[href], button, input, select, textarea, [tabindex]',
      ),
    ].filter((element) => element.tabIndex >= 0 && element.checkVisibility()).length,
  }));

test('C2, C3: 300 members are a page of fifty, turned over by keyboard, each once', async ({
  open,
  server,
}) => {
  const { teamId, owner } = await addLongTeam(server, 299);
  const page = await open({ as: owner });
  await page.goto(`/teams/${teamId}/members`);
  const rows = page.getByRole('table', { name: 'Members of the team' }).getByRole('rowheader');
  await expect(page.getByText('1–50 of 300 members')).toBeVisible();
  const { nodes, tabStops } = await sizeOf(page);
  expect(nodes).toBeLessThanOrEqual(1_500);
  expect(tabStops).toBeLessThanOrEqual(120);
  const seen = await rows.allTextContents();
  for (const part of ['51–100', '101–150', '151–200', '201–250', '251–300']) {
    await page.getByRole('link', { name: 'Next' }).press('Enter');
    await expect(page.getByText(`${part} of 300 members`)).toBeVisible();
    seen.push(...(await rows.allTextContents()));
  }
  expect(new Set(seen).size).toBe(300);
  await expect(page.getByRole('link', { name: 'Next' })).toHaveCount(0);
  await expect(page.locator('p:focus')).toHaveText('251–300 of 300 members');
  await page.getByRole('link', { name: 'Previous' }).click();
  await expect(page.getByText('201–250 of 300 members')).toBeVisible();
  await page.reload();
  await expect(page.getByText('201–250 of 300 members')).toBeVisible();
  await page.goBack();
  await expect(page.getByText('251–300 of 300 members')).toBeVisible();
  await expectAccessibleInAllLooks(page);
});

test('C2: a list is searched, filtered and ordered by its address, which restores it', async ({
  open,
  server,
}) => {
  const { teamId, owner } = await addLongTeam(server, 120);
  const page = await open({ as: owner });
  await page.goto(`/teams/${teamId}/members`);
  const rows = page.getByRole('table').getByRole('rowheader');
  const search = page.getByLabel('Search name or email');
  await page.keyboard.press('/');
  await expect(search).toBeFocused();
  await page.keyboard.type('PERSON 11');
  await expect(rows).toHaveText(Array.from({ length: 10 }, (_, i) => `Person ${110 + i}`));
  await expect(search).toBeFocused();
  const name = page.getByRole('columnheader', { name: 'Name' });
  await expect(name).toHaveAttribute('aria-sort', 'ascending');
  await name.getByRole('link').click();
  await expect(name).toHaveAttribute('aria-sort', 'descending');
  await expect(rows.first()).toHaveText('Person 119');
  await page.reload();
  await expect(rows).toHaveText(Array.from({ length: 10 }, (_, i) => `Person ${119 - i}`));
  await expect(search).toHaveValue('PERSON 11');
  await search.fill('person-117-');
  await expect(rows).toHaveText(['Person 117']);
  await search.fill('nobody at all');
  await expect(page.getByText('No member fits this search')).toBeVisible();
  await page.getByRole('link', { name: 'Clear' }).click();
  await expect(search).toHaveValue('');
  await expect(search).toBeFocused();
  await page.getByLabel('Role').selectOption('owner');
  await expect(rows).toHaveText([/^Olga Owner/]);
  await expect(page).toHaveURL(/\?(?=.*role=owner)(?!.*query)/);
  // An address that was cut or made by hand shows what it can.
  await page.goto(`/teams/${teamId}/members?role=king&sort=-name&cursor=x&limit=3&query=11`);
  await expect(rows.first()).toHaveText('Person 119');
});

test('a list is searched before its scripts have come', async ({ browser, server }) => {
  const { teamId, owner } = await addLongTeam(server, 60);
  const context = await browser.newContext({
    baseURL: server.origin,
    javaScriptEnabled: false,
    extraHTTPHeaders: { 'x-forwarded-for': HOME },
  });
  await signIn(context, server, owner);
  const page = await context.newPage();
  await page.goto(`/teams/${teamId}/members`);
  const rows = page.getByRole('table').getByRole('rowheader');
  await page.getByRole('link', { name: 'Next' }).click();
  await expect(rows).toHaveCount(11);
  await page.getByRole('link', { name: 'Name' }).click();
  await expect(rows.first()).toHaveText('Person 060');
  await page.getByLabel('Search name or email').fill('person 01');
  await page.getByRole('button', { name: 'Search' }).click();
  await expect(rows).toHaveText(Array.from({ length: 10 }, (_, i) => `Person 0${19 - i}`));
  await context.close();
});

test('what is done with several members is done with each, and said of whom it was not', async ({
  open,
  server,
}) => {
  const teamId = await server.addTeam('Harbour');
  const admin = await server.addUser({ teamId, role: 'admin', name: 'Ada' });
  await server.addUser({ teamId, role: 'owner', name: 'Olga' });
  const members = [];
  for (const name of ['Rita', 'Valerie']) members.push(await server.addUser({ teamId, name }));
  const page = await open({ as: admin });
  await page.goto(`/teams/${teamId}/members`);
  const boxOf = (name: string) => page.getByRole('checkbox', { name: `Select ${name}` });
  await boxOf('Ada').focus();
  await page.keyboard.press('ArrowDown');
  await expect(boxOf('Olga')).toBeFocused();
  await page.keyboard.press('Space');
  await boxOf('Rita').check();
  await boxOf('Valerie').check();
  const bar = page.getByRole('region', { name: 'Selected rows' });
  await expect(bar).toContainText('3 selected');
  await expectAccessible(page);
  await bar.getByRole('button', { name: 'End sessions…' }).click();
  const dialog = page.getByRole('alertdialog');
  await expect(dialog).toHaveAccessibleName('End all sessions of 3 members?');
  await dialog.getByLabel('Reason').fill('A stolen laptop');
  await dialog.getByRole('button', { name: 'End sessions' }).click();
  await expect(dialog).toContainText('Olga: Your role in this team does not allow this.');
  await expect(dialog.getByRole('listitem')).toHaveCount(1);
  await dialog.getByRole('button', { name: 'Cancel' }).click();
  await expect(bar).toContainText('1 selected');
  const ended = `audit_events WHERE type = 'member.contained' AND team_id = $1 AND user_id = ANY($2)`;
  expect(await server.count(ended, [teamId, members.map(({ id }) => id)])).toBe(2);
  expect(
    await server.count('sessions WHERE ended_at IS NULL AND user_id = ANY($1)', [
      members.map(({ id }) => id),
    ]),
  ).toBe(0);
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
    await expect(page).toHaveURL((url) => url.searchParams.get('q') === text);
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
    ['nobody@example.com', 'No member has this email.'],
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
  const search = dialog.getByLabel('Find a member by name or email');
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
