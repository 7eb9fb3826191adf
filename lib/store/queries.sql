-- app-rules.ts: findRulesOfTeam
SELECT r.id, k.key FROM app_rules r
CROSS JOIN LATERAL (SELECT CASE WHEN r.is_default THEN '0' ELSE '1' END || lower(r.name) AS key) k
WHERE r.team_id = $1 AND ($2::text IS NULL OR r.id = $3)
  AND ($4::text IS NULL OR (k.key, r.id) > ($5, $6))
ORDER BY k.key, r.id LIMIT $7;
-- id text, key text

-- app-rules.ts: findRulesOfUser
SELECT r.enabled, r.trust_days AS "trustDays", r.modes
FROM memberships m LEFT JOIN app_rules r ON r.team_id = m.team_id AND r.is_default
WHERE m.user_id = $1;
-- enabled boolean, trustDays integer, modes jsonb

-- app-rules.ts: lockRule
SELECT enabled, trust_days AS "trustDays", modes
FROM app_rules WHERE id = $1 AND team_id = $2 FOR UPDATE;
-- enabled boolean, trustDays integer, modes jsonb

-- app-rules.ts: setRule
UPDATE app_rules SET enabled = $1, trust_days = $2,
  modes = $3::jsonb, changed_at = gatehouse_now(), changed_by = $4
WHERE id = $5;

-- audit.ts: findEvents
SELECT e.id FROM audit_events e WHERE e.session_id = $1 AND e.action = $2 AND e.finding = $3 AND e.address IS NOT NULL AND gatehouse_inet(e.address) BETWEEN host(network($4::inet))::inet AND host(broadcast($4::inet))::inet AND e.request_id = $5 AND e.at >= $6 AND e.at <= $7
ORDER BY gatehouse_inet(e.address) LIMIT 20001;
-- id bigint

-- audit.ts: findEvents
SELECT id FROM ((SELECT e.at, e.id FROM audit_events e WHERE e.team_id = $1 AND e.user_id = $9 AND e.type = ANY($2::text[]) AND e.id = ANY($3::bigint[]) AND e.actor_id = $4 AND coalesce(coalesce(e.after, e.before) ->> 'computerId', e.computer_id) = $5 AND e.at >= $6 AND e.at < $7 ORDER BY e.at DESC, e.id DESC LIMIT $8)
UNION
(SELECT e.at, e.id FROM event_teams t JOIN audit_events e ON e.id = t.event_id WHERE t.team_id = $1 AND e.user_id = $9 AND t.type = ANY($2::text[]) AND e.id = ANY($3::bigint[]) AND e.actor_id = $4 AND coalesce(coalesce(e.after, e.before) ->> 'computerId', e.computer_id) = $5 AND e.at >= $6 AND e.at < $7 ORDER BY e.at DESC, e.id DESC LIMIT $8)
UNION
(SELECT e.at, e.id FROM audit_events e WHERE e.team_id = $1 AND e.actor_id = $9 AND e.type = ANY($2::text[]) AND e.id = ANY($3::bigint[]) AND e.actor_id = $4 AND coalesce(coalesce(e.after, e.before) ->> 'computerId', e.computer_id) = $5 AND e.at >= $6 AND e.at < $7 ORDER BY e.at DESC, e.id DESC LIMIT $8)
UNION
(SELECT e.at, e.id FROM event_teams t JOIN audit_events e ON e.id = t.event_id WHERE t.team_id = $1 AND e.actor_id = $9 AND t.type = ANY($2::text[]) AND e.id = ANY($3::bigint[]) AND e.actor_id = $4 AND coalesce(coalesce(e.after, e.before) ->> 'computerId', e.computer_id) = $5 AND e.at >= $6 AND e.at < $7 ORDER BY e.at DESC, e.id DESC LIMIT $8)) found ORDER BY at DESC, id DESC LIMIT $8;
-- id bigint

-- audit.ts: findEvents
SELECT id FROM ((SELECT e.at, e.id FROM audit_events e WHERE e.team_id = $1 ORDER BY e.at DESC, e.id DESC LIMIT $2)
UNION
(SELECT e.at, e.id FROM event_teams t JOIN audit_events e ON e.id = t.event_id WHERE t.team_id = $1 ORDER BY t.at DESC, t.event_id DESC LIMIT $2)) found ORDER BY at DESC, id DESC LIMIT $2;
-- id bigint

-- audit.ts: findSettledId
SELECT coalesce(gatehouse_settled_event_id(), 0) AS id;
-- id bigint

-- audit.ts: followEvents
SELECT e.id FROM audit_events e WHERE e.session_id = $1 AND e.action = $2 AND e.finding = $3 AND e.address IS NOT NULL AND gatehouse_inet(e.address) BETWEEN host(network($4::inet))::inet AND host(broadcast($4::inet))::inet AND e.request_id = $5 AND e.at >= $6 AND e.at <= $7 AND e.id > $8
ORDER BY gatehouse_inet(e.address) LIMIT 20001;
-- id bigint

-- audit.ts: followEvents
SELECT id FROM ((SELECT e.at, e.id FROM audit_events e WHERE e.team_id = $1 AND e.type = ANY($2::text[]) AND e.id > $3::bigint AND e.id <= $4::bigint ORDER BY e.id ASC LIMIT $5)
UNION
(SELECT e.at, e.id FROM event_teams t JOIN audit_events e ON e.id = t.event_id WHERE t.team_id = $1 AND t.type = ANY($2::text[]) AND t.event_id > $3::bigint AND t.event_id <= $4::bigint ORDER BY t.event_id ASC LIMIT $5)) found ORDER BY id ASC LIMIT $5;
-- id bigint

-- challenges.ts: findChallenge
SELECT gatehouse_now() AS now, c.id, c.user_id AS "userId", c.session_id AS "sessionId", c.network,
  c.address, c.action, c.expires_at AS "expiresAt", c.verified_at AS "verifiedAt", c.recorded_network AS "recordedNetwork", s.client,
  u.email, u.password_hash IS NOT NULL AND NOT gatehouse_requires_sso(u.id, u.email) AS "hasPassword"
FROM challenges c
JOIN sessions s ON s.id = c.session_id AND s.ended_at IS NULL
JOIN users u ON u.id = c.user_id
WHERE c.id = $1;
-- now timestamp with time zone, id text, userId text, sessionId text, network text, address text, action text, expiresAt timestamp with time zone, verifiedAt timestamp with time zone, recordedNetwork text, client text, email text, hasPassword boolean

-- challenges.ts: noteOtherNetwork
UPDATE challenges SET recorded_network = $1
WHERE id = $2 AND user_id = $3 AND network <> $4
  AND verified_at IS NULL AND expires_at > gatehouse_now();

-- challenges.ts: openChallenge
WITH
fresh AS MATERIALIZED (SELECT gatehouse_event_id() AS id), tally AS (
  INSERT INTO event_tallies AS t (key, first_id, last_at, last_request_id, ends_at)
  SELECT $10, fresh.id, gatehouse_now(), $8, gatehouse_now() + interval '60 seconds' FROM fresh
  ON CONFLICT (key) DO UPDATE SET
    count = t.count + 1, last_at = excluded.last_at, last_request_id = excluded.last_request_id
  RETURNING first_id, count, GREATEST(1, ceil(extract(epoch FROM ends_at - gatehouse_now()))::int) AS wait_seconds
), audit AS (
  INSERT INTO audit_events (id, type, actor_kind, actor_id, session_id, team_id, action, network, address, finding, request_id, after)
  SELECT first_id, 'gate.refused', 'user', $2, $3, $9, $6, $4, $5, $7, $8, CASE WHEN $11::int IS NULL THEN '{"manyNetworks":true}'::jsonb END
  FROM tally WHERE count = 0
), opened AS (
  INSERT INTO challenges AS c (id, user_id, session_id, network, address, action, expires_at)
  SELECT $1, $2, $3, $4, $5, $6, gatehouse_now() + interval '10 minutes'
  FROM tally WHERE $11::int IS NULL OR count < $11::int
  ON CONFLICT (session_id, network, action) DO UPDATE SET
    id = CASE WHEN c.verified_at IS NULL AND c.expires_at > gatehouse_now() THEN c.id ELSE excluded.id END,
    address = excluded.address,
    created_at = CASE WHEN c.verified_at IS NULL AND c.expires_at > gatehouse_now() THEN c.created_at ELSE gatehouse_now() END,
    expires_at = CASE WHEN c.verified_at IS NULL AND c.expires_at > gatehouse_now() THEN c.expires_at ELSE excluded.expires_at END,
    verified_at = NULL,
    recorded_network = CASE WHEN c.verified_at IS NULL AND c.expires_at > gatehouse_now() THEN c.recorded_network END
  RETURNING id, expires_at
)
SELECT tally.count, tally.wait_seconds, opened.id, opened.expires_at,
  u.password_hash IS NOT NULL AND NOT gatehouse_requires_sso(u.id, u.email) AS "hasPassword",
  EXISTS (SELECT 1 FROM sso_identities i JOIN sso_connections k ON k.id = i.connection_id AND k.enabled
    JOIN memberships m ON m.team_id = k.team_id AND m.user_id = i.user_id
    WHERE i.user_id = u.id) AS "hasSso"
FROM tally LEFT JOIN opened ON true LEFT JOIN users u ON u.id = $2;
-- count integer, wait_seconds integer, id text, expires_at timestamp with time zone, hasPassword boolean, hasSso boolean

-- challenges.ts: passChallenges
UPDATE challenges SET verified_at = gatehouse_now()
WHERE user_id = $1 AND network = $2
  AND verified_at IS NULL AND expires_at > gatehouse_now()
RETURNING id;
-- id text

-- clock.ts: databaseNow
SELECT gatehouse_now() AS now;
-- now timestamp with time zone

-- computers.ts: askIncumbent
SELECT gatehouse_publish(jsonb_build_object(
  'type', 'computer.asked', 'computerId', id, 'socketId', socket_id))
FROM computers WHERE id = $1 AND socket_id = $2;
-- gatehouse_publish void

-- computers.ts: claimComputer
WITH found AS (
   SELECT p.id, p.team_id, p.name, p.socket_id, p.host_since, p.host_address, p.host_network,
     (p.host_networks = '{}'
OR coalesce($5::text::inet <<= ANY(p.host_networks::inet[]), false)) AS is_allowed
   FROM computers p WHERE p.id = $1 AND p.host_key_hash = $2 AND p.removed_at IS NULL FOR UPDATE
 ), claimed AS (
   UPDATE computers p SET socket_id = $3, online = true, last_seen_at = gatehouse_now(),
     host_address = $5, host_network = $6,
     host_since = CASE WHEN f.host_since IS NULL OR f.host_network IS DISTINCT FROM $6
       THEN gatehouse_now() ELSE f.host_since END
   FROM found f
   WHERE p.id = f.id AND f.is_allowed AND (p.socket_id IS NULL OR p.socket_id IN ($3, $4))
   RETURNING p.id
 ), audit AS (
   INSERT INTO audit_events (type, team_id, actor_kind, computer_id, network, address, request_id, before, after)
   SELECT 'computer.online', f.team_id, 'computer', f.id, $6, $5, $7,
     CASE WHEN f.host_since IS NOT NULL THEN
       jsonb_build_object('network', f.host_network, 'address', f.host_address) END,
     jsonb_build_object('computerId', f.id, 'name', f.name, 'network', $6::text, 'address', $5::text)
   FROM found f JOIN claimed ON true
   WHERE f.host_since IS NULL OR f.host_network IS DISTINCT FROM $6
 )
 SELECT CASE WHEN EXISTS (SELECT 1 FROM claimed) THEN 'claimed'
   WHEN NOT EXISTS (SELECT 1 FROM found) THEN 'key-gone'
   WHEN NOT (SELECT is_allowed FROM found) THEN 'not-allowed' ELSE 'taken' END AS state,
   (SELECT socket_id FROM found) AS speaker;
-- state text, speaker text

-- computers.ts: findComputerByKey
SELECT p.id, p.team_id AS "teamId", p.name, p.socket_id AS incumbent,
    p.host_networks <> '{}' AS "isPinned", (p.host_networks = '{}'
OR coalesce($2::text::inet <<= ANY(p.host_networks::inet[]), false)) AS "isAllowed"
  FROM computers p WHERE p.host_key_hash = $1 AND p.removed_at IS NULL;
