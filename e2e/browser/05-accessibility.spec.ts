import { CAFE, type TestUser, THIEF } from '../support/test-server';
import { expect, expectAccessibleInAllLooks, test } from './fixtures';

/** Every page, full, in both colour schemes and at both widths. */
const PAGES = [
  '/computers',
  '/computers/:computer',
  '/friends',
  '/account',
  '/confirm',
  '/teams/:team/rules',
  '/teams/:team/members',
  '/teams/:team/members/:member',
  '/teams/:team/networks',
  '/teams/:team/networks?query=nothing-at-all',
  `/teams/:team/networks/seen?network=${CAFE}%2F32`,
  '/teams/:team/computers',
  '/teams/:team/sso',
  '/teams/:team/sso/new',
  '/teams/:team/activity',
  '/teams/:team/addresses',
];
const OPEN_PAGES = [
  '/login',
  '/setup',
  '/reset',
  '/reset#no-such-token',
  '/reset/a-link-of-before',
  '/invite',
  '/invite#no-such-token',
  '/invite/a-link-of-before',
  '/verify/no-such-challenge',
  '/sso/complete',
  '/sso/join',
  '/sso/failed?reason=cancelled',
];

let teamId: string;
let owner: TestUser;
let member: TestUser;
let computerId: string;

test.beforeAll(async ({ server }) => {
  teamId = await server.addTeam('Harbour');
  owner = await server.addUser({ teamId, role: 'owner', name: 'Olga' });
  member = await server.addUser({ teamId, name: 'Valerie' });
  computerId = await server.addComputer(teamId, 'Render station');
  await server.trust(member.id, CAFE, 85 * 86_400_000);
  await server.trust(member.id, '2001:db8:1:2::5', 91 * 86_400_000);
  await server.connect(computerId, { from: THIEF, token: member.token });
  await server.addFriend(member.email, { token: owner.token });
  await server.addFriend('somebody@example.com', { token: member.token });
});

test('no page has an accessibility violation, light or dark, wide or narrow', async ({ open }) => {
  test.setTimeout(180_000);
  const page = await open({ as: owner });
  for (const path of PAGES) {
    await page.goto(
      path.replace(':team', teamId).replace(':member', member.id).replace(':computer', computerId),
    );
    await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
    await expectAccessibleInAllLooks(page);
  }
});

test('nor has one that is open to all', async ({ open }) => {
  test.setTimeout(180_000);
  const page = await open();
  for (const path of OPEN_PAGES) {
    await page.goto(path);
    await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
    await expectAccessibleInAllLooks(page);
  }
});
