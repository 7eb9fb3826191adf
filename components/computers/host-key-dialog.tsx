'use client';

import { Button } from '@/components/ui/button';
import { CopyField } from '@/components/ui/copy-button';
import { Dialog, DialogActions, DialogClose } from '@/components/ui/dialog';
import type { NewComputer } from '@/lib/contract/resources';

/** Shows the host key of a computer, the only time that it can be shown. */
export function HostKeyDialog({
  created,
  onClose,
}: {
  created: NewComputer | null;
  onClose: () => void;
}) {
  return (
    <Dialog
      open={created !== null}
      onOpenChange={(open) => {
        if (!open) onClose();
      }}
      title={`Host key of ${created?.computer.name ?? ''}`}
      description="Set it up on that computer: it signs in to Gatehouse with this key and waits there for connections."
    >
      <CopyField label="Host key" value={created?.hostKey ?? ''} />
      <p className="mt-2 text-muted">
        It is shown only now; Gatehouse keeps no copy. If it is lost, make a new one.
      </p>
      <DialogActions>
        <DialogClose>
          <Button variant="primary">I have copied it</Button>
        </DialogClose>
      </DialogActions>
    </Dialog>
  );
}
