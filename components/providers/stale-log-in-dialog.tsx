'use client';

import { ConfirmDialog } from '@/components/ui/confirm-dialog';
import type { Provider } from '@/lib/contract/sso';
import { call } from '@/lib/react/call';
import { useGatedMutation } from '@/lib/react/gated-mutation';

/** Whether a provider that does not ask again is believed at re-authentication. */
export function StaleLogInDialog({
  teamId,
  provider,
  onClose,
  onChanged,
}: {
  teamId: string;
  /** Null: closed. */
  provider: Provider | null;
  onClose: () => void;
  onChanged: () => unknown;
}) {
  const change = useGatedMutation({
    mutationFn: (body: { acceptsStaleLogIn: boolean; reason?: string }) =>
      call('PATCH /teams/{teamId}/sso-connections/{id}', {
        params: { teamId, id: provider?.id ?? '' },
        body,
      }),
    onSuccess: onChanged,
  });
  const isAccepted = provider?.acceptsStaleLogIn ?? false;
  const common = {
    onOpenChange: (open: boolean) => {
      if (open) return;
      change.reset();
      onClose();
    },
    error: change.error?.message,
  };
  // Two windows: as one changes what it says, it would still be seen closing.
  return (
    <>
      <ConfirmDialog
        {...common}
        open={provider !== null && !isAccepted}
        title={`Allow remembered sign-ins through ${provider?.name}?`}
        confirmLabel="Allow"
        reason={{ label: 'Reason', hint: 'Kept in Activity.', required: true }}
        onConfirm={(reason) => change.mutateAsync({ acceptsStaleLogIn: true, reason })}
      >
        <p>
          Whoever sits at a browser that is signed in at the provider, or has stolen its cookie, can
          then verify a network without any password. That is the theft that verification stops.
        </p>
        <p>
          Do this only for a provider that can’t ask again, and only until it is replaced or mended.
        </p>
      </ConfirmDialog>
      <ConfirmDialog
        {...common}
        tone="primary"
        open={provider !== null && isAccepted}
        title={`Require a fresh sign-in through ${provider?.name}?`}
        confirmLabel="Require"
        onConfirm={() => change.mutateAsync({ acceptsStaleLogIn: false })}
      >
        <p>
          From then on, a verification through it counts only if the provider has just asked for a
          new sign-in, and says so.
        </p>
      </ConfirmDialog>
    </>
  );
}
