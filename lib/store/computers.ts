import { announce, type Db, database } from '@/lib/platform/postgres/database';
import { Prisma } from '@/lib/platform/prisma/client';
import type { Order } from '@/lib/policy/paging';
import { rolesWith } from '@/lib/policy/roles';
import { hostMayComeFrom, isOpenTo, mayConnect } from './facts';
import { countedSlice, inOrder, type Placed, type Slice, timeKey } from './paging';

export type StoredComputer = {
  id: string;
  name: string;
  teamId: string;
  online: boolean;
  lastSeenAt: Date | null;
};

/** With what it is ordered by. */
export type ListedComputer<Row> = Row & { key: string };

/** From where a computer's key was used. Null: the address was unknown. */
type Whence = { address: string | null; network: string | null };

export type ManagedComputerRow = StoredComputer & {
  access: 'all' | 'named';
  namedUsers: number;
  createdAt: Date;
  /** The socket that speaks for it, or spoke last, and since when from this network. */
  host: (Whence & { since: Date }) | null;
  /** Where its key may be used; empty: anywhere. */
  hostNetworks: string[];
  /** The last time that a second program used the key while the first answered. */
  duplicate: (Whence & { at: Date }) | null;
};

/** One of them, with whom it names. */
export type ComputerWithUsers = ManagedComputerRow & { userIds: string[] };

/** A name as people order it: 3 comes before 21. */
const naturalName = (computer: string) => `regexp_replace(
    regexp_replace(lower(${computer}.name), '([0-9]+)', '00000000000\\1', 'g'), '0*([0-9]{12})', '\\1', 'g')`;

/** Those online first, then by name. */
const orderOf = (computer: string) =>
  Prisma.raw(`(CASE WHEN ${computer}.online THEN '0 ' ELSE '1 ' END || ${naturalName(computer)})`);

/**
 * The computers that a user may connect to (of a team of his, open to all or granted to him), those online
 * first; those whose name holds `q`, or the one of an id.
 */
export function findComputersOfUser(
  db: Db,
  userId: string,
  { after, rows }: Slice,
  { q, id }: { q?: string | undefined; id?: string } = {},
): Promise<ListedComputer<StoredComputer>[]> {
  return db.$queryRaw`
    SELECT c.id, c.name, c.team_id AS "teamId", c.online, c.last_seen_at AS "lastSeenAt", ${orderOf('c')} AS key
    FROM (SELECT ${userId}::text AS id) u, computers c
    WHERE ${Prisma.raw(mayConnect('c', 'u.id'))}
      AND (${id}::text IS NULL OR c.id = ${id})
      AND (${q}::text IS NULL OR strpos(lower(c.name), lower(${q})) > 0)
      AND (${after?.key}::text IS NULL OR (${orderOf('c')}, c.id) > (${after?.key}, ${after?.id}))
    ORDER BY key, c.id LIMIT ${rows}`;
}

export type ComputersBy = 'name' | 'online' | 'lastSeenAt' | 'createdAt';

/** The computers of a team, those whose name holds a text, or that are online or not. */
export async function findComputersOfTeam(
  db: Db,
  teamId: string,
  slice: Slice,
  { text, online }: { text?: string | undefined; online?: boolean | undefined },
  { by, isDescending }: Order<ComputersBy>,
): Promise<(ManagedComputerRow & Placed)[]> {
  const listed = await db.$queryRaw<Placed[]>`
    WITH matching AS MATERIALIZED (
      SELECT c.id, CASE ${by}::text
        WHEN 'online' THEN ${orderOf('c')}
        WHEN 'lastSeenAt' THEN coalesce(${Prisma.raw(timeKey('last_seen_at'))}, '')
        WHEN 'createdAt' THEN ${Prisma.raw(timeKey('created_at'))}
        ELSE ${Prisma.raw(naturalName('c'))} END AS key
      FROM computers c
      WHERE team_id = ${teamId} AND removed_at IS NULL
        AND (${text}::text IS NULL OR strpos(lower(name), lower(${text})) > 0)
        AND (${online}::bool IS NULL OR online = ${online})),
    ${countedSlice(slice, isDescending)}
    SELECT p.* FROM page p ORDER BY ${inOrder('p', isDescending)}`;
  const found = await db.computer.findMany({
    where: { id: { in: listed.map(({ id }) => id) } },
    include: { _count: { select: { grants: true } } },
  });
  const byId = new Map(found.map((row) => [row.id, row]));
  return listed.flatMap((place) => {
    const row = byId.get(place.id);
    return row ? { ...toManaged(row, row._count.grants), ...place } : [];
  });
}

