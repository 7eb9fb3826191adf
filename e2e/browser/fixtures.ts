import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { AxeBuilder } from '@axe-core/playwright';
import { type BrowserContext, test as base, expect, type Page, selectors } from '@playwright/test';
import { DnsServer } from '../support/dns-server';
import {
  HOME,
  startTestPostgres,
  TestServer,
  type TestUser,
  untilServed,
} from '../support/test-server';

type Open = {
  /** Who is signed in; nobody by default. */
  as?: TestUser;
  /** The client's address, as the trusted proxy says it. Default: home. */
  from?: string;
  /** The server goes away in this test: the browser reports each call that it could not make. */
  losesServer?: boolean;
  /** What this test does, it does before the scripts of its pages have come. */
  beforeScripts?: boolean;
};

/** What the browser itself says of a call that was refused, or put off by a busy server: an answer, not a fault. */
const REFUSAL = /(status of|Unexpected response code:) (4\d\d|502|503)/;

/**
 * Finds what a person may click or fill on a page of ours that React does not know yet; and the whole page while
 * a part of it has come and is not in its place, since it may be there twice then.
 */
const lifeless = () => ({
  query: () => null,
  queryAll: (root: ParentNode) => {
    if (document.querySelector('script[src*="/_next/"]') === null) return [];
    if (document.querySelector('div[hidden][id^="S:"] > *')) return [document.body];
    return [...root.querySelectorAll('button, input, select, textarea')].filter(
      (element) => !Object.keys(element).some((key) => key.startsWith('__reactFiber')),
    );
  },
});

type Fixtures = {
  /** Opens a browser of its own. Whatever its console calls an error fails the test. */
  open: (options?: Open) => Promise<Page>;
};
type WorkerFixtures = {
  /** The name server that the product asks for proofs of domains. */
  dns: DnsServer;
  /** May ask identity providers on this machine. */
  server: TestServer;
  /** The selector engine of this name. */
  lifeless: undefined;
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
      const postgres = await startTestPostgres(directory);
      const server = await TestServer.start({
        SSO_ALLOW_PRIVATE_HOSTS: '127.0.0.1',
        DNS_SERVERS: dns.address,
      });
      const { call } = server;
      server.call = (...asked) => untilServed(() => call.apply(server, asked));
      await use(server);
      await server.stop();
      await postgres.stop();
      await rm(directory, { recursive: true, force: true });
    },
    { scope: 'worker', timeout: 120_000 },
  ],
  lifeless: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the parameter's shape
    async ({}, use) => {
      await selectors.register('lifeless', lifeless);
      await use(undefined);
    },
    { scope: 'worker' },
  ],
  open: async ({ browser, server, lifeless: _ }, use) => {
    const contexts: BrowserContext[] = [];
    const faults: string[] = [];
    await use(async (options = {}) => {
      const { as, from = HOME, losesServer = false, beforeScripts = false } = options;
      const context = await browser.newContext({
        baseURL: server.origin,
        viewport: { width: 1280, height: 900 },
        extraHTTPHeaders: { 'x-forwarded-for': from },
      });
      contexts.push(context);
      if (as) await signIn(context, server, as);
      context.on('page', (page) => {
        // A page is seen before its scripts have come; a test does nothing to it then.
        if (!beforeScripts) {
          void page.addLocatorHandler(page.locator('lifeless=').first(), () => Promise.resolve());
        }
        page.on('pageerror', (error) => faults.push(`${page.url()}: ${error}`));
        page.on('console', (message) => {
          const isRefusal = REFUSAL.test(message.text());
          const isLoss =
            losesServer && /ERR_CONNECTION_|ERR_INTERNET_|WebSocket/.test(message.text());
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

/** Whose session a browser has from now on. */
export async function signIn(context: BrowserContext, server: TestServer, { token }: TestUser) {
  const { origin: url } = server;
  await context.addCookies([
    { name: server.cookieName(), value: token, url, httpOnly: true, sameSite: 'Lax' },
  ]);
}

/**
 * No accessibility violation on the page as it stands, once its colours are what they are to be.
 *
 * @param rules those asked; default: all that axe asks by itself
 */
export async function expectAccessible(page: Page, rules: string[] = []): Promise<void> {
  await page.evaluate(() =>
    Promise.allSettled(
      document
        .getAnimations()
        .filter((animation) => animation instanceof CSSTransition)
        // One within what is folded away waits until it is unfolded.
        .filter(({ effect }) => (effect as KeyframeEffect).target?.checkVisibility())
        .map(({ finished }) => finished),
    ),
  );
  // No page of ours holds another: axe needs no page of its own to bring results together.
  const axe = new AxeBuilder({ page }).setLegacyMode().options({ resultTypes: ['violations'] });
  const { violations } = await (rules.length > 0 ? axe.withRules(rules) : axe).analyze();
  expect(
    violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.target).join(', ')}`),
  ).toEqual([]);
}

const RULES_OF_COLOURS = ['color-contrast', 'link-in-text-block'];

/** The same on a desk's screen and on a telephone's, and in dark, where nothing but colours differs. */
export async function expectAccessibleInAllLooks(page: Page): Promise<void> {
  for (const width of [1280, 390]) {
    await page.setViewportSize({ width, height: 900 });
    await page.emulateMedia({ colorScheme: 'light' });
    await expectAccessible(page);
    const isTooWide = await page.evaluate(
      () => document.documentElement.scrollWidth > window.innerWidth,
    );
    expect(isTooWide, `${page.url()} scrolls sideways, ${width} pixels wide`).toBe(false);
  }
  await page.emulateMedia({ colorScheme: 'dark' });
  await expectAccessible(page, RULES_OF_COLOURS);
}
