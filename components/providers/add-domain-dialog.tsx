'use client';

import { useState } from 'react';
import { fieldErrors } from '@/components/form/field-errors';
import { Button } from '@/components/ui/button';
import { Dialog, DialogActions, DialogClose } from '@/components/ui/dialog';
import { Field } from '@/components/ui/field';
import { Input } from '@/components/ui/input';
import type { ParamsOf } from '@/lib/contract/endpoints';
import type { Provider } from '@/lib/contract/sso';
import { call } from '@/lib/react/call';
import { useGatedMutation } from '@/lib/react/gated-mutation';

/** Adds an e-mail domain to a provider. Open while there is a provider. */
export function AddDomainDialog({
  teamId,
  provider,
  onClose,
  onAdded,
}: {
  teamId: string;
  provider: Provider | null;
  onClose: () => void;
  onAdded: () => unknown;
}) {
  return (
    <Dialog
      open={provider !== null}
      onOpenChange={(open) => {
        if (!open) onClose();
      }}
      title="Add a domain"
      description={`Whose e-mail ends in it is led to ${provider?.name ?? 'this provider'}, once a DNS record proves that it is yours.`}
    >
      {/* Mounted when opened: it begins empty. */}
      <AddDomainForm params={{ teamId, id: provider?.id ?? '' }} onAdded={onAdded} />
    </Dialog>
  );
}

const ADD = 'POST /teams/{teamId}/sso-connections/{id}/domains';

function AddDomainForm({
  params,
  onAdded,
}: {
  params: ParamsOf<typeof ADD>;
  onAdded: () => unknown;
}) {
  const [domain, setDomain] = useState('');
  const [isMissing, setIsMissing] = useState(false);
  const add = useGatedMutation({
    mutationFn: (body: { domain: string }) => call(ADD, { params, body }),
    onSuccess: onAdded,
  });
  const fault = isMissing
    ? 'Enter a domain.'
    : (fieldErrors(add.error).domain ?? add.error?.message);
  return (
    <form
      method="post"
      noValidate
      className="flex flex-col gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        event.stopPropagation();
        setIsMissing(domain.trim() === '');
        if (domain.trim() !== '') add.mutate({ domain });
      }}
    >
      <Field label="Domain" hint="What stands after the @, without subdomains." error={fault}>
        <Input
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
          inputMode="url"
          maxLength={253}
          placeholder="example.com"
          value={domain}
          onChange={(event) => {
            setDomain(event.target.value);
            setIsMissing(false);
          }}
        />
      </Field>
      <DialogActions>
        <DialogClose>
          <Button>Cancel</Button>
        </DialogClose>
        <Button type="submit" variant="primary" pending={add.isPending}>
          Add
        </Button>
      </DialogActions>
    </form>
  );
}
