import { Resolver } from 'node:dns/promises';

// A TXT record proves that a domain is a team's. "There is no such record" and "nobody answered" must
// not look alike: by the first a proof fails or ends, by the second nothing may change.

/** How long a look-up may take in all, over all name servers. */
export const TXT_LOOK_UP_MS = 3_000;

/** The part of `Resolver` of node:dns/promises that is used. */
export type TxtResolver = {
  readonly resolveTxt: (name: string) => Promise<string[][]>;
  /** Ends the look-ups that are under way. */
  readonly cancel: () => void;
};

/** Nobody could say which records there are. */
export class TxtLookUpError extends Error {
  override readonly name = 'TxtLookUpError';
}

/** The name doesn't exist, or has no record of this type. */
const NO_RECORDS = new Set(['ENOTFOUND', 'ENODATA']);

/** @param servers as `ip` or `ip:port`; none: the system's */
export function txtResolver(servers: readonly string[]): TxtResolver {
  const resolver = new Resolver({ timeout: TXT_LOOK_UP_MS, tries: 1 });
  if (servers.length > 0) resolver.setServers(servers);
  return resolver;
}

/**
 * The TXT records of a name, each in one piece; none is the empty list.
 *
 * @throws TxtLookUpError when the name servers fail or have not answered within three seconds
 */
export async function findTxtRecords(
  name: string,
  resolver: TxtResolver = txtResolver([]),
): Promise<string[]> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_fulfil, reject) => {
    timer = setTimeout(() => {
      reject(new TxtLookUpError(`No answer within ${TXT_LOOK_UP_MS} ms`));
      resolver.cancel();
    }, TXT_LOOK_UP_MS);
  });
  try {
    const records = await Promise.race([resolver.resolveTxt(name), late]);
    return records.map((chunks) => chunks.join(''));
  } catch (error) {
    if (error instanceof TxtLookUpError) throw error;
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
    if (NO_RECORDS.has(code)) return [];
    throw new TxtLookUpError(`Look-up failed: ${code}`, { cause: error });
  } finally {
    clearTimeout(timer);
  }
}
