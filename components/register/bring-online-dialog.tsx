'use client';

import { BringOnline, bringOnlineTitle } from '@/components/register/bring-online';
import { Dialog } from '@/components/ui/dialog';
import type { NewComputer } from '@/lib/contract/resources';

/** For a computer that has a new key. */
export function BringOnlineDialog({
  created,
  onClose,
}: {
  created: NewComputer;
  onClose: () => void;
}) {
  return (
    <Dialog
      open
      onOpenChange={(open) => {
        if (!open) onClose();
      }}
      size="lg"
      title={bringOnlineTitle(created)}
      description="Run this on that computer. The key in it is shown only now."
    >
      <BringOnline created={created} />
    </Dialog>
  );
}