/** What some computers of a team are called, those that were removed among them. */
export function findComputerNames(
  db: Db,
  teamId: string,
  ids: string[],
): Promise<{ id: string; name: string }[]> {
  return db.computer.findMany({
    where: { teamId, id: { in: ids } },
    select: { id: true, name: true },
  });
}

/** A computer of this team that was not removed. */
export async function findComputerOfTeam(
  db: Db,
  teamId: string,
  id: string,
): Promise<ComputerWithUsers | null> {
  const row = await db.computer.findFirst({
    where: { id, teamId, removedAt: null },
    include: { grants: { orderBy: { userId: 'asc' } } },
  });
  return row && withUsers(row);
}

function withUsers(
  row: Prisma.ComputerGetPayload<{ include: { grants: true } }>,
): ComputerWithUsers {
  const userIds = row.grants.map((grant) => grant.userId);
  return { ...toManaged(row, userIds.length), userIds };
}

function toManaged(row: Prisma.ComputerGetPayload<object>, namedUsers: number): ManagedComputerRow {
  const { id, name, teamId, online, lastSeenAt, access, createdAt, hostNetworks } = row;
  return {
    id,
    name,
    teamId,
    online,
    lastSeenAt,
    access,
    createdAt,
    namedUsers,
    host: row.hostSince && {
      address: row.hostAddress,
      network: row.hostNetwork,
      since: row.hostSince,
    },
    hostNetworks,
    duplicate: row.duplicateAt && {
      address: row.duplicateAddress,
      network: row.duplicateNetwork,
      at: row.duplicateAt,
    },
  };
}

export async function createComputer(
  tx: Db,
  computer: {
    teamId: string;
    name: string;
    access: 'all' | 'named';
    userIds: string[];
    hostKeyHash: Uint8Array<ArrayBuffer>;
  },
): Promise<ComputerWithUsers> {
  const { userIds, ...data } = computer;
  const row = await tx.computer.create({
    data: { ...data, grants: { create: userIds.map((userId) => ({ userId })) } },
    include: { grants: { orderBy: { userId: 'asc' } } },
  });
  return withUsers(row);
}

/**
 * Changes name, access and grants. Grants before the computer itself: a connection that is being made
 * locks them in this order too.
 */
export async function changeComputer(
  tx: Db,
  id: string,
  change: { name: string; access: 'all' | 'named'; userIds: string[]; hostNetworks: string[] },
): Promise<void> {
  const { userIds, ...data } = change;
  await tx.computerGrant.deleteMany({ where: { computerId: id, userId: { notIn: userIds } } });
  await tx.computerGrant.createMany({
    data: userIds.map((userId) => ({ computerId: id, userId })),
    skipDuplicates: true,
  });
  await tx.computer.update({ where: { id }, data, select: { id: true } });
}

/** Remembers that a second program used a computer's key. */
export async function noteDuplicate(
  tx: Db,
  id: string,
  { address, network }: { address: string | null; network: string | null },
): Promise<void> {
  await tx.$executeRaw`
    UPDATE computers SET duplicate_at = gatehouse_now(), duplicate_address = ${address},
      duplicate_network = ${network}
    WHERE id = ${id}`;
}

/** The old key is dead once this commits; who else used it is no longer of interest. */
export async function setHostKeyHash(
  tx: Db,
  id: string,
  hostKeyHash: Uint8Array<ArrayBuffer>,
): Promise<void> {
  const data = {
    hostKeyHash,
    duplicateAt: null,
    duplicateAddress: null,
    duplicateNetwork: null,
  };
  await tx.computer.update({ where: { id }, data, select: { id: true } });
}

