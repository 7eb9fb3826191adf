'use client';

import { LogOut, ShieldMinus, UserMinus } from 'lucide-react';
import { useState } from 'react';
import type { Viewer } from '@/components/members/viewer';
import { BulkDialog, type Chosen, SelectionBar } from '@/components/shell/selection';
import { Button } from '@/components/ui/button';
import { countText } from '@/components/ui/count-text';
import type { Member } from '@/lib/contract/resources';
import { call } from '@/lib/react/call';

/** What can be done with several members at once: what can be done with each of them. */
export function MembersBulk({
  teamId,
  viewer,
  chosen,
}: {
  teamId: string;
  viewer: Viewer;
  chosen: Chosen<Member>;
}) {
  const [open, setOpen] = useState<'revoke' | 'end' | 'remove' | null>(null);
  const close = () => setOpen(null);
  const who = countText(chosen.rows.length, 'member');
  const paramsOf = ({ user }: Member) => ({ teamId, userId: user.id });
  const requireOther = ({ user }: Member, instead: string) => {
    if (user.id === viewer.userId) throw new Error(instead);
  };
  return (
    <>
      <SelectionBar chosen={chosen}>
        <Button size="sm" icon={ShieldMinus} onClick={() => setOpen('revoke')}>
          Revoke networks…
        </Button>
        <Button size="sm" icon={LogOut} onClick={() => setOpen('end')}>
          End sessions…
        </Button>
        <Button size="sm" icon={UserMinus} onClick={() => setOpen('remove')}>
          Remove…
        </Button>
      </SelectionBar>
      <BulkDialog
        chosen={chosen}
        open={open === 'revoke'}
        onClose={close}
        title={`Revoke all networks of ${who}?`}
        confirmLabel="Revoke networks"
        act={(member) =>
          call('DELETE /teams/{teamId}/members/{userId}/verified-ips', {
            params: paramsOf(member),
          })
        }
      >
        <p>
          They are asked to confirm that it is them before their next protected action, on every
          network. Their open connections to Team Computers end now; their sessions go on.
        </p>
      </BulkDialog>
      <BulkDialog
        chosen={chosen}
        open={open === 'end'}
        onClose={close}
        title={`End all sessions of ${who}?`}
        confirmLabel="End sessions"
        reason={{
          label: 'Reason',
          hint: 'Each of them is told by mail, and the activity keeps it.',
          required: true,
        }}
        act={async (member, reason) => {
          requireOther(member, 'End your own sessions on your account page.');
          await call('POST /teams/{teamId}/members/{userId}/containment', {
            params: paramsOf(member),
            body: { sessions: true, reason },
          });
        }}
      >
        <p>
          They are signed out at once, in browsers and programs, and their connections end. Their
          networks stay verified.
        </p>
      </BulkDialog>
      <BulkDialog
        chosen={chosen}
        open={open === 'remove'}
        onClose={close}
        title={`Remove ${who} from the team?`}
        confirmLabel="Remove"
        act={async (member) => {
          requireOther(member, 'To leave the team, use your own page or your account.');
          await call('DELETE /teams/{teamId}/members/{userId}', { params: paramsOf(member) });
        }}
      >
        <p>
          They lose the team’s computers at once; connections to them end, and invitations they sent
          are void. Their accounts stay. To come back, a new invitation is needed.
        </p>
      </BulkDialog>
    </>
  );
}
