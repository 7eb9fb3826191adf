import { describe, expect, it } from 'vitest';
import { canAssignRole, hasPermission, ROLES } from './roles';

describe('roles', () => {
  it('OPT-1 only owners change App Rules', () => {
    expect(ROLES.filter((role) => hasPermission(role, 'rules.change'))).toEqual(['owner']);
  });

  it('owners and admins see verified IPs, members do not', () => {
    expect(ROLES.filter((role) => hasPermission(role, 'verified-ips.view'))).toEqual([
      'owner',
      'admin',
    ]);
  });

  it.each([
    ['admin', 'member', 'admin', true],
    ['admin', 'member', 'owner', false],
    ['admin', 'owner', 'member', false],
    ['admin', 'owner', null, false],
    ['owner', 'owner', 'member', true],
    ['member', 'member', 'member', false],
  ] as const)('%s changing %s to %s: %s', (actor, from, to, allowed) => {
    expect(canAssignRole(actor, from, to)).toBe(allowed);
  });
});
