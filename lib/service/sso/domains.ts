import type { z } from 'zod';
import { GatehouseError, invalidField } from '@/lib/contract/errors';
import type {
  ChangeSsoRequirementBody,
  LogInMethods,
  SsoDomain,
  SsoRequirement,
} from '@/lib/contract/sso';
import { findTxtRecords, TxtLookUpError, txtResolver } from '@/lib/platform/dns-txt';
import { env } from '@/lib/platform/env';
import { type Db, database, isUniqueViolation } from '@/lib/platform/postgres/database';
import { newToken } from '@/lib/platform/token';
import { parseEmail } from '@/lib/policy/email';
import { requirementChanges } from '@/lib/policy/provider-change';
import { domainOf, parseDomain, SSO_DOMAINS_MAX } from '@/lib/policy/sso';
import { trimUnseen } from '@/lib/policy/visible-text';
import { act } from '@/lib/service/gate/act';
import type { Actor, Origin } from '@/lib/service/gate/actor';
import type { GatePass } from '@/lib/service/gate/gate';
import { LIMITS, requireNetworkPoint, requirePoint } from '@/lib/service/gate/limits';
import { findMembership } from '@/lib/store/members';
import {
  addSsoDomain as add,
  countSsoDomains,
  deleteSsoDomain,
  findBreakGlassUser,
  findProvenDomains,
  findProvider,
  findSsoRoute,
  lockProvider,
  type StoredProvider,
  type StoredSsoDomain,
  setSsoDomainProven,
  setSsoRequirement,
} from '@/lib/store/sso/providers';
import { lockTeam } from '@/lib/store/teams';
import { tellOwnersOfSso } from './news';

/** Where the record that proves a domain stands, and what it holds. */
const RECORD_PREFIX = '_gatehouse-verification';
const PROOF_PREFIX = 'gatehouse-verification=';

/**
 * How an email address logs in. Told by its domain alone, so that it tells nothing about who has an
 * account.
 * @throws too_many_requests
 */
export async function showLogInMethods(email: string, origin: Origin): Promise<LogInMethods> {
  await requireNetworkPoint(LIMITS.logInMethods, origin.client);
  const normal = parseEmail(email);
  const provider = normal === null ? null : await findSsoRoute(database().prisma, domainOf(normal));
  return provider ? { method: 'sso', connection: provider } : { method: 'password' };
}

/**
 * Adds a domain to a provider; it counts once it is proven.
 * @throws not_found, invalid_request; conflict where a provider has it, or the team has as many as it may
 */
export async function addSsoDomain(
  actor: Actor,
  pass: GatePass,
  teamId: string,
  providerId: string,
  text: string,
): Promise<SsoDomain> {
  const domain = parseDomain(text);
  if (domain === null) {
    throw invalidField('domain', 'Not a domain', 'This is not a domain, such as example.com.');
  }
  try {
    return await act(actor, pass, async (tx, audit) => {
      await lockTeam(tx, teamId);
      await requireProvider(tx, teamId, providerId);
      await requireRoom(tx, teamId);
      const row = await add(tx, { teamId, providerId, domain, proof: newToken('') });
      await audit({
        type: 'sso.domain_added',
        teamId,
        after: { connectionId: providerId, domain },
      });
      return presentDomain(row);
    });
  } catch (error) {
    if (!isUniqueViolation(error)) throw error;
    throw new GatehouseError('conflict', 'A provider of this team serves this domain already.');
  }
}

/** @throws conflict */
async function requireRoom(tx: Db, teamId: string): Promise<void> {
  if ((await countSsoDomains(tx, teamId)) < SSO_DOMAINS_MAX) return;
  throw new GatehouseError(
    'conflict',
    `This team has ${SSO_DOMAINS_MAX} domains, which is as many as it may have. Remove one that is not used first.`,
  );
}

/**
 * Looks for the DNS record that proves a domain.
 * @throws not_found, conflict while it is not there, or another team has proven the domain; unavailable,
 * too_many_requests
 */
export async function proveSsoDomain(
  actor: Actor,
  pass: GatePass,
  teamId: string,
  providerId: string,
  domainId: string,
): Promise<SsoDomain> {
  const provider = await requireProvider(database().prisma, teamId, providerId);
  const found = requireDomain(provider, domainId);
  await requirePoint(LIMITS.ssoSetUp, actor.user.id);
  if (found.provenAt === null) await requireProof(found);
  const proven = await act(actor, pass, async (tx, audit) => {
    await lockTeam(tx, teamId);
    const domain = requireDomain(await requireProvider(tx, teamId, providerId), domainId);
    if (domain.provenAt !== null) return null;
    await setSsoDomainProven(tx, domainId);
    await audit({
      type: 'sso.domain_proven',
      teamId,
      after: { connectionId: providerId, domain: domain.domain },
    });
    return domain;
  }).catch((error: unknown) => {
    if (!isUniqueViolation(error)) throw error;
    throw new GatehouseError('conflict', 'Another team has proven this domain.');
  });
  if (proven === null) return presentDomain(found);
  const did = `proved the domain ${proven.domain} for “${provider.name}”, whose word now counts for its addresses,`;
  tellOwnersOfSso(actor, teamId, { did });
  return presentDomain({ ...proven, provenAt: actor.now });
}

