'use client';

import { useState } from 'react';
import { useForm } from 'react-hook-form';
import { fieldErrors } from '@/components/field-errors';
import { Button } from '@/components/ui/button';
import { Callout } from '@/components/ui/callout';
import { Checkbox } from '@/components/ui/checkbox';
import { Dialog, DialogActions, DialogClose } from '@/components/ui/dialog';
import { Field } from '@/components/ui/field';
import { Input } from '@/components/ui/input';
import { Segmented } from '@/components/ui/segmented';
import { api } from '@/lib/client/api';
import { useGatedMutation } from '@/lib/client/gated-mutation';
import type { ManagedComputer, NewComputer, UserSummary } from '@/lib/contract/resources';

type Access = ManagedComputer['access'];

const accessOptions: readonly { value: Access; label: string }[] = [
  { value: 'all', label: 'All members' },
  { value: 'named', label: 'Named members' },
];

type DialogProps = {
  /** The list's path below `/api/v1`. */
  path: string;
  /** The one to edit; null registers a new one. */
  computer: ManagedComputer | null;
  members: readonly UserSummary[];
  /** With the new computer and its key; null after an edit. */
  onSaved: (created: NewComputer | null) => unknown;
};

/** Registers a computer, or edits one. */
export function ComputerDialog({
  open,
  onClose,
  ...form
}: DialogProps & { open: boolean; onClose: () => void }) {
  return (
    <Dialog
      open={open}
      onOpenChange={(next) => {
        if (!next) onClose();
      }}
      title={form.computer ? `Edit ${form.computer.name}` : 'Register a computer'}
      description={
        form.computer
          ? 'Whoever may no longer connect is disconnected at once.'
          : 'You get its host key in the next step.'
      }
    >
      {/* Mounted when opened: it begins with the computer as it is then. */}
      <ComputerForm {...form} />
    </Dialog>
  );
}

function ComputerForm({ path, computer, members, onSaved }: DialogProps) {
  const [access, setAccess] = useState<Access>(computer?.access ?? 'all');
  const [userIds, setUserIds] = useState<ReadonlySet<string>>(new Set(computer?.userIds));
  const { register, handleSubmit, setError, formState } = useForm<{ name: string }>({
    defaultValues: { name: computer?.name ?? '' },
  });
  const save = useGatedMutation({
    mutationFn: async ({ name }: { name: string }): Promise<NewComputer | null> => {
      const body = { name, access, userIds: access === 'named' ? [...userIds] : [] };
      if (!computer) return api<NewComputer>('POST', path, body);
      await api<ManagedComputer>('PATCH', `${path}/${computer.id}`, body);
      return null;
    },
    onSuccess: (created) => onSaved(created),
    onError: (error) => {
      const message = fieldErrors(error).name;
      if (message) setError('name', { message }, { shouldFocus: true });
    },
  });
  const toggle = (id: string, isNamed: boolean) => {
    const next = new Set(userIds);
    if (isNamed) next.add(id);
    else next.delete(id);
    setUserIds(next);
  };
  return (
    <form
      noValidate
      className="flex flex-col gap-4"
      onSubmit={(event) => {
        event.stopPropagation();
        void handleSubmit((values) => save.mutate(values))(event);
      }}
    >
      <Field label="Name" error={formState.errors.name?.message}>
        <Input
          autoComplete="off"
          maxLength={80}
          placeholder="Render station"
          {...register('name', {
            validate: (name) => name.trim() !== '' || 'Enter a name.',
          })}
        />
      </Field>
      <div className="flex flex-col gap-2">
        <p className="font-medium">Who may connect</p>
        <Segmented
          label="Who may connect"
          value={access}
          onValueChange={setAccess}
          options={accessOptions}
        />
        {access === 'named' ? (
          <fieldset className="mt-1 flex max-h-64 flex-col gap-2.5 overflow-y-auto rounded-md border border-line p-3">
            <legend className="sr-only">Members who may connect</legend>
            {members.map((member) => (
              <Checkbox
                key={member.id}
                label={member.name}
                hint={member.email}
                checked={userIds.has(member.id)}
                onChange={(event) => toggle(member.id, event.target.checked)}
              />
            ))}
          </fieldset>
        ) : null}
      </div>
      {save.error && !formState.errors.name ? (
        <Callout tone="danger" live>
          {save.error.message}
        </Callout>
      ) : null}
      <DialogActions>
        <DialogClose>
          <Button>Cancel</Button>
        </DialogClose>
        <Button type="submit" variant="primary" pending={save.isPending}>
          {computer ? 'Save' : 'Register'}
        </Button>
      </DialogActions>
    </form>
  );
}
