'use client';

import { useQueryClient } from '@tanstack/react-query';
import { useForm } from 'react-hook-form';
import { Form } from '@/components/form/form';
import { Button } from '@/components/ui/button';
import { ConfirmDialog } from '@/components/ui/confirm-dialog';
import { countText } from '@/components/ui/count-text';
import { Dialog, DialogActions, DialogClose } from '@/components/ui/dialog';
import { Field } from '@/components/ui/field';
import { Input } from '@/components/ui/input';
import { shortNetwork } from '@/components/verified-ips/network-text';
import type { SeenNetwork } from '@/lib/contract/resources';
import { call } from '@/lib/react/call';
import { useGatedMutation } from '@/lib/react/gated-mutation';

type Named = Pick<SeenNetwork, 'network' | 'name' | 'trusted'>;

type Props = {
  teamId: string;
  networks: readonly Named[];
  open: boolean;
  onClose: () => void;
  /** It is done. */
  onDone?: () => void;
};

const wordsFor = (networks: readonly Named[]) => {
  const [one] = networks;
  return networks.length === 1 && one ? shortNetwork(one.network) : `${networks.length} networks`;
};

/** Revokes networks of everybody who has them verified. */
export function RevokeNetworks({ teamId, networks, open, onClose, onDone }: Props) {
  const queries = useQueryClient();
  const revoke = useGatedMutation({
    mutationFn: () =>
      call('POST /teams/{teamId}/seen-networks/revocations', {
        params: { teamId },
        body: { networks: networks.map(({ network }) => network) },
      }),
    onSuccess: () => {
      onDone?.();
      return queries.invalidateQueries();
    },
  });
  const trusted = networks.reduce((sum, network) => sum + network.trusted, 0);
  return (
    <ConfirmDialog
      open={open}
      onOpenChange={(next) => {
        revoke.reset();
        if (!next) onClose();
      }}
      title={`Revoke ${wordsFor(networks)}?`}
      confirmLabel="Revoke"
      error={revoke.error?.message}
      onConfirm={() => revoke.mutateAsync()}
    >
      <p>
        {trusted === 0
          ? 'Nobody has this trusted now. Whoever had it is asked to confirm there, as before.'
          : networks.length === 1
            ? `It is trusted for ${countText(trusted, 'member')}. Each of them is asked to confirm that it is them before the next protected action there.`
            : 'Whoever has them trusted is asked to confirm that it is them before the next protected action there.'}
      </p>
      <p>
        Connections to Team Computers that were opened from there end now. Sessions go on. Whoever
        confirms there again, by password or single sign-on, has it trusted again.
      </p>
    </ConfirmDialog>
  );
}

/** Gives networks one name, or takes it away. */
export function NameNetworks({ teamId, networks, open, onClose, onDone }: Props) {
  return (
    <Dialog
      open={open}
      onOpenChange={(next) => {
        if (!next) onClose();
      }}
      title={`Name ${wordsFor(networks)}`}
      description="Owners and admins of this team see the name beside the address. It changes nothing of what is trusted."
    >
      <NameForm
        teamId={teamId}
        networks={networks}
        onDone={() => {
          onDone?.();
          onClose();
        }}
      />
    </Dialog>
  );
}

function NameForm({
  teamId,
  networks,
  onDone,
}: Pick<Props, 'teamId' | 'networks'> & { onDone: () => void }) {
  const queries = useQueryClient();
  const names = new Set(networks.map(({ name }) => name ?? ''));
  const name = names.size === 1 ? ([...names][0] ?? '') : '';
  const form = useForm<{ name: string }>({ defaultValues: { name } });
  const save = useGatedMutation({
    mutationFn: (values: { name: string }) =>
      call('POST /teams/{teamId}/seen-networks/names', {
        params: { teamId },
        body: {
          networks: networks.map(({ network }) => network),
          name: values.name.trim() === '' ? null : values.name,
        },
      }),
    onSuccess: () => {
      onDone();
      return queries.invalidateQueries();
    },
  });
  return (
    <Form
      form={form}
      sent={save}
      failed="Not named"
      actions={
        <DialogActions>
          <DialogClose>
            <Button>Cancel</Button>
          </DialogClose>
          <Button type="submit" variant="primary" pending={save.isPending}>
            Save
          </Button>
        </DialogActions>
      }
    >
      <Field
        label="Name"
        hint="Such as “Harbour office”. Leave it empty to take a name away."
        error={form.formState.errors.name?.message}
      >
        <Input autoComplete="off" maxLength={80} {...form.register('name')} />
      </Field>
    </Form>
  );
}