/** @throws conflict while the record is not there; unavailable */
async function requireProof(domain: StoredSsoDomain): Promise<void> {
  const { name, value } = presentDomain(domain).record;
  const records = await findRecords(name);
  if (records.includes(value)) return;
  const other = records.some((record) => record.startsWith(PROOF_PREFIX));
  throw new GatehouseError(
    'conflict',
    other
      ? `The record at ${name} holds another value. Copy the present one; DNS changes can take an hour to be seen.`
      : `The record was not found at ${name}. DNS changes can take an hour to be seen; try again then. Some DNS panels add the domain to a name by themselves: see that it does not stand there twice.`,
  );
}

/** As they are meant: some DNS panels keep the quotes that others want round a value. @throws unavailable */
async function findRecords(name: string): Promise<string[]> {
  try {
    const records = await findTxtRecords(name, txtResolver(env().dnsServers));
    return records.map((record) => trimUnseen(trimUnseen(record).replace(/^(["'])(.*)\1$/s, '$2')));
  } catch (error) {
    if (!(error instanceof TxtLookUpError)) throw error;
    throw new GatehouseError('unavailable', 'DNS can’t be asked now. Try again shortly.', {
      headers: { 'Retry-After': '30' },
    });
  }
}

/** Takes a domain away: nobody is led to the provider by it, and it is required no more. @throws not_found */
export async function removeSsoDomain(
  actor: Actor,
  pass: GatePass,
  teamId: string,
  providerId: string,
  domainId: string,
): Promise<void> {
  const removed = await act(actor, pass, async (tx, audit) => {
    await lockTeam(tx, teamId);
    await lockProvider(tx, providerId, teamId);
    const provider = await requireProvider(tx, teamId, providerId);
    const domain = requireDomain(provider, domainId);
    await deleteSsoDomain(tx, domainId);
    await audit({
      type: 'sso.domain_removed',
      teamId,
      before: { connectionId: providerId, domain: domain.domain, isRequired: domain.isRequired },
    });
    return { provider, domain };
  });
  const { provider, domain } = removed;
  const changes = domain.isRequired
    ? [`Passwords are taken again from addresses at ${domain.domain}`]
    : [];
  const did = `took the domain ${domain.domain} away from “${provider.name}”`;
  tellOwnersOfSso(actor, teamId, { did, changes });
}

/** For which domains passwords have ended, and for whom they have not. */
export async function showSsoRequirement(teamId: string): Promise<SsoRequirement> {
  return requirementOf(database().prisma, teamId);
}

/**
 * Says for which domains single sign-on is required. One owner keeps the password, for the day on which
 * the provider is down.
 * @throws invalid_request
 */
export async function changeSsoRequirement(
  actor: Actor,
  pass: GatePass,
  teamId: string,
  body: z.infer<typeof ChangeSsoRequirementBody>,
): Promise<SsoRequirement> {
  const changed = await act(actor, pass, async (tx, audit) => {
    await lockTeam(tx, teamId);
    const before = await requirementOf(tx, teamId);
    const known = new Set(before.domains.map(({ id }) => id));
    if (body.domainIds.some((id) => !known.has(id))) {
      throw invalid('domainIds', 'Only proven domains of an enabled provider of this team');
    }
    const { breakGlassUserId: kept } = body;
    const isNamed = kept !== null || body.domainIds.length > 0;
    const membership = kept === null ? null : await findMembership(tx, teamId, kept);
    if (isNamed && membership?.role !== 'owner') {
      throw invalid('breakGlassUserId', 'Name one owner who keeps the password');
    }
    await setSsoRequirement(tx, teamId, body.domainIds, body.breakGlassUserId);
    const after = await requirementOf(tx, teamId);
    await audit({
      type: 'sso.requirement_changed',
      teamId,
      before: auditView(before),
      after: auditView(after),
    });
    return { before, after };
  });
  const changes = requirementChanges(auditView(changed.before), auditView(changed.after));
  if (changes.length > 0) {
    tellOwnersOfSso(actor, teamId, { did: 'changed for whom single sign-on is required', changes });
  }
  return changed.after;
}

async function requirementOf(db: Db, teamId: string): Promise<SsoRequirement> {
  return {
    breakGlassUserId: await findBreakGlassUser(db, teamId),
    domains: (await findProvenDomains(db, teamId)).map(({ providerName, ...domain }) => ({
      ...domain,
      connectionName: providerName,
    })),
  };
}

function auditView({ breakGlassUserId, domains }: SsoRequirement) {
  const required = domains.filter(({ isRequired }) => isRequired).map(({ domain }) => domain);
  return { breakGlassUserId, domains: required };
}

export function presentDomain(row: StoredSsoDomain): SsoDomain {
  return {
    id: row.id,
    domain: row.domain,
    provenAt: row.provenAt?.toISOString() ?? null,
    isRequired: row.isRequired,
    record: {
      type: 'TXT',
      name: `${RECORD_PREFIX}.${row.domain}`,
      value: `${PROOF_PREFIX}${row.proof}`,
    },
  };
}

async function requireProvider(db: Db, teamId: string, id: string): Promise<StoredProvider> {
  const provider = await findProvider(db, id, teamId);
  if (!provider) throw new GatehouseError('not_found', 'There is no such provider in this team.');
  return provider;
}

function requireDomain(provider: StoredProvider, id: string): StoredSsoDomain {
  const domain = provider.domains.find((candidate) => candidate.id === id);
  if (!domain) throw new GatehouseError('not_found', 'This provider has no such domain.');
  return domain;
}

function invalid(path: string, message: string): GatehouseError {
  return invalidField(path, message, 'Single sign-on can’t be required like this.');
}
