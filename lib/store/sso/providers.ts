import { isDeepStrictEqual } from 'node:util';
import type { Db } from '@/lib/platform/postgres/database';
import type { Prisma } from '@/lib/platform/prisma/client';
import type { Role } from '@/lib/policy/roles';
import type { Slice } from '@/lib/store/paging';

export type StoredSsoDomain = {
  id: string;
  providerId: string;
  domain: string;
  proof: string;
  provenAt: Date | null;
  isRequired: boolean;
};

export type StoredProvider = {
  id: string;
  teamId: string;
  kind: 'oidc' | 'saml';
  name: string;
  enabled: boolean;
  settings: unknown;
  sealedSecret: string;
  justInTimeRole: Role | null;
  acceptsStaleLogIn: boolean;
  believesEmail: boolean;
  createdAt: Date;
  domains: StoredSsoDomain[];
};

const withDomains = { domains: { orderBy: { domain: 'asc' } } } as const;

/** The identity providers of a team, by name. */
export function findProviders(
  db: Db,
  teamId: string,
  { after, rows }: Slice,
): Promise<StoredProvider[]> {
  return db.provider.findMany({
    where: {
      teamId,
      ...(after && {
        OR: [{ name: { gt: after.key } }, { name: after.key, id: { gt: after.id } }],
      }),
    },
    include: withDomains,
    orderBy: [{ name: 'asc' }, { id: 'asc' }],
    take: rows,
  });
}

/** The domains that a team has proven and whose provider is enabled, by provider and name. */
export async function findProvenDomains(
  db: Db,
  teamId: string,
): Promise<{ id: string; domain: string; providerName: string; isRequired: boolean }[]> {
  const rows = await db.ssoDomain.findMany({
    where: { teamId, provenAt: { not: null }, provider: { enabled: true } },
    select: { id: true, domain: true, isRequired: true, provider: { select: { name: true } } },
    orderBy: [{ provider: { name: 'asc' } }, { providerId: 'asc' }, { domain: 'asc' }],
  });
  return rows.map(({ id, domain, isRequired, provider }) => ({
    id,
    domain,
    providerName: provider.name,
    isRequired,
  }));
}

/** @param teamId null: of any team */
export function findProvider(
  db: Db,
  id: string,
  teamId: string | null,
): Promise<StoredProvider | null> {
  return db.provider.findFirst({
    where: { id, ...(teamId !== null && { teamId }) },
    include: withDomains,
  });
}

/** The same, for who changes it: whatever its answers have begun is written, and they begin nothing more. */
export async function lockProvider(
  tx: Db,
  id: string,
  teamId: string,
): Promise<StoredProvider | null> {
  await tx.$executeRaw`SELECT 1 FROM sso_connections WHERE id = ${id} AND team_id = ${teamId} FOR UPDATE`;
  return findProvider(tx, id, teamId);
}

/**
 * Holds a provider as it was read, until the transaction ends. The attack: a provider was taken over, and
 * an answer of his is on its way while an owner removes it.
 * @returns false when anything of it was changed since
 */
export async function holdProvider(tx: Db, read: StoredProvider): Promise<boolean> {
  await tx.$executeRaw`SELECT 1 FROM sso_connections WHERE id = ${read.id} FOR SHARE`;
  return isDeepStrictEqual(await findProvider(tx, read.id, read.teamId), read);
}

export type NewProvider = {
  id: string;
  teamId: string;
  kind: 'oidc' | 'saml';
  name: string;
  settings: Prisma.InputJsonValue;
  sealedSecret: string;
  justInTimeRole: Role | null;
  believesEmail: boolean;
  enabled: boolean;
};

export function createProvider(tx: Db, provider: NewProvider): Promise<StoredProvider> {
  return tx.provider.create({ data: provider, include: withDomains });
}

export function setProvider(
  tx: Db,
  id: string,
  change: Partial<{
    name: string;
    enabled: boolean;
    settings: Prisma.InputJsonValue;
    sealedSecret: string;
    justInTimeRole: Role | null;
    acceptsStaleLogIn: boolean;
    believesEmail: boolean;
  }>,
): Promise<StoredProvider> {
  return tx.provider.update({ where: { id }, data: change, include: withDomains });
}

export async function deleteProvider(tx: Db, id: string): Promise<void> {
  await tx.provider.delete({ where: { id }, select: { id: true } });
}

/** The enabled provider that a proven domain routes to. */
export async function findSsoRoute(
  db: Db,
  domain: string,
): Promise<{ id: string; name: string } | null> {
  const row = await db.ssoDomain.findFirst({
    where: { domain, provenAt: { not: null }, provider: { enabled: true } },
    select: { provider: { select: { id: true, name: true } } },
  });
  return row?.provider ?? null;
}

/** How many members of a team have an email address at one of these domains. */
export async function countMembersOfDomains(
  db: Db,
  teamId: string,
  domains: string[],
): Promise<number> {
  if (domains.length === 0) return 0;
  return db.membership.count({
    where: {
      teamId,
      user: { OR: domains.map((domain) => ({ email: { endsWith: `@${domain}` } })) },
    },
  });
}

export function addSsoDomain(
  tx: Db,
  domain: { teamId: string; providerId: string; domain: string; proof: string },
): Promise<StoredSsoDomain> {
  return tx.ssoDomain.create({ data: domain });
}

/** How many domains a team has, proven or not. */
export function countSsoDomains(tx: Db, teamId: string): Promise<number> {
  return tx.ssoDomain.count({ where: { teamId } });
}

/** @throws a unique violation when another team has proven it */
export async function setSsoDomainProven(tx: Db, id: string): Promise<void> {
  await tx.$executeRaw`UPDATE sso_domains SET proven_at = gatehouse_now() WHERE id = ${id}`;
}

export async function deleteSsoDomain(tx: Db, id: string): Promise<void> {
  await tx.ssoDomain.delete({ where: { id }, select: { id: true } });
}

/** Sets for which of a team's domains single sign-on is required, and who may use a password still. */
export async function setSsoRequirement(
  tx: Db,
  teamId: string,
  domainIds: string[],
  breakGlassUserId: string | null,
): Promise<void> {
  await tx.ssoDomain.updateMany({
    where: { teamId, id: { notIn: domainIds }, isRequired: true },
    data: { isRequired: false },
  });
  await tx.ssoDomain.updateMany({
    where: { teamId, id: { in: domainIds } },
    data: { isRequired: true },
  });
  await tx.team.update({ where: { id: teamId }, data: { breakGlassUserId }, select: { id: true } });
}

/** Whether single sign-on is required by a team whose way in beside it is this user. */
export async function isBreakGlassInUse(db: Db, teamId: string, userId: string): Promise<boolean> {
  const domain = await db.ssoDomain.findFirst({
    where: { teamId, isRequired: true, provider: { team: { breakGlassUserId: userId } } },
    select: { id: true },
  });
  return domain !== null;
}

export async function findBreakGlassUser(db: Db, teamId: string): Promise<string | null> {
  const team = await db.team.findUnique({
    where: { id: teamId },
    select: { breakGlassUserId: true },
  });
  return team?.breakGlassUserId ?? null;
}
