import type { Db } from '@/lib/platform/postgres/database';
import { Prisma } from '@/lib/platform/prisma/client';
import type { Order } from '@/lib/policy/paging';
import type { SeenNetworkState } from '@/lib/policy/trust';
import { LIVE_STATES, trustDaysOf, trustStands } from './facts';
import { countedSlice, inOrder, type Placed, type Slice, timeKey } from './paging';
import { hasNetwork } from './uses';

/**
 * The networks of a team's members: verified, used or refused. What a session was used from is its user's, as
 * what he has verified is: each of his teams sees it, from when he joined. A refusal is of the team whose
 * computer or setting was asked for, or of those that its user was in then; as in the activity.
 */

type Person = { id: string; name: string; email: string };

type Use = {
  /** In the last 30 days, these too. */
  uses: bigint;
  refused: bigint;
  /** Null: it was verified, and no use of it is kept. */
  firstSeenAt: Date | null;
  lastSeenAt: Date;
};

export type StoredSeenNetwork = Placed &
  Use & {
    network: string;
    /** What the team calls it. */
    name: string | null;
    members: number;
    /** How many of them have it trusted, and how many have verified it, trusted or not. */
    trusted: number;
    verified: number;
    /** When the first of these trusts ends. */
    trustedUntil: Date | null;
    /** The latest of its members, at most three. */
    latest: Person[];
  };

export type WhichNetworks = {
  /** One member's. */
  userId?: string | undefined;
  /** A part of the name, of the network's text, or of a member's name or email. */
  text?: string | undefined;
  /** Or those that overlap with this one. */
  within?: string | undefined;
  state?: SeenNetworkState | 'refused' | undefined;
  /** No other than this. */
  only?: string | undefined;
};

export type NetworksBy = 'network' | 'name' | 'members' | 'uses' | 'refused' | 'lastSeenAt';

/** Whose, and which: each pair of a member and a network once, as `pairs`. */
const pairsOf = (teamId: string, userId: string | undefined, network: string | undefined) =>
  Prisma.sql`t AS MATERIALIZED (SELECT gatehouse_now() AS now, gatehouse_now() - interval '720 hours' AS since),
    people AS MATERIALIZED (
      SELECT u.id, u.name, u.email, m.created_at AS joined, ${Prisma.raw(trustDaysOf('u.id'))} AS days
      FROM memberships m JOIN users u ON u.id = m.user_id
      WHERE m.team_id = ${teamId} AND (${userId}::text IS NULL OR u.id = ${userId})),
    told AS (
      SELECT p.id, v.network, v.last_used_at AS at, NULL::timestamptz AS first_at, 0::bigint AS uses, 0::bigint AS refused,
        v.verified_at, ${Prisma.raw(trustStands('v', 'p.days'))} AS is_trusted
      FROM people p JOIN verified_ips v ON v.user_id = p.id
      UNION ALL
      SELECT p.id, g.network, g.last_seen_at, GREATEST(g.first_seen_at, p.joined), 0, 0, NULL, false
      FROM people p JOIN sightings g ON g.user_id = p.id AND g.last_seen_at >= p.joined AND g.reason IS NULL
      UNION ALL
      SELECT p.id, u.network, u.last_at, GREATEST(u.first_at, p.joined), u.count, 0, NULL, false
      FROM people p CROSS JOIN t JOIN uses u ON u.user_id = p.id AND u.day > t.since::date AND u.last_at >= p.joined
      WHERE ${Prisma.raw(hasNetwork('u.network'))}
      UNION ALL
      SELECT p.id, e.network, e.at, e.at, 0, coalesce((e.after->>'count')::bigint, 1), NULL, false
      FROM people p CROSS JOIN t JOIN audit_events e ON e.actor_id = p.id AND e.type = 'gate.refused' AND e.at > t.since
      WHERE e.network IS NOT NULL AND (e.team_id = ${teamId} OR e.team_id IS NULL AND EXISTS (
        SELECT 1 FROM event_teams o WHERE o.team_id = ${teamId} AND o.event_id = e.id))),
    pairs AS MATERIALIZED (
      SELECT id, network, max(at) AS at, min(first_at) AS first_at, sum(uses)::bigint AS uses,
        sum(refused)::bigint AS refused, max(verified_at) AS verified_at, bool_or(is_trusted) AS is_trusted
      FROM told WHERE ${network}::text IS NULL OR network = ${network}
      GROUP BY id, network)`;