-- id text, teamId text, name text, incumbent text, isPinned boolean, isAllowed boolean

-- computers.ts: findComputersKeyedBy
SELECT c.id, c.name FROM computers c
JOIN (
  SELECT after->>'computerId' AS computer_id, max(id) AS id FROM audit_events
  WHERE team_id = $1 AND actor_id = $2 AND type IN ('computer.registered', 'computer.key_rotated')
  GROUP BY 1) shown ON shown.computer_id = c.id
WHERE c.team_id = $3 AND c.removed_at IS NULL AND NOT EXISTS (
  SELECT 1 FROM audit_events later WHERE later.team_id = $4 AND later.type = 'computer.key_rotated'
    AND later.id > shown.id AND later.after->>'computerId' = c.id)
ORDER BY c.name, c.id LIMIT 20;
-- id text, name text

-- computers.ts: findComputersOfTeam
SELECT id, lower(name) AS key FROM computers
WHERE team_id = $1 AND removed_at IS NULL
  AND ($2::text IS NULL OR strpos(lower(name), lower($3)) > 0)
  AND ($4::text IS NULL OR (lower(name), id) > ($5, $6))
ORDER BY lower(name), id LIMIT $7;
-- id text, key text

-- computers.ts: findComputersOfUser
SELECT c.id, c.name, c.team_id AS "teamId", c.online, c.last_seen_at AS "lastSeenAt", lower(c.name) AS key
FROM (SELECT $1::text AS id) u, computers c
WHERE (c.removed_at IS NULL
AND EXISTS (SELECT 1 FROM memberships m WHERE m.team_id = c.team_id AND m.user_id = u.id)
AND (c.access = 'all' OR EXISTS (
SELECT 1 FROM computer_grants g WHERE g.computer_id = c.id AND g.user_id = u.id)))
  AND ($2::text IS NULL OR c.id = $3)
  AND ($4::text IS NULL OR strpos(lower(c.name), lower($5)) > 0)
  AND ($6::text IS NULL OR (lower(c.name), c.id) > ($7, $8))
ORDER BY lower(c.name), c.id LIMIT $9;
-- id text, name text, teamId text, online boolean, lastSeenAt timestamp with time zone, key text

-- computers.ts: findPresence
SELECT c.online, c.last_seen_at AS "lastSeenAt", ARRAY(
   SELECT m.user_id FROM memberships m WHERE m.team_id = c.team_id
     AND (c.access = 'all' OR EXISTS (
SELECT 1 FROM computer_grants g WHERE g.computer_id = c.id AND g.user_id = m.user_id))
 ) AS "userIds"
 FROM computers c WHERE c.id = $1 AND c.removed_at IS NULL;
-- online boolean, lastSeenAt timestamp with time zone, userIds text[]

-- computers.ts: noteDuplicate
UPDATE computers SET duplicate_at = gatehouse_now(), duplicate_address = $1,
  duplicate_network = $2
WHERE id = $3;

-- computers.ts: releaseComputers
UPDATE computers SET socket_id = NULL, online = false, last_seen_at = gatehouse_now()
WHERE socket_id = ANY($1);

-- computers.ts: removeComputer
UPDATE computers SET removed_at = gatehouse_now(), online = false WHERE id = $1;

-- computers.ts: touchComputers
WITH asked AS (
   SELECT * FROM unnest($1::text[], $2::text[]) AS a(socket_id, computer_id)
 ), touched AS (
   UPDATE computers p SET last_seen_at = gatehouse_now()
   FROM asked a
   WHERE p.id = a.computer_id AND p.socket_id = a.socket_id AND (p.host_networks = '{}'
OR coalesce(p.host_address::text::inet <<= ANY(p.host_networks::inet[]), false))
   RETURNING p.socket_id
 )
 SELECT a.socket_id AS "socketId", CASE WHEN p.socket_id IS NULL THEN 'offline'
   WHEN p.socket_id = a.socket_id THEN 'not-allowed' ELSE 'replaced' END AS fallen
 FROM asked a LEFT JOIN computers p ON p.id = a.computer_id
 WHERE NOT EXISTS (SELECT 1 FROM touched t WHERE t.socket_id = a.socket_id);
-- socketId text, fallen text

-- connections.ts: changeConnectionState
UPDATE connections SET state = $1::connection_state, ended_at = gatehouse_now()
WHERE id = $2 AND state = $3::connection_state;

-- connections.ts: createConnection
WITH granted AS (
  SELECT computer_id, user_id FROM computer_grants WHERE computer_id = $5 AND user_id = $2 FOR KEY SHARE
), held AS (
  SELECT c.id, c.team_id, c.online
  FROM sessions s
  JOIN verified_ips v ON v.id = $3 AND v.user_id = s.user_id AND v.revoked_at IS NULL AND v.verified_at <= gatehouse_now()
    AND v.verified_at > gatehouse_now() - interval '24 hours' * $4::int
  JOIN memberships m ON m.user_id = s.user_id
  JOIN computers c ON c.id = $5 AND c.team_id = m.team_id AND c.removed_at IS NULL
    AND (c.access = 'all' OR EXISTS (
    SELECT 1 FROM granted g WHERE g.computer_id = c.id AND g.user_id = $2))
  JOIN app_rules r ON r.team_id = c.team_id AND r.is_default AND r.trust_days = $4
    AND CASE WHEN r.enabled THEN coalesce(r.modes->>'computer.connect', 'enforce') ELSE 'off' END = $12
  WHERE s.id = $1 AND s.user_id = $2 AND s.ended_at IS NULL AND ($3::text IS NULL) = false
  FOR SHARE OF s, v, m, c, r
), limited AS MATERIALIZED (
  SELECT (
    SELECT count(*) < 50 FROM connections c WHERE session_id = $1
      AND offer IS NOT NULL AND c.state = 'waiting_for_host' AND c.expires_at > gatehouse_now()) AS is_left,
    (SELECT ceil(60 - extract(epoch FROM gatehouse_now() - created_at))::int
      FROM connections WHERE user_id = $2 AND created_at > gatehouse_now() - interval '60 seconds'
      ORDER BY created_at DESC OFFSET 59 LIMIT 1) AS wait_seconds
), created AS (
  INSERT INTO connections (id, computer_id, user_id, session_id, network, offer, attempt_id, expires_at)
  SELECT fresh.id, held.id, $2, $1, $6, $8::jsonb, coalesce($11, fresh.id),
    gatehouse_now() + interval '60 seconds'
  FROM held, (SELECT gatehouse_id('con') AS id OFFSET 0) fresh
  JOIN limited ON is_left AND wait_seconds IS NULL
  RETURNING id, state::text, created_at, expires_at
), audit AS (
  INSERT INTO audit_events (type, team_id, actor_kind, actor_id, session_id, action, network, address, finding, request_id, after)
  SELECT 'connection.requested', held.team_id, 'user', $2, $1, 'computer.connect', $6, $7, $9, $10,
    jsonb_build_object('connectionId', created.id, 'computerId', held.id)
  FROM created, held
)
SELECT created.*, held.online, is_left, wait_seconds
FROM held CROSS JOIN limited LEFT JOIN created ON true;
-- id text, state text, created_at timestamp with time zone, expires_at timestamp with time zone, online boolean, is_left boolean, wait_seconds integer

-- connections.ts: createConnection
WITH granted AS (
  SELECT computer_id, user_id FROM computer_grants WHERE computer_id = $5 AND user_id = $2 FOR KEY SHARE
), held AS (
  SELECT c.id, c.team_id, c.online
  FROM sessions s

  JOIN memberships m ON m.user_id = s.user_id
  JOIN computers c ON c.id = $5 AND c.team_id = m.team_id AND c.removed_at IS NULL
    AND (c.access = 'all' OR EXISTS (
    SELECT 1 FROM granted g WHERE g.computer_id = c.id AND g.user_id = $2))
  JOIN app_rules r ON r.team_id = c.team_id AND r.is_default AND r.trust_days = $4
    AND CASE WHEN r.enabled THEN coalesce(r.modes->>'computer.connect', 'enforce') ELSE 'off' END = $12
  WHERE s.id = $1 AND s.user_id = $2 AND s.ended_at IS NULL AND ($3::text IS NULL) = true
  FOR SHARE OF s, m, c, r
), created AS (
  INSERT INTO connections (id, computer_id, user_id, session_id, network, offer, attempt_id, expires_at)
  SELECT fresh.id, held.id, $2, $1, $6, $8::jsonb, coalesce($11, fresh.id),
    gatehouse_now() + interval '60 seconds'
  FROM held, (SELECT gatehouse_id('con') AS id OFFSET 0) fresh

  RETURNING id, state::text, created_at, expires_at
), audit AS (
  INSERT INTO audit_events (type, team_id, actor_kind, actor_id, session_id, action, network, address, finding, request_id, after)
  SELECT 'connection.requested', held.team_id, 'user', $2, $1, 'computer.connect', $6, $7, $9, $10,
    jsonb_build_object('connectionId', created.id, 'computerId', held.id)
  FROM created, held
)
SELECT created.*, held.online
FROM held  LEFT JOIN created ON true;
-- id text, state text, created_at timestamp with time zone, expires_at timestamp with time zone, online boolean

-- connections.ts: findConnection
SELECT c.id, c.computer_id AS "computerId", c.user_id AS "userId", c.state::text, c.created_at AS "createdAt",
  c.expires_at AS "expiresAt", c.end_reason AS "endReason", gatehouse_now() AS now, p.team_id AS "teamId"
FROM connections c JOIN computers p ON p.id = c.computer_id
WHERE c.id = $1 AND c.user_id = $2;
-- id text, computerId text, userId text, state text, createdAt timestamp with time zone, expiresAt timestamp with time zone, endReason text, now timestamp with time zone, teamId text

-- connections.ts: revokeConnectionsTo
UPDATE connections SET state = 'revoked', ended_at = gatehouse_now(), end_reason = 'key_rotated'
WHERE computer_id = $1 AND state IN ('waiting_for_host', 'accepted');

-- connections.ts: revokeConnectionsToOutside
UPDATE connections c SET state = 'revoked', ended_at = gatehouse_now(), end_reason = 'computer_not_allowed'
 FROM computers p
 WHERE p.id = $1 AND c.computer_id = p.id AND c.state = 'accepted'
   AND NOT (p.host_networks = '{}'
OR coalesce(p.host_address::text::inet <<= ANY(p.host_networks::inet[]), false));

-- connections.ts: revokeLostConnections
UPDATE connections c SET state = 'revoked', ended_at = gatehouse_now(), end_reason = 'access_removed'
FROM computers p
WHERE p.id = c.computer_id AND p.team_id = $1 AND c.state IN ('waiting_for_host', 'accepted')
  AND NOT (p.removed_at IS NULL
AND EXISTS (SELECT 1 FROM memberships m WHERE m.team_id = p.team_id AND m.user_id = c.user_id)
AND (p.access = 'all' OR EXISTS (
SELECT 1 FROM computer_grants g WHERE g.computer_id = p.id AND g.user_id = c.user_id)));

-- connections.ts: revokeUnverifiedConnections
UPDATE connections c SET state = 'revoked', ended_at = gatehouse_now(), end_reason = 'rule_changed'
 FROM computers p
 WHERE p.id = c.computer_id AND p.team_id = $1 AND c.state IN ('waiting_for_host', 'accepted')
   AND NOT EXISTS (SELECT 1 FROM verified_ips v WHERE v.user_id = c.user_id AND v.network = c.network
     AND v.revoked_at IS NULL AND v.verified_at <= gatehouse_now()
AND v.verified_at > gatehouse_now() - interval '24 hours' * $2::int);

-- event-exports.ts: endExport
DELETE FROM event_exports WHERE team_id = $1 AND id = $2;

-- event-exports.ts: keepExport
UPDATE event_exports SET ends_at = gatehouse_now() + interval '1 second' * $1::int
WHERE team_id = $2 AND id = $3;

-- event-exports.ts: takeExport
INSERT INTO event_exports AS x (team_id, id, ends_at)
VALUES ($1, $2, gatehouse_now() + interval '1 second' * $3::int)
ON CONFLICT (team_id) DO UPDATE SET id = excluded.id, ends_at = excluded.ends_at
  WHERE x.ends_at <= gatehouse_now();

