import type pg from 'pg';

/** A column of an answer, as PostgreSQL describes it. */
export type AnsweredColumn = {
  name: string;
  /** As `format_type` names it. */
  type: string;
  /** Of an expression it is not known, and not said. */
  mayBeNull: boolean;
};

const CATALOG = `
  SELECT (SELECT json_agg(json_build_array(oid::int, format_type(oid, NULL))) FROM pg_type) AS types,
    ARRAY(SELECT attrelid || '.' || attnum FROM pg_attribute WHERE NOT attnotnull) AS nullable`;

/** What statements would answer, as PostgreSQL says before they are done. @throws when one can't be done */
export async function columnsFrom(client: pg.Client) {
  const { rows } = await client.query<{ types: [number, string][]; nullable: string[] }>(CATALOG);
  const types = new Map(rows[0]?.types);
  const nullable = new Set(rows[0]?.nullable);
  return async (sql: string): Promise<AnsweredColumn[]> => {
    const fields = await fieldsOf(client, sql);
    if (fields.length === 0) return [];
    const plan = await planOf(client, sql);
    const nulled = new Set(nulledIn(plan));
    return fields.map(({ name, dataTypeID, tableID, columnID }, index) => ({
      name,
      type: types.get(dataTypeID) ?? String(dataTypeID),
      mayBeNull:
        nullable.has(`${tableID}.${columnID}`) ||
        nulled.has(COLUMN.exec(plan.Output?.[index] ?? '')?.[1] ?? ''),
    }));
  };
}

function fieldsOf(client: pg.Client, text: string): Promise<pg.FieldDef[]> {
  return new Promise((resolve, reject) => {
    let fields: pg.FieldDef[] = [];
    client.query({
      submit(connection: pg.Connection) {
        connection.parse({ name: '', text, types: [] }, true);
        connection.describe({ type: 'S', name: '' }, true);
        connection.sync();
      },
      handleRowDescription: (message: { fields: pg.FieldDef[] }) => {
        fields = message.fields;
      },
      handleError: (error: Error) => reject(new Error(`${error.message}\n${text}`)),
      handleReadyForQuery: () => resolve(fields),
    });
  });
}

type Plan = {
  Alias?: string;
  'Join Type'?: string;
  /** On which side of a join it stands. */
  'Parent Relationship'?: string;
  Output?: string[];
  Plans?: Plan[];
};

async function planOf(client: pg.Client, sql: string): Promise<Plan> {
  const { rows } = await client.query<{ 'QUERY PLAN': [{ Plan: Plan }] }>(
    `EXPLAIN (GENERIC_PLAN, VERBOSE, FORMAT JSON) ${sql}`,
  );
  return rows[0]?.['QUERY PLAN'][0].Plan ?? {};
}

/** A column, whose alias is looked for, as a plan writes it: `m.user_id`, `(m.role)::text`. */
const COLUMN = /^\(?(\w+)\.\w+(?:\)::\w+)?$/;

const NULLED_SIDES: Record<string, string[]> = {
  Left: ['Inner'],
  Right: ['Outer'],
  Full: ['Inner', 'Outer'],
};

/** The aliases whose columns are null where an outer join finds no row of theirs. */
function nulledIn(plan: Plan, isNulled = false): string[] {
  const sides = NULLED_SIDES[plan['Join Type'] ?? ''] ?? [];
  return (plan.Plans ?? []).flatMap((part) => {
    const isPartNulled = isNulled || sides.includes(part['Parent Relationship'] ?? '');
    const below = nulledIn(part, isPartNulled);
    return isPartNulled && part.Alias ? [part.Alias, ...below] : below;
  });
}
