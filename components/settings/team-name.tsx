'use client';

import { useQueryClient } from '@tanstack/react-query';
import { useRouter } from 'next/navigation';
import { useForm } from 'react-hook-form';
import { Form } from '@/components/form/form';
import { Button } from '@/components/ui/button';
import { Field } from '@/components/ui/field';
import { Input } from '@/components/ui/input';
import { Card, Section } from '@/components/ui/section';
import { call } from '@/lib/react/call';
import { useGatedMutation } from '@/lib/react/gated-mutation';
import { queryKey } from '@/lib/react/queries';

/** Renames the team. */
export function TeamName({ teamId, name }: { teamId: string; name: string }) {
  const router = useRouter();
  const queries = useQueryClient();
  const form = useForm<{ name: string }>({ defaultValues: { name } });
  const { errors, isDirty } = form.formState;
  const rename = useGatedMutation({
    mutationFn: (body: { name: string }) =>
      call('PATCH /teams/{teamId}', { params: { teamId }, body }),
    onSuccess: (team) => {
      form.reset({ name: team.name });
      // The navigation shows the name too.
      router.refresh();
      void queries.invalidateQueries({ queryKey: queryKey('GET /me') });
    },
  });
  return (
    <Section title="Team name">
      <Card className="max-w-xl">
        <Form
          form={form}
          sent={rename}
          failed="Not renamed"
          actions={
            <div className="flex items-center gap-3">
              <Button
                type="submit"
                variant="primary"
                pending={rename.isPending}
                disabled={!isDirty}
              >
                Rename
              </Button>
              <span role="status" className="text-muted">
                {rename.isSuccess && !isDirty ? 'Renamed.' : ''}
              </span>
            </div>
          }
        >
          <Field
            label="Name"
            hint="Members see it in the navigation, and those you invite in their mail."
            error={errors.name?.message}
          >
            <Input
              autoComplete="organization"
              maxLength={80}
              {...form.register('name', {
                validate: (text) => text.trim() !== '' || 'Enter a name.',
              })}
            />
          </Field>
        </Form>
      </Card>
    </Section>
  );
}
