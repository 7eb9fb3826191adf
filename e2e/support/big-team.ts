import { createHash } from 'node:crypto';
import type pg from 'pg';
import { PROVIDER_SETTINGS } from './test-server';

/** How much of everything there is. */
export type Size = {
  members: number;
  events: number;
  networks: number;
  sessions: number;
  computers: number;
  friends: number;
  invites: number;
  providers: number;
  rulesets: number;
};

export const SMALL: Size = {
  members: 3,
  events: 12,
  networks: 3,
  sessions: 3,
  computers: 3,
  friends: 6,
  invites: 3,
  providers: 2,
  rulesets: 2,
};

export const BIG: Size = {
  members: 5_000,
  events: 200_000,
  networks: 500,
  sessions: 300,
  computers: 2_000,
  friends: 900,
  invites: 400,
  providers: 130,
  rulesets: 120,
};

type Owner = { id: string; email: string };
export type Filled = { memberId: string; computerId: string };

/** Each page of a team and its owner. */
export const PAGES: Record<string, (team: Filled & { teamId: string }) => string> = {
  Account: () => '/account',
  Computers: () => '/computers',
  'a session page': ({ computerId }) => `/computers/${computerId}`,
  Friends: () => '/friends',
  Members: ({ teamId }) => `/teams/${teamId}/members`,
  'a member': ({ teamId, memberId }) => `/teams/${teamId}/members/${memberId}`,
  Networks: ({ teamId }) => `/teams/${teamId}/networks`,
  'Team Computers': ({ teamId }) => `/teams/${teamId}/computers`,
  Activity: ({ teamId }) => `/teams/${teamId}/activity`,
  'App Rules': ({ teamId }) => `/teams/${teamId}/rules`,
  addresses: ({ teamId }) => `/teams/${teamId}/addresses`,
  'Single sign-on': ({ teamId }) => `/teams/${teamId}/sso`,
};

/**
 * Fills a team to a size, and gives its owner networks, sessions and friends. Several rows have the same name
 * and the same instant each. Written past the triggers: those look at one event after the other.
 */
