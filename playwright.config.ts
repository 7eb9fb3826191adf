import { defineConfig } from '@playwright/test';

/** Tests in a real browser: Debian's Chromium, or the one that CHROMIUM_PATH names. */
export default defineConfig({
  testDir: 'e2e/browser',
  timeout: 60_000,
  expect: { timeout: 15_000 },
  // While one waits for a page, the other's is made.
  workers: 2,
  forbidOnly: true,
  use: {
    // What stood on the page, without a film of it: to draw and press each frame takes a fifth of the time.
    trace: { mode: 'retain-on-failure', snapshots: true, screenshots: false, sources: true },
    launchOptions: {
      executablePath: process.env.CHROMIUM_PATH ?? '/usr/bin/chromium',
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
      ],
    },
  },
});
