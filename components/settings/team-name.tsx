'use client';

import { useRouter } from 'next/navigation';
import { useForm } from 'react-hook-form';
import { fieldErrors } from '@/components/form/field-errors';
import { Button } from '@/components/ui/button';
import { Callout } from '@/components/ui/callout';
import { Field } from '@/components/ui/field';
import { Input } from '@/components/ui/input';
import { Card, Section } from '@/components/ui/section';
import { call } from '@/lib/react/call';
import { useGatedMutation } from '@/lib/react/gated-mutation';

/** Renames the team. */
export function TeamName({ teamId, name }: { teamId: string; name: string }) {
  const router = useRouter();
  const { register, handleSubmit, setError, formState, reset } = useForm<{ name: string }>({
    defaultValues: { name },
  });
  const rename = useGatedMutation({
    mutationFn: (body: { name: string }) =>
      call('PATCH /teams/{teamId}', { params: { teamId }, body }),
    onSuccess: (team) => {
      reset({ name: team.name });
      // The navigation shows the name too.
      router.refresh();
    },
    onError: (error) => {
      const message = fieldErrors(error).name;
      if (message) setError('name', { message }, { shouldFocus: true });
    },
  });
  return (
    <Section title="Team name">
      <Card className="max-w-xl">
        <form
          noValidate
          className="flex flex-col gap-4"
          onSubmit={handleSubmit((values) => rename.mutate(values))}
        >
          <Field
            label="Name"
            hint="Members see it in the navigation, and those you invite in their mail."
            error={formState.errors.name?.message}
          >
            <Input
              autoComplete="organization"
              maxLength={80}
              {...register('name', { validate: (text) => text.trim() !== '' || 'Enter a name.' })}
            />
          </Field>
          {rename.error && !formState.errors.name ? (
            <Callout tone="danger" live>
              {rename.error.message}
            </Callout>
          ) : null}
          <div className="flex items-center gap-3">
            <Button
              type="submit"
              variant="primary"
              pending={rename.isPending}
              disabled={!formState.isDirty}
            >
              Rename
            </Button>
            <span role="status" className="text-muted">
              {rename.isSuccess && !formState.isDirty ? 'Renamed.' : ''}
            </span>
          </div>
        </form>
      </Card>
    </Section>
  );
}
