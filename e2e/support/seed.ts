import { createHash, randomBytes } from 'node:crypto';
import { hash } from '@node-rs/argon2';
import type pg from 'pg';
import type { Role } from '@/lib/policy/roles';

/** Where the people of the story are: Valerie at home and in a café, the thief elsewhere. */
export const HOME = '1.2.3.4';
export const CAFE = '9.9.9.9';
export const THIEF = '6.7.8.9';

export const PASSWORD = 'correct horse battery staple';

/** As a release of today stores them. */
export const PROVIDER_SETTINGS = {
  kind: 'oidc',
  issuer: 'https://idp.example.com',
  clientId: 'gatehouse',
  scopes: 'openid',
  signingAlgorithm: 'RS256',
  tokenAuthMethod: 'client_secret_basic',
  promptAgain: 'login',
};

export type TestUser = {
  id: string;
  email: string;
  name: string;
  password: string;
  token: string;
  sessionId: string;
};

/** Makes people and what is theirs past the API, where the way there is not what is tested. */
export abstract class Seeder {
  /** As its owner, who may all. */
  abstract readonly db: pg.Pool;

  /** A team with its Default ruleset, as `createTeam` makes it. */
  async addTeam(name = 'Another team'): Promise<string> {
    const { rows } = await this.db.query('INSERT INTO teams (name) VALUES ($1) RETURNING id', [
      name,
    ]);
    await this.db.query(
      `INSERT INTO app_rules (team_id, name, is_default) VALUES ($1, 'Default', true)`,
      [rows[0].id],
    );
    return rows[0].id;
  }

  /** A user with a session that authenticated just now at `at` (and trusts it, unless `at` is null). */
  async addUser(
    options: {
      teamId?: string;
      role?: Role;
      name?: string;
      at?: string | null;
      hasPassword?: boolean;
      /** Whether its mailbox has vouched for the account. Default: it has. */
      isConfirmed?: boolean;
    } = {},
  ): Promise<TestUser> {
    const { role = 'member', at = HOME } = options;
    const suffix = randomBytes(4).toString('hex');
    const name = options.name ?? `User ${suffix}`;
    const email = `user-${suffix}@example.com`;
    const { rows } = await this.db.query(
      `INSERT INTO users (email, name, password_hash, email_confirmed_at)
       VALUES ($1, $2, $3, CASE WHEN $4 THEN gatehouse_now() END) RETURNING id`,
      [
        email,
        name,
        options.hasPassword === false ? null : await passwordHash(),
        options.isConfirmed !== false,
      ],
    );
    const { id } = rows[0];
    if (options.teamId) await this.join(options.teamId, id, role);
    if (at !== null) await this.trust(id, at);
    return { id, email, name, password: PASSWORD, ...(await this.addSession(id, at)) };
  }

  /** Makes a user a member, past the API. */
  async join(teamId: string, userId: string, role: Role = 'member'): Promise<void> {
    await this.db.query(
      'INSERT INTO memberships (team_id, user_id, role) VALUES ($1, $2, $3::role)',
      [teamId, userId, role],
    );
  }

  /** Admits a member to a computer that not all may connect to. */
  async grant(computerId: string, userId: string): Promise<void> {
    await this.db.query('INSERT INTO computer_grants (computer_id, user_id) VALUES ($1, $2)', [
      computerId,
      userId,
    ]);
  }

  /** A team of two: Olga, who owns it, and Rita. */
  async addTeamOfTwo(): Promise<{ teamId: string; olga: TestUser; rita: TestUser }> {
    const teamId = await this.addTeam();
    return {
      teamId,
      olga: await this.addUser({ teamId, role: 'owner', name: 'Olga' }),
      rita: await this.addUser({ teamId, name: 'Rita' }),
    };
  }

  /** A further session of a user, authenticated just now at `at`. */
  async addSession(
    userId: string,
    at: string | null = HOME,
  ): Promise<{ token: string; sessionId: string }> {
    const token = `gate_${randomBytes(32).toString('base64url')}`;
    const { rows } = await this.db.query(
      `INSERT INTO sessions (user_id, token_hash, client, authenticated_network, expires_at)
       VALUES ($1, $2, 'Test', $3, gatehouse_now() + interval '30 days') RETURNING id`,
      [userId, createHash('sha256').update(token).digest(), at && network(at)],
    );
    return { token, sessionId: rows[0].id };
  }

