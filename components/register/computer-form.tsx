'use client';

import { useState } from 'react';
import { useForm } from 'react-hook-form';
import { fieldErrors } from '@/components/form/field-errors';
import { Form } from '@/components/form/form';
import { MemberChoice } from '@/components/register/member-choice';
import { Button } from '@/components/ui/button';
import { Callout } from '@/components/ui/callout';
import { DialogActions, DialogClose } from '@/components/ui/dialog';
import { Field } from '@/components/ui/field';
import { Input, Textarea } from '@/components/ui/input';
import { Segmented } from '@/components/ui/segmented';
import type { ManagedComputer, NewComputer } from '@/lib/contract/resources';
import { call } from '@/lib/react/call';
import { useGatedMutation } from '@/lib/react/gated-mutation';
import { useNamedMembers } from '@/lib/react/queries';

type Access = ManagedComputer['access'];

const accessOptions: readonly { value: Access; label: string }[] = [
  { value: 'all', label: 'All members' },
  { value: 'named', label: 'Named members' },
];

type FormProps = {
  /** The one to edit; null registers a new one. */
  computer: ManagedComputer | null;
  teamId: string;
  /** With the new computer and its key; null after an edit. */
  onSaved: (created: NewComputer | null) => unknown;
};

const whereOptions: readonly { value: 'anywhere' | 'named'; label: string }[] = [
  { value: 'anywhere', label: 'Anywhere' },
  { value: 'named', label: 'Named networks' },
];

/** What is wrong with the networks, as the server says it. */
function networksError(error: unknown, named: readonly string[]): string | undefined {
  const errors = Object.entries(fieldErrors(error)).filter(([path]) =>
    path.startsWith('hostNetworks'),
  );
  if (errors.length === 0) return undefined;
  if (named.length === 0) return 'Name one network at least, or choose “Anywhere”.';
  return errors.map(([, message]) => `${message}.`).join(' ');
}

/**
 * What a new computer is called and who may connect to it, or all that can be changed of one. Whom it names is
 * saved as a whole, so all of it is there before anything can be changed.
 */
export function ComputerForm(props: FormProps) {
  const { computer, teamId } = props;
  const named = useNamedMembers(teamId, computer);
  if (named.error) {
    return (
      <Callout tone="danger" live title="Whom it names could not be loaded">
        {named.error.message}
      </Callout>
    );
  }
  if (named.isLoading) return <p className="text-muted">Loading…</p>;
  return <Fields {...props} begunWith={new Set(named.data?.map(({ user }) => user.id))} />;
}

function Fields({
  computer,
  teamId,
  onSaved,
  begunWith,
}: FormProps & { begunWith: ReadonlySet<string> }) {
  const [access, setAccess] = useState<Access>(computer?.access ?? 'all');
  const [userIds, setUserIds] = useState(begunWith);
  const form = useForm<{ name: string }>({ defaultValues: { name: computer?.name ?? '' } });
  // What is hidden can't be edited, and stays as it is.
  const mayPin = computer !== null && !computer.masked;
  const [isPinned, setPinned] = useState(computer ? computer.hostNetworks !== null : false);
  const [networks, setNetworks] = useState(computer?.hostNetworks?.join('\n') ?? '');
  const present = computer?.host?.network ?? null;
  const named = networks.split(/[\s,]+/).filter((text) => text !== '');
  const save = useGatedMutation({
    mutationFn: async ({ name }: { name: string }): Promise<NewComputer | null> => {
      const body = { name, access, userIds: access === 'named' ? [...userIds] : [] };
      if (!computer) {
        return call('POST /teams/{teamId}/computers', { params: { teamId }, body });
      }
      const hostNetworks = mayPin ? { hostNetworks: isPinned ? named : null } : {};
      await call('PATCH /teams/{teamId}/computers/{id}', {
        params: { teamId, id: computer.id },
        body: { ...body, ...hostNetworks },
      });
      return null;
    },
    onSuccess: (created) => onSaved(created),
  });
  const toggle = (id: string, isNamed: boolean) => {
    const next = new Set(userIds);
    if (isNamed) next.add(id);
    else next.delete(id);
    setUserIds(next);
  };
  return (
    <Form
      form={form}
      sent={save}
      failed="Not saved"
      // Said where the networks are typed.
      refusal={networksError(save.error, named) ? false : null}
      actions={
        <DialogActions sticky>
          <DialogClose>
            <Button>Cancel</Button>
          </DialogClose>
          <Button type="submit" variant="primary" pending={save.isPending}>
            {computer ? 'Save' : 'Register'}
          </Button>
        </DialogActions>
      }
    >
      <Field label="Name" error={form.formState.errors.name?.message}>
        <Input
          autoComplete="off"
          maxLength={80}
          placeholder="Render station"
          {...form.register('name', {
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
          <MemberChoice
            teamId={teamId}
            computerId={computer?.id ?? null}
            chosen={userIds}
            onChoose={toggle}
          />
        ) : null}
      </div>
      {mayPin ? (
        <div className="flex flex-col gap-2">
          <p className="font-medium">Where its host key works</p>
          <Segmented
            label="Where its host key works"
            value={isPinned ? 'named' : 'anywhere'}
            onValueChange={(value) => setPinned(value === 'named')}
            options={whereOptions}
          />
          {isPinned ? (
            <Field
              label="Only from these networks"
              hint="Addresses or ranges such as 203.0.113.0/24, one a line. A program elsewhere is disconnected at once."
              error={networksError(save.error, named)}
            >
              <Textarea
                className="font-mono"
                spellCheck={false}
                autoComplete="off"
                value={networks}
                onChange={(event) => setNetworks(event.target.value)}
              />
            </Field>
          ) : null}
          {isPinned && present && !named.includes(present) ? (
            <Button
              size="sm"
              className="self-start"
              onClick={() => setNetworks([...named, present].join('\n'))}
            >
              {`Add ${present}, where it is ${computer.online ? 'now' : 'seen last'}`}
            </Button>
          ) : null}
        </div>
      ) : null}
    </Form>
  );
}
