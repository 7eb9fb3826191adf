import type { z } from 'zod';
import { isGatehouseError } from '@/lib/contract/errors';
import type { CountedPage } from '@/lib/contract/resources';

/** How a list is looked at, as the page's address says it: the parts of its query that were understood. */
export type ListView = Readonly<Record<string, string>>;

export type SearchParams = Readonly<Record<string, string | string[] | undefined>>;

/**
 * Reads a page's address as the query of the list that it shows. A wrong part is left out, since an address may
 * have been cut on its way, and so is a cursor of another list, or one behind which nothing stands any more.
 */
export async function listInView<Query, List extends CountedPage<unknown>>(
  schema: z.ZodType<Query>,
  search: SearchParams,
  list: (query: Query) => Promise<List>,
): Promise<{ view: ListView; initial: List }> {
  const view = readView(schema, search);
  const { cursor, ...begun } = view;
  const found = await list(schema.parse(view)).catch((error: unknown) => {
    if (cursor !== undefined && isGatehouseError(error) && error.code === 'invalid_request')
      return null;
    throw error;
  });
  const isThere = found !== null && (found.data.length > 0 || cursor === undefined);
  if (isThere) return { view, initial: found };
  return { view: begun, initial: await list(schema.parse(begun)) };
}

function readView(schema: z.ZodType, search: SearchParams): ListView {
  const parts = Object.entries(search).flatMap(([name, value]) =>
    typeof value === 'string' && value !== '' ? [[name, value] as const] : [],
  );
  // How many rows there are is the page's to say.
  const isPart = ([name, value]: readonly [string, string]) =>
    name !== 'limit' && name !== 'q' && schema.safeParse({ [name]: value }).success;
  return Object.fromEntries(parts.filter(isPart));
}
