'use client';

import { ComputerForm } from '@/components/register/computer-form';
import { Dialog } from '@/components/ui/dialog';
import type { ManagedComputer } from '@/lib/contract/resources';

/** Changes a computer's name, who may connect to it, and from where its key works. */
export function EditComputerDialog({
  computer,
  teamId,
  onClose,
  onSaved,
}: {
  computer: ManagedComputer;
  teamId: string;
  onClose: () => void;
  onSaved: () => unknown;
}) {
  return (
    <Dialog
      open
      onOpenChange={(next) => {
        if (!next) onClose();
      }}
      title={`Edit ${computer.name}`}
      description="Whoever may no longer connect is disconnected at once."
    >
      <ComputerForm computer={computer} teamId={teamId} onSaved={onSaved} />
    </Dialog>
  );
}
