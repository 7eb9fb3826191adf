import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '@/lib/platform/postgres/embedded';
import { migrate } from '@/lib/platform/postgres/migrate';
import { Prisma } from '@/lib/platform/prisma/client';

/**
 * Every statement that the store asks of PostgreSQL, whole and with the types of its rows, in a file that a
 * review reads: in the code they are put together from parts. They are found by calling each function of the
 * store with anything, and PostgreSQL says what each would answer.
 */

vi.setConfig({ hookTimeout: 60_000 });

type Asked = {
  site: string;
  file: string;
  by: string;
  sql: string;
  /** What of its rows was read by name. */
  read: Set<string>;
};
type Module = Record<string, unknown>;

const asked: Asked[] = [];
const modules = import.meta.glob<Module>(['./**/*.ts', '!./**/*.test.ts']);
const names = Object.keys(modules).map((name) => name.slice(2));
const exported = new Map<string, Set<string>>();

vi.mock('@/lib/platform/postgres/database', () => ({
  database: () => ({
    pool: { query: note(async (row) => ({ rows: [row], rowCount: 1 })) },
    prisma: db,
  }),
  transaction: (work: (tx: unknown) => unknown) => work(db),
  announce: () => undefined,
}));

/** A value that is whatever is done with it: called, looped over, compared with a number. */
const ANY: never = new Proxy(() => {}, {
  apply: () => ANY,
  get: (_target, name) => {
    if (name === 'then') return undefined;
    if (name === Symbol.toPrimitive || name === 'toJSON') return () => '1';
    if (name === Symbol.iterator) return () => [ANY][Symbol.iterator]();
    return name === 'length' ? 1 : ANY;
  },
}) as never;

const db: unknown = new Proxy(
  {
    $queryRaw: note(async (row) => [row]),
    $queryRawUnsafe: note(async (row) => [row]),
    $executeRaw: note(async () => 1),
    $executeRawUnsafe: note(async () => 1),
  },
  { get: (target, name) => Reflect.get(target, name) ?? ANY },
);

/** Functions whose statement is another for some arguments, or that take none but real ones. */
const FURTHER_CALLS: Record<string, unknown[]> = {
  createConnection: [{ guard: { trustId: null } }],
  findEvents: [db, { teamId: 'a' }, { after: null, rows: 1 }],
  findWaitingOffers: [ANY, null],
  findSessionFacts: [new Uint8Array(), null, null],
};

function note<Answer>(answer: (row: unknown) => Answer) {
  return (
    query: string | TemplateStringsArray | { text: string },
    ...values: unknown[]
  ): Answer => {
    const frames = [...(new Error().stack ?? '').matchAll(FRAME)];
    const [at = '', name = '', file = ''] = frames[0] ?? [];
    const by = frames.find(([, caller]) => exported.get(file)?.has(caller ?? ''))?.[1] ?? name;
    const read = new Set<string>();
    asked.push({ site: at, file, by, sql: dedent(textOf(query, values)), read });
    return answer(rowThatTells(read));
  };
}

function textOf(query: string | TemplateStringsArray | { text: string }, values: unknown[]) {
  if (typeof query === 'string') return query;
  return 'text' in query ? query.text : Prisma.sql(query, ...values).text;
}

const rowThatTells = (read: Set<string>) =>
  new Proxy(
    {},
    {
      get: (_target, name) => {
        if (typeof name === 'symbol' || name === 'then') return undefined;
        read.add(name);
        return ANY;
      },
    },
  );

const FRAME = /at (?:async )?([\w.]+) \([^)]*\/lib\/store\/((?:[\w-]+\/)?[\w-]+\.ts):\d+:\d+\)/g;
const SITE = /\$(?:query|execute)Raw(?:Unsafe)?\b|\bpool\s*\.query\b/g;

beforeAll(async () => {
  for (const file of names) {
    const module = (await modules[`./${file}`]?.()) ?? {};
    exported.set(file, new Set(Object.keys(module)));
    // Twice: one function writes what another has gathered.
    for (const call of [...callsOf(module), ...callsOf(module)]) {
      // What becomes of the answer is not what is asked here.
      await Promise.resolve()
        .then(call)
        .catch(() => undefined);
    }
  }
});

