import { env } from '@/lib/platform/env';
import { isSetUp } from '@/lib/service/account/set-up';

/**
 * The link by which the first team is made; null once it exists. A token that nobody chose stands behind
 * the `#`, which no browser sends and no proxy logs; a chosen one is known to whoever chose it.
 */
export async function findSetUpLink(): Promise<string | null> {
  const { appUrl, setupToken, setupTokenIsGenerated } = env();
  return (await isSetUp())
    ? null
    : new URL(setupTokenIsGenerated ? `/setup#${setupToken}` : '/setup', appUrl).href;
}
