import { createHash, randomBytes } from 'node:crypto';
import type pg from 'pg';
import { requestPath } from '@/lib/contract/call-path';
import type { Role } from '@/lib/policy/roles';
import type { Target } from './load';

export const HOME = '1.2.3.4';

/** A team with its Default ruleset. @returns its id */
export async function seedTeam(db: pg.Pool): Promise<string> {
  const team = await idOf(db, `INSERT INTO teams (name) VALUES ('Bench') RETURNING id`);
  await db.query(`INSERT INTO app_rules (team_id, name, is_default) VALUES ($1, 'Default', true)`, [
    team,
  ]);
  return team;
}

/** A member who has verified the network at home. @returns the id of the user */
export async function seedMember(
  db: pg.Pool,
  team: string,
  name: string,
  role: Role = 'member',
): Promise<string> {
  const user = await idOf(db, 'INSERT INTO users (email, name) VALUES ($1, $2) RETURNING id', [
    emailOf(name),
    name,
  ]);
  await db.query('INSERT INTO memberships (team_id, user_id, role) VALUES ($1, $2, $3::role)', [
    team,
    user,
    role,
  ]);
  await db.query(
    `INSERT INTO verified_ips (user_id, network, address, method, verified_at, last_used_at)
     VALUES ($1, $2, $3, 'password', gatehouse_now(), gatehouse_now())`,
    [user, `${HOME}/32`, HOME],
  );
  return user;
}

/** Of a member that was seeded. */
export const emailOf = (name: string) => `${name.toLowerCase()}@example.com`;

/** Sessions of a user. @returns their tokens */
export async function seedSessions(db: pg.Pool, user: string, count: number): Promise<string[]> {
  const tokens = Array.from({ length: count }, () => `gate_${secret()}`);
  await db.query(
    `INSERT INTO sessions (user_id, token_hash, client, expires_at)
     SELECT $1, hash, 'Bench', gatehouse_now() + interval '1 day' FROM unnest($2::bytea[]) hash`,
    [user, tokens.map(hashOf)],
  );
  return tokens;
}

/** A Team Computer that all members may connect to. */
export async function seedComputer(
  db: pg.Pool,
  team: string,
): Promise<{ id: string; key: string }> {
  const key = `gatehost_${secret()}`;
  const sql = `INSERT INTO computers (team_id, name, host_key_hash) VALUES ($1, 'Bench', $2) RETURNING id`;
  return { id: await idOf(db, sql, [team, hashOf(key)]), key };
}

/** The call that the gate lets through: asking for a connection from home, by one session after the other. */
export function connectTarget(computer: string, tokens: readonly string[]) {
  return {
    name: 'connect, allowed',
    method: 'POST',
    path: requestPath('POST /computers/{id}/connections', { params: { id: computer } }),
    headers: { 'content-type': 'application/json' },
    vary: eachOf(tokens, () => HOME),
    body: '{}',
  } satisfies Target;
}

/** The credentials of one session after the other. @param addressOf by how many requests were made */
export function eachOf(
  tokens: readonly string[],
  addressOf: (made: number) => string,
): () => { headers: Record<string, string> } {
  let made = 0;
  return () => {
    const token = tokens[made % tokens.length] ?? '';
    return { headers: credentials(token, addressOf(made++)) };
  };
}

/** A bearer of a token at an address, as the trusted proxy says it. */
export function credentials(token: string, address: string) {
  return { authorization: `Bearer ${token}`, 'x-forwarded-for': address };
}

async function idOf(db: pg.Pool, sql: string, values: unknown[] = []): Promise<string> {
  const { rows } = await db.query<{ id: string }>(sql, values);
  if (!rows[0]) throw new Error('nothing was inserted');
  return rows[0].id;
}

const secret = () => randomBytes(32).toString('base64url');
const hashOf = (text: string) => createHash('sha256').update(text).digest();