-- friends.ts: acceptFriendRequest
UPDATE friendships f SET accepted_at = gatehouse_now()
  WHERE f.id = $1 AND f.email = $2 AND f.accepted_at IS NULL AND
(NOT $3 OR EXISTS (
  SELECT 1 FROM users me WHERE me.id = $4 AND me.email_confirmed_at IS NOT NULL));

-- friends.ts: createFriendRequest
INSERT INTO friendships (requester_id, email)
  SELECT $1, $2 WHERE NOT EXISTS (
    SELECT 1 FROM friendships f JOIN users a ON a.id = f.requester_id
    WHERE a.email = $3 AND f.email = $4 AND
(NOT $5 OR EXISTS (
  SELECT 1 FROM users me WHERE me.id = $6 AND me.email_confirmed_at IS NOT NULL)))
  ON CONFLICT (requester_id, email) DO NOTHING;

-- friends.ts: deleteFriendship
DELETE FROM friendships f
  WHERE f.id = $1 AND (f.requester_id = $2 OR (f.email = $3 AND
(NOT $4 OR EXISTS (
  SELECT 1 FROM users me WHERE me.id = $5 AND me.email_confirmed_at IS NOT NULL))));

-- friends.ts: findFriendships
SELECT f.id, f.accepted_at IS NOT NULL AS accepted, f.requester_id = $1 AS "requestedByMe",
    CASE WHEN f.requester_id = $2 THEN f.email ELSE r.email END AS email,
    CASE WHEN f.requester_id = $3 THEN a.name ELSE r.name END AS name, f.created_at AS "createdAt"
  FROM friendships f
  JOIN users r ON r.id = f.requester_id
  LEFT JOIN users a ON a.email = f.email
  WHERE (f.requester_id = $4 OR (f.email = $5 AND
(NOT $6 OR EXISTS (
  SELECT 1 FROM users me WHERE me.id = $7 AND me.email_confirmed_at IS NOT NULL))))
    AND ($8::text IS NULL OR f.id = $9)
    AND ($10::text IS NULL OR $11 = CASE WHEN f.accepted_at IS NOT NULL THEN 'friends'
      WHEN f.requester_id = $12 THEN 'outgoing' ELSE 'incoming' END)
    AND ($13::timestamptz IS NULL OR (f.created_at, f.id) < ($14::timestamptz, $15))
  ORDER BY f.created_at DESC, f.id DESC LIMIT $16;
-- id text, accepted boolean, requestedByMe boolean, email text, name text, createdAt timestamp with time zone

-- guard.ts: holdGuard
SELECT 1 FROM users WHERE id = $1 FOR NO KEY UPDATE;
-- ?column? integer

-- guard.ts: holdGuard
WITH session AS (
  SELECT 1 FROM sessions WHERE id = $1 AND ended_at IS NULL FOR UPDATE
), trust AS (
  SELECT verified_at, revoked_at FROM verified_ips
  WHERE $2 AND user_id = $3 AND network = $4 FOR UPDATE
), membership AS (
  SELECT role::text FROM memberships
  WHERE team_id = $5 AND user_id = $6 FOR SHARE
)
SELECT gatehouse_now() AS now, EXISTS (SELECT 1 FROM session) AS "isSessionLive",
  trust.verified_at AS "verifiedAt", trust.revoked_at AS "revokedAt", membership.role
FROM (SELECT 1) one LEFT JOIN trust ON true LEFT JOIN membership ON true;
-- now timestamp with time zone, isSessionLive boolean, verifiedAt timestamp with time zone, revokedAt timestamp with time zone, role text

-- guard.ts: holdGuard
SELECT r.team_id AS "teamId", r.enabled, r.trust_days AS "trustDays", r.modes
FROM memberships m JOIN app_rules r ON r.team_id = m.team_id AND r.is_default
WHERE m.user_id = $1 ORDER BY r.team_id FOR SHARE OF r;
-- teamId text, enabled boolean, trustDays integer, modes jsonb

-- impact.ts: countPeople
SELECT u.action, count(DISTINCT u.user_id)::int AS people
FROM uses u JOIN memberships m ON m.user_id = u.user_id AND m.team_id = $1
WHERE u.day > (gatehouse_now() AT TIME ZONE 'UTC')::date - $2::int
GROUP BY GROUPING SETS ((u.action), ());
-- action text, people integer

-- impact.ts: countUsesByDay
SELECT u.day::text, u.action,
  coalesce(sum(u.count) FILTER (WHERE u.finding = 'trusted' OR u.mode <> 'enforce'), 0)::int AS allowed,
  coalesce(sum(u.count) FILTER (WHERE u.finding <> 'trusted' AND u.mode = 'enforce'), 0)::int AS refused
FROM uses u JOIN memberships m ON m.user_id = u.user_id AND m.team_id = $1
WHERE u.day > (gatehouse_now() AT TIME ZONE 'UTC')::date - $2::int
GROUP BY u.day, u.action ORDER BY u.day, u.action;
-- day text, action text, allowed integer, refused integer

-- impact.ts: findDoubtfulUses
SELECT u.user_id AS "userId", x.name, x.email, u.network, u.action, u.finding, u.mode, u.day::text,
  u.verified_at AS "verifiedAt", u.first_at AS "firstAt", u.last_at AS "lastAt", u.count::int
FROM uses u JOIN memberships m ON m.user_id = u.user_id AND m.team_id = $1 JOIN users x ON x.id = u.user_id
WHERE u.day > (gatehouse_now() AT TIME ZONE 'UTC')::date - $2::int
  AND NOT (u.finding = 'trusted' AND u.last_at < u.verified_at + interval '24 hours' * $3::int);
-- userId text, name text, email text, network text, action text, finding text, mode text, day text, verifiedAt timestamp with time zone, firstAt timestamp with time zone, lastAt timestamp with time zone, count integer

-- impact.ts: findProofs
WITH doubtful AS MATERIALIZED (
  SELECT DISTINCT u.user_id, u.network FROM uses u
  JOIN memberships m ON m.user_id = u.user_id AND m.team_id = $1
  WHERE u.day > (gatehouse_now() AT TIME ZONE 'UTC')::date - $2::int AND u.finding <> 'trusted')
SELECT d.user_id AS "userId", d.network, p.at
FROM doubtful d CROSS JOIN LATERAL (
  SELECT v.verified_at AS at FROM verified_ips v WHERE v.user_id = d.user_id AND v.network = d.network
  UNION
  SELECT u.verified_at FROM uses u WHERE u.user_id = d.user_id AND u.network = d.network
    AND u.day > (gatehouse_now() AT TIME ZONE 'UTC')::date - $3::int AND u.verified_at IS NOT NULL) p
ORDER BY p.at;
-- userId text, network text, at timestamp with time zone

-- impact.ts: findRulesElsewhere
SELECT o.user_id AS "userId", r.enabled, r.trust_days AS "trustDays", r.modes
FROM memberships m JOIN memberships o ON o.user_id = m.user_id AND o.team_id <> m.team_id
JOIN app_rules r ON r.team_id = o.team_id AND r.is_default
WHERE m.team_id = $1;
-- userId text, enabled boolean, trustDays integer, modes jsonb

-- impact.ts: findUseDays
SELECT (gatehouse_now() AT TIME ZONE 'UTC')::date::text AS today, (
SELECT min(f.day)::text FROM memberships m CROSS JOIN LATERAL (
  SELECT u.day FROM uses u WHERE u.user_id = m.user_id ORDER BY u.day LIMIT 1) f
WHERE m.team_id = $1) AS since;
-- today text, since text

-- impact.ts: findUsedNetworks
SELECT u.network, count(DISTINCT u.user_id)::int AS people, sum(u.count)::int AS uses,
  coalesce(sum(u.count) FILTER (WHERE u.finding <> 'trusted' AND u.mode = 'enforce'), 0)::int AS refused
FROM uses u JOIN memberships m ON m.user_id = u.user_id AND m.team_id = $1
WHERE u.day > (gatehouse_now() AT TIME ZONE 'UTC')::date - $2::int AND u.network NOT LIKE 'unknown %'
GROUP BY u.network ORDER BY uses DESC, u.network LIMIT $3;
-- network text, people integer, uses integer, refused integer

-- invites.ts: createInvite
UPDATE invites SET revoked_at = gatehouse_now()
WHERE team_id = $1 AND email = $2 AND accepted_at IS NULL AND revoked_at IS NULL;

-- invites.ts: createInvite
INSERT INTO invites (team_id, email, role, token_hash, invited_by, was_shown, expires_at)
VALUES ($1, $2, $3::role, $4, $5,
  $6,      gatehouse_now() + interval '24 hours' * $7::int)
RETURNING id, team_id AS "teamId", email, role::text, created_at AS "createdAt", expires_at AS "expiresAt";
-- id text, teamId text, email text, role text, createdAt timestamp with time zone, expiresAt timestamp with time zone

-- invites.ts: findOpenInvite
SELECT gatehouse_now() AS now, i.id, i.team_id AS "teamId", i.email, i.role::text, i.created_at AS "createdAt",
  i.expires_at AS "expiresAt", t.name AS "teamName", coalesce(u.name, '') AS "invitedByName"
FROM invites i
JOIN teams t ON t.id = i.team_id
LEFT JOIN users u ON u.id = i.invited_by
WHERE i.token_hash = $1 AND i.accepted_at IS NULL AND i.revoked_at IS NULL
  AND i.expires_at > gatehouse_now();
-- now timestamp with time zone, id text, teamId text, email text, role text, createdAt timestamp with time zone, expiresAt timestamp with time zone, teamName text, invitedByName text

-- invites.ts: findOpenInvites
SELECT id, team_id AS "teamId", email, role::text, created_at AS "createdAt", expires_at AS "expiresAt"
FROM invites
WHERE team_id = $1 AND accepted_at IS NULL AND revoked_at IS NULL AND expires_at > gatehouse_now()
  AND ($2::timestamptz IS NULL OR (created_at, id) < ($3::timestamptz, $4))
ORDER BY created_at DESC, id DESC LIMIT $5;
-- id text, teamId text, email text, role text, createdAt timestamp with time zone, expiresAt timestamp with time zone

-- invites.ts: revokeInvite
UPDATE invites SET revoked_at = gatehouse_now()
WHERE id = $1 AND team_id = $2 AND accepted_at IS NULL AND revoked_at IS NULL
  AND expires_at > gatehouse_now()
RETURNING email;
-- email text

-- invites.ts: revokeInvitesBy
UPDATE invites SET revoked_at = gatehouse_now()
WHERE team_id = $1 AND invited_by = $2 AND accepted_at IS NULL AND revoked_at IS NULL;

-- invites.ts: takeInvite
UPDATE invites SET accepted_at = gatehouse_now()
WHERE token_hash = $1 AND accepted_at IS NULL AND revoked_at IS NULL
  AND expires_at > gatehouse_now()
RETURNING id, team_id AS "teamId", email, role::text, was_shown AS "wasShown";
-- id text, teamId text, email text, role text, wasShown boolean

-- members.ts: countPromptsOfTeam
SELECT count(*)::int AS prompts FROM (
SELECT DISTINCT g.user_id, g.network FROM sightings g
JOIN memberships m ON m.user_id = g.user_id AND m.team_id = $1
WHERE g.would_block_at > gatehouse_now() - interval '720 hours') asked;
-- prompts integer

-- members.ts: findMembers
WITH page AS MATERIALIZED (
  SELECT u.id, u.name, u.email, m.role::text, lower(u.name) AS key
  FROM memberships m JOIN users u ON u.id = m.user_id
  WHERE m.team_id = $1 AND ($2::text IS NULL OR m.user_id = $3)
    AND ($4::role IS NULL OR m.role = $5::role)
    AND ($6::text IS NULL OR strpos(lower(u.name), lower($7)) > 0 OR strpos(u.email, lower($8)) > 0)
    AND ($9::text IS NULL OR EXISTS (
      SELECT 1 FROM computer_grants g JOIN computers c ON c.id = g.computer_id AND c.team_id = m.team_id
      WHERE g.computer_id = $10 AND g.user_id = u.id))
    AND ($11::text IS NULL OR (lower(u.name), u.id) > ($12, $13))
  ORDER BY lower(u.name), u.id LIMIT $14)