/** Of texts as `inet` sorts them: IPv4 first. */
const networkKey = (network: string) => `encode(inet_send(${network}::inet), 'hex')`;

/** The networks of a team, or of one of its members. */
export function findSeenNetworks(
  db: Db,
  teamId: string,
  slice: Slice,
  { userId, text, within, state, only }: WhichNetworks,
  { by, isDescending }: Order<NetworksBy>,
): Promise<StoredSeenNetwork[]> {
  return db.$queryRaw`
    WITH ${pairsOf(teamId, userId, only)},
    networks AS MATERIALIZED (
      SELECT q.network, count(*)::int AS members, (count(*) FILTER (WHERE q.is_trusted))::int AS trusted,
        count(q.verified_at)::int AS verified, sum(q.uses)::bigint AS uses, sum(q.refused)::bigint AS refused,
        max(q.at) AS "lastSeenAt", min(q.first_at) AS "firstSeenAt",
        min(q.verified_at + interval '24 hours' * p.days) FILTER (WHERE q.is_trusted) AS "trustedUntil",
        (array_agg(q.id ORDER BY q.at DESC, q.id))[1:3] AS latest_ids,
        bool_or(strpos(lower(p.name), lower(${text}::text)) > 0 OR strpos(p.email, lower(${text})) > 0) AS is_named
      FROM pairs q JOIN people p ON p.id = q.id GROUP BY q.network),
    matching AS MATERIALIZED (
      SELECT n.*, k.name, ${Prisma.raw(networkKey('n.network'))} AS id, CASE ${by}::text
        WHEN 'network' THEN ${Prisma.raw(networkKey('n.network'))}
        WHEN 'name' THEN coalesce('0' || lower(k.name), '1')
        WHEN 'members' THEN lpad(n.members::text, 12, '0')
        WHEN 'uses' THEN lpad(n.uses::text, 12, '0')
        WHEN 'refused' THEN lpad(n.refused::text, 12, '0')
        ELSE ${Prisma.raw(timeKey('n."lastSeenAt"'))} END AS key
      FROM networks n LEFT JOIN network_names k ON k.team_id = ${teamId} AND k.network = n.network
      WHERE (${text}::text IS NULL OR n.is_named OR strpos(lower(k.name), lower(${text})) > 0
          OR strpos(n.network, lower(${text})) > 0 OR n.network::inet && ${within}::inet)
        AND CASE ${state}::text WHEN 'trusted' THEN n.trusted > 0
          WHEN 'ended' THEN n.trusted = 0 AND n.verified > 0
          WHEN 'never_verified' THEN n.verified = 0
          WHEN 'refused' THEN n.refused > 0 ELSE true END),
    ${countedSlice(slice, isDescending)}
    SELECT p.id, p.key, p.total, p.before, p."previousKey", p."previousId", p.network, p.name, p.members, p.trusted,
      p.verified, p.uses, p.refused, p."firstSeenAt", p."lastSeenAt", p."trustedUntil",
      (SELECT json_agg(json_build_object('id', u.id, 'name', u.name, 'email', u.email) ORDER BY o.n)
       FROM unnest(p.latest_ids) WITH ORDINALITY o(id, n) JOIN people u ON u.id = o.id) AS latest
    FROM page p
    ORDER BY ${inOrder('p', isDescending)}`;
}

export type StoredNetworkMember = Placed &
  Use & {
    user: Person;
    isTrusted: boolean;
    trustedUntil: Date | null;
    /** What he has verified; null: he never did. */
    verifiedAt: Date | null;
  };

