'use client';

import { BookmarkPlus, Trash2 } from 'lucide-react';
import { useRouter } from 'next/navigation';
import { useState } from 'react';
import { FormError } from '@/components/form/form-error';
import { Button } from '@/components/ui/button';
import { Dialog, DialogActions } from '@/components/ui/dialog';
import { Field } from '@/components/ui/field';
import { Input } from '@/components/ui/input';
import type { BodyOf } from '@/lib/contract/endpoints';
import { call } from '@/lib/react/call';
import { useGatedMutation } from '@/lib/react/gated-mutation';

/** Gives what is filtered a name, for the whole team. */
export function SaveFilter({
  teamId,
  path,
  query,
  leavesTimeOut,
}: {
  teamId: string;
  /** The page. */
  path: string;
  query: BodyOf<'POST /teams/{teamId}/event-filters'>['query'];
  /** Such as "7 days", which is chosen anew each time. */
  leavesTimeOut: boolean;
}) {
  const router = useRouter();
  const [isOpen, setIsOpen] = useState(false);
  const save = useGatedMutation({
    mutationFn: (name: string) =>
      call('POST /teams/{teamId}/event-filters', { params: { teamId }, body: { name, query } }),
    onSuccess: ({ id }) => {
      setIsOpen(false);
      router.push(`${path}?saved=${id}`);
    },
  });
  return (
    <>
      <Button icon={BookmarkPlus} onClick={() => setIsOpen(true)}>
        Save filter
      </Button>
      <Dialog
        open={isOpen}
        onOpenChange={(open) => {
          setIsOpen(open);
          save.reset();
        }}
        title="Save this filter"
        description={
          leavesTimeOut
            ? 'The owners and admins of the team find it on this page. The time is chosen anew each time.'
            : 'The owners and admins of the team find it on this page.'
        }
      >
        <form
          className="flex flex-col gap-4"
          onSubmit={(event) => {
            event.preventDefault();
            save.mutate(String(new FormData(event.currentTarget).get('name')));
          }}
        >
          <FormError error={save.error} />
          <Field label="Name">
            <Input name="name" required maxLength={80} autoComplete="off" />
          </Field>
          <DialogActions>
            <Button onClick={() => setIsOpen(false)}>Cancel</Button>
            <Button type="submit" variant="primary" pending={save.isPending}>
              Save
            </Button>
          </DialogActions>
        </form>
      </Dialog>
    </>
  );
}

/** Takes the name away again; what it found stays. */
export function RemoveFilter({ teamId, path, id }: { teamId: string; path: string; id: string }) {
  const router = useRouter();
  const remove = useGatedMutation({
    mutationFn: () => call('DELETE /teams/{teamId}/event-filters/{id}', { params: { teamId, id } }),
    onSuccess: () => router.push(path),
  });
  return (
    <>
      <Button icon={Trash2} pending={remove.isPending} onClick={() => remove.mutate()}>
        Remove filter
      </Button>
      <FormError error={remove.error} />
    </>
  );
}