SELECT p.*,
  (SELECT max(s.last_seen_at) FROM sessions s WHERE s.user_id = p.id) AS "lastSeenAt",
  (SELECT count(DISTINCT g.network)::int FROM sightings g
   WHERE g.user_id = p.id AND g.would_block_at > t.now - interval '720 hours') AS "wouldBeBlocked",
  ARRAY(SELECT v.verified_at FROM verified_ips v
    WHERE v.user_id = p.id AND v.revoked_at IS NULL) AS "verifiedAt",
  (SELECT coalesce(json_agg(json_build_object('enabled', r.enabled, 'trustDays', r.trust_days, 'modes', r.modes)), '[]')
   FROM memberships o LEFT JOIN app_rules r ON r.team_id = o.team_id AND r.is_default
   WHERE o.user_id = p.id) AS rules
FROM (SELECT gatehouse_now() AS now) t, page p
ORDER BY p.key, p.id;
-- id text, name text, email text, role text, key text, lastSeenAt timestamp with time zone, wouldBeBlocked integer, verifiedAt timestamp with time zone[], rules json

-- outgoing-mails.ts: findMailTrouble
SELECT count(*) FILTER (WHERE given_up_at IS NULL)::int AS waiting,
  count(*) FILTER (WHERE given_up_at IS NOT NULL)::int AS "givenUp",
  min(created_at) FILTER (WHERE given_up_at IS NULL) AS since,
  (array_agg(failure ORDER BY failed_at DESC))[1] AS failure, gatehouse_now() AS now
FROM outgoing_mails WHERE failure IS NOT NULL;
-- waiting integer, givenUp integer, since timestamp with time zone, failure text, now timestamp with time zone

-- outgoing-mails.ts: forgetMail
DELETE FROM outgoing_mails WHERE id = $1 AND tries = $2;

-- outgoing-mails.ts: giveMailUp
UPDATE outgoing_mails SET body = NULL, failure = $3, failed_at = gatehouse_now(),
  given_up_at = gatehouse_now()
WHERE id = $1 AND tries = $2;

-- outgoing-mails.ts: giveUpExpiredMails
UPDATE outgoing_mails SET body = NULL, given_up_at = gatehouse_now()
WHERE given_up_at IS NULL AND expires_at <= gatehouse_now() RETURNING failure;
-- failure text

-- outgoing-mails.ts: holdMail
UPDATE outgoing_mails SET due_at = gatehouse_now() + interval '3 minutes' WHERE id = $1 AND tries = $2;

-- outgoing-mails.ts: keepMail
INSERT INTO outgoing_mails (id, body, due_at, expires_at)
VALUES ($1, $2, gatehouse_now() + interval '3 minutes', gatehouse_now() + interval '1 minute' * $3::int);

-- outgoing-mails.ts: putMailOff
UPDATE outgoing_mails SET due_at = gatehouse_now() + interval '1 second' * $4::int,
  failure = $3, failed_at = gatehouse_now()
WHERE id = $1 AND tries = $2;

-- outgoing-mails.ts: takeDueMails
WITH due AS MATERIALIZED (
  SELECT id FROM outgoing_mails
  WHERE given_up_at IS NULL AND due_at <= gatehouse_now() AND expires_at > gatehouse_now()
  ORDER BY due_at LIMIT $1 FOR UPDATE SKIP LOCKED
)
UPDATE outgoing_mails m SET tries = tries + 1, due_at = gatehouse_now() + interval '3 minutes'
FROM due WHERE m.id = due.id RETURNING m.id, m.body, m.tries;
-- id text, body text, tries integer

-- password-resets.ts: createReset
SELECT 1 FROM users WHERE id = $1 FOR NO KEY UPDATE;
-- ?column? integer

-- password-resets.ts: createReset
SELECT count(*)::int AS open FROM password_resets
WHERE user_id = $1 AND used_at IS NULL AND expires_at > gatehouse_now();
-- open integer

-- password-resets.ts: createReset
INSERT INTO password_resets (token_hash, user_id, expires_at)
VALUES ($1, $2, gatehouse_now() + interval '1 minute' * $3::int);

-- password-resets.ts: findOpenReset
SELECT gatehouse_now() AS now, u.id AS "userId", u.email, r.expires_at AS "expiresAt"
FROM password_resets r JOIN users u ON u.id = r.user_id
WHERE r.token_hash = $1 AND r.used_at IS NULL AND r.expires_at > gatehouse_now()
  AND u.password_hash IS NOT NULL AND u.disabled_at IS NULL;
-- now timestamp with time zone, userId text, email text, expiresAt timestamp with time zone

-- password-resets.ts: takeReset
UPDATE password_resets SET used_at = gatehouse_now()
WHERE token_hash = $1 AND used_at IS NULL AND expires_at > gatehouse_now();

-- password-resets.ts: voidResets
UPDATE password_resets SET used_at = gatehouse_now() WHERE user_id = $1 AND used_at IS NULL;

-- platform/rate-limit.ts: chargePoint
INSERT INTO rate_limits AS r (key, points, expire) VALUES ($1, 1, (extract(epoch FROM gatehouse_now()) * 1000)::bigint + 1000 * $2::bigint)
ON CONFLICT (key) DO UPDATE SET
  points = CASE WHEN r.expire <= (extract(epoch FROM gatehouse_now()) * 1000)::bigint THEN 1 ELSE r.points + 1 END,
  expire = CASE WHEN r.expire <= (extract(epoch FROM gatehouse_now()) * 1000)::bigint THEN excluded.expire ELSE r.expire END
RETURNING points, (expire - (extract(epoch FROM gatehouse_now()) * 1000)::bigint)::float8 AS "waitMs";
-- points integer, waitMs double precision

-- platform/rate-limit.ts: chargePoint
INSERT INTO rate_limits (key, points, expire) VALUES ($1, $2, (extract(epoch FROM gatehouse_now()) * 1000)::bigint + 1000 * $3::bigint)
ON CONFLICT (key) DO UPDATE SET points = excluded.points, expire = excluded.expire;

-- platform/rate-limit.ts: clearPoints
DELETE FROM rate_limits WHERE key = ANY($1);

-- platform/rate-limit.ts: countPoint
INSERT INTO rate_limits AS r (key, points, expire) VALUES ($1, 1, (extract(epoch FROM gatehouse_now()) * 1000)::bigint + 1000 * $2::bigint)
ON CONFLICT (key) DO UPDATE SET
  points = CASE WHEN r.expire <= (extract(epoch FROM gatehouse_now()) * 1000)::bigint THEN 1 ELSE r.points + 1 END,
  expire = CASE WHEN r.expire <= (extract(epoch FROM gatehouse_now()) * 1000)::bigint THEN excluded.expire ELSE r.expire END
RETURNING points, (expire - (extract(epoch FROM gatehouse_now()) * 1000)::bigint)::float8 AS "waitMs";
-- points integer, waitMs double precision

-- platform/rate-limit.ts: findWait
SELECT key, points, (expire - (extract(epoch FROM gatehouse_now()) * 1000)::bigint)::float8 AS "waitMs" FROM rate_limits
WHERE key = ANY($1) AND expire > (extract(epoch FROM gatehouse_now()) * 1000)::bigint;
-- key text, points integer, waitMs double precision

-- platform/rate-limit.ts: takePoint
INSERT INTO rate_limits AS r (key, points, expire) VALUES ($1, 1, (extract(epoch FROM gatehouse_now()) * 1000)::bigint + 1000 * $2::bigint)
ON CONFLICT (key) DO UPDATE SET
  points = CASE WHEN r.expire <= (extract(epoch FROM gatehouse_now()) * 1000)::bigint THEN 1 ELSE r.points + 1 END,
  expire = CASE WHEN r.expire <= (extract(epoch FROM gatehouse_now()) * 1000)::bigint THEN excluded.expire ELSE r.expire END
RETURNING points, (expire - (extract(epoch FROM gatehouse_now()) * 1000)::bigint)::float8 AS "waitMs";
-- points integer, waitMs double precision

-- readiness.ts: requireWorkingDatabase
INSERT INTO bus_payloads (body) VALUES ('{"type":"ready"}');

-- retention.ts: deletePastRetention
SELECT ceil(pg_relation_size($1::text::regclass) / current_setting('block_size')::numeric)::int AS pages;
-- pages integer

-- retention.ts: deletePastRetention
DELETE FROM verified_ips WHERE ctid = ANY(ARRAY(
   SELECT verified_ips.ctid FROM verified_ips, (SELECT gatehouse_now() AS at OFFSET 0) now
   WHERE verified_ips.ctid >= ('(' || $2::int || ',0)')::tid
     AND verified_ips.ctid < ('(' || $2::int + 2000 || ',0)')::tid
     AND (revoked_at < now.at - interval '30 days'
OR verified_at + interval '24 hours' * $1::int < now.at - interval '30 days') AND $1::int > 0 AND $3::int > 0
   LIMIT 2000 FOR UPDATE OF verified_ips SKIP LOCKED));

-- retention.ts: deletePastRetention
DELETE FROM challenges WHERE ctid = ANY(ARRAY(
SELECT challenges.ctid FROM challenges, (SELECT gatehouse_now() AS at OFFSET 0) now
WHERE challenges.ctid >= ('(' || $2::int || ',0)')::tid
  AND challenges.ctid < ('(' || $2::int + 2000 || ',0)')::tid
  AND (expires_at < now.at - interval '1 day') AND $1::int > 0 AND $3::int > 0
LIMIT 2000 FOR UPDATE OF challenges SKIP LOCKED));

-- retention.ts: deletePastRetention
DELETE FROM sso_flows WHERE ctid = ANY(ARRAY(
SELECT sso_flows.ctid FROM sso_flows, (SELECT gatehouse_now() AS at OFFSET 0) now
WHERE sso_flows.ctid >= ('(' || $2::int || ',0)')::tid
  AND sso_flows.ctid < ('(' || $2::int + 2000 || ',0)')::tid
  AND (expires_at < now.at - interval '1 day') AND $1::int > 0 AND $3::int > 0
LIMIT 2000 FOR UPDATE OF sso_flows SKIP LOCKED));

-- retention.ts: deletePastRetention
DELETE FROM sso_log_outs WHERE ctid = ANY(ARRAY(
SELECT sso_log_outs.ctid FROM sso_log_outs, (SELECT gatehouse_now() AS at OFFSET 0) now
WHERE sso_log_outs.ctid >= ('(' || $2::int || ',0)')::tid
  AND sso_log_outs.ctid < ('(' || $2::int + 2000 || ',0)')::tid
  AND (expires_at < now.at - interval '1 hour') AND $1::int > 0 AND $3::int > 0
LIMIT 2000 FOR UPDATE OF sso_log_outs SKIP LOCKED));

-- retention.ts: deletePastRetention
DELETE FROM password_resets WHERE ctid = ANY(ARRAY(
SELECT password_resets.ctid FROM password_resets, (SELECT gatehouse_now() AS at OFFSET 0) now
WHERE password_resets.ctid >= ('(' || $2::int || ',0)')::tid
  AND password_resets.ctid < ('(' || $2::int + 2000 || ',0)')::tid
  AND (expires_at < now.at - interval '1 day') AND $1::int > 0 AND $3::int > 0
LIMIT 2000 FOR UPDATE OF password_resets SKIP LOCKED));

-- retention.ts: deletePastRetention
DELETE FROM invites WHERE ctid = ANY(ARRAY(
SELECT invites.ctid FROM invites, (SELECT gatehouse_now() AS at OFFSET 0) now
WHERE invites.ctid >= ('(' || $2::int || ',0)')::tid
  AND invites.ctid < ('(' || $2::int + 2000 || ',0)')::tid
  AND (LEAST(expires_at, accepted_at, revoked_at) < now.at - interval '30 days') AND $1::int > 0 AND $3::int > 0
LIMIT 2000 FOR UPDATE OF invites SKIP LOCKED));

