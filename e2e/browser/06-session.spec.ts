import type { Page } from '@playwright/test';
import { CAFE, HOME, type TestServer, type TestUser } from '../support/test-server';
import { expect, expectAccessible, expectAccessibleInAllLooks, test } from './fixtures';
import { HostProgram } from './host-program';

/** A browser and the real program of a Team Computer, with a data channel between them. */

let teamId: string;
let user: TestUser;
let computer: { id: string; key: string };
const programs: HostProgram[] = [];

test.beforeEach(async ({ server }) => {
  teamId = await server.addTeam('Harbour');
  user = await server.addUser({ teamId, name: 'Valerie' });
  computer = await server.addHost(teamId, 'Render station');
});
test.afterEach(async () => {
  await Promise.all(programs.splice(0).map((program) => program.stop()));
});

test.describe('with the computer online', () => {
  let program: HostProgram;

  test.beforeEach(async ({ server }) => {
    program = HostProgram.start(server, computer.key);
    programs.push(program);
    await expect
      .poll(() => server.count('computers WHERE id = $1 AND online', [computer.id]))
      .toBe(1);
  });

  test('Connect leads to a live view over a data channel, and Disconnect ends it', async ({
    open,
    server,
  }) => {
    const page = await open({ as: user });
    await page.goto('/computers');
    await page.getByRole('link', { name: 'Connect to Render station' }).click();
    await expectLive(page);
    await expect(page.getByRole('img', { name: /Round-trip time/ })).toBeVisible();
    await expect(page.getByText(/^\d+(\.\d)? ms$/).first()).toBeVisible();
    await expect(page.getByRole('rowheader', { name: /node|chrom/ }).first()).toBeVisible();
    await expectAccessible(page);
    expect(await stateOf(server)).toEqual({ state: 'accepted', end_reason: null });

    await page.getByRole('button', { name: 'Disconnect' }).click();
    await expect(page.getByText('You are no longer connected to Render station.')).toBeVisible();
    await expect.poll(() => stateOf(server)).toEqual({ state: 'closed', end_reason: null });
    await expectAccessible(page);
    // One button in one place: the focus was not lost.
    await expect(page.getByRole('button', { name: 'Connect again' })).toBeFocused();
    await page.keyboard.press('Enter');
    await expectLive(page);
  });

  test('blocked on a new network, verified in place, resumed without a reload', async ({
    open,
    server,
  }) => {
    const page = await open({ as: user, from: CAFE });
    await page.goto(`/computers/${computer.id}`);
    const prompt = page.getByRole('dialog', { name: 'Verify this network' });
    await expect(prompt.getByText(CAFE)).toBeVisible();
    await expect(prompt.getByLabel('Your password')).toBeFocused();
    await expectAccessible(page);
    expect(await server.count('connections WHERE computer_id = $1', [computer.id])).toBe(0);
    await page.evaluate(() => Object.assign(window, { isTheSamePage: true }));
    await page.keyboard.type(user.password);
    await page.keyboard.press('Enter');
    await expectLive(page);
    await expect(prompt).toHaveCount(0);
    expect(await page.evaluate(() => 'isTheSamePage' in window)).toBe(true);
  });

  test('verified in another tab, the prompt closes and the offer goes on', async ({
    open,
    server,
  }) => {
    const page = await open({ as: user, from: CAFE });
    await page.goto(`/computers/${computer.id}`);
    const prompt = page.getByRole('dialog', { name: 'Verify this network' });
    await expect(prompt).toBeVisible();
    const { rows } = await server.db.query(
      'SELECT id FROM challenges WHERE user_id = $1 AND verified_at IS NULL',
      [user.id],
    );
    const other = await open({ from: CAFE });
    await other.goto(`/verify/${rows[0].id}`);
    await other.getByRole('textbox', { name: /^Password of/ }).fill(user.password);
    await other.getByRole('button', { name: 'Verify this network' }).click();
    await expect(other.getByRole('heading', { name: 'Verified' })).toBeVisible();
    await expectLive(page);
    await expect(prompt).toHaveCount(0);
  });

  test('who goes back from the prompt is not connected, and is told so', async ({ open }) => {
    const page = await open({ as: user, from: CAFE });
    await page.goto(`/computers/${computer.id}`);
    await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click();
    await expect(
      page.getByText('Nothing was done, because this network was not verified.'),
    ).toBeVisible();
    await page.getByRole('button', { name: 'Connect again' }).click();
    await expect(page.getByRole('dialog', { name: 'Verify this network' })).toBeVisible();
    // The prompt belongs to the page: it does not follow to another.
    await page.goBack();
    await expect(page.getByRole('dialog')).toHaveCount(0);
  });

  test('revoking the network in the admin page ends the session before the person’s eyes', async ({
    open,
    server,
  }) => {
    const admin = await server.addUser({ teamId, role: 'admin' });
    const page = await open({ as: user });
    await page.goto(`/computers/${computer.id}`);
    await expectLive(page);

    const adminPage = await open({ as: admin });
    await adminPage.goto(`/teams/${teamId}/members/${user.id}`);
    await adminPage
      .getByRole('row', { name: HOME })
      .getByRole('button', { name: /Revoke/ })
      .click();
    await adminPage.getByRole('alertdialog').getByRole('button', { name: 'Revoke' }).click();

    await expect(
      page.getByText(
        'This connection was ended because the verification of your network was removed',
      ),
    ).toBeVisible();
    await expect(page.getByRole('heading', { name: 'Busiest processes' })).toHaveCount(0);
    expect(await stateOf(server)).toEqual({ state: 'revoked', end_reason: 'network_revoked' });
    await expectAccessible(page);
    await page.getByRole('button', { name: 'Connect again' }).click();
    await expect(page.getByRole('dialog', { name: 'Verify this network' })).toBeVisible();
  });

  test('a session that is signed out elsewhere ends, and the page asks to sign in', async ({
    open,
    server,
  }) => {
    const page = await open({ as: user });
    await page.goto(`/computers/${computer.id}`);
    await expectLive(page);
    const { token } = await server.addSession(user.id);
    await server.delete(`/sessions/${user.sessionId}`, { token });
    await expect(page.getByRole('dialog', { name: 'You are signed out' })).toBeVisible();
    await page.getByRole('button', { name: 'Stay here' }).click();
    await expect(
      page.getByText('This connection was ended because your session was signed out'),
    ).toBeVisible();
  });

  test('a computer that falls silent is said to, and heard again', async ({ open }) => {
    const page = await open({ as: user });
    await page.goto(`/computers/${computer.id}`);
    await expectLive(page);
    program.signalInner('SIGSTOP');
    await expect(page.getByRole('status')).toContainText(['No answer from Render station']);
    await expect(page.getByText(/^from Render station for \d+ s$/)).toBeVisible();
    await expectAccessible(page);
    program.signalInner('SIGCONT');
    await expectLive(page);
  });

  test('a program that stops ends the session', async ({ open }) => {
    const page = await open({ as: user });
    await page.goto(`/computers/${computer.id}`);
    await expectLive(page);
    await program.stop();
    await expect(page.getByRole('button', { name: 'Connect again' })).toBeVisible();
    await expect(page.getByText('Render station ended the connection')).toBeVisible();
  });

  for (const [how, leave] of [
    ['goes to another page', (page: Page) => page.getByRole('link', { name: 'Friends' }).click()],
    ['closes the tab', (page: Page) => page.close()],
    ['loads another address', (page: Page) => page.goto('/account')],
  ] as const) {
    test(`whoever ${how} is disconnected`, async ({ open, server }) => {
      const page = await open({ as: user });
      await page.goto(`/computers/${computer.id}`);
      await expectLive(page);
      await leave(page);
      await expect.poll(() => stateOf(server)).toEqual({ state: 'closed', end_reason: null });
    });
  }

  test('a restart of the server leaves the session alone, and live updates return', async ({
    open,
    server,
  }) => {
    const page = await open({ as: user, losesServer: true });
    await page.goto(`/computers/${computer.id}`);
    await expectLive(page);
    await server.kill();
    await expect(page.getByText('Live updates are interrupted. Trying again…')).toBeVisible();
    await expect(page.getByText('Connected', { exact: true }).last()).toBeVisible();
    await server.launch();
    await server.warmUp();
    await expect(page.getByText('Live updates are interrupted.')).toHaveCount(0, {
      timeout: 40_000,
    });
    await expectLive(page);
    expect(await stateOf(server)).toEqual({ state: 'accepted', end_reason: null });
  });
});