function callsOf(module: Module) {
  return Object.entries(module).flatMap(([name, value]) => {
    if (typeof value !== 'function') return [];
    const further = FURTHER_CALLS[name];
    const args = Array.from({ length: Math.max(value.length, 4) }, () => ANY);
    return [() => value(...withDb(value, args)), ...(further ? [() => value(...further)] : [])];
  });
}

/** The first parameter is `db` or `tx` where there is one. */
const withDb = (value: unknown, args: unknown[]) =>
  /^(?:async )?(?:function )?\w*\s*\((?:db|tx)\b/.test(String(value))
    ? [db, ...args.slice(1)]
    : args;

const scratch = mkdtempSync(path.join(tmpdir(), 'gatehouse-queries-'));
chmodSync(scratch, 0o755);
let server: EmbeddedPostgres;
let client: pg.Client;
const columns = new Map<string, Column[]>();

beforeAll(async () => {
  server = await startEmbeddedPostgres(path.join(scratch, 'data'));
  await migrate(server.connectionString, path.resolve('prisma/migrations'));
  client = new pg.Client({ connectionString: server.connectionString });
  await client.connect();
  for (const { sql } of asked) if (!columns.has(sql)) columns.set(sql, await columnsOf(sql));
});
afterAll(async () => {
  await client?.end();
  await server?.stop();
  rmSync(scratch, { recursive: true, force: true });
});

type Column = { name: string; dataTypeID: number };

/** What a statement would answer, as PostgreSQL says before it is done. @throws when it can't be done */
function columnsOf(text: string): Promise<Column[]> {
  return new Promise((resolve, reject) => {
    let fields: Column[] = [];
    client.query({
      submit(connection: pg.Connection) {
        connection.parse({ name: '', text, types: [] }, true);
        connection.describe({ type: 'S', name: '' }, true);
        connection.sync();
      },
      handleRowDescription: (message: { fields: Column[] }) => {
        fields = message.fields;
      },
      handleError: (error: Error) => reject(new Error(`${error.message}\n${text}`)),
      handleReadyForQuery: () => resolve(fields),
    });
  });
}

describe('every statement of the store', () => {
  it('was seen', () => {
    const sites = names.map((file) => {
      const source = readFileSync(path.join(import.meta.dirname, file), 'utf8');
      return [file, [...source.matchAll(SITE)].length];
    });
    const seen = names.map((file) => [
      file,
      new Set(asked.filter((one) => one.file === file).map(({ site }) => site)).size,
    ]);
    expect(Object.fromEntries(seen)).toEqual(Object.fromEntries(sites));
  });

  it('answers with what is read of it', () => {
    const lacking = asked.flatMap(({ file, by, sql, read }) =>
      [...read]
        .filter((name) => !columns.get(sql)?.some((column) => column.name === name))
        .map((name) => `${file}: ${by} reads ${name}`),
    );
    expect(asked.some(({ read }) => read.size > 0)).toBe(true);
    expect(lacking).toEqual([]);
  });

  it('is as it was read', async () => {
    const { rows } = await client.query<{ oid: number; type: string }>(
      'SELECT oid, format_type(oid, NULL) AS type FROM pg_type',
    );
    const types = new Map(rows.map(({ oid, type }) => [oid, type]));
    const printed = asked.map(({ file, by, sql }) => {
      const row = (columns.get(sql) ?? []).map((one) => `${one.name} ${types.get(one.dataTypeID)}`);
      return {
        head: `-- ${file}: ${by}`,
        text: `${sql};\n${row.length > 0 ? `-- ${row.join(', ')}\n` : ''}`,
      };
    });
    const lines = printed
      .toSorted((a, b) => (a.head < b.head ? -1 : Number(a.head > b.head)))
      .map(({ head, text }) => `${head}\n${text}`);
    await expect([...new Set(lines)].join('\n')).toMatchFileSnapshot('./queries.sql');
  });
});

/** Without the indentation of the code around it. */
function dedent(text: string): string {
  const lines = text.trim().split('\n');
  const indents = lines.slice(1).filter((line) => line.trim() !== '');
  const least = Math.min(...indents.map((line) => line.length - line.trimStart().length));
  return lines.map((line, index) => (index === 0 ? line : line.slice(least)).trimEnd()).join('\n');
}
