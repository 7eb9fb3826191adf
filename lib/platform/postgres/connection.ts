/**
 * The one set-up of every connection to the database: of the pool, Prisma, the migrations and the
 * notifications. The fault: a role has a schema or a zone of its own, a pooler drops a start-up
 * parameter, a URL says `?schema=`; then migrations make tables that the pool does not find, or every
 * time is hours off. So nothing is asked for at the start-up of a connection but its name: whatever
 * matters is set by a statement after it, and is looked at once at the start.
 */
import pg from 'pg';
import { shared } from '@/lib/platform/shared';
import { StartError } from '@/lib/platform/start-error';

export type Connection = {
  /** With the password in it. */
  url: string;
  /** Where the tables are. */
  schema: string;
  /** Their names: those that the migrations of this version make. */
  tables: readonly string[];
};

const holder = () => shared<{ value: Connection | null }>('connection', () => ({ value: null }));

/** Called when the database was reached first, with DATABASE_URL or the embedded server's address. */
export function setConnection(connection: Connection): void {
  holder().value = connection;
}

/** @throws while the database was not reached yet, and in a copy of the code without `server.ts`. */
export function connection(): Connection {
  const { value } = holder();
  if (value === null) throw new Error('No database: it was not reached yet');
  return value;
}

/** What a client or a pool of `pg` is made with. `?schema=` is a word of Prisma's, not of PostgreSQL's. */
export function clientConfig(url: string, name: string): pg.ClientConfig {
  const parsed = new URL(url);
  parsed.searchParams.delete('schema');
  return { connectionString: parsed.href, keepAlive: true, application_name: name };
}

/**
 * What every connection begins with, in one round trip.
 *
 * @param options.schema null: as the server has it
 * @param options.statementTimeoutMs how long a statement may take; 0: as long as it likes
 */
export async function setUpConnection(
  client: pg.ClientBase,
  { schema, statementTimeoutMs }: { schema: string | null; statementTimeoutMs: number },
): Promise<void> {
  await client.query(
    [
      ...(schema === null ? [] : [`SET search_path TO ${pg.escapeIdentifier(schema)}`]),
      "SET timezone TO 'UTC'",
      "SET datestyle TO 'ISO, YMD'",
      "SET bytea_output TO 'hex'",
      "SET default_transaction_isolation TO 'read committed'",
      `SET statement_timeout TO ${Math.trunc(statementTimeoutMs)}`,
    ].join('; '),
  );
}

/** What Prisma's users write behind the URL. */
export const schemaOf = (url: string): string | null => new URL(url).searchParams.get('schema');

type Look = {
  /** The schema that new tables go to; null: none that the role may use. */
  current: string | null;
  /** The first of the search path that has tables of ours. */
  ours: string | null;
  searchPath: string;
  encoding: string;
  role: string;
  database: string;
  mayCreate: boolean;
};

const LOOK = `
SELECT current_schema() AS current, current_setting('search_path') AS "searchPath",
  (SELECT place.name FROM unnest(current_schemas(false)) WITH ORDINALITY AS place (name, number)
   JOIN pg_namespace n ON n.nspname = place.name
   JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = '_prisma_migrations'
   ORDER BY place.number LIMIT 1) AS ours,
  current_setting('server_encoding') AS encoding, current_user AS role, current_database() AS database,
  coalesce(has_schema_privilege(current_schema(), 'CREATE'), false) AS "mayCreate"`;

/**
 * Looks at the database once: whether it can hold what Gatehouse writes, and where.
 * @returns the schema of the tables, those there are or those to come
 * @throws StartError with the statement that mends it; a database error
 */
export async function findSchema(client: pg.ClientBase, url: string): Promise<string> {
  await setUpConnection(client, { schema: schemaOf(url), statementTimeoutMs: 5_000 });
  const { rows } = await client.query<Look>(LOOK);
  const [look] = rows;
  if (!look) throw new Error('looking at the database returned no row');
  const { current, ours, encoding, role, database } = look;
  const quoted = pg.escapeIdentifier;
  if (encoding !== 'UTF8') {
    throw new StartError(
      `The database ${database} is encoded as ${encoding}, which can't hold every name. Make one that can: CREATE DATABASE ${quoted(`${database}_utf8`)} OWNER ${quoted(role)} ENCODING 'UTF8' TEMPLATE template0; and point DATABASE_URL at it.`,
    );
  }
  if (ours !== null) return ours;
  if (current === null) {
    const name = schemaOf(url) ?? look.searchPath.split(',')[0]?.replaceAll('"', '').trim() ?? '';
    const wanted = name === '$user' ? role : name;
    throw new StartError(
      `There is no schema ${wanted} in the database ${database} that the role ${role} may use. Make it: CREATE SCHEMA ${quoted(wanted)} AUTHORIZATION ${quoted(role)};`,
    );
  }
  if (!look.mayCreate) {
    throw new StartError(
      `The role ${role} may not make tables in the schema ${current} of the database ${database}. Let it, as that database's owner: GRANT USAGE, CREATE ON SCHEMA ${quoted(current)} TO ${quoted(role)};`,
    );
  }
  return current;
}

