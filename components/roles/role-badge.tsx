import { Badge } from '@/components/ui/badge';
import type { Role } from '@/lib/policy/roles';

export const roleWords: Record<Role, string> = {
  owner: 'Owner',
  admin: 'Admin',
  member: 'Member',
};

export function RoleBadge({ role }: { role: Role }) {
  return <Badge>{roleWords[role]}</Badge>;
}
