import { createHash } from 'node:crypto';
import type pg from 'pg';
import { credentials } from './seed';

/**
 * A deployment at its size: users in teams of ten, each with a session, a Team Computer a team, and verified
 * IPs. Everything is named by its number, so that a caller is made without asking who there is.
 */
export type Deployment = { users: number; verifiedIps: number };

const TEAM_SIZE = 10;

/** @param no counted from 0 */
export const tokenOf = (no: number) => `gate_${hash(`session ${no}`).toString('base64url')}`;
export const computerOf = (no: number) => idOf('cmp', Math.floor(no / TEAM_SIZE));
export const hashOf = (token: string) => hash(token);
const idOf = (prefix: string, no: number) => `${prefix}_${md5(`${prefix} ${no}`)}`;

/** The first network that a user has verified. */
export const homeOf = (no: number) => `20.${no >> 16}.${(no >> 8) & 255}.${no & 255}`;
/** One that he has not. */
const awayOf = (no: number) => `6.${no >> 16}.${(no >> 8) & 255}.${no & 255}`;

export const atHome = (no: number) => credentials(tokenOf(no), homeOf(no));
export const away = (no: number) => credentials(tokenOf(no), awayOf(no));

const hash = (text: string) => createHash('sha256').update(text).digest();
const md5 = (text: string) => createHash('md5').update(text).digest('hex');

const id = (prefix: string, no: string) => `'${prefix}_' || md5('${prefix} ' || ${no})`;
const user = id('usr', 'no');
const team = id('team', `no / ${TEAM_SIZE}`);
const token = `'gate_' || rtrim(translate(encode(sha256(convert_to('session ' || no, 'UTF8')), 'base64'), '+/', '-_'), '=')`;

/** What is made of a number, by table. */
const ROWS = {
  teams: { per: TEAM_SIZE, into: 'id, name', values: `${team}, 'Bench'` },
  app_rules: {
    per: TEAM_SIZE,
    into: 'team_id, name, is_default',
    values: `${team}, 'Default', true`,
  },
  computers: {
    per: TEAM_SIZE,
    into: 'id, team_id, name, host_key_hash',
    values: `${id('cmp', `no / ${TEAM_SIZE}`)}, ${team}, 'Bench', sha256(convert_to('computer ' || no, 'UTF8'))`,
  },
  users: {
    per: 1,
    into: 'id, email, name, password_hash',
    values: `${user}, 'user-' || no || '@example.com', 'User', 'none that anybody knows'`,
  },
  memberships: { per: 1, into: 'team_id, user_id, role', values: `${team}, ${user}, 'member'` },
  sessions: {
    per: 1,
    into: 'user_id, token_hash, client, expires_at',
    values: `${user}, sha256(convert_to(${token}, 'UTF8')), 'Bench', gatehouse_now() + interval '10 days'`,
  },
} as const;

/** Makes it, in one statement a table. */
export async function seedDeployment(
  db: pg.Pool,
  { users, verifiedIps }: Deployment,
): Promise<void> {
  await unwatched(db, Object.keys(ROWS), async (client) => {
    for (const [table, { per, into, values }] of Object.entries(ROWS)) {
      await client.query(
        `INSERT INTO ${table} (${into}) SELECT ${values} FROM generate_series(0, $1::int - 1, ${per}) no`,
        [users],
      );
    }
  });
  await growVerifiedIps(db, { users, verifiedIps: 0 }, verifiedIps);
}

/**
 * Adds verified IPs, as many to each user; his home is the first.
 * @param there how large it is; @param to how many there shall be
 */
export async function growVerifiedIps(db: pg.Pool, there: Deployment, to: number): Promise<void> {
  await unwatched(db, ['verified_ips'], async (client) => {
    await client.query(
      `INSERT INTO verified_ips (user_id, network, address, method, verified_at, last_used_at)
       SELECT ${user}, host(ip) || '/32', host(ip), 'password', now(), now()
       FROM generate_series($1::int, $2::int - 1) kth, generate_series(0, $3::int - 1) no,
         LATERAL (SELECT CASE kth WHEN 0 THEN '20.0.0.0'::inet + no
           ELSE '30.0.0.0'::inet + (kth::bigint * $3 + no) END AS ip) place`,
      [there.verifiedIps / there.users, Math.floor(to / there.users), there.users],
    );
  });
}

/** Does work while no trigger, check or index of the tables is looked after; then they are as they were. */
async function unwatched(
  db: pg.Pool,
  tables: string[],
  work: (client: pg.PoolClient) => Promise<void>,
): Promise<void> {
  const client = await db.connect();
  const all = (statements: string[]) => client.query(statements.join(';'));
  try {
    const { rows } = await client.query<{ drop: string; make: string }>(DEFINITIONS, [tables]);
    await all([
      'SET statement_timeout = 0',
      `SET maintenance_work_mem = '1GB'`,
      'SET session_replication_role = replica',
      ...rows.map(({ drop }) => drop),
    ]);
    await work(client);
    await all(rows.map(({ make }) => make));
    for (const table of tables) await client.query(`VACUUM (ANALYZE, FREEZE) ${table}`);
    await client.query('CHECKPOINT');
  } finally {
    // With its settings.
    client.release(true);
  }
}

/** How each index, check and key is dropped and made; keys that another table refers to stay. */
const DEFINITIONS = `
SELECT format('ALTER TABLE %s DROP CONSTRAINT %I', conrelid::regclass, conname) AS drop,
  format('ALTER TABLE %s ADD CONSTRAINT %I %s', conrelid::regclass, conname, pg_get_constraintdef(oid))
    || CASE contype WHEN 'c' THEN ' NOT VALID' ELSE '' END AS make
FROM pg_constraint c WHERE conrelid = ANY($1::regclass[]) AND (contype = 'c' OR contype = 'p'
  AND NOT EXISTS (SELECT 1 FROM pg_constraint f WHERE f.contype = 'f' AND f.conindid = c.conindid))
UNION ALL
SELECT format('DROP INDEX %s', indexrelid::regclass), pg_get_indexdef(indexrelid)
FROM pg_index i WHERE indrelid = ANY($1::regclass[])
  AND NOT EXISTS (SELECT 1 FROM pg_constraint c WHERE c.conindid = i.indexrelid)`;
