import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type AnsweredColumn, columnsFrom } from '@/e2e/support/answered-columns';
import { rowTypes } from '@/e2e/support/row-types';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '@/lib/platform/postgres/embedded';
import { migrate } from '@/lib/platform/postgres/migrate';
import { Prisma } from '@/lib/platform/prisma/client';

/**
 * Every statement that the store asks of PostgreSQL, whole and with the types of its rows, in a file that a
 * review reads: in the code they are put together from parts. They are found by calling each function of the
 * store with anything, and PostgreSQL says what each would answer. The compiler says of what type its rows are
 * where it is asked; nobody else holds the two together.
 */

vi.setConfig({ hookTimeout: 60_000 });

type Asked = {
  file: string;
  /** Line and column of what runs: where in the source it is, but for what the types took away. */
  site: number;
  by: string;
  sql: string;
};
type Module = Record<string, unknown>;

const asked: Asked[] = [];
/** A file of the store's goes by its name there. */
const nameOf = (module: string) => module.replace(/^\.\.?\//, '');
const modules = import.meta.glob<Module>([
  './**/*.ts',
  '../platform/rate-limit.ts',
  '!./**/*.test.ts',
]);
/** These have their statements whole, and can't be called with anything. */
const PLATFORM = Object.keys(
  import.meta.glob([
    '../platform/bus.ts',
    '../platform/postgres/*.ts',
    '!../platform/**/*.test.ts',
  ]),
);
const exported = new Map<string, Set<string>>();

vi.mock('@/lib/platform/postgres/database', () => ({
  database: () => ({
    pool: { query: note({ rows: [ANY], rowCount: 1 }) },
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
    $queryRaw: note([ANY]),
    $queryRawUnsafe: note([ANY]),
    $executeRaw: note(1),
    $executeRawUnsafe: note(1),
  },
  { get: (target, name) => Reflect.get(target, name) ?? ANY },
);

/** Functions whose statement is another for some arguments, or that take none but real ones. */
const FURTHER_CALLS: Record<string, unknown[]> = {
  createConnection: [{ guard: { trustId: null } }],
  findEvents: [db, { teamId: 'a' }, { after: null, rows: 1 }],
  followEvents: [db, { teamId: 'a', types: ['b'] }, { after: 0n, upTo: 1n, rows: 1 }],
  setNetworkNames: [db, 'a', ['a'], null],
  findWaitingOffers: [ANY, null],
  findSessionFacts: [new Uint8Array(), null, null],
  recordUse: [{ at: new Date() }],
};

function note<Answer>(answer: Answer) {
  return async (
    query: string | TemplateStringsArray | { text: string },
    ...values: unknown[]
  ): Promise<Answer> => {
    const frames = [...(new Error().stack ?? '').matchAll(FRAME)];
    const [, name = '', file = '', line, column] = frames[0] ?? [];
    const by = frames.find(([, caller]) => exported.get(file)?.has(caller ?? ''))?.[1] ?? name;
    const site = Number(line) * 1_000 + Number(column);
    asked.push({ file, site, by, sql: dedent(textOf(query, values)) });
    return answer;
  };
}

function textOf(query: string | TemplateStringsArray | { text: string }, values: unknown[]) {
  if (typeof query === 'string') return query;
  return 'text' in query ? query.text : Prisma.sql(query, ...values).text;
}

const FRAME =
  /at (?:async )?([\w.]+) \([^)]*\/lib\/(?:store\/)?((?:[\w-]+\/)?[\w-]+\.ts):(\d+):(\d+)\)/g;

beforeAll(async () => {
  for (const [file, load] of Object.entries(modules)) {
    const module = await load();
    exported.set(nameOf(file), new Set(Object.keys(module)));
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
let columnsOf: Awaited<ReturnType<typeof columnsFrom>>;
const columns = new Map<string, AnsweredColumn[]>();
const sources = rowTypes();
const queries = new Map(
  Object.keys(modules).map((module) => [
    nameOf(module),
    sources.rawQueriesOf(path.join('lib/store', module)),
  ]),
);

beforeAll(async () => {
  server = await startEmbeddedPostgres(path.join(scratch, 'data'));
  await migrate(server.connectionString, path.resolve('prisma/migrations'));
  client = new pg.Client({ connectionString: server.connectionString });
  await client.connect();
  columnsOf = await columnsFrom(client);
  for (const { sql } of asked) if (!columns.has(sql)) columns.set(sql, await columnsOf(sql));
});
afterAll(async () => {
  sources.close();
  await client?.end();
  await server?.stop();
  rmSync(scratch, { recursive: true, force: true });
});

/** Columns that may be null, but not in the rows that these queries ask for. */
const FILLED: Record<string, string> = {
  // Both ask for those in which it is not null.
  findUnknownUses: 'reason',
  findWaitingOffers: 'offer',
  // Nothing but its body goes when a mail is given up, and it asks for those that are not.
  takeDueMails: 'body',
};

const asFilled = (by: string, column: AnsweredColumn) =>
  FILLED[by] === column.name ? { ...column, mayBeNull: false } : column;

const WRONG = `
  SELECT c.id, c.name, c.last_seen_at AS "lastSeenAt", c.host_networks AS "hostNetworks", n.size::bigint,
    t.name AS "teamName", t.created_at AS "teamSince"
  FROM computers c LEFT JOIN teams t ON t.id = c.team_id CROSS JOIN (SELECT 1 AS size) n`;

/** It compiles, and PostgreSQL answers. */
const askWrongly = (pool: pg.Client) =>
  pool.query<{
    id: number;
    lastSeenAt: Date;
    hostNetworks: number[];
    size: bigint;
    teamName: string;
    teamSince: string | null;
    online: boolean;
  }>(WRONG);

describe('every statement of the store', () => {
  it('was seen', () => {
    const sites = [...queries].map(([file, { length }]) => [file, length]);
    const seen = [...queries.keys()].map((file) => [file, sitesOf(file).length]);
    expect(Object.fromEntries(seen)).toEqual(Object.fromEntries(sites));
  });

  it('answers rows of the type that is written where it is asked', () => {
    const misfits = asked.flatMap(({ file, site, by, sql }) => {
      const query = queries.get(file)?.[sitesOf(file).indexOf(site)];
      const answered = columns.get(sql)?.map((column) => asFilled(by, column)) ?? [];
      return query?.misfits(answered).map((misfit) => `${file}:${query.line} ${by}: ${misfit}`);
    });
    expect([...new Set(misfits)]).toEqual([]);
  });

  it('so does what lib/platform asks when it starts and listens', async () => {
    const typed = PLATFORM.flatMap((module) =>
      sources
        .rawQueriesOf(path.join('lib/store', module))
        .filter(({ isTyped }) => isTyped)
        .map((query) => ({ file: nameOf(module), ...query })),
    );
    expect(typed).not.toEqual([]);
    const misfits: string[] = [];
    for (const { file, line, sql, ...query } of typed) {
      const answered = sql === undefined ? [] : await columnsOf(sql);
      misfits.push(...query.misfits(answered).map((misfit) => `${file}:${line} ${misfit}`));
    }
    expect(misfits).toEqual([]);
  });

  it('is found where its rows have another type', async () => {
    expect((await askWrongly(client)).rows).toEqual([]);
    const [wrong] = sources.rawQueriesOf('lib/store/queries.test.ts');
    expect(wrong?.misfits(await columnsOf(WRONG))).toEqual([
      'online is not answered',
      'id text, by pg, is no number',
      'name text has no member',
      'lastSeenAt may be null, Date may not',
      'hostNetworks text[], by pg, is no number[]',
      'size bigint, by pg, is no bigint',
      'teamName may be null, string may not',
      'teamSince timestamp with time zone, by pg, is no null | string',
    ]);
  });

  it('is as it was read', async () => {
    const printed = asked.map(({ file, by, sql }) => {
      const row = (columns.get(sql) ?? []).map(({ name, type }) => `${name} ${type}`);
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

/** The places of a file that asked, from top to bottom. */
const sitesOf = (file: string) =>
  [...new Set(asked.filter((one) => one.file === file).map(({ site }) => site))].toSorted(
    (a, b) => a - b,
  );

/** Without the indentation of the code around it. */
function dedent(text: string): string {
  const lines = text.trim().split('\n');
  const indents = lines.slice(1).filter((line) => line.trim() !== '');
  const least = Math.min(...indents.map((line) => line.length - line.trimStart().length));
  return lines.map((line, index) => (index === 0 ? line : line.slice(least)).trimEnd()).join('\n');
}
