import type { IncomingHttpHeaders } from 'node:http';
import { parseAndValidateFlightRouterState } from 'next/dist/server/app-render/parse-and-validate-flight-router-state.js';
import { FORWARDING_HEADERS } from '@/lib/policy/client-address';
import { cleanCookies } from '@/lib/policy/cookies';

/**
 * The attacks: headers by which the parts of Next, of a proxy or of Gatehouse tell each other something,
 * sent by a caller. They name another path, host or address, ask for a draft or a stored answer, and
 * what can't be read in them is an error of the server's (500), with the caller's text in its log.
 *
 * So none of them passes, but for the few by which our own pages ask for the next one, as they write them.
 */
const INNER =
  /^(?:rsc|next-.*|content-security-policy(?:-report-only)?|x-(?:forwarded|middleware|next|nextjs|invoke|invocation|action|matched|now|vercel|prerender|gatehouse|nonce|deployment)(?:-.*)?)$/;

/** How a page of ours asks for the next one. */
const NAVIGATION: ReadonlyMap<string, RegExp> = new Map([
  ['rsc', /^1$/],
  ['next-router-prefetch', /^[0-9]$/],
  ['next-router-segment-prefetch', /^\/[\x21-\x7e]*$/],
  ['next-router-state-tree', /^[\x21-\x7e]+$/],
  ['next-url', /^\/(?!\/)[\x21-\x7e]*$/],
]);

/** What Next in development tells itself besides, on the developer's own machine. */
const DEVELOPMENT = /^(?:next-hmr-refresh|x-nextjs-(?:html-)?request-id)$/;

/**
 * Leaves of a request's headers what may go further in.
 * @param path as it was sent, without its query
 */
export function cleanHeaders(
  headers: IncomingHttpHeaders,
  path: string,
  isDevelopment: boolean,
): void {
  const isNavigation = headers.rsc === '1' && !path.startsWith('/api/');
  for (const name of Object.keys(headers)) {
    if (!INNER.test(name) && !FORWARDING_HEADERS.has(name)) continue;
    if (isDevelopment && DEVELOPMENT.test(name)) continue;
    if (isNavigation && NAVIGATION.get(name)?.test(String(headers[name]))) continue;
    delete headers[name];
  }
  // What is no cookie by one reading could be one by another's, further in.
  const cookies = headers.cookie === undefined ? null : cleanCookies(headers.cookie);
  if (cookies === null) delete headers.cookie;
  else headers.cookie = cookies;
}

/** Whether Next can read where the page that asks stands; by Next's own reader, so that the two can't differ. */
export function hasReadableState(headers: IncomingHttpHeaders): boolean {
  try {
    parseAndValidateFlightRouterState(headers['next-router-state-tree']);
    return true;
  } catch {
    return false;
  }
}
