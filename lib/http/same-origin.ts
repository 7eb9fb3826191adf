import { GatehouseError } from '@/lib/contract/errors';
import { env } from '@/lib/platform/env';
import { log } from '@/lib/platform/log';
import { createRareWarning } from '@/lib/platform/rare-log';
import { shared } from '@/lib/platform/shared';
import type { Asked } from './call';

const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * The attack: a page elsewhere makes the browser send a request, and the cookie goes along. A request
 * that changes something and is known by its cookie must say that it comes from our own pages.
 *
 * A browser that says that it is on the same site, under another origin than `APP_URL`, came by a proxy
 * that nobody told us of: that is said, to whoever sits there and in the log.
 * @throws cross_site_request
 */
export function requireSameOrigin({ method, headers }: Pick<Asked, 'method' | 'headers'>): void {
  if (SAFE_METHODS.has(method)) return;
  const origin = headers.get('origin');
  const isSameToBrowser = headers.get('sec-fetch-site') === 'same-origin';
  const { appUrl } = env();
  if (origin === null ? isSameToBrowser : origin === appUrl.origin) return;
  const seen = isSameToBrowser ? parseOrigin(origin) : null;
  if (seen === null) {
    throw new GatehouseError(
      'cross_site_request',
      'This request was made by another site, so nothing was done.',
    );
  }
  warnRarely()('origin', () => ({
    message: `A browser came by ${seen}, but APP_URL is ${appUrl.origin}, so its request was refused.`,
    cure: `If people use that address, a proxy stands in front: list it in TRUSTED_PROXIES, and start with APP_URL=${seen}`,
  }));
  throw new GatehouseError(
    'cross_site_request',
    `This page was opened at ${seen}, but the server is set up for ${appUrl.origin}, so nothing was done. Open ${appUrl.origin}, or tell its operator to set APP_URL to the address that people use.`,
  );
}

/**
 * The attack: a page elsewhere sends the browser to a file of its owner's. It does not read it, but who exports is
 * written down, and one at a time may. So what is fetched by a cookie is fetched from our own pages, or by hand.
 * @throws cross_site_request
 */
export function requireOwnPage({ headers }: Pick<Asked, 'headers'>): void {
  const site = headers.get('sec-fetch-site');
  if (site === null || site === 'same-origin' || site === 'none') return;
  throw new GatehouseError(
    'cross_site_request',
    'This file was asked for by another site, so nothing was done.',
  );
}

const warnRarely = () =>
  shared('origin warning', () =>
    createRareWarning(({ message, cure }) => log().warn({ cure }, message)),
  );

/** An origin as browsers write it; null for anything else, since anybody can send the header. */
function parseOrigin(text: string | null): string | null {
  if (text === null || text.length > 100 || !/^https?:\/\/[a-z0-9.:[\]-]+$/.test(text)) return null;
  return URL.canParse(text) && new URL(text).origin === text ? text : null;
}
