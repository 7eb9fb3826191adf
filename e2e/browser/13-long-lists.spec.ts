import type { TestServer } from '../support/test-server';
import { expect, expectAccessible, test } from './fixtures';

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

test('C2: the activity is filtered by a member’s e-mail', async ({ open, server }) => {
  const { teamId, owner } = await addLongTeam(server, 120);
  const valerie = await server.addUser({ teamId, name: 'Valerie' });
  const { email, password } = valerie;
  await server.logIn({ email, password });
  await server.logIn(owner);
  const page = await open({ as: owner });
  await page.goto(`/teams/${teamId}/activity`);
  await expect(page.getByText('Olga Owner signed in by password')).toBeVisible();
  const member = page.getByLabel('Member');
  await member.pressSequentially('vale');
  await expect(page.locator(`datalist option[value="${email}"]`)).toHaveCount(1);
  await member.fill(email);
  await page.getByRole('button', { name: 'Filter' }).click();
  await expect(page.getByText('Olga Owner signed in by password')).toHaveCount(0);
  await expect(page.getByText('Valerie signed in by password')).toBeVisible();
  await expect(member).toHaveValue(email);
  await member.fill('nobody@example.com');
  await page.getByRole('button', { name: 'Filter' }).click();
  await expect(page.getByText('No member has this e-mail.')).toBeVisible();
  await expectAccessible(page);
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