-- retention.ts: deletePastRetention
DELETE FROM sessions WHERE ctid = ANY(ARRAY(
SELECT sessions.ctid FROM sessions, (SELECT gatehouse_now() AS at OFFSET 0) now
WHERE sessions.ctid >= ('(' || $2::int || ',0)')::tid
  AND sessions.ctid < ('(' || $2::int + 2000 || ',0)')::tid
  AND (LEAST(expires_at, ended_at) < now.at - interval '30 days') AND $1::int > 0 AND $3::int > 0
LIMIT 2000 FOR UPDATE OF sessions SKIP LOCKED));

-- retention.ts: deletePastRetention
DELETE FROM uses WHERE ctid = ANY(ARRAY(
SELECT uses.ctid FROM uses, (SELECT gatehouse_now() AS at OFFSET 0) now
WHERE uses.ctid >= ('(' || $2::int || ',0)')::tid
  AND uses.ctid < ('(' || $2::int + 2000 || ',0)')::tid
  AND (day < (now.at AT TIME ZONE 'UTC')::date - $3::int) AND $1::int > 0 AND $3::int > 0
LIMIT 2000 FOR UPDATE OF uses SKIP LOCKED));

-- retention.ts: deletePastRetention
DELETE FROM sightings WHERE ctid = ANY(ARRAY(
SELECT sightings.ctid FROM sightings, (SELECT gatehouse_now() AS at OFFSET 0) now
WHERE sightings.ctid >= ('(' || $2::int || ',0)')::tid
  AND sightings.ctid < ('(' || $2::int + 2000 || ',0)')::tid
  AND (last_seen_at < now.at - interval '180 days') AND $1::int > 0 AND $3::int > 0
LIMIT 2000 FOR UPDATE OF sightings SKIP LOCKED));

-- retention.ts: deletePastRetention
DELETE FROM outgoing_mails WHERE ctid = ANY(ARRAY(
SELECT outgoing_mails.ctid FROM outgoing_mails, (SELECT gatehouse_now() AS at OFFSET 0) now
WHERE outgoing_mails.ctid >= ('(' || $2::int || ',0)')::tid
  AND outgoing_mails.ctid < ('(' || $2::int + 2000 || ',0)')::tid
  AND (given_up_at < now.at - interval '1 day') AND $1::int > 0 AND $3::int > 0
LIMIT 2000 FOR UPDATE OF outgoing_mails SKIP LOCKED));

-- retention.ts: deletePastRetention
DELETE FROM rate_limits WHERE ctid = ANY(ARRAY(
SELECT rate_limits.ctid FROM rate_limits, (SELECT gatehouse_now() AS at OFFSET 0) now
WHERE rate_limits.ctid >= ('(' || $2::int || ',0)')::tid
  AND rate_limits.ctid < ('(' || $2::int + 2000 || ',0)')::tid
  AND (expire < extract(epoch FROM now.at - interval '1 hour') * 1000) AND $1::int > 0 AND $3::int > 0
LIMIT 2000 FOR UPDATE OF rate_limits SKIP LOCKED));

-- retention.ts: deletePastRetention
DELETE FROM connections WHERE ctid = ANY(ARRAY(
SELECT connections.ctid FROM connections, (SELECT gatehouse_now() AS at OFFSET 0) now
WHERE connections.ctid >= ('(' || $2::int || ',0)')::tid
  AND connections.ctid < ('(' || $2::int + 2000 || ',0)')::tid
  AND (created_at < now.at - interval '180 days') AND $1::int > 0 AND $3::int > 0
LIMIT 2000 FOR UPDATE OF connections SKIP LOCKED));

-- retention.ts: deletePastRetention
SELECT gatehouse_forget_events($1::int, $2::int) AS n;
-- n integer

-- session-facts.ts: findFactsOfSession
WITH t AS MATERIALIZED (SELECT gatehouse_now() AS now)
SELECT t.now, s.id, s.client, s.expires_at, s.authenticated_at, s.authenticated_network,
  u.id AS user_id, u.email, u.name,
  v.id AS trust_id, v.verified_at, v.revoked_at,
  c.id AS computer_id, c.team_id AS computer_team_id,
  tm.id AS team_id, tm.name AS team_name, m.role::text, r.enabled, r.trust_days AS "trustDays", r.modes
FROM t
CROSS JOIN LATERAL (SELECT * FROM sessions WHERE id = $1) s
JOIN users u ON u.id = s.user_id AND u.disabled_at IS NULL
LEFT JOIN verified_ips v ON v.user_id = s.user_id AND v.network = $2
LEFT JOIN computers c ON c.id = $3 AND (c.removed_at IS NULL
    AND EXISTS (SELECT 1 FROM memberships m WHERE m.team_id = c.team_id AND m.user_id = s.user_id)
    AND (c.access = 'all' OR EXISTS (
    SELECT 1 FROM computer_grants g WHERE g.computer_id = c.id AND g.user_id = s.user_id)))
LEFT JOIN (memberships m JOIN teams tm ON tm.id = m.team_id
  LEFT JOIN app_rules r ON r.team_id = m.team_id AND r.is_default) ON m.user_id = s.user_id
WHERE s.ended_at IS NULL AND s.expires_at > t.now
    AND s.last_seen_at > t.now - interval '336 hours'
ORDER BY m.created_at, m.team_id;
-- now timestamp with time zone, id text, client text, expires_at timestamp with time zone, authenticated_at timestamp with time zone, authenticated_network text, user_id text, email text, name text, trust_id text, verified_at timestamp with time zone, revoked_at timestamp with time zone, computer_id text, computer_team_id text, team_id text, team_name text, role text, enabled boolean, trustDays integer, modes jsonb

-- session-facts.ts: findSessionFacts
WITH t AS MATERIALIZED (SELECT gatehouse_now() AS now)
SELECT t.now, s.id, s.client, s.expires_at, s.authenticated_at, s.authenticated_network,
  u.id AS user_id, u.email, u.name,
  v.id AS trust_id, v.verified_at, v.revoked_at,
  c.id AS computer_id, c.team_id AS computer_team_id,
  tm.id AS team_id, tm.name AS team_name, m.role::text, r.enabled, r.trust_days AS "trustDays", r.modes
FROM t
CROSS JOIN LATERAL (
  SELECT * FROM sessions WHERE token_hash = $1
  UNION ALL
  SELECT * FROM sessions WHERE previous_token_hash = $1
    AND previous_token_network = $2 AND previous_token_until > t.now
  LIMIT 1) s
JOIN users u ON u.id = s.user_id AND u.disabled_at IS NULL
LEFT JOIN verified_ips v ON v.user_id = s.user_id AND v.network = $2
LEFT JOIN computers c ON c.id = $3 AND (c.removed_at IS NULL
    AND EXISTS (SELECT 1 FROM memberships m WHERE m.team_id = c.team_id AND m.user_id = s.user_id)
    AND (c.access = 'all' OR EXISTS (
    SELECT 1 FROM computer_grants g WHERE g.computer_id = c.id AND g.user_id = s.user_id)))
LEFT JOIN (memberships m JOIN teams tm ON tm.id = m.team_id
  LEFT JOIN app_rules r ON r.team_id = m.team_id AND r.is_default) ON m.user_id = s.user_id
WHERE s.ended_at IS NULL AND s.expires_at > t.now
    AND s.last_seen_at > t.now - interval '336 hours'
ORDER BY m.created_at, m.team_id;
-- now timestamp with time zone, id text, client text, expires_at timestamp with time zone, authenticated_at timestamp with time zone, authenticated_network text, user_id text, email text, name text, trust_id text, verified_at timestamp with time zone, revoked_at timestamp with time zone, computer_id text, computer_team_id text, team_id text, team_name text, role text, enabled boolean, trustDays integer, modes jsonb

-- session-facts.ts: findSocketFacts
WITH t AS MATERIALIZED (SELECT gatehouse_now() AS now)
SELECT t.now, s.id, s.client, s.expires_at, s.authenticated_at, s.authenticated_network,
  u.id AS user_id, u.email, u.name,
  v.id AS trust_id, v.verified_at, v.revoked_at,
  c.id AS computer_id, c.team_id AS computer_team_id,
  tm.id AS team_id, tm.name AS team_name, m.role::text, r.enabled, r.trust_days AS "trustDays", r.modes
FROM t
CROSS JOIN LATERAL (SELECT * FROM sessions o WHERE o.id = $4 AND (o.token_hash = $1 OR o.authenticated_network = $2)) s
JOIN users u ON u.id = s.user_id AND u.disabled_at IS NULL
LEFT JOIN verified_ips v ON v.user_id = s.user_id AND v.network = $2
LEFT JOIN computers c ON c.id = $3 AND (c.removed_at IS NULL
    AND EXISTS (SELECT 1 FROM memberships m WHERE m.team_id = c.team_id AND m.user_id = s.user_id)
    AND (c.access = 'all' OR EXISTS (
    SELECT 1 FROM computer_grants g WHERE g.computer_id = c.id AND g.user_id = s.user_id)))
LEFT JOIN (memberships m JOIN teams tm ON tm.id = m.team_id
  LEFT JOIN app_rules r ON r.team_id = m.team_id AND r.is_default) ON m.user_id = s.user_id
WHERE s.ended_at IS NULL AND s.expires_at > t.now
    AND s.last_seen_at > t.now - interval '336 hours'
ORDER BY m.created_at, m.team_id;
-- now timestamp with time zone, id text, client text, expires_at timestamp with time zone, authenticated_at timestamp with time zone, authenticated_network text, user_id text, email text, name text, trust_id text, verified_at timestamp with time zone, revoked_at timestamp with time zone, computer_id text, computer_team_id text, team_id text, team_name text, role text, enabled boolean, trustDays integer, modes jsonb

-- sessions.ts: createSession
WITH t AS MATERIALIZED (SELECT gatehouse_now() AS now)
INSERT INTO sessions (user_id, token_hash, client, authenticated_network, last_seen_address, created_at,
  authenticated_at, last_seen_at, expires_at)
SELECT $1, $2::bytea, $3, $4,
  $5, now, now, now, now + interval '1 hour' * $6
FROM t
RETURNING id, expires_at AS "expiresAt", created_at AS now;
-- id text, expiresAt timestamp with time zone, now timestamp with time zone

-- sessions.ts: endSessions
UPDATE sessions SET ended_at = gatehouse_now(), previous_token_hash = NULL
WHERE user_id = $1 AND ended_at IS NULL
  AND ($2::text IS NULL OR id = $3) AND ($4::text IS NULL OR id <> $5)
RETURNING id;
-- id text

-- sessions.ts: endSessions
UPDATE connections SET state = 'revoked', ended_at = gatehouse_now(), end_reason = 'session_ended'
WHERE session_id = ANY($1) AND state IN ('waiting_for_host', 'accepted');

-- sessions.ts: findSessions
SELECT id, client, created_at AS "createdAt", last_seen_at AS "lastSeenAt",
  last_seen_address AS "lastSeenAddress", authenticated_at AS "authenticatedAt", expires_at AS "expiresAt"
FROM sessions s
WHERE user_id = $1 AND s.ended_at IS NULL AND s.expires_at > gatehouse_now()
AND s.last_seen_at > gatehouse_now() - interval '336 hours'
  AND ($2::timestamptz IS NULL OR (created_at, id) < ($3::timestamptz, $4))
ORDER BY created_at DESC, id DESC LIMIT $5;
-- id text, client text, createdAt timestamp with time zone, lastSeenAt timestamp with time zone, lastSeenAddress text, authenticatedAt timestamp with time zone, expiresAt timestamp with time zone

-- sessions.ts: findStandingClients
SELECT a.place - 1 AS place
 FROM unnest($1::text[], $2::bytea[], $3::text[]) WITH ORDINALITY AS a(session_id, token_hash, network, place)
 JOIN sessions s ON s.id = a.session_id
   AND (s.token_hash = a.token_hash OR s.authenticated_network = a.network)
 JOIN users u ON u.id = s.user_id AND u.disabled_at IS NULL
 WHERE s.ended_at IS NULL AND s.expires_at > gatehouse_now()
AND s.last_seen_at > gatehouse_now() - interval '336 hours';
-- place bigint

-- sessions.ts: replaceToken
UPDATE sessions SET
  token_hash = $1,
  previous_token_hash = $2,
  previous_token_until = gatehouse_now() + interval '1 second' * $3,
  previous_token_network = $4,
  authenticated_at = gatehouse_now(),
  authenticated_network = $5