const TLS_UNKNOWN_ISSUER = new Set([
  'SELF_SIGNED_CERT_IN_CHAIN',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
]);

/** Why the database at a URL can't be used, in one line with its cure, and without the password. */
export type Explanation = {
  text: string;
  /** Whether it stays so until somebody changes a setting: a start that waits would wait for ever. */
  isFinal: boolean;
};

/** @returns null for what has no better words than its own */
export function explainConnectionError(error: unknown, url: string): Explanation | null {
  if (!(error instanceof Error)) return null;
  if (error instanceof AggregateError && error.errors.length > 0) {
    return explainConnectionError(error.errors[0], url);
  }
  const code = 'code' in error ? String(error.code) : '';
  const target = new URL(url);
  const place = target.host || target.searchParams.get('host') || 'its socket';
  const role = decodeURIComponent(target.username);
  const database = decodeURIComponent(target.pathname.slice(1));
  const final = (text: string) => ({ text, isFinal: true });
  const passing = (text: string) => ({ text, isFinal: false });
  if (code === '28P01') {
    return final(
      `PostgreSQL at ${place} refuses the role ${role} with the password of DATABASE_URL. Set the right one (in a URL, characters like @ : / # are written %40 %3A %2F %23), or give the role another: ALTER ROLE ${pg.escapeIdentifier(role)} PASSWORD '…';`,
    );
  }
  if (/no encryption/.test(error.message)) {
    return final(
      `PostgreSQL at ${place} takes the role ${role} by TLS alone. Add ?sslmode=verify-full to DATABASE_URL.`,
    );
  }
  if (code === '28000') {
    return final(
      `PostgreSQL at ${place} does not let the role ${role} in from here (${error.message}). Add a line for it to pg_hba.conf, or make the role: CREATE ROLE ${pg.escapeIdentifier(role)} LOGIN PASSWORD '…';`,
    );
  }
  if (code === '3D000') {
    return final(
      `There is no database ${database} at ${place}. Make it: CREATE DATABASE ${pg.escapeIdentifier(database)} OWNER ${pg.escapeIdentifier(role)} ENCODING 'UTF8';`,
    );
  }
  if (TLS_UNKNOWN_ISSUER.has(code)) {
    return final(
      `The certificate of PostgreSQL at ${place} is of an authority that is not known here (${code}). Name its file in DATABASE_URL: ?sslmode=verify-full&sslrootcert=/path/to/ca.pem`,
    );
  }
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    return final(
      `The certificate of PostgreSQL at ${place} is for another name. Write the name that it is for into DATABASE_URL.`,
    );
  }
  if (/does not support SSL/i.test(error.message)) {
    return final(
      `PostgreSQL at ${place} speaks no TLS, and DATABASE_URL asks for it. Switch it on there (ssl = on), or leave sslmode out of DATABASE_URL where the way there is safe.`,
    );
  }
  const parameter = /unsupported startup parameter(?: in options)?: (\S+)/.exec(error.message)?.[1];
  if (parameter) {
    return final(
      `The pooler at ${place} refuses the parameter ${parameter} that DATABASE_URL holds. Leave it out there, or add it to ignore_startup_parameters of the pooler.`,
    );
  }
  if (code === '25006') {
    return passing(
      `The database at ${place} is read-only: a standby, or set so. Point DATABASE_URL at the primary.`,
    );
  }
  if (code === '53100') {
    return passing(`The disk of PostgreSQL at ${place} is full (${code}). Make room there.`);
  }
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') {
    return passing(`The host of DATABASE_URL, ${place}, has no address (${code}).`);
  }
  if (
    code === 'ECONNRESET' ||
    /^(?:no answer of the database|Connection terminated)/.test(error.message)
  ) {
    return passing(
      `What listens at ${place} does not answer as PostgreSQL does (${error.message}). Is the port the right one, is PostgreSQL up behind it, and does no firewall hold back what is sent?`,
    );
  }
  const { syscall, path, address } = error as NodeJS.ErrnoException & { address?: string };
  // What is read before anybody is called: files of certificates and keys.
  if (syscall === 'open' || syscall === 'read') {
    return final(
      `${path === undefined ? 'A file' : `The file ${path}`}, which DATABASE_URL names, can't be read (${code}). Put it there, readable for this account, or name another.`,
    );
  }
  if (code === 'ENOENT' || code === 'EACCES') {
    return passing(
      `PostgreSQL's socket ${address ?? place} can't be used (${code}). Is PostgreSQL running here, is that its unix_socket_directories, and may this account enter it?`,
    );
  }
  if (code === 'ECONNREFUSED') {
    return passing(`Nothing listens at ${place} (${code}). Is PostgreSQL running there?`);
  }
  return null;
}
