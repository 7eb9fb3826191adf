import type pg from 'pg';

/** The tables that migrations make, by the text of their scripts. Migrations only ever add. */
export function tablesOf(scripts: readonly string[]): string[] {
  return scripts.flatMap((sql) =>
    [...sql.matchAll(/^CREATE TABLE (?:IF NOT EXISTS )?"?(\w+)"?/gim)].map(([, name = '']) => name),
  );
}

/** Which of `tables` the search path of the connection has not: one look at PostgreSQL's own catalogue. */
export async function findMissingTables(
  client: Pick<pg.ClientBase, 'query'>,
  tables: readonly string[],
): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(
    'SELECT name FROM unnest($1::text[]) AS name WHERE to_regclass(quote_ident(name)) IS NULL',
    [tables],
  );
  return rows.map(({ name }) => name);
}

const NAMED = 3;

/** What is wrong then, and what to do. */
export function explainMissingTables(tables: readonly string[]): string {
  const more = tables.length > NAMED ? ` and ${tables.length - NAMED} more tables` : '';
  return `The database lacks ${tables.slice(0, NAMED).join(', ')}${more}, though its migration is on record: somebody has removed it, or half a back-up was read in. Restore the database from a back-up.`;
}