  /** Gives a user another password, past the API. */
  async setPassword(userId: string, password: string): Promise<void> {
    await this.db.query('UPDATE users SET password_hash = $2 WHERE id = $1', [
      userId,
      await hash(password, HASHING),
    ]);
  }

  /** Records a network as verified `ageMs` ago, by the database's clock. */
  async trust(userId: string, address: string, ageMs = 0): Promise<string> {
    const { rows } = await this.db.query(
      `INSERT INTO verified_ips (user_id, network, address, method, verified_at, last_used_at)
       VALUES ($1, $2, $3, 'password', gatehouse_now() - interval '1 ms' * $4, gatehouse_now())
       ON CONFLICT (user_id, network) DO UPDATE SET verified_at = excluded.verified_at, revoked_at = NULL
       RETURNING id`,
      [userId, network(address), address, ageMs],
    );
    return rows[0].id;
  }

  /** The networks that a user has verified and nobody has revoked, and how. */
  networksOf(userId: string): Promise<{ network: string; method: string }[]> {
    return this.rows(
      'SELECT network, method FROM verified_ips WHERE user_id = $1 AND revoked_at IS NULL ORDER BY network',
      [userId],
    );
  }

  /** A provider that nobody asks: where nothing but its row matters. @returns its id */
  async addProvider(teamId: string): Promise<string> {
    const { rows } = await this.db.query(
      `INSERT INTO sso_connections (team_id, kind, name, settings, sealed_secret)
       VALUES ($1, 'oidc', 'A provider', $2, '') RETURNING id`,
      [teamId, PROVIDER_SETTINGS],
    );
    return rows[0].id;
  }

  /** A Team Computer that all members may connect to. */
  async addComputer(teamId: string, name = 'Workstation'): Promise<string> {
    return (await this.addHost(teamId, name)).id;
  }

  /** The same, with the key that a host program would have. */
  async addHost(teamId: string, name = 'Workstation'): Promise<{ id: string; key: string }> {
    const key = `gatehost_${randomBytes(32).toString('base64url')}`;
    const { rows } = await this.db.query(
      'INSERT INTO computers (team_id, name, host_key_hash) VALUES ($1, $2, $3) RETURNING id',
      [teamId, name, createHash('sha256').update(key).digest()],
    );
    return { id: rows[0].id, key };
  }

  /** Sets the Default ruleset of a team, past the API. */
  async setRule(teamId: string, change: { enabled?: boolean; trustDays?: number }): Promise<void> {
    await this.db.query(
      `UPDATE app_rules SET enabled = coalesce($2, enabled), trust_days = coalesce($3, trust_days)
       WHERE team_id = $1 AND is_default`,
      [teamId, change.enabled ?? null, change.trustDays ?? null],
    );
  }

  /** Makes the database's clock stand still at a time, or run again. */
  async freezeClock(at: Date | null): Promise<void> {
    const time =
      at === null ? `date_trunc('milliseconds', clock_timestamp())` : `'${at.toISOString()}'`;
    await this.db.query(
      `CREATE OR REPLACE FUNCTION gatehouse_now() RETURNS timestamptz(3) LANGUAGE sql VOLATILE
       AS $f$ SELECT ${time}::timestamptz(3) $f$`,
    );
  }

  // biome-ignore lint/suspicious/noExplicitAny: a row of any query; each test says what it expects of it
  async rows(sql: string, values: unknown[] = []): Promise<any[]> {
    return (await this.db.query(sql, values)).rows;
  }

  // biome-ignore lint/suspicious/noExplicitAny: as above
  async row(sql: string, values: unknown[] = []): Promise<any> {
    return (await this.rows(sql, values))[0];
  }

  async count(sql: string, values: unknown[] = []): Promise<number> {
    return (await this.row(`SELECT count(*)::int AS n FROM ${sql}`, values)).n;
  }
}

/** The network of an address as the contract says, for IPv4 and plain IPv6. */
export function network(address: string): string {
  return address.includes(':')
    ? `${address.split(':').slice(0, 4).join(':')}::/64`
    : `${address}/32`;
}

const HASHING = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };
let cachedHash: Promise<string> | null = null;
function passwordHash(): Promise<string> {
  cachedHash ??= hash(PASSWORD, HASHING);
  return cachedHash;
}
