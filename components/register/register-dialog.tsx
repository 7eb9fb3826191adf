'use client';

import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { BringOnline, bringOnlineTitle } from '@/components/register/bring-online';
import { ComputerForm } from '@/components/register/computer-form';
import { Dialog } from '@/components/ui/dialog';
import type { NewComputer } from '@/lib/contract/resources';
import { refreshComputers } from '@/lib/react/live-computers';

/** Registers a computer, and stays until it is online. */
export function RegisterDialog({ teamId, onClose }: { teamId: string; onClose: () => void }) {
  const queries = useQueryClient();
  const [created, setCreated] = useState<NewComputer | null>(null);
  return (
    <Dialog
      open
      onOpenChange={(next) => {
        if (!next) onClose();
      }}
      size={created ? 'lg' : 'md'}
      title={created ? bringOnlineTitle(created) : 'Register a computer'}
      description={
        created
          ? 'Step 2 of 2. Run this on that computer. The key in it is shown only now.'
          : 'Step 1 of 2. Next you get the command that brings it online.'
      }
    >
      {created ? (
        <BringOnline created={created} />
      ) : (
        <ComputerForm
          computer={null}
          teamId={teamId}
          onSaved={(saved) => {
            setCreated(saved);
            void refreshComputers(queries, teamId);
          }}
        />
      )}
    </Dialog>
  );
}
