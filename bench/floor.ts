import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import pg from 'pg';
import { setUpConnection } from '@/lib/platform/postgres/connection';

/**
 * The floors, a process of its own: `node:http` and one prepared statement a call, and nothing of Gatehouse.
 * `GET` reads what a gate can't do without: session, user, rule, verified IP. `POST` keeps a connection and
 * its audit row beside that, durable, in the same statement, in tables that have a key and no other index.
 */
const READ = `
SELECT s.id, u.id AS user_id, u.email, r.enabled, r.trust_days, v.verified_at, clock_timestamp() AS now
FROM sessions s JOIN users u ON u.id = s.user_id
JOIN memberships m ON m.user_id = u.id
JOIN app_rules r ON r.team_id = m.team_id AND r.is_default
LEFT JOIN verified_ips v ON v.user_id = u.id AND v.network = $2
WHERE s.token_hash = $1 AND s.ended_at IS NULL AND s.expires_at > clock_timestamp()`;

const KEEP = `
WITH facts AS (${READ}), kept AS (
  INSERT INTO floor_connections (user_id, computer_id) SELECT user_id, $3 FROM facts RETURNING id
), audit AS (
  INSERT INTO floor_events (user_id, connection_id, network, at) SELECT user_id, kept.id, $2, now FROM facts, kept
)
SELECT facts.*, kept.id AS connection_id FROM facts, kept`;

const TABLES = `
CREATE TABLE IF NOT EXISTS floor_connections (id bigserial PRIMARY KEY, user_id text NOT NULL, computer_id text NOT NULL);
CREATE TABLE IF NOT EXISTS floor_events (id bigserial PRIMARY KEY, user_id text NOT NULL, connection_id bigint NOT NULL,
  network text NOT NULL, at timestamptz NOT NULL)`;

const { FLOOR_DATABASE_URL: connectionString, FLOOR_SCHEMA: schema = null } = process.env;
const db = new pg.Pool({
  connectionString,
  max: 10,
  onConnect: (client) => setUpConnection(client, { schema, statementTimeoutMs: 10_000 }),
});
await db.query(TABLES);

const server = createServer(async (request, response) => {
  const token = request.headers.authorization?.slice('Bearer '.length) ?? '';
  const network = `${request.headers['x-forwarded-for']}/32`;
  const hash = createHash('sha256').update(token).digest();
  const { rows } =
    request.method === 'GET'
      ? await db.query({ name: 'read', text: READ, values: [hash, network] })
      : await db.query({ name: 'keep', text: KEEP, values: [hash, network, request.url] });
  const body = JSON.stringify(rows[0] ?? null);
  const head = { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body) };
  response.writeHead(rows.length === 1 ? 200 : 401, head).end(body);
});
server.listen(0, '127.0.0.1');
await once(server, 'listening');
process.send?.(server.address());
process.once('disconnect', () => process.exit());
