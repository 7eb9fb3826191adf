import type pg from 'pg';
import { escapeIdentifier, escapeLiteral } from 'pg';

// The fault: the program's own role owns the tables, so that whoever brings it to run a statement of his
// switches the triggers off and rewrites the activity. So it is an ordinary one, which owns nothing.

/** Who the program is to an embedded database. */
export const APP_ROLE = 'gatehouse_app';

/** Makes the role, or gives it another password. @param client of a superuser */
export async function makeAppRole(client: pg.ClientBase, password: string): Promise<void> {
  const { rowCount } = await client.query('SELECT 1 FROM pg_roles WHERE rolname = $1', [APP_ROLE]);
  const verb = rowCount === 0 ? 'CREATE' : 'ALTER';
  await client.query(
    `${verb} ROLE ${APP_ROLE} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS
     PASSWORD ${escapeLiteral(password)}`,
  );
}

/**
 * Gives the role what the program needs of the tables in `schema`, and nothing more: no table is its own,
 * and what has happened can be written down and read, not changed. Done at each start, after the migrations.
 * @param client of the owner of the tables, in their database
 */
export async function grantToAppRole(client: pg.ClientBase, schema: string): Promise<void> {
  const { rows } = await client.query<{ name: string }>('SELECT current_database() AS name');
  const database = escapeIdentifier(rows[0]?.name ?? '');
  const inSchema = `IN SCHEMA ${escapeIdentifier(schema)}`;
  const table = (name: string) => `${escapeIdentifier(schema)}.${name}`;
  await client.query(
    [
      'BEGIN',
      `REVOKE ALL ON DATABASE ${database} FROM PUBLIC`,
      `GRANT CONNECT ON DATABASE ${database} TO ${APP_ROLE}`,
      `GRANT USAGE ON SCHEMA ${escapeIdentifier(schema)} TO ${APP_ROLE}`,
      `GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES ${inSchema} TO ${APP_ROLE}`,
      `REVOKE UPDATE, DELETE ON ${table('audit_events')}, ${table('event_teams')} FROM ${APP_ROLE}`,
      `REVOKE INSERT, UPDATE, DELETE ON ${table('_prisma_migrations')} FROM ${APP_ROLE}`,
      `GRANT USAGE ON ALL SEQUENCES ${inSchema} TO ${APP_ROLE}`,
      `GRANT EXECUTE ON FUNCTION ${table('gatehouse_forget_events')}(int, int) TO ${APP_ROLE}`,
      'COMMIT',
    ].join('; '),
  );
}
