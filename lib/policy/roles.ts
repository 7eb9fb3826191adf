/** Who may do what in a team. One line a permission; read it aloud. */
export const ROLES = ['owner', 'admin', 'member'] as const;
export type Role = (typeof ROLES)[number];

const PERMISSIONS = {
  'team.view': ['owner', 'admin', 'member'],
  'team.change': ['owner', 'admin'],
  'members.view': ['owner', 'admin'],
  'members.manage': ['owner', 'admin'],
  'verified-ips.view': ['owner', 'admin'],
  'verified-ips.revoke': ['owner', 'admin'],
  'sessions.view': ['owner', 'admin'],
  'members.contain': ['owner', 'admin'],
  'computers.manage': ['owner', 'admin'],
  'events.view': ['owner', 'admin'],
  'rules.view': ['owner', 'admin'],
  'rules.change': ['owner'],
  'impact.view': ['owner', 'admin'],
  'sso.view': ['owner', 'admin'],
  'sso.change': ['owner'],
  'addresses.view': ['owner'],
} as const satisfies Record<string, readonly Role[]>;
export type Permission = keyof typeof PERMISSIONS;

export function hasPermission(role: Role, permission: Permission): boolean {
  return (PERMISSIONS[permission] as readonly Role[]).includes(role);
}

/** Those who may. */
export const rolesWith = (permission: Permission): readonly Role[] =>
  ROLES.filter((role) => hasPermission(role, permission));

const RANK: Record<Role, number> = { member: 0, owner: 2, admin: 1 };

/** An admin may not make, change or remove an owner, nor make himself one. */
export function canAssignRole(actor: Role, from: Role | null, to: Role | null): boolean {
  return (
    hasPermission(actor, 'members.manage') &&
    [from, to].every((role) => role === null || RANK[role] <= RANK[actor])
  );
}
