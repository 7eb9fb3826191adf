'use client';

import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useForm } from 'react-hook-form';
import { fieldErrors } from '@/components/field-errors';
import type { Viewer } from '@/components/members-table';
import { RoleChoice } from '@/components/role-choice';
import { Button } from '@/components/ui/button';
import { Callout } from '@/components/ui/callout';
import { CopyField } from '@/components/ui/copy-button';
import { Dialog, DialogActions, DialogClose } from '@/components/ui/dialog';
import { Field } from '@/components/ui/field';
import { Input } from '@/components/ui/input';
import { api } from '@/lib/client/api';
import { useGatedMutation } from '@/lib/client/gated-mutation';
import type { NewInvite } from '@/lib/contract/resources';
import type { Role } from '@/lib/policy/roles';

export function InviteDialog({
  teamId,
  viewer,
  open,
  onOpenChange,
}: {
  teamId: string;
  viewer: Viewer;
  open: boolean;
  onOpenChange: (open: boolean) => void;
}) {
  const [sent, setSent] = useState<NewInvite | null>(null);
  return (
    <Dialog
      open={open}
      onOpenChange={(next) => {
        // The link is shown once: with the dialog it is gone.
        if (!next) setSent(null);
        onOpenChange(next);
      }}
      title={sent ? 'Invitation sent' : 'Invite to the team'}
      description={
        sent
          ? `${sent.invite.email} gets this link by mail, and may join as ${sent.invite.role}.`
          : 'They get a link by mail, with which they choose a name and a password.'
      }
    >
      {sent ? (
        <>
          <CopyField label="Link" value={sent.url} />
          <p className="mt-2 text-muted">
            It is shown only now. Whoever has it can join with this e-mail: hand it to nobody else.
            It works once, within 7 days.
          </p>
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
  const { register, handleSubmit, setError, formState } = useForm<{ email: string }>({
    defaultValues: { email: '' },
  });
  const invite = useGatedMutation({
    mutationFn: ({ email }: { email: string }) =>
      api<NewInvite>('POST', `/teams/${teamId}/invites`, { email, role }),
    onSuccess: async (created) => {
      onSent(created);
      await queries.invalidateQueries({ queryKey: [`/teams/${teamId}/invites`] });
    },
    onError: (error) => {
      const message = fieldErrors(error).email;
      if (message) setError('email', { message }, { shouldFocus: true });
    },
  });
  return (
    <form
      noValidate
      className="flex flex-col gap-4"
      onSubmit={(event) => {
        event.stopPropagation();
        void handleSubmit((values) => invite.mutate(values))(event);
      }}
    >
      <Field label="E-mail" error={formState.errors.email?.message}>
        <Input
          type="email"
          autoComplete="off"
          placeholder="name@example.com"
          {...register('email', { required: 'Enter an e-mail address.' })}
        />
      </Field>
      <RoleChoice viewer={viewer} from={null} value={role} onChange={setRole} />
      {invite.error && !formState.errors.email ? (
        <Callout tone="danger" live>
          {invite.error.message}
        </Callout>
      ) : null}
      <DialogActions>
        <DialogClose>
          <Button>Cancel</Button>
        </DialogClose>
        <Button type="submit" variant="primary" pending={invite.isPending}>
          Send invitation
        </Button>
      </DialogActions>
    </form>
  );
}
