'use client';

import { Button } from '@/components/ui/button';
import { CopyField } from '@/components/ui/copy-button';
import { Dialog, DialogActions, DialogClose } from '@/components/ui/dialog';
import type { Provider } from '@/lib/contract/sso';

/** What the provider's administrator has to enter there. Open while there is a provider. */
export function EndpointsDialog({
  provider,
  onClose,
}: {
  provider: Provider | null;
  onClose: () => void;
}) {
  return (
    <Dialog
      size="lg"
      open={provider !== null}
      onOpenChange={(open) => {
        if (!open) onClose();
      }}
      title="What the provider must be told"
      description="Enter this at the identity provider. Then add the e-mail domains that it serves, and test the provider."
    >
      <div className="flex flex-col gap-4">
        {provider
          ? fieldsOf(provider).map(({ label, value }) => (
              <CopyField key={label} label={label} value={value} />
            ))
          : null}
        <DialogActions>
          <DialogClose>
            <Button variant="primary">Done</Button>
          </DialogClose>
        </DialogActions>
      </div>
    </Dialog>
  );
}

function fieldsOf({ endpoints }: Provider): { label: string; value: string }[] {
  if ('redirectUrl' in endpoints) {
    return [
      { label: 'Redirect URL', value: endpoints.redirectUrl },
      { label: 'Back-channel log-out URL (optional)', value: endpoints.backChannelLogOutUrl },
    ];
  }
  return [
    { label: 'Metadata URL, which holds all of the following', value: endpoints.metadataUrl },
    { label: 'Entity id', value: endpoints.entityId },
    { label: 'Assertion consumer service (ACS) URL', value: endpoints.acsUrl },
    { label: 'Single log-out URL (optional)', value: endpoints.sloUrl },
  ];
}
