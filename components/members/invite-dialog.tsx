'use client';

import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useForm } from 'react-hook-form';
import { Form } from '@/components/form/form';
import { RoleChoice } from '@/components/members/role-choice';
import type { Viewer } from '@/components/members/viewer';
import { Button } from '@/components/ui/button';
import { Callout } from '@/components/ui/callout';
import { CopyField } from '@/components/ui/copy-button';
import { Dialog, DialogActions, DialogClose } from '@/components/ui/dialog';
import { Field } from '@/components/ui/field';
import { Input } from '@/components/ui/input';
import type { NewInvite } from '@/lib/contract/resources';
import type { Role } from '@/lib/policy/roles';
import { call } from '@/lib/react/call';
import { useGatedMutation } from '@/lib/react/gated-mutation';
import { queryKey } from '@/lib/react/queries';

export function InviteDialog({
  teamId,
  viewer,
  onClose,
}: {
  teamId: string;
  viewer: Viewer;
  onClose: () => void;
}) {
  // The link is shown once: with the dialog it is gone.
  const [sent, setSent] = useState<NewInvite | null>(null);
  return (
    <Dialog
      open
      onOpenChange={(next) => {
        if (!next) onClose();
      }}
      title={
        sent
          ? sent.url === undefined
            ? 'Invitation sent'
            : 'Invitation made'
          : 'Invite to the team'
      }
      description={
        sent ? sentText(sent) : 'They get a link, with which they choose a name and a password.'
      }
    >
      {sent ? (
        <>
          {sent.url === undefined ? (
            <p>It works once, within 7 days. Nobody else is shown it, you neither.</p>
          ) : (
            <div className="flex flex-col gap-4">
              <CopyField label="Link" value={sent.url} />
              <Callout tone="warn" title="Whoever has this link can take this address here">
                {`No mail goes out from this Gatehouse, so hand it to ${sent.invite.email} yourself, and to nobody else. It is shown only now, and works once, within 7 days. Since you have seen it too, the address counts as unconfirmed: at its first single sign-on the account loses its password, sessions and verified networks.`}
              </Callout>
            </div>
          )}
          <DialogActions>
            <DialogClose>
              <Button variant="primary">Done</Button>
            </DialogClose>
          </DialogActions>
        </>
      ) : (
        <InviteForm teamId={teamId} viewer={viewer} onSent={setSent} />
      )}
    </Dialog>
  );
}

const sentText = ({ invite: { email, role }, url }: NewInvite) =>
  url === undefined
    ? `We have mailed ${email} a link, by which they may join as ${role}.`
    : `With this link ${email} may join as ${role}.`;

function InviteForm({
  teamId,
  viewer,
  onSent,
}: {
  teamId: string;
  viewer: Viewer;
  onSent: (invite: NewInvite) => void;
}) {
  const queries = useQueryClient();
  const [role, setRole] = useState<Role>('member');
  const form = useForm<{ email: string }>({ defaultValues: { email: '' } });
  const invite = useGatedMutation({
    mutationFn: ({ email }: { email: string }) =>
      call('POST /teams/{teamId}/invites', { params: { teamId }, body: { email, role } }),
    onSuccess: async (created) => {
      onSent(created);
      await queries.invalidateQueries({
        queryKey: queryKey('GET /teams/{teamId}/invites', { params: { teamId } }),
      });
    },
  });
  return (
    <Form
      form={form}
      sent={invite}
      failed="Not invited"
      actions={
        <DialogActions>
          <DialogClose>
            <Button>Cancel</Button>
          </DialogClose>
          <Button type="submit" variant="primary" pending={invite.isPending}>
            Send invitation
          </Button>
        </DialogActions>
      }
    >
      <Field label="Email" error={form.formState.errors.email?.message}>
        <Input
          type="email"
          autoComplete="off"
          placeholder="name@example.com"
          {...form.register('email', { required: 'Enter an email address.' })}
        />
      </Field>
      <RoleChoice viewer={viewer} from={null} value={role} onChange={setRole} />
    </Form>
  );
}
