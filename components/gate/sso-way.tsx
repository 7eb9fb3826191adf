'use client';

import { ExternalLink, LoaderCircle } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import { ButtonLink } from '@/components/ui/button';
import { useCall } from '@/lib/react/queries';

/**
 * Re-authentication by single sign-on, in a window beside this one: the page that waits stays as it is.
 * The window comes back from the provider without knowing who opened it, so this one asks the server.
 */
export function SsoWay({
  challengeId,
  isMain,
  onConfirmed,
}: {
  /** Of the network that is to be verified, which its own poll watches; null: the session is confirmed. */
  challengeId: string | null;
  isMain: boolean;
  onConfirmed: () => void;
}) {
  const [isWaiting, setIsWaiting] = useState(false);
  const link = useRef<HTMLAnchorElement>(null);
  useEffect(() => {
    // A dialog gives focus to fields and buttons by itself, never to links.
    if (isMain) link.current?.focus();
  }, [isMain]);
  return (
    <div className="flex flex-col gap-2">
      <ButtonLink
        ref={link}
        href={challengeId === null ? '/confirm' : `/verify/${challengeId}`}
        target="_blank"
        icon={ExternalLink}
        variant={isMain ? 'primary' : 'secondary'}
        onClick={() => setIsWaiting(true)}
      >
        Verify with single sign-on
      </ButtonLink>
      <p role="status" className="flex items-center gap-2 text-muted">
        {isWaiting ? <LoaderCircle aria-hidden className="size-4 shrink-0 animate-spin" /> : null}
        <span>
          {isWaiting
            ? 'Waiting for the other window. This one goes on by itself.'
            : 'Opens in a new window. This one goes on by itself.'}
        </span>
      </p>
      {challengeId === null ? <Reauthenticated onConfirmed={onConfirmed} /> : null}
    </div>
  );
}

/** Goes on by itself when the session was re-authenticated in another window. Shows nothing. */
function Reauthenticated({ onConfirmed }: { onConfirmed: () => void }) {
  const { data } = useCall('GET /me', {}, { staleTime: 0, gcTime: 0, refetchInterval: 2_000 });
  const at = data?.session.authenticatedAt ?? null;
  const first = useRef<string | null>(null);
  first.current ??= at;
  const isNewer = at !== null && first.current !== null && at > first.current;
  const latest = useRef(onConfirmed);
  latest.current = onConfirmed;
  useEffect(() => {
    if (isNewer) latest.current();
  }, [isNewer]);
  return null;
}