/** Marks a computer as removed; its connections stay in the record. */
export async function removeComputer(tx: Db, id: string): Promise<void> {
  await tx.$executeRaw`UPDATE computers SET removed_at = gatehouse_now(), online = false WHERE id = ${id}`;
}

/** Takes a user's grants on all computers of a team away. */
export async function deleteGrantsOfUser(tx: Db, teamId: string, userId: string): Promise<void> {
  await tx.computerGrant.deleteMany({ where: { userId, computer: { teamId } } });
}

/**
 * The computers whose present key a user was shown, who made it: he may have kept a copy. As far back as
 * the activity is kept.
 */
export function findComputersKeyedBy(
  tx: Db,
  teamId: string,
  userId: string,
): Promise<{ id: string; name: string }[]> {
  return tx.$queryRaw`
    SELECT c.id, c.name FROM computers c
    JOIN (
      SELECT after->>'computerId' AS computer_id, max(id) AS id FROM audit_events
      WHERE team_id = ${teamId} AND actor_id = ${userId} AND type IN ('computer.registered', 'computer.key_rotated')
      GROUP BY 1) shown ON shown.computer_id = c.id
    WHERE c.team_id = ${teamId} AND c.removed_at IS NULL AND NOT EXISTS (
      SELECT 1 FROM audit_events later WHERE later.team_id = ${teamId} AND later.type = 'computer.key_rotated'
        AND later.id > shown.id AND later.after->>'computerId' = c.id)
    ORDER BY c.name, c.id LIMIT 20`;
}

export type StoredHost = {
  id: string;
  teamId: string;
  name: string;
  /** The socket that speaks for it; null: none. */
  incumbent: string | null;
  /** Whether its key may be used from some networks only. */
  isPinned: boolean;
  /** Whether it may be used from the address asked about. */
  isAllowed: boolean;
};
/** Who a host's socket speaks for, and by which key. */
export type HostKey = { computerId: string; keyHash: Uint8Array };

/** Parameters: computer, key. */
const KEY_IS_ITS = `p.id = $1 AND p.host_key_hash = $2 AND p.removed_at IS NULL`;
/** The same, and it is used from where it may be. */
export const KEY_HOLDS = `${KEY_IS_ITS} AND ${hostMayComeFrom('p.host_address')}`;

/** The computer that holds a key, asked about an address; null: an unknown one. */
export async function findComputerByKey(
  keyHash: Uint8Array,
  address: string | null,
): Promise<StoredHost | null> {
  const { rows } = await database().pool.query<StoredHost>({
    name: 'computer-by-key',
    text: `SELECT p.id, p.team_id AS "teamId", p.name, p.socket_id AS incumbent,
        p.host_networks <> '{}' AS "isPinned", ${hostMayComeFrom('$2')} AS "isAllowed"
      FROM computers p WHERE p.host_key_hash = $1 AND p.removed_at IS NULL`,
    values: [keyHash, address],
  });
  return rows[0] ?? null;
}

export type Claim = {
  socketId: string;
  /** The socket that spoke before and gave no answer; null: there was none. */
  replaces: string | null;
  address: string | null;
  network: string | null;
  requestId: string;
};

/**
 * Makes a socket the one that speaks for a computer, where none does or only the one that gave no answer;
 * from a network other than the last, that is audited.
 * @returns what stands in the way: the key no longer holds, may not be used from there, or another
 *   socket speaks for it
 */
