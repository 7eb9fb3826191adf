'use client';

import { useId } from 'react';
import type { Viewer } from '@/components/members/viewer';
import { roleWords } from '@/components/roles/role-badge';
import { canAssignRole, type ROLES, type Role } from '@/lib/policy/roles';

/** What a role allows. */
const allows: Record<Role, string> = {
  member: 'Connects to the Team Computers they are given.',
  admin: 'Also manages members and computers, and sees everybody’s verified IPs and the activity.',
  owner: 'Also changes the App Rules, and sees how addresses are established.',
};

/** The three roles with what they allow; those that the reader may not give say so. */
export function RoleChoice({
  viewer,
  from,
  value,
  onChange,
}: {
  viewer: Viewer;
  /** The role that is changed; null for somebody new. */
  from: Role | null;
  value: Role;
  onChange: (role: Role) => void;
}) {
  const name = useId();
  return (
    <fieldset className="flex flex-col gap-2">
      <legend className="mb-1.5 font-medium">Role</legend>
      {(['member', 'admin', 'owner'] as const satisfies (typeof ROLES)[number][]).map((role) => {
        const isGiven = canAssignRole(viewer.role, from, role);
        return (
          <label
            key={role}
            className="flex items-start gap-2.5 rounded-md border border-line px-3 py-2.5 has-checked:border-accent/50 has-checked:bg-accent-soft/50"
          >
            <input
              type="radio"
              name={name}
              value={role}
              checked={value === role}
              disabled={!isGiven}
              onChange={() => onChange(role)}
              className="mt-0.5 size-4 shrink-0 accent-accent pointer-coarse:size-5"
            />
            <span className="min-w-0">
              <span className="block font-medium">{roleWords[role]}</span>
              <span className="block text-muted">
                {isGiven ? allows[role] : `${allows[role]} Only an owner gives this role.`}
              </span>
            </span>
          </label>
        );
      })}
    </fieldset>
  );
}
