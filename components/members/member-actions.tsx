'use client';

import { useQueryClient } from '@tanstack/react-query';
import { Ellipsis, ShieldBan, UserMinus, Users } from 'lucide-react';
import { useState } from 'react';
import { ChangeRoleDialog } from '@/components/members/change-role-dialog';
import type { Viewer } from '@/components/members/viewer';
import { Button } from '@/components/ui/button';
import { ConfirmDialog } from '@/components/ui/confirm-dialog';
import { Menu, MenuItem } from '@/components/ui/menu';
import type { Member } from '@/lib/contract/resources';
import { canAssignRole } from '@/lib/policy/roles';
import { call } from '@/lib/react/call';
import { useGatedMutation } from '@/lib/react/gated-mutation';

/** What can be done with a member: another role, shut out of what is his until he signs in again, or out of the team. */
export function MemberActions({
  member,
  teamId,
  viewer,
  onRemoved,
}: {
  member: Member;
  teamId: string;
  viewer: Viewer;
  /** Where the reader goes when the member is gone. */
  onRemoved: () => void;
}) {
  const { user, role } = member;
  const queries = useQueryClient();
  const [open, setOpen] = useState<'role' | 'contain' | 'remove' | null>(null);
  const remove = useGatedMutation({
    mutationFn: () =>
      call('DELETE /teams/{teamId}/members/{userId}', { params: { teamId, userId: user.id } }),
    onSuccess: () => {
      if (user.id === viewer.userId) window.location.assign('/computers');
      else onRemoved();
    },
  });
  const contain = useGatedMutation({
    mutationFn: (reason: string) =>
      call('POST /teams/{teamId}/members/{userId}/containment', {
        params: { teamId, userId: user.id },
        body: { sessions: true, networks: true, reason },
      }),
    onSuccess: () => queries.invalidateQueries(),
  });
  const isSelf = user.id === viewer.userId;
  const notYours = canAssignRole(viewer.role, role, null) ? null : 'Only an owner changes an owner';
  return (
    <>
      <Menu trigger={<Button icon={Ellipsis}>Actions</Button>}>
        <MenuItem icon={Users} disabledReason={notYours} onSelect={() => setOpen('role')}>
          Change role…
        </MenuItem>
        {isSelf ? null : (
          <MenuItem
            icon={ShieldBan}
            tone="danger"
            disabledReason={notYours}
            onSelect={() => {
              contain.reset();
              setOpen('contain');
            }}
          >
            Contain…
          </MenuItem>
        )}
        <MenuItem
          icon={UserMinus}
          tone="danger"
          disabledReason={isSelf ? null : notYours}
          onSelect={() => {
            remove.reset();
            setOpen('remove');
          }}
        >
          {isSelf ? 'Leave team…' : 'Remove from team…'}
        </MenuItem>
      </Menu>
      <ChangeRoleDialog
        member={member}
        teamId={teamId}
        viewer={viewer}
        open={open === 'role'}
        onOpenChange={(next) => setOpen(next ? 'role' : null)}
      />
      <ConfirmDialog
        open={open === 'contain'}
        onOpenChange={(next) => setOpen(next ? 'contain' : null)}
        title={`Contain ${user.name}?`}
        confirmLabel="Contain"
        reason={{
          label: 'Reason',
          hint: `${user.name} is told by mail, and the activity keeps it.`,
          required: true,
        }}
        error={contain.error?.message}
        onConfirm={(reason) => contain.mutateAsync(reason)}
      >
        <p>
          For when somebody else may hold a session or the password: all sessions of {user.name} end
          at once, with their connections, and no network is trusted any more. Signing in again
          verifies the network there.
        </p>
      </ConfirmDialog>
      <ConfirmDialog
        open={open === 'remove'}
        onOpenChange={(next) => setOpen(next ? 'remove' : null)}
        title={isSelf ? 'Leave this team?' : `Remove ${user.name} from the team?`}
        confirmLabel={isSelf ? 'Leave team' : 'Remove'}
        error={remove.error?.message}
        onConfirm={() => remove.mutateAsync()}
      >
        <p>
          {isSelf ? 'You lose' : `${user.name} loses`} the team’s computers at once; connections to
          them end, and invitations {isSelf ? 'you' : 'they'} sent are void. The account itself
          stays. To come back, a new invitation is needed.
        </p>
      </ConfirmDialog>
    </>
  );
}
