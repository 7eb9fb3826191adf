'use client';

import { type ReactNode, useEffect, useState } from 'react';
import { waitText } from '@/components/gate/retry-wait';
import { Button } from '@/components/ui/button';
import { Callout, type CalloutTone } from '@/components/ui/callout';
import { Dialog, DialogActions } from '@/components/ui/dialog';
import { useConnection } from '@/lib/client/queries';
import type { Computer, Connection } from '@/lib/contract/resources';
import { type ConnectionState, isLive } from '@/lib/policy/connection-state';

export type OpenConnection = {
  computer: Computer;
  connection: Connection;
  /** When the wait for the computer ends, by this browser's clock. */
  waitEndsMs: number;
};

type Ended = Exclude<ConnectionState, 'waiting_for_host' | 'accepted'>;

/** What an ended connection says, and whether trying again may help. */
const ENDINGS: Record<Ended, { tone: CalloutTone; title: string; text: string }> = {
  declined: {
    tone: 'warn',
    title: 'Declined',
    text: 'Somebody at the computer, or its settings, declined the connection.',
  },
  expired: {
    tone: 'warn',
    title: 'The computer did not answer',
    text: 'Is it on, and connected to the Internet?',
  },
  cancelled: {
    tone: 'info',
    title: 'Cancelled',
    text: 'The computer was not connected.',
  },
  closed: { tone: 'info', title: 'Ended', text: 'The connection was closed.' },
  revoked: {
    tone: 'danger',
    title: 'Cut off',
    text: 'Your session, this network’s verification or your access to the computer was taken away.',
  },
};

/** One connection, as it stands from second to second. Closing while it waits cancels it. */
export function ConnectionDialog({
  opened,
  isRetrying,
  onRetry,
  onEnd,
  endError,
  onClose,
}: {
  opened: OpenConnection;
  isRetrying: boolean;
  onRetry: () => void;
  onEnd: () => Promise<void>;
  endError: Error | null;
  /** `isLive`: the connection goes on. */
  onClose: (isLive: boolean) => void;
}) {
  const query = useConnection(opened.connection);
  const { state } = query.data.connection;
  const [isEnding, setIsEnding] = useState(false);
  const end = async () => {
    setIsEnding(true);
    try {
      await onEnd();
      await query.refetch();
    } catch {
      // `endError` says it.
    } finally {
      setIsEnding(false);
    }
  };
  const close = () => {
    if (state === 'waiting_for_host') void onEnd().catch(() => undefined);
    onClose(state === 'accepted');
  };

  return (
    <Dialog
      open
      onOpenChange={(open) => {
        if (!open) close();
      }}
      title={`Connection to ${opened.computer.name}`}
    >
      <div className="flex flex-col gap-4">
        {state === 'waiting_for_host' ? (
          <Waiting endsMs={opened.waitEndsMs} />
        ) : state === 'accepted' ? (
          <Callout tone="success" live title="Connected">
            The computer accepted. The connection goes on when you close this window.
          </Callout>
        ) : (
          <Callout tone={ENDINGS[state].tone} live title={ENDINGS[state].title}>
            {ENDINGS[state].text}
          </Callout>
        )}
        {query.error && isLive(state) ? (
          <Callout tone="warn" title="How it stands can’t be asked now">
            {query.error.message}
          </Callout>
        ) : null}
        {endError ? (
          <Callout tone="danger" live title="Not ended">
            {endError.message}
          </Callout>
        ) : null}
      </div>
      <DialogActions>
        <Actions state={state} end={end} isEnding={isEnding} close={close}>
          <Button variant="primary" pending={isRetrying} onClick={onRetry}>
            {state === 'closed' || state === 'cancelled' ? 'Connect again' : 'Try again'}
          </Button>
        </Actions>
      </DialogActions>
    </Dialog>
  );
}

function Actions({
  state,
  end,
  isEnding,
  close,
  children,
}: {
  state: ConnectionState;
  end: () => void;
  isEnding: boolean;
  close: () => void;
  /** The way to a new connection, where this one has ended. */
  children: ReactNode;
}) {
  if (state === 'waiting_for_host') {
    return (
      <Button pending={isEnding} onClick={end}>
        Cancel
      </Button>
    );
  }
  if (state === 'accepted') {
    return (
      <>
        <Button onClick={close}>Close</Button>
        <Button variant="danger" pending={isEnding} onClick={end}>
          Disconnect
        </Button>
      </>
    );
  }
  return (
    <>
      <Button onClick={close}>Close</Button>
      {children}
    </>
  );
}

/** The seconds are shown, and not read out one by one. */
function Waiting({ endsMs }: { endsMs: number }) {
  const [leftMs, setLeftMs] = useState(() => endsMs - Date.now());
  useEffect(() => {
    const timer = setInterval(() => setLeftMs(endsMs - Date.now()), 250);
    return () => clearInterval(timer);
  }, [endsMs]);
  const leftSeconds = Math.max(0, Math.ceil(leftMs / 1000));
  return (
    <Callout>
      <p role="status" className="font-medium">
        Waiting for the computer to answer
      </p>
      <p className="text-muted tabular-nums">
        {leftSeconds > 0 ? `${waitText(leftSeconds)} left` : 'Its time is over'}
      </p>
    </Callout>
  );
}
