'use client';

import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { RoleChoice } from '@/components/members/role-choice';
import type { Viewer } from '@/components/members/viewer';
import { Button } from '@/components/ui/button';
import { Callout } from '@/components/ui/callout';
import { Dialog, DialogActions, DialogClose } from '@/components/ui/dialog';
import type { Member } from '@/lib/contract/resources';
import type { Role } from '@/lib/policy/roles';
import { call } from '@/lib/react/call';
import { useGatedMutation } from '@/lib/react/gated-mutation';

export function ChangeRoleDialog({
  member,
  teamId,
  viewer,
  open,
  onOpenChange,
}: {
  member: Member;
  teamId: string;
  viewer: Viewer;
  open: boolean;
  onOpenChange: (open: boolean) => void;
}) {
  const { user } = member;
  return (
    <Dialog
      open={open}
      onOpenChange={onOpenChange}
      title={`Role of ${user.name}`}
      description={user.email}
    >
      {/* Mounted when opened: it begins with the role as it is then. */}
      <ChangeRoleForm
        member={member}
        teamId={teamId}
        viewer={viewer}
        onDone={() => onOpenChange(false)}
      />
    </Dialog>
  );
}

function ChangeRoleForm({
  member,
  teamId,
  viewer,
  onDone,
}: {
  member: Member;
  teamId: string;
  viewer: Viewer;
  onDone: () => void;
}) {
  const queries = useQueryClient();
  const [role, setRole] = useState<Role>(member.role);
  const isSelf = member.user.id === viewer.userId;
  const change = useGatedMutation({
    mutationFn: () =>
      call('PATCH /teams/{teamId}/members/{userId}', {
        params: { teamId, userId: member.user.id },
        body: { role },
      }),
    onSuccess: async () => {
      // One's own role decides what the pages and the navigation show: all of it is made anew.
      if (isSelf) window.location.reload();
      else await queries.invalidateQueries();
      onDone();
    },
  });
  return (
    <form
      method="post"
      onSubmit={(event) => {
        event.preventDefault();
        event.stopPropagation();
        if (role === member.role) onDone();
        else change.mutate();
      }}
    >
      <RoleChoice viewer={viewer} from={member.role} value={role} onChange={setRole} />
      {isSelf && role !== member.role ? (
        <div className="mt-4">
          <Callout tone="warn" title="This is your own role">
            You can’t give it back to yourself.
          </Callout>
        </div>
      ) : null}
      {change.error ? (
        <div className="mt-4">
          <Callout tone="danger" live>
            {change.error.message}
          </Callout>
        </div>
      ) : null}
      <DialogActions>
        <DialogClose>
          <Button>Cancel</Button>
        </DialogClose>
        <Button type="submit" variant="primary" pending={change.isPending}>
          Change role
        </Button>
      </DialogActions>
    </form>
  );
}