export async function fillTeam(
  pool: pg.Pool,
  { teamId, owner }: { teamId: string; owner: Owner },
  size: Size,
): Promise<Filled> {
  const mark = createHash('md5').update(teamId).digest('hex').slice(0, 12);
  const db = await pool.connect();
  try {
    await db.query(`SET session_replication_role = replica`);
    await db.query(
      `WITH people AS (
         INSERT INTO users (email, name)
         SELECT 'member-' || i || '-${mark}@example.com', (ARRAY['Member ', 'member ', 'Élise '])[i % 3 + 1] || i % 1000
         FROM generate_series(1, $2::int) i RETURNING id),
       joined AS (
         INSERT INTO memberships (team_id, user_id, role) SELECT $1, id, 'member' FROM people RETURNING user_id),
       trusted AS (
         INSERT INTO verified_ips (user_id, network, address, method, verified_at, last_used_at)
         SELECT id, '198.51.' || n % 100 || '.' || n % 250 || '/32', '198.51.' || n % 100 || '.' || n % 250,
           'password', gatehouse_now(), gatehouse_now()
         FROM (SELECT id, row_number() OVER () AS n FROM people) p RETURNING user_id),
       begun AS (
         INSERT INTO sessions (user_id, token_hash, client, expires_at)
         SELECT id, sha256(id::bytea), 'Test', gatehouse_now() + interval '30 days' FROM people RETURNING id, user_id)
       INSERT INTO sightings (session_id, user_id, network, address, first_seen_at, last_seen_at, count, verified, would_block, would_block_at)
       SELECT id, user_id, '203.0.113.7/32', '203.0.113.7', gatehouse_now(), gatehouse_now(), 1, false,
         '{"computer.connect": 1}', gatehouse_now() FROM begun`,
      [teamId, size.members],
    );
    await db.query(
      `INSERT INTO verified_ips (user_id, network, address, method, verified_at, last_used_at)
       SELECT $1, '192.0.' || i / 250 || '.' || i % 250 || '/32', '192.0.' || i / 250 || '.' || i % 250, 'password',
         date_trunc('day', gatehouse_now()) - interval '1 second' * (i / 3), gatehouse_now()
       FROM generate_series(1, $2::int) i`,
      [owner.id, size.networks],
    );
    await db.query(
      `INSERT INTO sessions (user_id, token_hash, client, created_at, expires_at)
       SELECT $1, sha256(($1 || i)::bytea), 'Test', date_trunc('day', gatehouse_now()) - interval '1 second' * (i / 3),
         gatehouse_now() + interval '30 days' FROM generate_series(1, $2::int) i`,
      [owner.id, size.sessions],
    );
    await db.query(
      `INSERT INTO computers (team_id, name, host_key_hash)
       SELECT $1, (ARRAY['Render ', 'render ', 'Über '])[i % 3 + 1] || i % 400, sha256(($1 || i)::bytea)
       FROM generate_series(1, $2::int) i`,
      [teamId, size.computers],
    );
    await db.query(
      `INSERT INTO friendships (requester_id, email, created_at, accepted_at)
       SELECT CASE WHEN i % 3 = 0 THEN id ELSE $1 END, CASE WHEN i % 3 = 0 THEN $2 ELSE email END,
         date_trunc('day', gatehouse_now()) - interval '1 second' * (i / 4), CASE WHEN i % 3 = 1 THEN gatehouse_now() END
       FROM (SELECT u.id, u.email, row_number() OVER (ORDER BY u.id) AS i FROM users u
         JOIN memberships m ON m.user_id = u.id AND m.team_id = $3 AND m.role = 'member') u
       WHERE i <= $4::int`,
      [owner.id, owner.email, teamId, size.friends],
    );
    await db.query(
      `INSERT INTO invites (team_id, email, role, token_hash, invited_by, created_at, expires_at)
       SELECT $1, 'invited-' || i || '@example.com', 'member', sha256(($1 || i)::bytea), $2,
         date_trunc('day', gatehouse_now()) - interval '1 second' * (i / 3), gatehouse_now() + interval '7 days'
       FROM generate_series(1, $3::int) i`,
      [teamId, owner.id, size.invites],
    );
    await db.query(
      `WITH added AS (
         INSERT INTO sso_connections (team_id, kind, name, settings, sealed_secret)
         SELECT $1, 'oidc', 'Provider ' || i % 40, $3, '' FROM generate_series(1, $2::int) i RETURNING id)
       INSERT INTO sso_domains (team_id, connection_id, domain, proof)
       SELECT $1, id, lower(id) || '.example.org', 'a proof' FROM added LIMIT 100`,
      [teamId, size.providers, PROVIDER_SETTINGS],
    );
    await db.query(
      `INSERT INTO app_rules (team_id, name, is_default, changed_at, changed_by)
       SELECT $1, 'Rules ' || i % 40, false, gatehouse_now(), $2 FROM generate_series(1, $3::int) i`,
      [teamId, owner.id, size.rulesets],
    );
    // One half of them is the team's, the other its members'.
    await db.query(
      `WITH people AS MATERIALIZED (
         SELECT user_id AS id, row_number() OVER () - 1 AS n, count(*) OVER () AS total
         FROM memberships WHERE team_id = $1 AND role = 'member'),
       written AS (
         INSERT INTO audit_events (at, type, actor_kind, actor_id, team_id, network, address, after, request_id)
         SELECT gatehouse_now() - interval '1 second' * ($2::int - i), 'session.started', 'user',
           p.id, CASE WHEN i % 2 = 0 THEN $1 END, '198.51.100.7/32', '198.51.100.7',
           jsonb_build_object('computerId', c.id), 'req_' || i
         FROM generate_series(1, $2::int) i
         JOIN people p ON p.n = i % (SELECT max(total) FROM people),
           (SELECT min(id) AS id FROM computers WHERE team_id = $1) c
         RETURNING id, at, type, team_id)
       INSERT INTO event_teams (team_id, event_id, at, type) SELECT $1, id, at, type FROM written WHERE team_id IS NULL`,
      [teamId, size.events],
    );
  } finally {
    await db.query(`SET session_replication_role = DEFAULT`);
    db.release();
  }
  const one = async (sql: string) => (await pool.query(sql, [teamId])).rows[0].id as string;
  return {
    memberId: await one(
      `SELECT user_id AS id FROM memberships WHERE team_id = $1 AND role = 'member' ORDER BY user_id LIMIT 1`,
    ),
    computerId: await one(`SELECT id FROM computers WHERE team_id = $1 ORDER BY id LIMIT 1`),
  };
}
