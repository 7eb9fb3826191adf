import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Locator } from '@playwright/test';
import { PASSWORD } from '../support/test-server';
import { expect, expectAccessible, test } from './fixtures';

/** What is pasted on the new computer, in an empty directory of it. Its npm has no network, and says what it was asked. */
async function paste(command: string) {
  const directory = await mkdtemp(path.join(tmpdir(), 'gatehouse-new-computer-'));
  const [bin, home] = [path.join(directory, 'bin'), path.join(directory, 'home')];
  await Promise.all([mkdir(bin), mkdir(home)]);
  const modules = path.resolve('node_modules');
  await writeFile(
    path.join(bin, 'npm'),
    `#!/bin/sh\necho "npm $*"; mkdir node_modules && ln -s '${modules}/@roamhq' node_modules/@roamhq\n`,
  );
  await chmod(path.join(bin, 'npm'), 0o755);
  const child: ChildProcess = spawn('sh', ['-c', command], {
    cwd: home,
    env: { NODE_ENV: process.env.NODE_ENV, PATH: `${bin}:${process.env.PATH}`, HOME: home },
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: true,
  });
  const pasted = { said: '', stop: async () => undefined as unknown };
  child.stdout?.on('data', (chunk: Buffer) => {
    pasted.said += chunk;
  });
  pasted.stop = async () => {
    const exited = once(child, 'exit');
    if (child.exitCode === null && child.pid) {
      process.kill(-child.pid);
      await exited;
    }
    await rm(directory, { recursive: true, force: true });
  };
  return pasted;
}

/** First of all files: afterwards the team exists. */
test('the first team is made by whoever has the token, which never leaves the fragment, and six clicks and one pasted command later it is connected', async ({
  open,
  server,
}) => {
  const page = await open();
  const addresses: string[] = [];
  page.on('request', (request) => addresses.push(request.url()));
  await page.goto('/');
  await expect(page).toHaveURL(/\/setup$/);
  await expectAccessible(page);

  await page.goto('/setup#not-the-token');
  await page.getByLabel('Name of your team').fill('Harbour');
  await page.getByLabel('Your name').fill('Olga Owner');
  await page.getByLabel('Your email').fill('olga@example.com');
  await page.getByLabel('Your password', { exact: true }).fill(PASSWORD);
  await page.getByRole('button', { name: 'Create the team' }).click();
  await expect(page.getByText('This is not the setup token')).toBeVisible();
  expect(await server.count('teams')).toBe(0);

  // As the link that the server prints; nothing is typed twice, and every click counts.
  await page.goto('/setup#the-set-up-token-of-the-tests');
  await page.reload();
  let clicks = 0;
  const click = async (button: Locator) => {
    clicks += 1;
    await button.click();
  };
  await page.getByLabel('Name of your team').fill('Harbour');
  await page.getByLabel('Your name').fill('Olga Owner');
  await page.getByLabel('Your email').fill('olga@example.com');
  await page.getByLabel('Your password', { exact: true }).fill(PASSWORD);
  await click(page.getByRole('button', { name: 'Create the team' }));
  await expect(page).toHaveURL(/\/teams\/\w+$/);
  expect(addresses.filter((address) => address.includes('set-up-token'))).toEqual([]);
  await expect(page.getByText('because you just proved here that it’s you')).toBeVisible();
  await expect(page.getByText('1 of 7 done')).toBeVisible();
  await expectAccessible(page);

  await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  await click(page.getByRole('button', { name: 'Register…' }));
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Name', { exact: true }).fill('Workstation');
  await expectAccessible(page);
  await click(dialog.getByRole('button', { name: 'Register' }));
  await expect(dialog.getByText('Waiting for Workstation…')).toBeVisible();
  await expectAccessible(page);
  await click(dialog.getByRole('button', { name: 'Copy' }));
  await expect(dialog.getByRole('button', { name: 'Copied' })).toBeVisible();
  const command = await page.evaluate(() => navigator.clipboard.readText());
  const pasted = await paste(command);
  await expect(dialog.getByText('Workstation is online')).toBeVisible({ timeout: 20_000 });
  expect(pasted.said).toMatch(
    /^host\.mjs: OK\nnpm install --prefix \. --ignore-scripts @\S+@[\d.]+\nOnline as Workstation at/,
  );
  await expectAccessible(page);
  await click(dialog.getByRole('link', { name: 'Connect now' }));
  await expect(page.getByText('Connected', { exact: true })).toBeVisible();
  await expect(page.getByText(/^Trusted until \d+ \w+ \d{4}$/)).toBeVisible();
  await expect(page.getByText('Direct, encrypted from this device to the computer')).toBeVisible();
  expect(clicks).toBeLessThanOrEqual(6);
  const [, key = ''] = command.match(/gatehost_(\S+)/) ?? [];
  expect(key).toHaveLength(43);
  expect([...addresses, server.log].filter((text) => text.includes(key))).toEqual([]);

  await page.getByRole('link', { name: 'Overview' }).first().click();
  await expect(page.getByText('4 of 7 done')).toBeVisible();
  await page.getByRole('link', { name: 'Team Computers' }).first().click();
  const row = page.getByRole('row', { name: 'Workstation' });
  await expect(row.getByText('Online')).toBeVisible();
  await pasted.stop();
  // Without a reload.
  await expect(row.getByText('Offline')).toBeVisible();
  await row.getByRole('button', { name: 'Actions for Workstation' }).click();
  await expect(page.getByRole('menuitem', { name: 'Bring online…' })).toBeVisible();
  await page.keyboard.press('Escape');
  // The session that set-up opened for programs is not left behind.
  expect(await server.count('sessions WHERE ended_at IS NULL')).toBe(1);

  await page.goto('/setup');
  await expect(page.getByRole('link', { name: 'Sign in' })).toBeVisible();
});
