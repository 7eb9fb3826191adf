import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { AxeBuilder } from '@axe-core/playwright';
import { type BrowserContext, test as base, expect, type Page } from '@playwright/test';
import { startEmbeddedPostgres } from '@/lib/platform/embedded-postgres';
import { DnsServer } from '../dns-server';
import { HOME, TestServer, type TestUser } from '../test-server';

type Open = {
  /** Who is signed in; nobody by default. */
  as?: TestUser;
  /** The client's address, as the trusted proxy says it. Default: home. */
  from?: string;
  colorScheme?: 'light' | 'dark';
  width?: number;
  /** The server goes away in this test: the browser reports each call that it could not make. */
  losesServer?: boolean;
};

type Fixtures = {
  /** Opens a browser of its own. Whatever its console calls an error fails the test. */
  open: (options?: Open) => Promise<Page>;
};
type WorkerFixtures = {
  /** The name server that the product asks for proofs of domains. */
  dns: DnsServer;
  /** May ask identity providers on this machine. */
  server: TestServer;
};

export const test = base.extend<Fixtures, WorkerFixtures>({
  dns: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the parameter's shape
    async ({}, use) => {
      const dns = await DnsServer.start();
      await use(dns);
      await dns.stop();
    },
    { scope: 'worker' },
  ],
  server: [
    async ({ dns }, use) => {
      const directory = await mkdtemp(path.join(tmpdir(), 'gatehouse-browser-'));
      const postgres = await startEmbeddedPostgres(directory);
      TestServer.postgresUrl = () => postgres.connectionString;
      const server = await TestServer.start({
        SSO_ALLOW_PRIVATE_HOSTS: '127.0.0.1',
        DNS_SERVERS: dns.address,
      });
      await use(server);
      await server.stop();
      await postgres.stop();
      await rm(directory, { recursive: true, force: true });
    },
    { scope: 'worker', timeout: 120_000 },
  ],
  open: async ({ browser, server }, use) => {
    const contexts: BrowserContext[] = [];
    const faults: string[] = [];
    await use(async (options = {}) => {
      const { as, from = HOME, colorScheme = 'light', width = 1280, losesServer = false } = options;
      const context = await browser.newContext({
        baseURL: server.origin,
        colorScheme,
        viewport: { width, height: 900 },
        extraHTTPHeaders: { 'x-forwarded-for': from },
      });
      contexts.push(context);
      if (as) {
        await context.addCookies([
          {
            name: server.cookieName(),
            value: as.token,
            url: server.origin,
            httpOnly: true,
            sameSite: 'Lax',
          },
        ]);
      }
      context.on('page', (page) => {
        page.on('pageerror', (error) => faults.push(`${page.url()}: ${error}`));
        page.on('console', (message) => {
          // The browser itself reports each refused call; a refusal is an answer here, not a fault.
          const isRefusal = /status of (4\d\d|502)/.test(message.text());
          const isLoss = losesServer && /ERR_CONNECTION_|WebSocket/.test(message.text());
          if (message.type() === 'error' && !isRefusal && !isLoss)
            faults.push(`${page.url()}: ${message.text()}`);
        });
      });
      return context.newPage();
    });
    for (const context of contexts) await context.close();
    expect(faults, 'errors in the browser’s console').toEqual([]);
  },
});

export { expect };

/** No accessibility violation on the page as it stands, once its colours are what they are to be. */
export async function expectAccessible(page: Page): Promise<void> {
  await page.evaluate(() =>
    Promise.allSettled(
      document
        .getAnimations()
        .filter((animation) => animation instanceof CSSTransition)
        .map(({ finished }) => finished),
    ),
  );
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(
    violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.target).join(', ')}`),
  ).toEqual([]);
}
