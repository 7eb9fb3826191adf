'use client';

import { UserPlus } from 'lucide-react';
import { useForm } from 'react-hook-form';
import { Form } from '@/components/form/form';
import { Button } from '@/components/ui/button';
import { Callout } from '@/components/ui/callout';
import { Field } from '@/components/ui/field';
import { Input } from '@/components/ui/input';
import { Card } from '@/components/ui/section';
import { call } from '@/lib/react/call';
import { useGatedMutation } from '@/lib/react/gated-mutation';

type Values = { email: string };

/** Asks somebody to be a friend. What it answers tells nothing about who has an account. */
export function AddFriend({ onAdded }: { onAdded: () => Promise<unknown> }) {
  const form = useForm<Values>({ defaultValues: { email: '' } });
  const { errors, isDirty } = form.formState;
  const add = useGatedMutation({
    mutationFn: (body: Values) => call('POST /friends', { body }),
    onSuccess: async () => {
      form.reset();
      await onAdded();
    },
  });
  return (
    <Card className="max-w-xl">
      <Form
        form={form}
        sent={add}
        failed="Not asked"
        actions={
          <div>
            <Button type="submit" variant="primary" icon={UserPlus} pending={add.isPending}>
              Send request
            </Button>
          </div>
        }
      >
        <Field label="Add a friend by email" error={errors.email?.message}>
          <Input
            type="email"
            autoComplete="off"
            spellCheck={false}
            placeholder="name@example.com"
            {...form.register('email', { required: 'Enter an email.' })}
          />
        </Field>
        {add.isSuccess && !isDirty ? (
          <Callout tone="success" live title={`Asked ${add.variables.email.trim()}`}>
            If an account has this email, its owner finds the request here. It is listed under your
            requests until it is answered.
          </Callout>
        ) : null}
      </Form>
    </Card>
  );
}
