import { GatehouseError } from '@/lib/contract/errors';
import { env } from '@/lib/platform/env';

const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * The attack: a page elsewhere makes the browser send a request, and the cookie goes along. A request
 * that changes something and is known by its cookie must say that it comes from our own pages.
 * @throws cross_site_request
 */
export function requireSameOrigin(request: Request): void {
  if (SAFE_METHODS.has(request.method)) return;
  const origin = request.headers.get('origin');
  const isSame =
    origin === null
      ? request.headers.get('sec-fetch-site') === 'same-origin'
      : origin === env().appUrl.origin;
  if (isSame) return;
  throw new GatehouseError(
    'cross_site_request',
    'This request was made by another site, so nothing was done.',
  );
}