WHERE id = $6 AND ended_at IS NULL
  AND (token_hash = $7
    OR (token_hash = $8 AND previous_token_hash = $9));

-- sightings.ts: Object.write
WITH gathered AS MATERIALIZED (
  SELECT * FROM jsonb_to_recordset($1::jsonb) AS b(session_id text, user_id text, network text, address text, reason text,
    first_at timestamptz, at timestamptz, count bigint, verified boolean, would_block jsonb, would_block_at timestamptz)
), session AS MATERIALIZED (
  SELECT s.id FROM sessions s WHERE s.id IN (SELECT session_id FROM gathered)
  FOR NO KEY UPDATE OF s SKIP LOCKED
), trust AS MATERIALIZED (
  SELECT v.id FROM verified_ips v JOIN gathered g ON g.user_id = v.user_id AND g.network = v.network
  WHERE v.last_used_at < g.at - interval '1 minute' FOR NO KEY UPDATE OF v SKIP LOCKED
), batch AS MATERIALIZED (
  SELECT g.* FROM gathered g JOIN session ON session.id = g.session_id
  LEFT JOIN verified_ips v ON v.user_id = g.user_id AND v.network = g.network
  WHERE v.id IS NULL OR NOT v.last_used_at < g.at - interval '1 minute' OR v.id IN (SELECT id FROM trust)
), seen AS (
  UPDATE sessions s SET last_seen_at = GREATEST(s.last_seen_at, b.at), last_seen_address = CASE WHEN b.reason IS NULL THEN b.address ELSE s.last_seen_address END
  FROM (SELECT DISTINCT ON (session_id) session_id, at, address, reason FROM batch ORDER BY session_id, at DESC) b
  WHERE s.id = b.session_id
    AND (s.last_seen_at < b.at - interval '1 minute' OR b.reason IS NULL AND s.last_seen_address IS DISTINCT FROM b.address)
), used AS (
  UPDATE verified_ips v SET last_used_at = GREATEST(v.last_used_at, b.at), address = b.address
  FROM (SELECT DISTINCT ON (user_id, network) user_id, network, at, address FROM batch
        ORDER BY user_id, network, at DESC) b
  WHERE v.user_id = b.user_id AND v.network = b.network AND v.last_used_at < b.at - interval '1 minute'
), written AS (
INSERT INTO sightings AS s (session_id, user_id, network, address, reason, first_seen_at, last_seen_at, count, verified, would_block, would_block_at)
SELECT session_id, user_id, network, address, reason, first_at, at, count, verified, would_block, would_block_at FROM batch
ORDER BY session_id, network
ON CONFLICT (session_id, network) DO UPDATE SET
  address = excluded.address, reason = excluded.reason, last_seen_at = GREATEST(s.last_seen_at, excluded.last_seen_at),
  count = s.count + excluded.count, verified = excluded.verified,
  would_block_at = GREATEST(s.would_block_at, excluded.would_block_at),
  would_block = (
    SELECT coalesce(jsonb_object_agg(key, total), '{}') FROM (
      SELECT key, sum(value::bigint) AS total
      FROM (SELECT * FROM jsonb_each_text(s.would_block) UNION ALL SELECT * FROM jsonb_each_text(excluded.would_block)) e
      GROUP BY key) t)
)
SELECT g.session_id AS "sessionId", g.network FROM gathered g JOIN sessions s ON s.id = g.session_id
WHERE NOT EXISTS (SELECT 1 FROM batch b WHERE b.session_id = g.session_id AND b.network = g.network);
-- sessionId text, network text

-- sightings.ts: findUnknownUses
SELECT g.reason, g.address AS peer, count(DISTINCT g.user_id)::int AS users
FROM sightings g JOIN memberships m ON m.user_id = g.user_id AND m.team_id = $1
WHERE g.reason IS NOT NULL AND g.last_seen_at > gatehouse_now() - make_interval(secs => $2)
GROUP BY g.reason, g.address ORDER BY users DESC, peer, g.reason LIMIT 10;
-- reason text, peer text, users integer

-- signalling.ts: answerOffer
WITH answered AS (
    UPDATE connections c SET
      state = CASE WHEN $4::boolean THEN 'accepted' ELSE 'declined' END::connection_state,
      ended_at = CASE WHEN $4::boolean THEN NULL ELSE gatehouse_now() END
    FROM computers p
    WHERE p.id = $1 AND p.host_key_hash = $2 AND p.removed_at IS NULL AND (p.host_networks = '{}'
OR coalesce(p.host_address::text::inet <<= ANY(p.host_networks::inet[]), false)) AND c.computer_id = p.id AND c.attempt_id = $3
      AND c.state = 'waiting_for_host' AND c.expires_at > gatehouse_now()
    RETURNING c.id, c.attempt_id, c.session_id, c.network, c.user_id, p.id AS computer_id, p.team_id, p.host_network, p.host_address
  ), audit AS (
    INSERT INTO audit_events (type, actor_kind, computer_id, team_id, user_id, network, address, request_id, after)
    SELECT CASE WHEN $4::boolean THEN 'connection.accepted' ELSE 'connection.declined' END,
      'computer', computer_id, team_id, user_id, host_network, host_address, $6, jsonb_build_object('connectionId', id, 'computerId', computer_id)
    FROM answered
  )
  SELECT gatehouse_publish(jsonb_build_object('type', 'relay',
    'to', jsonb_build_object('sessionId', session_id, 'network', network),
    'message', jsonb_build_object('action', 'answer_relay', 'payload', jsonb_build_object(
      'attemptId', attempt_id, 'connectionId', id, 'approved', $4::boolean, 'data', $5::jsonb))))
  FROM answered;
-- gatehouse_publish void

-- signalling.ts: closeFromComputer
WITH ended AS (
   UPDATE connections c SET ended_at = gatehouse_now(),
     state = CASE c.state WHEN 'accepted' THEN 'closed' ELSE 'declined' END::connection_state
   FROM computers p
   WHERE p.id = $1 AND p.host_key_hash = $2 AND p.removed_at IS NULL AND (p.host_networks = '{}'
OR coalesce(p.host_address::text::inet <<= ANY(p.host_networks::inet[]), false)) AND c.computer_id = p.id AND c.attempt_id = $3
     AND c.state IN ('waiting_for_host', 'accepted')
   RETURNING c.id, c.user_id, c.state, p.id AS computer_id, p.team_id, p.host_network, p.host_address
 ), audit AS (
   INSERT INTO audit_events (type, actor_kind, computer_id, team_id, user_id, network, address, request_id, after)
   SELECT CASE state WHEN 'closed' THEN 'connection.ended' ELSE 'connection.declined' END,
     'computer', computer_id, team_id, user_id, host_network, host_address, $4, jsonb_build_object('connectionId', id, 'computerId', computer_id, 'state', state)
   FROM ended
 )
 SELECT 1 FROM ended;
-- ?column? integer

-- signalling.ts: findAttempt
SELECT c.id FROM connections c
WHERE c.session_id = $1 AND c.network IS NOT DISTINCT FROM $2 AND c.attempt_id = $3
  AND c.state IN ('waiting_for_host', 'accepted');
-- id text

-- signalling.ts: findLiveOfComputer
SELECT c.attempt_id AS "attemptId", c.id AS "connectionId", c.state::text
 FROM computers p JOIN connections c ON c.computer_id = p.id AND (c.state = 'accepted' OR c.state = 'waiting_for_host' AND c.expires_at > gatehouse_now())
 WHERE p.id = $1 AND p.host_key_hash = $2 AND p.removed_at IS NULL AND (p.host_networks = '{}'
OR coalesce(p.host_address::text::inet <<= ANY(p.host_networks::inet[]), false)) ORDER BY c.created_at;
-- attemptId text, connectionId text, state text

-- signalling.ts: findLiveOfSession
SELECT c.attempt_id AS "attemptId", c.id AS "connectionId", c.state::text FROM connections c
WHERE c.session_id = $1 AND c.network IS NOT DISTINCT FROM $2 AND (c.state = 'accepted' OR c.state = 'waiting_for_host' AND c.expires_at > gatehouse_now()) ORDER BY c.created_at;
-- attemptId text, connectionId text, state text

-- signalling.ts: findWaitingOffers
WITH named AS MATERIALIZED (SELECT * FROM connections WHERE id = $3)
SELECT c.id AS "connectionId", c.attempt_id AS "attemptId", u.id AS "userId", u.name AS "userName",
  c.offer
FROM computers p
JOIN named c ON c.computer_id = p.id AND c.state = 'waiting_for_host' AND c.expires_at > gatehouse_now() AND c.offer IS NOT NULL
JOIN users u ON u.id = c.user_id
WHERE p.id = $1 AND p.host_key_hash = $2 AND p.removed_at IS NULL AND (p.host_networks = '{}'
  OR coalesce(p.host_address::text::inet <<= ANY(p.host_networks::inet[]), false)) ORDER BY c.created_at LIMIT 50;
-- connectionId text, attemptId text, userId text, userName text, offer jsonb

-- signalling.ts: findWaitingOffers
SELECT c.id AS "connectionId", c.attempt_id AS "attemptId", u.id AS "userId", u.name AS "userName",
  c.offer
FROM computers p
JOIN connections c ON c.computer_id = p.id AND c.state = 'waiting_for_host' AND c.expires_at > gatehouse_now() AND c.offer IS NOT NULL
JOIN users u ON u.id = c.user_id
WHERE p.id = $1 AND p.host_key_hash = $2 AND p.removed_at IS NULL AND (p.host_networks = '{}'
  OR coalesce(p.host_address::text::inet <<= ANY(p.host_networks::inet[]), false)) ORDER BY c.created_at LIMIT 50;
-- connectionId text, attemptId text, userId text, userName text, offer jsonb

-- signalling.ts: relayToClient
SELECT gatehouse_publish(jsonb_build_object('type', 'relay',
      'to', jsonb_build_object('sessionId', c.session_id, 'network', c.network), 'message', jsonb_build_object('action', 'candex_relay', 'payload',
jsonb_build_object('attemptId', c.attempt_id, 'data', $4::jsonb))))
    FROM computers p
    JOIN connections c ON c.computer_id = p.id AND c.attempt_id = $3 AND (c.state = 'accepted' OR c.state = 'waiting_for_host' AND c.expires_at > gatehouse_now())
    WHERE p.id = $1 AND p.host_key_hash = $2 AND p.removed_at IS NULL AND (p.host_networks = '{}'
  OR coalesce(p.host_address::text::inet <<= ANY(p.host_networks::inet[]), false));
-- gatehouse_publish void

-- signalling.ts: relayToComputer
SELECT gatehouse_publish(jsonb_build_object('type', 'relay',
      'to', jsonb_build_object('computerId', c.computer_id), 'message', jsonb_build_object('action', 'candex_relay', 'payload',
jsonb_build_object('attemptId', c.attempt_id, 'data', $4::jsonb))))
    FROM connections c
    WHERE c.session_id = $1 AND c.network IS NOT DISTINCT FROM $2 AND c.attempt_id = $3 AND (c.state = 'accepted' OR c.state = 'waiting_for_host' AND c.expires_at > gatehouse_now());
-- gatehouse_publish void

-- signalling.ts: settleConnections
UPDATE computers SET socket_id = NULL, online = false WHERE id = ANY(ARRAY(
SELECT id FROM computers
WHERE online AND last_seen_at < gatehouse_now() - interval '1 second' * $2
LIMIT $1 FOR UPDATE SKIP LOCKED));

-- signalling.ts: settleConnections
UPDATE connections SET state = 'expired', ended_at = gatehouse_now() WHERE id = ANY(ARRAY(
SELECT id FROM connections WHERE state = 'waiting_for_host' AND expires_at <= gatehouse_now()
LIMIT $1 FOR UPDATE SKIP LOCKED));

