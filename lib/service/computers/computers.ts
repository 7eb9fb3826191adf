import type { z } from 'zod';
import { GatehouseError, invalidField } from '@/lib/contract/errors';
import { FIRST_PAGE, type Paging } from '@/lib/contract/paging';
import { HOST_PROGRAM_PATH } from '@/lib/contract/paths';
import type {
  Computer,
  CountedPage,
  ManagedComputer,
  NewComputer,
  Page,
} from '@/lib/contract/resources';
import type {
  ChangeComputerBody,
  RegisterComputerBody,
  TeamComputersExportQuery,
  TeamComputersQuery,
} from '@/lib/contract/schemas';
import { env } from '@/lib/platform/env';
import { hostProgram } from '@/lib/platform/host-program';
import { type Db, database } from '@/lib/platform/postgres/database';
import { hashToken, newToken } from '@/lib/platform/token';
import { parseHostNetworks } from '@/lib/policy/host-networks';
import { orderOf } from '@/lib/policy/paging';
import { csvFile, type File } from '@/lib/service/csv-file';
import { act } from '@/lib/service/gate/act';
import type { Actor } from '@/lib/service/gate/actor';
import type { GatePass } from '@/lib/service/gate/gate';
import { type Show, showTo } from '@/lib/service/gate/masks';
import { countedPageOf, pageOf } from '@/lib/service/paging';
import {
  type ComputerWithUsers,
  changeComputer as change,
  createComputer,
  findComputerOfTeam,
  findComputersOfTeam,
  findComputersOfUser,
  type ManagedComputerRow,
  removeComputer as remove,
  type StoredComputer,
  setHostKeyHash,
} from '@/lib/store/computers';
import {
  revokeConnectionsTo,
  revokeConnectionsToOutside,
  revokeLostConnections,
} from '@/lib/store/connections';
import { findMemberIdsAmong } from '@/lib/store/members';
import type { Slice } from '@/lib/store/paging';
import { lockTeam } from '@/lib/store/teams';

const HOST_KEY_PREFIX = 'gatehost_';

type Search = Paging & { query?: string | undefined; q?: string | undefined };

/** The computers that the actor may connect to, those online first; those whose name holds `q`. @throws invalid_request */
export function listComputers(
  actor: Actor,
  { query, q = query, ...paging }: Search = FIRST_PAGE,
): Promise<Page<Computer>> {
  return pageOf(
    {
      name: `computers ${actor.user.id}`,
      sortKey: 'text',
      find: (slice) => findComputersOfUser(database().prisma, actor.user.id, slice, { q }),
      positionOf: ({ key, id }) => ({ key, id }),
      present: presentComputer,
    },
    paging,
  );
}

/** One of them; null: there is none, or the actor may not connect to it. */
export async function findComputer(actor: Actor, id: string): Promise<Computer | null> {
  const one = { after: null, rows: 1 };
  const [row] = await findComputersOfUser(database().prisma, actor.user.id, one, { id });
  return row ? presentComputer(row) : null;
}

/** The computers of a team, or some of them, for those who manage them; those online first by default. @throws invalid_request */
export function listTeamComputers(
  actor: Actor,
  teamId: string,
  { limit, cursor, ...asked }: z.infer<typeof TeamComputersQuery> = FIRST_PAGE,
): Promise<CountedPage<ManagedComputer>> {
  return countedPageOf(teamListOf(actor, teamId, asked), { limit, cursor });
}

/** The same, whole, as a file. */
export function exportTeamComputers(
  actor: Actor,
  teamId: string,
  { format: _, ...asked }: z.infer<typeof TeamComputersExportQuery>,
): Promise<File> {
  const list = { ...teamListOf(actor, teamId, asked), name: 'computers' };
  return csvFile(list, COMPUTER_COLUMNS, actor.now);
}