/** Who of a team was on a network, the latest first. */
export function findMembersOnNetwork(
  db: Db,
  teamId: string,
  network: string,
  slice: Slice,
): Promise<StoredNetworkMember[]> {
  return db.$queryRaw`
    WITH ${pairsOf(teamId, undefined, network)},
    matching AS MATERIALIZED (
      SELECT q.*, ${Prisma.raw(timeKey('q.at'))} AS key FROM pairs q),
    ${countedSlice(slice, true)}
    SELECT p.id, p.key, p.total, p.before, p."previousKey", p."previousId", p.uses, p.refused,
      p.first_at AS "firstSeenAt", p.at AS "lastSeenAt", p.is_trusted AS "isTrusted", p.verified_at AS "verifiedAt",
      p.verified_at + interval '24 hours' * u.days AS "trustedUntil",
      json_build_object('id', u.id, 'name', u.name, 'email', u.email) AS "user"
    FROM page p JOIN people u ON u.id = p.id
    ORDER BY ${inOrder('p', true)}`;
}

/**
 * Revokes networks of all members of a team who have verified them, and ends the connections that were opened
 * from there.
 * @returns who had what, each once
 */
export async function revokeOfTeam(
  tx: Db,
  teamId: string,
  networks: readonly string[],
): Promise<{ userId: string; network: string }[]> {
  const revoked = await tx.$queryRaw<{ userId: string; network: string }[]>`
    UPDATE verified_ips SET revoked_at = gatehouse_now() WHERE id IN (
      SELECT v.id FROM memberships m
      JOIN verified_ips v ON v.user_id = m.user_id AND v.network = ANY(${networks}) AND v.revoked_at IS NULL
      WHERE m.team_id = ${teamId} ORDER BY v.id FOR UPDATE OF v)
    RETURNING user_id AS "userId", network`;
  await tx.$executeRaw`
    UPDATE connections c SET state = 'revoked', ended_at = gatehouse_now(), end_reason = 'network_revoked'
    FROM unnest(${revoked.map(({ userId }) => userId)}::text[], ${revoked.map(({ network }) => network)}::text[])
      AS r(user_id, network)
    WHERE c.user_id = r.user_id AND c.network = r.network AND c.state IN ${Prisma.raw(LIVE_STATES)}`;
  return revoked;
}

/** What a team calls some networks. */
export function findNetworkNames(
  db: Db,
  teamId: string,
  networks: readonly string[],
): Promise<{ network: string; name: string }[]> {
  return db.networkName.findMany({
    where: { teamId, network: { in: [...networks] } },
    select: { network: true, name: true },
    orderBy: { network: 'asc' },
  });
}

/** Names networks of a team, those that a member of it was on. @param name null: they have none any more @returns which */
export async function setNetworkNames(
  tx: Db,
  teamId: string,
  networks: readonly string[],
  name: string | null,
): Promise<string[]> {
  if (name === null) {
    const gone = await tx.$queryRaw<{ network: string }[]>`
      DELETE FROM network_names WHERE team_id = ${teamId} AND network = ANY(${networks}) RETURNING network`;
    return gone.map(({ network }) => network);
  }
  const named = await tx.$queryRaw<{ network: string }[]>`
    INSERT INTO network_names (team_id, network, name)
    SELECT ${teamId}, n.network, ${name} FROM unnest(${networks}::text[]) AS n(network)
    WHERE EXISTS (SELECT 1 FROM memberships m JOIN verified_ips v ON v.user_id = m.user_id AND v.network = n.network
        WHERE m.team_id = ${teamId})
      OR EXISTS (SELECT 1 FROM memberships m JOIN sightings g ON g.user_id = m.user_id AND g.network = n.network
          AND g.last_seen_at >= m.created_at WHERE m.team_id = ${teamId})
    ORDER BY n.network
    ON CONFLICT (team_id, network) DO UPDATE SET name = excluded.name
    RETURNING network`;
  return named.map(({ network }) => network);
}