-- signalling.ts: settleConnections
WITH ended AS (
  UPDATE connections SET state = 'closed', end_reason = 'computer_gone', ended_at = gatehouse_now()
  WHERE id = ANY(ARRAY(
    SELECT c.id FROM connections c JOIN computers p ON p.id = c.computer_id
     WHERE NOT p.online AND coalesce(p.last_seen_at < gatehouse_now() - interval '1 second' * $2, true) AND c.state = 'accepted'
    LIMIT $1 FOR UPDATE OF c SKIP LOCKED))
  RETURNING id, user_id, computer_id, state
), audit AS (
  INSERT INTO audit_events (type, actor_kind, team_id, user_id, reason, after)
  SELECT 'connection.ended', 'system', p.team_id, e.user_id, 'computer_gone',
    jsonb_build_object('connectionId', e.id, 'computerId', p.id, 'state', e.state)
  FROM ended e JOIN computers p ON p.id = e.computer_id WHERE e.state = 'closed'
)
SELECT 1 FROM ended;
-- ?column? integer

-- signalling.ts: settleConnections
WITH ended AS (
  UPDATE connections SET state = 'revoked', end_reason = 'session_ended', ended_at = gatehouse_now()
  WHERE id = ANY(ARRAY(
    SELECT c.id FROM connections c JOIN sessions s ON s.id = c.session_id WHERE NOT (s.ended_at IS NULL AND s.expires_at > gatehouse_now()
  AND s.last_seen_at > gatehouse_now() - interval '336 hours') AND c.state = 'accepted'
    LIMIT $1 FOR UPDATE OF c SKIP LOCKED))
  RETURNING id, user_id, computer_id, state
), audit AS (
  INSERT INTO audit_events (type, actor_kind, team_id, user_id, reason, after)
  SELECT 'connection.ended', 'system', p.team_id, e.user_id, 'session_ended',
    jsonb_build_object('connectionId', e.id, 'computerId', p.id, 'state', e.state)
  FROM ended e JOIN computers p ON p.id = e.computer_id WHERE e.state = 'closed'
)
SELECT 1 FROM ended;
-- ?column? integer

-- signalling.ts: settleConnections
WITH ended AS (
  UPDATE connections SET state = 'revoked', end_reason = 'trust_expired', ended_at = gatehouse_now()
  WHERE id = ANY(ARRAY(
    SELECT c.id FROM connections c JOIN computers p ON p.id = c.computer_id
     JOIN app_rules r ON r.team_id = p.team_id AND r.is_default AND r.enabled
       AND coalesce(r.modes->>'computer.connect', 'enforce') = 'enforce'
     WHERE NOT EXISTS (SELECT 1 FROM verified_ips v WHERE v.user_id = c.user_id AND v.network = c.network
       AND v.revoked_at IS NULL AND v.verified_at <= gatehouse_now()
  AND v.verified_at > gatehouse_now() - interval '24 hours' * r.trust_days::int) AND c.state = 'accepted'
    LIMIT $1 FOR UPDATE OF c SKIP LOCKED))
  RETURNING id, user_id, computer_id, state
), audit AS (
  INSERT INTO audit_events (type, actor_kind, team_id, user_id, reason, after)
  SELECT 'connection.ended', 'system', p.team_id, e.user_id, 'trust_expired',
    jsonb_build_object('connectionId', e.id, 'computerId', p.id, 'state', e.state)
  FROM ended e JOIN computers p ON p.id = e.computer_id WHERE e.state = 'closed'
)
SELECT 1 FROM ended;
-- ?column? integer

-- sso/flows.ts: createSsoFlow
INSERT INTO sso_flows (browser_hash, connection_id, purpose, user_id, session_id, challenge_id, network,
  request_id, return_path, expires_at)
VALUES ($1, $2, $3::sso_purpose, $4,
  $5, $6, $7, $8, $9,
  gatehouse_now() + interval '1 minute' * $10)
RETURNING id, expires_at AS "expiresAt";
-- id text, expiresAt timestamp with time zone

-- sso/flows.ts: endSsoFlows
UPDATE sso_flows SET expires_at = gatehouse_now()
WHERE connection_id = $1 AND completed_at IS NULL AND expires_at > gatehouse_now();

-- sso/flows.ts: findHeldSsoFlow
SELECT id, gatehouse_now() AS now, connection_id AS "providerId", purpose::text, user_id AS "userId",
session_id AS "sessionId", challenge_id AS "challengeId", network, request_id AS "requestId",
return_path AS "returnPath", created_at AS "createdAt", result, result_network AS "resultNetwork",
joins_user_id AS "joinsUserId" FROM sso_flows WHERE browser_hash = $1 AND joins_user_id IS NOT NULL AND completed_at IS NULL
AND expires_at > gatehouse_now();
-- id text, now timestamp with time zone, providerId text, purpose text, userId text, sessionId text, challengeId text, network text, requestId text, returnPath text, createdAt timestamp with time zone, result jsonb, resultNetwork text, joinsUserId text

-- sso/flows.ts: findPendingSsoFlow
SELECT id, gatehouse_now() AS now, connection_id AS "providerId", purpose::text, user_id AS "userId",
session_id AS "sessionId", challenge_id AS "challengeId", network, request_id AS "requestId",
return_path AS "returnPath", created_at AS "createdAt", result, result_network AS "resultNetwork",
joins_user_id AS "joinsUserId" FROM sso_flows
   WHERE browser_hash = $1 AND result IS NULL AND expires_at > gatehouse_now();
-- id text, now timestamp with time zone, providerId text, purpose text, userId text, sessionId text, challengeId text, network text, requestId text, returnPath text, createdAt timestamp with time zone, result jsonb, resultNetwork text, joinsUserId text

-- sso/flows.ts: findSsoFlowByRequest
SELECT id, gatehouse_now() AS now, connection_id AS "providerId", purpose::text, user_id AS "userId",
session_id AS "sessionId", challenge_id AS "challengeId", network, request_id AS "requestId",
return_path AS "returnPath", created_at AS "createdAt", result, result_network AS "resultNetwork",
joins_user_id AS "joinsUserId" FROM sso_flows
   WHERE request_id = $1 AND result IS NULL AND expires_at > gatehouse_now();
-- id text, now timestamp with time zone, providerId text, purpose text, userId text, sessionId text, challengeId text, network text, requestId text, returnPath text, createdAt timestamp with time zone, result jsonb, resultNetwork text, joinsUserId text

-- sso/flows.ts: holdSsoFlow
UPDATE sso_flows SET completed_at = NULL, joins_user_id = $1,
  expires_at = gatehouse_now() + interval '1 minute' * $2::int
WHERE id = $3;

-- sso/flows.ts: setJoinToken
UPDATE sso_flows SET join_token_hash = $2
WHERE id = $1 AND joins_user_id IS NOT NULL AND completed_at IS NULL AND expires_at > gatehouse_now();

-- sso/flows.ts: setSsoResult
UPDATE sso_flows SET ticket_hash = $2, result = $3::jsonb, result_network = $4,
  expires_at = gatehouse_now() + interval '60 seconds'
WHERE id = $1 AND result IS NULL AND expires_at > gatehouse_now();

-- sso/flows.ts: takeHeldSsoFlow
UPDATE sso_flows SET completed_at = gatehouse_now(), join_token_hash = NULL
   WHERE browser_hash = $1 AND joins_user_id IS NOT NULL AND completed_at IS NULL
AND expires_at > gatehouse_now() AND ($2::bytea IS NULL OR join_token_hash = $2) RETURNING id, gatehouse_now() AS now, connection_id AS "providerId", purpose::text, user_id AS "userId",
session_id AS "sessionId", challenge_id AS "challengeId", network, request_id AS "requestId",
return_path AS "returnPath", created_at AS "createdAt", result, result_network AS "resultNetwork",
joins_user_id AS "joinsUserId";
-- id text, now timestamp with time zone, providerId text, purpose text, userId text, sessionId text, challengeId text, network text, requestId text, returnPath text, createdAt timestamp with time zone, result jsonb, resultNetwork text, joinsUserId text

-- sso/flows.ts: takeSsoFlow
UPDATE sso_flows SET completed_at = gatehouse_now(), ticket_hash = NULL
   WHERE browser_hash = $1 AND ticket_hash = $2 AND completed_at IS NULL AND expires_at > gatehouse_now()
   RETURNING id, gatehouse_now() AS now, connection_id AS "providerId", purpose::text, user_id AS "userId",
session_id AS "sessionId", challenge_id AS "challengeId", network, request_id AS "requestId",
return_path AS "returnPath", created_at AS "createdAt", result, result_network AS "resultNetwork",
joins_user_id AS "joinsUserId";
-- id text, now timestamp with time zone, providerId text, purpose text, userId text, sessionId text, challengeId text, network text, requestId text, returnPath text, createdAt timestamp with time zone, result jsonb, resultNetwork text, joinsUserId text

-- sso/identities.ts: endWhatRestsOn
UPDATE sessions s SET ended_at = gatehouse_now(), previous_token_hash = NULL
FROM sso_identities i
WHERE i.id = s.sso_identity_id AND i.connection_id = $1 AND s.ended_at IS NULL
RETURNING s.id;
-- id text

-- sso/identities.ts: endWhatRestsOn
UPDATE connections SET state = 'revoked', ended_at = gatehouse_now(), end_reason = 'session_ended'
WHERE session_id = ANY($1) AND state IN ('waiting_for_host', 'accepted');

-- sso/identities.ts: endWhatRestsOn
UPDATE verified_ips SET revoked_at = gatehouse_now()
WHERE connection_id = $1 AND revoked_at IS NULL
RETURNING user_id AS "userId", network;
-- userId text, network text

-- sso/identities.ts: endWhatRestsOn
UPDATE connections c SET state = 'revoked', ended_at = gatehouse_now(), end_reason = 'network_revoked'
FROM unnest($1::text[], $2::text[])
  AS gone (user_id, network)
WHERE c.user_id = gone.user_id AND c.network = gone.network AND c.state IN ('waiting_for_host', 'accepted');

-- sso/identities.ts: findSessionsOfIdentity
SELECT s.id, s.user_id AS "userId" FROM sessions s
JOIN sso_identities i ON i.id = s.sso_identity_id AND i.connection_id = $1
WHERE s.ended_at IS NULL
  AND ($2::text IS NULL OR i.subject = $3)
  AND (cardinality($4::text[]) = 0 OR s.sso_session_index = ANY($5))
  AND ($6::text IS NOT NULL OR cardinality($7::text[]) > 0);
-- id text, userId text

-- sso/identities.ts: findSsoFacts
SELECT i.id AS "identityId", u.id AS "userId", u.disabled_at IS NOT NULL AS "isDisabled",
  EXISTS (SELECT 1 FROM memberships m WHERE m.user_id = u.id AND m.team_id = $1) AS "isMember"
FROM sso_identities i JOIN users u ON u.id = i.user_id
WHERE i.connection_id = $2 AND i.subject = $3
FOR NO KEY UPDATE OF u FOR SHARE OF i;
-- identityId text, userId text, isDisabled boolean, isMember boolean

-- sso/identities.ts: findSsoFacts
SELECT u.id AS "userId", u.disabled_at IS NOT NULL AS "isDisabled",
  EXISTS (SELECT 1 FROM memberships m WHERE m.user_id = u.id AND m.team_id = $1) AS "isMember"
FROM users u WHERE u.email = $2 FOR NO KEY UPDATE;
-- userId text, isDisabled boolean, isMember boolean

-- sso/identities.ts: findSsoFacts
SELECT role::text FROM invites
WHERE team_id = $1 AND email = $2 AND accepted_at IS NULL
  AND revoked_at IS NULL AND expires_at > gatehouse_now();
-- role text

-- sso/identities.ts: findSsoOfUser
SELECT DISTINCT c.id, c.name FROM sso_identities i
JOIN sso_connections c ON c.id = i.connection_id AND c.enabled
JOIN memberships m ON m.team_id = c.team_id AND m.user_id = i.user_id
WHERE i.user_id = $1 ORDER BY c.name, c.id;
-- id text, name text

-- sso/identities.ts: takeInvitesOf
UPDATE invites SET accepted_at = gatehouse_now()
WHERE team_id = $1 AND email = $2 AND accepted_at IS NULL AND revoked_at IS NULL;

-- sso/identities.ts: takeSsoLogOut
INSERT INTO sso_log_outs (connection_id, message_hash, expires_at)
VALUES ($1, $2, $3) ON CONFLICT DO NOTHING;

-- sso/providers.ts: holdProvider
SELECT 1 FROM sso_connections WHERE id = $1 FOR SHARE;
-- ?column? integer