const COMPUTER_COLUMNS = {
  id: ({ id }: ManagedComputer) => id,
  name: ({ name }: ManagedComputer) => name,
  access: ({ access }: ManagedComputer) => access,
  named_members: ({ namedUsers }: ManagedComputer) => namedUsers,
  online: ({ online }: ManagedComputer) => online,
  last_seen_at: ({ lastSeenAt }: ManagedComputer) => lastSeenAt,
  address: ({ host }: ManagedComputer) => host?.address ?? null,
  network: ({ host }: ManagedComputer) => host?.network ?? null,
  registered_at: ({ createdAt }: ManagedComputer) => createdAt,
};

type AskedComputers = Omit<z.infer<typeof TeamComputersQuery>, 'limit' | 'cursor'>;

function teamListOf(actor: Actor, teamId: string, asked: AskedComputers) {
  const { sort = 'online', query, q, state } = asked;
  const show = showTo(actor);
  const which = { text: query ?? q, online: state && state === 'online' };
  const name = `team-computers ${teamId}` as const;
  return {
    name: sort === 'name' ? name : (`${name} by ${sort}` as const),
    find: (slice: Slice) =>
      findComputersOfTeam(database().prisma, teamId, slice, which, orderOf(sort)),
    present: (row: ManagedComputerRow) => presentManaged(row, show),
  };
}

/**
 * Registers a computer. Its key is shown this once. Naming users means that only they may connect.
 * @throws invalid_request for a user who is not in the team
 */
export async function registerComputer(
  actor: Actor,
  pass: GatePass,
  teamId: string,
  body: z.infer<typeof RegisterComputerBody>,
): Promise<NewComputer> {
  const hostKey = newToken(HOST_KEY_PREFIX);
  const { access, userIds } = parseAccess(body, { access: 'all', userIds: [] });
  return act(actor, pass, async (tx, audit) => {
    await lockTeam(tx, teamId);
    await requireMembers(tx, teamId, userIds);
    const row = await createComputer(tx, {
      teamId,
      name: body.name,
      access,
      userIds,
      hostKeyHash: hashToken(hostKey),
    });
    await audit({ type: 'computer.registered', teamId, after: auditView(row) });
    return presentNew(row, hostKey, actor);
  });
}

/**
 * Changes a computer's name, who may connect to it, or from where its key works. Whoever no longer may is
 * disconnected, and so is a host outside.
 * @throws not_found, invalid_request
 */
export async function changeComputer(
  actor: Actor,
  pass: GatePass,
  teamId: string,
  id: string,
  body: z.infer<typeof ChangeComputerBody>,
): Promise<ManagedComputer> {
  const networks = body.hostNetworks === undefined ? null : requireNetworks(body.hostNetworks);
  return act(actor, pass, async (tx, audit) => {
    await lockTeam(tx, teamId);
    const before = await requireComputer(tx, teamId, id);
    const hostNetworks = networks ?? before.hostNetworks;
    const { access, userIds } = parseAccess(body, before);
    if (body.userIds) await requireMembers(tx, teamId, userIds);
    await change(tx, id, { name: body.name ?? before.name, access, userIds, hostNetworks });
    await revokeLostConnections(tx, teamId);
    await revokeConnectionsToOutside(tx, id);
    const after = await requireComputer(tx, teamId, id);
    if (JSON.stringify(auditView(before)) !== JSON.stringify(auditView(after))) {
      await audit({
        type: 'computer.changed',
        teamId,
        before: auditView(before),
        after: auditView(after),
      });
    }
    return presentManaged(after, showTo(actor));
  });
}

/**
 * Gives a computer a new key. The old one is dead at once, and so are the connections to whatever
 * holds it.
 * @throws not_found
 */
