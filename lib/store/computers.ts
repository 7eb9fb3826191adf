import type { Db } from '@/lib/platform/postgres/database';
import type { Prisma } from '@/lib/platform/prisma/client';
import type { Slice } from './paging';

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

/**
 * The computers that a user may connect to (of a team of his, open to all or granted to him), by name; those
 * whose name holds `q`, or the one of an id.
 */
export function findComputersOfUser(
  db: Db,
  userId: string,
  { after, rows }: Slice,
  { q, id }: { q?: string | undefined; id?: string } = {},
): Promise<ListedComputer<StoredComputer>[]> {
  return db.$queryRaw`
    SELECT c.id, c.name, c.team_id AS "teamId", c.online, c.last_seen_at AS "lastSeenAt", lower(c.name) AS key
    FROM computers c
    JOIN memberships m ON m.team_id = c.team_id AND m.user_id = ${userId}
    WHERE c.removed_at IS NULL AND (c.access = 'all' OR EXISTS (
      SELECT 1 FROM computer_grants g WHERE g.computer_id = c.id AND g.user_id = ${userId}))
      AND (${id}::text IS NULL OR c.id = ${id})
      AND (${q}::text IS NULL OR strpos(lower(c.name), lower(${q})) > 0)
      AND (${after?.key}::text IS NULL OR (lower(c.name), c.id) > (${after?.key}, ${after?.id}))
    ORDER BY lower(c.name), c.id LIMIT ${rows}`;
}

/** The computers of a team, by name; those whose name holds `q`. */
export async function findComputersOfTeam(
  db: Db,
  teamId: string,
  { after, rows }: Slice,
  q: string | undefined,
): Promise<ListedComputer<ManagedComputerRow>[]> {
  const listed = await db.$queryRaw<{ id: string; key: string }[]>`
    SELECT id, lower(name) AS key FROM computers
    WHERE team_id = ${teamId} AND removed_at IS NULL
      AND (${q}::text IS NULL OR strpos(lower(name), lower(${q})) > 0)
      AND (${after?.key}::text IS NULL OR (lower(name), id) > (${after?.key}, ${after?.id}))
    ORDER BY lower(name), id LIMIT ${rows}`;
  const found = await db.computer.findMany({
    where: { id: { in: listed.map(({ id }) => id) } },
    include: { _count: { select: { grants: true } } },
  });
  const byId = new Map(found.map((row) => [row.id, row]));
  return listed.flatMap(({ id, key }) => {
    const row = byId.get(id);
    return row ? { ...toManaged(row, row._count.grants), key } : [];
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