-- sso/providers.ts: lockProvider
SELECT 1 FROM sso_connections WHERE id = $1 AND team_id = $2 FOR UPDATE;
-- ?column? integer

-- sso/providers.ts: setSsoDomainProven
UPDATE sso_domains SET proven_at = gatehouse_now() WHERE id = $1;

-- tallies.ts: foldTallies
WITH due AS MATERIALIZED (
  SELECT key FROM event_tallies WHERE ends_at <= gatehouse_now()
  ORDER BY ends_at LIMIT 500 FOR UPDATE SKIP LOCKED
), gone AS (
  DELETE FROM event_tallies t USING due WHERE t.key = due.key RETURNING t.*
), folded AS MATERIALIZED (
  SELECT gatehouse_event_id() AS id, gone.* FROM gone WHERE count > 0
), written AS (
  INSERT INTO audit_events (id, at, request_id, type, team_id, actor_kind, actor_id, actor_label, user_id,
    user_label, session_id, computer_id, action, network, address, finding, reason, before, after)
  SELECT f.id, f.last_at, f.last_request_id, e.type, e.team_id, e.actor_kind, e.actor_id, e.actor_label, e.user_id,
    e.user_label, e.session_id, e.computer_id, e.action, e.network, e.address, e.finding,
    CASE WHEN e.type = 'gate.refused' AND e.after IS NULL AND f.count >= $1::int THEN 'too_many_requests' ELSE e.reason END,
    e.before, coalesce(e.after, '{}') || jsonb_build_object('count', f.count)
  FROM folded f JOIN audit_events e ON e.id = f.first_id
), placed AS (
  INSERT INTO event_teams (team_id, event_id, at, type)
  SELECT p.team_id, f.id, f.last_at, p.type FROM folded f JOIN event_teams p ON p.event_id = f.first_id
  ON CONFLICT DO NOTHING
)
SELECT count(*)::int AS count FROM gone;
-- count integer

-- tallies.ts: writeTallied
WITH
fresh AS MATERIALIZED (SELECT gatehouse_event_id() AS id), tally AS (
  INSERT INTO event_tallies AS t (key, first_id, last_at, last_request_id, ends_at)
  SELECT $1, fresh.id, gatehouse_now(), $2, gatehouse_now() + interval '60 seconds' FROM fresh
  ON CONFLICT (key) DO UPDATE SET
    count = t.count + 1, last_at = excluded.last_at, last_request_id = excluded.last_request_id
  RETURNING first_id, count, GREATEST(1, ceil(extract(epoch FROM ends_at - gatehouse_now()))::int) AS wait_seconds
), written AS (
  INSERT INTO audit_events (id, request_id, type, team_id, actor_kind, actor_id, user_id, session_id,
    computer_id, action, network, address, finding, reason, before, after)
  SELECT first_id, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15::jsonb, $16::jsonb
  FROM tally WHERE count = 0
)
SELECT count, wait_seconds AS "waitSeconds" FROM tally;
-- count integer, waitSeconds integer

-- teams.ts: findTeamState
SELECT m.*, v.*, c.* FROM (SELECT gatehouse_now() AS now) t
CROSS JOIN LATERAL (
  SELECT count(*)::int AS members, (count(*) FILTER (WHERE role = 'owner'))::int AS owners
  FROM memberships WHERE team_id = $1) m
CROSS JOIN LATERAL (
  SELECT count(*)::int AS trusted,
    (count(*) FILTER (WHERE until <= t.now + interval '336 hours'))::int AS "endingSoon"
  FROM memberships o JOIN verified_ips i ON i.user_id = o.user_id AND i.revoked_at IS NULL
  CROSS JOIN LATERAL (SELECT i.verified_at + interval '24 hours' * $2::int AS until) e
  WHERE o.team_id = $3 AND i.verified_at <= t.now AND until > t.now) v
CROSS JOIN LATERAL (
  SELECT count(*)::int AS computers, (count(*) FILTER (WHERE online))::int AS "computersOnline",
    (count(*) FILTER (WHERE NOT online AND last_seen_at < t.now - interval '24 hours'))::int AS "computersAway"
  FROM computers WHERE team_id = $4 AND removed_at IS NULL) c;
-- members integer, owners integer, trusted integer, endingSoon integer, computers integer, computersOnline integer, computersAway integer

-- teams.ts: lockSetUp
SELECT pg_advisory_xact_lock($1);
-- pg_advisory_xact_lock void

-- teams.ts: lockTeam
SELECT 1 FROM teams WHERE id = $1 FOR NO KEY UPDATE;
-- ?column? integer

-- users.ts: confirmEmail
UPDATE users SET email_confirmed_at = gatehouse_now() WHERE id = $1;

-- users.ts: findLogInFacts
SELECT gatehouse_now() AS now, u.id, u.email, u.name, u.password_hash AS "passwordHash",
  u.disabled_at IS NOT NULL AS "isDisabled", gatehouse_requires_sso(u.id, u.email) AS "requiresSso",
  v.verified_at AS "verifiedAt", v.revoked_at AS "revokedAt"
FROM users u LEFT JOIN verified_ips v ON v.user_id = u.id AND v.network = $1
WHERE u.email = $2;
-- now timestamp with time zone, id text, email text, name text, passwordHash text, isDisabled boolean, requiresSso boolean, verifiedAt timestamp with time zone, revokedAt timestamp with time zone

-- users.ts: findMeans
SELECT
u.password_hash IS NOT NULL AND NOT gatehouse_requires_sso(u.id, u.email) AS "hasPassword",
EXISTS (SELECT 1 FROM sso_identities i JOIN sso_connections k ON k.id = i.connection_id AND k.enabled
  JOIN memberships m ON m.team_id = k.team_id AND m.user_id = i.user_id
  WHERE i.user_id = u.id) AS "hasSso" FROM users u WHERE u.id = $1;
-- hasPassword boolean, hasSso boolean

-- users.ts: findProvableAccount
SELECT id, email, password_hash IS NOT NULL AS "hasPassword",
  gatehouse_requires_sso(id, email) AS "requiresSso",
  email_confirmed_at IS NOT NULL AS "isEmailConfirmed",
  EXISTS (SELECT 1 FROM teams t WHERE t.break_glass_user_id = users.id) AS "isBreakGlass"
FROM users WHERE id = $1 AND disabled_at IS NULL;
-- id text, email text, hasPassword boolean, requiresSso boolean, isEmailConfirmed boolean, isBreakGlass boolean

-- users.ts: findResettableUser
SELECT id, email FROM users
WHERE email = $1 AND disabled_at IS NULL AND password_hash IS NOT NULL
  AND NOT gatehouse_requires_sso(id, email);
-- id text, email text

-- users.ts: lockEmailConfirmed
SELECT email_confirmed_at IS NOT NULL AS "isConfirmed" FROM users WHERE id = $1 FOR NO KEY UPDATE;
-- isConfirmed boolean

-- users.ts: lockUser
SELECT password_hash AS "passwordHash", disabled_at IS NOT NULL AS "isDisabled"
FROM users WHERE id = $1 FOR NO KEY UPDATE;
-- passwordHash text, isDisabled boolean

-- users.ts: removePassword
UPDATE users SET password_hash = NULL WHERE id = $1 AND password_hash IS NOT NULL
AND NOT EXISTS (SELECT 1 FROM teams WHERE break_glass_user_id = $2);

-- users.ts: requiresSso
SELECT gatehouse_requires_sso($1, $2) AS required;
-- required boolean

-- uses.ts: Object.write
INSERT INTO uses AS u (day, session_id, user_id, network, action, finding, mode, verified_at, count, first_at, last_at)
SELECT b.day, b.session_id, b.user_id, b.network, b.action, b.finding, b.mode, b.verified_at, b.count, b.first_at, b.last_at
FROM jsonb_to_recordset($1::jsonb) AS b(day date, session_id text, user_id text, network text, action text, finding text,
  mode text, verified_at timestamptz, count bigint, first_at timestamptz, last_at timestamptz)
WHERE EXISTS (SELECT 1 FROM users x WHERE x.id = b.user_id)
ORDER BY b.session_id, b.day, b.network, b.action, b.finding, b.mode, b.verified_at
ON CONFLICT (session_id, day, network, action, finding, mode, verified_at) DO UPDATE SET
  count = u.count + excluded.count,
  first_at = LEAST(u.first_at, excluded.first_at), last_at = GREATEST(u.last_at, excluded.last_at);

-- verified-ips.ts: findNetworksOfTeam
SELECT DISTINCT v.network FROM (
SELECT v.network FROM memberships m
CROSS JOIN LATERAL (SELECT v.network FROM verified_ips v WHERE v.user_id = m.user_id
  ORDER BY v.last_used_at DESC LIMIT 1) v
WHERE m.team_id = $1 LIMIT $2) v;
-- network text

-- verified-ips.ts: findSharedNetworks
WITH shared AS MATERIALIZED (
  SELECT network FROM verified_ips WHERE revoked_at IS NULL GROUP BY network HAVING count(*) > 1)
SELECT s.network, u.users, t.members
FROM (SELECT count(*)::int AS members FROM memberships WHERE team_id = $1) t
CROSS JOIN shared s
CROSS JOIN LATERAL (
  SELECT count(*)::int AS users
  FROM verified_ips v JOIN memberships m ON m.user_id = v.user_id AND m.team_id = $2
  WHERE v.network = s.network AND v.revoked_at IS NULL) u
WHERE u.users > $3 OR (t.members >= 3 AND u.users * 2 > t.members)
  OR (u.users > 1 AND (s.network LIKE '127.%' OR s.network IN ('::/64', '::1/128')))
ORDER BY u.users DESC, s.network LIMIT 20;
-- network text, users integer, members integer

-- verified-ips.ts: findVerifiedIps
SELECT id, user_id AS "userId", network, address, method::text, verified_at AS "verifiedAt",
  last_used_at AS "lastUsedAt", revoked_at AS "revokedAt"
FROM verified_ips
WHERE user_id = $1
  AND ($2::timestamptz IS NULL OR (verified_at, id) < ($3::timestamptz, $4))
ORDER BY verified_at DESC, id DESC LIMIT $5;
-- id text, userId text, network text, address text, method text, verifiedAt timestamp with time zone, lastUsedAt timestamp with time zone, revokedAt timestamp with time zone

-- verified-ips.ts: recordVerifiedIp
INSERT INTO verified_ips AS v (user_id, network, address, method, connection_id, verified_at, last_used_at)
VALUES ($1, $2, $3, $4::auth_method,
  $5, gatehouse_now(), gatehouse_now())
ON CONFLICT (user_id, network) DO UPDATE SET address = excluded.address, method = excluded.method,
  connection_id = excluded.connection_id, verified_at = excluded.verified_at,
  last_used_at = excluded.last_used_at, revoked_at = NULL
RETURNING id, user_id AS "userId", network, address, method::text, verified_at AS "verifiedAt",
  last_used_at AS "lastUsedAt", revoked_at AS "revokedAt",
  NOT EXISTS (SELECT 1 FROM users u WHERE u.id = $6
    AND u.created_at > gatehouse_now() - interval '1 minute') AS "isKnown";
-- id text, userId text, network text, address text, method text, verifiedAt timestamp with time zone, lastUsedAt timestamp with time zone, revokedAt timestamp with time zone, isKnown boolean

-- verified-ips.ts: recordVerifiedIp
DELETE FROM verified_ips WHERE id IN (
SELECT id FROM verified_ips WHERE user_id = $1
ORDER BY (id = $2) DESC, (revoked_at IS NULL) DESC, last_used_at DESC
OFFSET $3);

-- verified-ips.ts: revokeVerifiedIps
UPDATE verified_ips SET revoked_at = gatehouse_now()
WHERE user_id = $1 AND revoked_at IS NULL
  AND ($2::text IS NULL OR id = $3) AND ($4::text IS NULL OR network <> $5)
RETURNING id, network;
-- id text, network text

-- verified-ips.ts: revokeVerifiedIps
UPDATE connections SET state = 'revoked', ended_at = gatehouse_now(), end_reason = 'network_revoked'
WHERE user_id = $1 AND network = ANY($2) AND state IN ('waiting_for_host', 'accepted');
