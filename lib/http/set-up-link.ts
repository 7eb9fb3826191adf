import { env } from '@/lib/platform/env';
import { isSetUp } from '@/lib/service/set-up';

/**
 * The link by which the first team is made; null once it exists. The token stands behind the `#`, which
 * no browser sends and no proxy logs.
 */
export async function findSetUpLink(): Promise<string | null> {
  const { appUrl, setupToken } = env();
  return (await isSetUp()) ? null : new URL(`/setup#${setupToken}`, appUrl).href;
}