export async function claimComputer(
  host: HostKey,
  claim: Claim,
): Promise<'claimed' | 'key-gone' | 'not-allowed' | { takenBy: string }> {
  const { rows } = await database().pool.query<{
    state: 'claimed' | 'key-gone' | 'not-allowed' | 'taken';
    speaker: string | null;
  }>(
    `WITH found AS (
       SELECT p.id, p.team_id, p.name, p.socket_id, p.host_since, p.host_address, p.host_network,
         ${hostMayComeFrom('$5')} AS is_allowed
       FROM computers p WHERE ${KEY_IS_ITS} FOR UPDATE
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
       (SELECT socket_id FROM found) AS speaker`,
    [
      host.computerId,
      host.keyHash,
      claim.socketId,
      claim.replaces,
      claim.address,
      claim.network,
      claim.requestId,
    ],
  );
  announce();
  const { state, speaker } = rows[0] ?? { state: 'key-gone', speaker: null };
  return state === 'taken' ? { takenBy: speaker ?? '' } : state;
}

/**
 * Asks the socket that speaks for a computer, on whatever instance it is, for a sign of life.
 * @returns false when it speaks for it no longer
 */
export async function askIncumbent(computerId: string, socketId: string): Promise<boolean> {
  const { rowCount } = await database().pool.query(
    `SELECT gatehouse_publish(jsonb_build_object(
       'type', 'computer.asked', 'computerId', id, 'socketId', socket_id))
     FROM computers WHERE id = $1 AND socket_id = $2`,
    [computerId, socketId],
  );
  announce();
  return rowCount === 1;
}

/** The computers that these sockets still speak for are offline. */
export async function releaseComputers(socketIds: string[]): Promise<void> {
  await database().pool.query(
    `UPDATE computers SET socket_id = NULL, online = false, last_seen_at = gatehouse_now()
     WHERE socket_id = ANY($1)`,
    [socketIds],
  );
}

export type HostSocket = { socketId: string; computerId: string };

/** Why a socket speaks for its computer no longer. */
export type Fallen = 'replaced' | 'offline' | 'not-allowed';

/**
 * Says that these sockets are still there.
 * @returns those that do not speak for their computer: another does, the computer counts as offline, or
 *   its key may not be used from there any more
 */
export async function touchComputers(sockets: HostSocket[]): Promise<Map<string, Fallen>> {
  if (sockets.length === 0) return new Map();
  const { rows } = await database().pool.query<{ socketId: string; fallen: Fallen }>(
    `WITH asked AS (
       SELECT * FROM unnest($1::text[], $2::text[]) AS a(socket_id, computer_id)
     ), touched AS (
       UPDATE computers p SET last_seen_at = gatehouse_now()
       FROM asked a
       WHERE p.id = a.computer_id AND p.socket_id = a.socket_id AND ${hostMayComeFrom('p.host_address')}
       RETURNING p.socket_id
     )
     SELECT a.socket_id AS "socketId", CASE WHEN p.socket_id IS NULL THEN 'offline'
       WHEN p.socket_id = a.socket_id THEN 'not-allowed' ELSE 'replaced' END AS fallen
     FROM asked a LEFT JOIN computers p ON p.id = a.computer_id
     WHERE NOT EXISTS (SELECT 1 FROM touched t WHERE t.socket_id = a.socket_id)`,
    [sockets.map(({ socketId }) => socketId), sockets.map(({ computerId }) => computerId)],
  );
  return new Map(rows.map((row) => [row.socketId, row.fallen]));
}

/** Whether a computer is online, and who may see that: who may connect to it, and who manages it. */
export async function findPresence(computerId: string): Promise<{
  online: boolean;
  lastSeenAt: Date | null;
  userIds: string[];
  managerIds: string[];
} | null> {
  const { rows } = await database().pool.query<{
    online: boolean;
    lastSeenAt: Date | null;
    userIds: string[];
    managerIds: string[];
  }>(
    `SELECT c.online, c.last_seen_at AS "lastSeenAt", ARRAY(
       SELECT m.user_id FROM memberships m WHERE m.team_id = c.team_id
         AND ${isOpenTo('c', 'm.user_id')}
     ) AS "userIds", ARRAY(
       SELECT m.user_id FROM memberships m WHERE m.team_id = c.team_id AND m.role = ANY($2)
     ) AS "managerIds"
     FROM computers c WHERE c.id = $1 AND c.removed_at IS NULL`,
    [computerId, rolesWith('computers.manage')],
  );
  return rows[0] ?? null;
}
