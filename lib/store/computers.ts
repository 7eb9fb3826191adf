import type { Db } from '@/lib/platform/database';
import type { Prisma } from '@/lib/platform/prisma/client';

export type StoredComputer = {
  id: string;
  name: string;
  teamId: string;
  online: boolean;
  lastSeenAt: Date | null;
};

/** From where a computer's key was used. Null: the address was unknown. */
type Whence = { address: string | null; network: string | null };

export type ManagedComputerRow = StoredComputer & {
  access: 'all' | 'named';
  userIds: string[];
  createdAt: Date;
  /** The socket that speaks for it, or spoke last, and since when from this network. */
  host: (Whence & { since: Date }) | null;
  /** Where its key may be used; empty: anywhere. */
  hostNetworks: string[];
  /** The last time that a second program used the key while the first answered. */
  duplicate: (Whence & { at: Date }) | null;
};

/** The computers that a user may connect to: of a team of his, open to all or granted to him. */
export function findComputersOfUser(db: Db, userId: string): Promise<StoredComputer[]> {
  return db.$queryRaw`
    SELECT c.id, c.name, c.team_id AS "teamId", c.online, c.last_seen_at AS "lastSeenAt"
    FROM computers c
    JOIN memberships m ON m.team_id = c.team_id AND m.user_id = ${userId}
    WHERE c.removed_at IS NULL AND (c.access = 'all' OR EXISTS (
      SELECT 1 FROM computer_grants g WHERE g.computer_id = c.id AND g.user_id = ${userId}))
    ORDER BY lower(c.name), c.id`;
}

/** The computers of a team, by name. */
export async function findComputersOfTeam(db: Db, teamId: string): Promise<ManagedComputerRow[]> {
  const rows = await db.computer.findMany({
    where: { teamId, removedAt: null },
    include: { grants: { orderBy: { userId: 'asc' } } },
    orderBy: [{ name: 'asc' }, { id: 'asc' }],
  });
  return rows.map(toManaged);
}

/** A computer of this team that was not removed. */
export async function findComputerOfTeam(
  db: Db,
  teamId: string,
  id: string,
): Promise<ManagedComputerRow | null> {
  const row = await db.computer.findFirst({
    where: { id, teamId, removedAt: null },
    include: { grants: { orderBy: { userId: 'asc' } } },
  });
  return row && toManaged(row);
}

function toManaged(
  row: Prisma.ComputerGetPayload<{ include: { grants: true } }>,
): ManagedComputerRow {
  const { id, name, teamId, online, lastSeenAt, access, createdAt, hostNetworks } = row;
  return {
    id,
    name,
    teamId,
    online,
    lastSeenAt,
    access,
    createdAt,
    userIds: row.grants.map((grant) => grant.userId),
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
): Promise<ManagedComputerRow> {
  const { userIds, ...data } = computer;
  const row = await tx.computer.create({
    data: { ...data, grants: { create: userIds.map((userId) => ({ userId })) } },
    include: { grants: { orderBy: { userId: 'asc' } } },
  });
  return toManaged(row);
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
