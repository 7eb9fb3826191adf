import { CAFE } from '../support/test-server';
import { expect, expectAccessible, test } from './fixtures';

test('P16: an owner sees on every page that mail does not leave, and what to do', async ({
  open,
  server,
}) => {
  const { teamId, olga, rita } = await server.addTeamOfTwo();
  await server.db.query(
    `INSERT INTO outgoing_mails (id, body, due_at, expires_at, failure, failed_at, created_at)
     VALUES ('mail', 'v1.none', gatehouse_now() + interval '1 hour', gatehouse_now() + interval '1 day',
       'unreachable', gatehouse_now(), gatehouse_now() - interval '5 minutes')`,
  );
  try {
    const page = await open({ as: olga });
    for (const path of ['/computers', `/teams/${teamId}/members`]) {
      await page.goto(path);
      await expect(page.getByText('Mail does not leave')).toBeVisible();
      await expect(page.getByText(/can’t be reached.*its name and port/)).toBeVisible();
    }
    await expectAccessible(page);
    for (const [as, from] of [
      [rita, undefined],
      [olga, CAFE],
    ] as const) {
      const other = await open({ as, ...(from && { from }) });
      await other.goto('/friends');
      await expect(other.getByRole('heading', { level: 1 })).toBeVisible();
      await expect(other.getByText('Mail does not leave')).toHaveCount(0);
    }
  } finally {
    await server.db.query('DELETE FROM outgoing_mails');
  }
});
