import { env } from '@/lib/platform/env';
import { isSetUp } from './set-up';

/**
 * Where the first team is created, for the console; null once it exists. The token stands behind the
 * `#`, which browsers never send: so it gets into no log on the way. A token that the operator chose
 * is not printed.
 */
export async function findSetUpLink(): Promise<string | null> {
  if (await isSetUp()) return null;
  const { appUrl, setupToken, setupTokenIsGenerated } = env();
  const link = new URL('/setup', appUrl);
  if (setupTokenIsGenerated) link.hash = setupToken;
  return link.href;
}
