import type { Db } from '@/lib/platform/postgres/database';
import type { Role } from '@/lib/policy/roles';
import type { Slice } from './paging';

/** How long an invitation can be accepted. */
export const INVITE_DAYS = 7;

export type StoredInvite = {
  id: string;
  teamId: string;
  email: string;
  role: Role;
  createdAt: Date;
  expiresAt: Date;
};

/** The invitations of a team that can still be accepted, the latest first. */
export function findOpenInvites(
  db: Db,
  teamId: string,
  { after, rows }: Slice,
): Promise<StoredInvite[]> {
  return db.$queryRaw`
    SELECT id, team_id AS "teamId", email, role::text, created_at AS "createdAt", expires_at AS "expiresAt"
    FROM invites
    WHERE team_id = ${teamId} AND accepted_at IS NULL AND revoked_at IS NULL AND expires_at > gatehouse_now()
      AND (${after?.key}::timestamptz IS NULL OR (created_at, id) < (${after?.key}::timestamptz, ${after?.id}))
    ORDER BY created_at DESC, id DESC LIMIT ${rows}`;
}

/** Invites an address; an invitation of it that is still open is void from then on. */
export async function createInvite(
  tx: Db,
  invite: {
    teamId: string;
    email: string;
    role: Role;
    tokenHash: Uint8Array<ArrayBuffer>;
    invitedBy: string;
    /** Whether the token is shown to who invites, and not to the mailbox alone. */
    wasShown: boolean;
  },
): Promise<StoredInvite> {
  await tx.$executeRaw`
    UPDATE invites SET revoked_at = gatehouse_now()
    WHERE team_id = ${invite.teamId} AND email = ${invite.email} AND accepted_at IS NULL AND revoked_at IS NULL`;
  const [row] = await tx.$queryRaw<StoredInvite[]>`
    INSERT INTO invites (team_id, email, role, token_hash, invited_by, was_shown, expires_at)
    VALUES (${invite.teamId}, ${invite.email}, ${invite.role}::role, ${invite.tokenHash}, ${invite.invitedBy},
      ${invite.wasShown},      gatehouse_now() + interval '24 hours' * ${INVITE_DAYS}::int)
    RETURNING id, team_id AS "teamId", email, role::text, created_at AS "createdAt", expires_at AS "expiresAt"`;
  if (!row) throw new Error('creating an invitation returned no row');
  return row;
}

/** Revokes one open invitation of a team. @returns it; null when there is none. */
export async function revokeInvite(
  tx: Db,
  teamId: string,
  id: string,
): Promise<{ email: string } | null> {
  const [row] = await tx.$queryRaw<{ email: string }[]>`
    UPDATE invites SET revoked_at = gatehouse_now()
    WHERE id = ${id} AND team_id = ${teamId} AND accepted_at IS NULL AND revoked_at IS NULL
      AND expires_at > gatehouse_now()
    RETURNING email`;
  return row ?? null;
}

/** Revokes what somebody has invited to a team: else one who is removed comes back by his own invitation. */
export async function revokeInvitesBy(tx: Db, teamId: string, userId: string): Promise<void> {
  await tx.$executeRaw`
    UPDATE invites SET revoked_at = gatehouse_now()
    WHERE team_id = ${teamId} AND invited_by = ${userId} AND accepted_at IS NULL AND revoked_at IS NULL`;
}

export type OpenInvite = StoredInvite & { now: Date; teamName: string; invitedByName: string };

/** An invitation that can still be accepted, by its token. */
export async function findOpenInvite(
  db: Db,
  tokenHash: Uint8Array<ArrayBuffer>,
): Promise<OpenInvite | null> {
  const [row] = await db.$queryRaw<OpenInvite[]>`
    SELECT gatehouse_now() AS now, i.id, i.team_id AS "teamId", i.email, i.role::text, i.created_at AS "createdAt",
      i.expires_at AS "expiresAt", t.name AS "teamName", coalesce(u.name, '') AS "invitedByName"
    FROM invites i
    JOIN teams t ON t.id = i.team_id
    LEFT JOIN users u ON u.id = i.invited_by
    WHERE i.token_hash = ${tokenHash} AND i.accepted_at IS NULL AND i.revoked_at IS NULL
      AND i.expires_at > gatehouse_now()`;
  return row ?? null;
}

export type TakenInvite = {
  id: string;
  teamId: string;
  email: string;
  role: Role;
  wasShown: boolean;
};

/** Uses an invitation up. Of many at once one gets it, the others null. */
export async function takeInvite(
  tx: Db,
  tokenHash: Uint8Array<ArrayBuffer>,
): Promise<TakenInvite | null> {
  const [row] = await tx.$queryRaw<TakenInvite[]>`
    UPDATE invites SET accepted_at = gatehouse_now()
    WHERE token_hash = ${tokenHash} AND accepted_at IS NULL AND revoked_at IS NULL
      AND expires_at > gatehouse_now()
    RETURNING id, team_id AS "teamId", email, role::text, was_shown AS "wasShown"`;
  return row ?? null;
}