export async function rotateHostKey(
  actor: Actor,
  pass: GatePass,
  teamId: string,
  id: string,
): Promise<NewComputer> {
  const hostKey = newToken(HOST_KEY_PREFIX);
  return act(actor, pass, async (tx, audit) => {
    await lockTeam(tx, teamId);
    const row = await requireComputer(tx, teamId, id);
    await setHostKeyHash(tx, id, hashToken(hostKey));
    await revokeConnectionsTo(tx, id);
    await audit({
      type: 'computer.key_rotated',
      teamId,
      after: { computerId: id, name: row.name },
    });
    return presentNew(row, hostKey, actor);
  });
}

/** Removes a computer; connections to it end. @throws not_found */
export async function removeComputer(
  actor: Actor,
  pass: GatePass,
  teamId: string,
  id: string,
): Promise<void> {
  await act(actor, pass, async (tx, audit) => {
    await lockTeam(tx, teamId);
    const before = await requireComputer(tx, teamId, id);
    await remove(tx, id);
    await revokeLostConnections(tx, teamId);
    await audit({ type: 'computer.removed', teamId, before: auditView(before) });
  });
}

type Access = { access: 'all' | 'named'; userIds: string[] };

/**
 * Who may connect after a change. Naming users without a word on `access` means `named`; `all` names
 * nobody.
 * @throws invalid_request for users named together with `all`
 */
function parseAccess(
  body: { access?: Access['access'] | undefined; userIds?: string[] | undefined },
  before: Access,
): Access {
  const access = body.access ?? (body.userIds ? 'named' : before.access);
  if (access === 'named') return { access, userIds: [...new Set(body.userIds ?? before.userIds)] };
  if (!body.userIds?.length) return { access, userIds: [] };
  throw invalidUsers('Only for access “named”');
}

/** @throws invalid_request naming each that is none */
function requireNetworks(texts: string[] | null): string[] {
  const parsed = parseHostNetworks(texts ?? []);
  if ('networks' in parsed) return parsed.networks;
  throw new GatehouseError('invalid_request', 'The key can’t be bound to these networks.', {
    extra: {
      errors: parsed.errors.map(({ index, message }) => ({
        path: `hostNetworks.${index}`,
        message,
      })),
    },
  });
}

async function requireMembers(tx: Db, teamId: string, userIds: string[]): Promise<void> {
  if (userIds.length === 0) return;
  const found = await findMemberIdsAmong(tx, teamId, userIds);
  if (found.length < userIds.length) throw invalidUsers('Not all of them are members of the team');
}

function invalidUsers(message: string): GatehouseError {
  return invalidField('userIds', message, 'The named users can’t be set like this.');
}

async function requireComputer(tx: Db, teamId: string, id: string): Promise<ComputerWithUsers> {
  const row = await findComputerOfTeam(tx, teamId, id);
  if (!row) throw new GatehouseError('not_found', 'There is no such computer in this team.');
  return row;
}

function auditView({ id, name, access, userIds, hostNetworks }: ComputerWithUsers) {
  return { computerId: id, name, access, userIds, hostNetworks };
}

function presentComputer({ id, name, teamId, online, lastSeenAt }: StoredComputer): Computer {
  return { id, name, teamId, online, lastSeenAt: lastSeenAt?.toISOString() ?? null };
}

/** With all that it takes to bring it online. */
function presentNew(row: ManagedComputerRow, hostKey: string, actor: Actor): NewComputer {
  const { sha256, needs } = hostProgram();
  const url = new URL(HOST_PROGRAM_PATH, env().appUrl).href;
  return {
    computer: presentManaged(row, showTo(actor)),
    hostKey,
    program: { url, sha256, needs },
  };
}

function presentManaged(row: ManagedComputerRow, show: Show): ManagedComputer {
  return {
    ...presentComputer(row),
    access: row.access,
    namedUsers: row.namedUsers,
    createdAt: row.createdAt.toISOString(),
    ...show({
      host: row.host && { ...row.host, since: row.host.since.toISOString() },
      hostNetworks: row.hostNetworks.length > 0 ? row.hostNetworks : null,
      duplicate: row.duplicate && { ...row.duplicate, at: row.duplicate.at.toISOString() },
    }),
  };
}