test('presence changes as the program starts and stops', async ({ open, server }) => {
  const page = await open({ as: user });
  const askedOnce = page.waitForResponse((response) => response.url().endsWith('/v1/computers'));
  await page.goto('/computers');
  const row = page.getByRole('row', { name: 'Render station' });
  await expect(row).toContainText('Offline');
  await askedOnce;
  const calls: string[] = [];
  page.on('request', (request) => calls.push(request.url()));
  const program = HostProgram.start(server, computer.key);
  programs.push(program);
  await expect(row).toContainText('Online');
  await expect(row).toContainText('just now');
  await program.stop();
  await expect(row).toContainText('Offline');
  expect(calls, 'nothing was asked for').toEqual([]);
});

test('an offline computer is asked as soon as it comes online', async ({ open, server }) => {
  const page = await open({ as: user });
  await page.goto(`/computers/${computer.id}`);
  await expect(
    page.getByText('Render station is offline. It is asked as soon as it comes online.'),
  ).toBeVisible();
  await expect(page.getByText(/^\d+ seconds left$/)).toBeVisible();
  programs.push(HostProgram.start(server, computer.key));
  await expectLive(page);
});

test('a computer that accepts nobody declines', async ({ open, server }) => {
  programs.push(HostProgram.start(server, computer.key, '--accept', 'none'));
  const page = await open({ as: user });
  await page.goto(`/computers/${computer.id}`);
  await expect(page.getByText('Render station declined')).toBeVisible();
  await expect(page.getByRole('button', { name: 'Connect again' })).toBeVisible();
});

test('a computer that one may not connect to has no page', async ({ open, server }) => {
  const other = await server.addHost(await server.addTeam());
  const page = await open({ as: user });
  for (const id of [other.id, 'no-such-computer']) {
    const answer = await page.goto(`/computers/${id}`);
    expect(answer?.status()).toBe(404);
  }
});

test('the live session has no accessibility violation, light or dark, wide or narrow', async ({
  open,
  server,
}) => {
  programs.push(HostProgram.start(server, computer.key));
  const page = await open({ as: user });
  await page.goto(`/computers/${computer.id}`);
  await expectLive(page);
  await expectAccessibleInAllLooks(page);
});

/** The computer shows itself, just now. */
async function expectLive(page: Page): Promise<void> {
  await expect(page.getByText('Connected', { exact: true }).last()).toBeVisible();
  await expect(page.getByRole('meter', { name: 'Memory' })).toBeVisible();
  await expect(page.getByRole('button', { name: 'Disconnect' })).toBeVisible();
}

/** The latest connection to the computer, as it is recorded. */
async function stateOf(server: TestServer) {
  const { rows } = await server.db.query(
    'SELECT state, end_reason FROM connections WHERE computer_id = $1 ORDER BY created_at DESC LIMIT 1',
    [computer.id],
  );
  return rows[0];
}
