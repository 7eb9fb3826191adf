'use client';

import { useEffect } from 'react';
import { CenterCard } from '@/components/shell/center-card';
import { WaitingCard } from '@/components/shell/waiting-card';
import { Address } from '@/components/ui/address';
import { ButtonLink } from '@/components/ui/button';
import { Callout } from '@/components/ui/callout';
import type { VerifiedIp } from '@/lib/contract/resources';
import { useChallenge } from '@/lib/react/queries';

/** The page of the window in which somebody confirms that it is them; see `Confirm`. */
const CONFIRM_PATH = '/confirm';

/** A verification by an identity provider that has worked, and where to go from here. */
export function SsoVerified({
  verifiedIp,
  returnPath,
}: {
  verifiedIp: VerifiedIp;
  /** Where it began: a prompt, the window of a confirmation, or another page of ours. */
  returnPath: string;
}) {
  const challengeId = returnPath.match(/^\/verify\/([\w-]+)$/)?.[1] ?? null;
  const challenge = useChallenge(challengeId);
  const isElsewhere = challengeId === null && returnPath !== CONFIRM_PATH;
  useEffect(() => {
    if (isElsewhere) window.location.replace(returnPath);
  }, [isElsewhere, returnPath]);

  if (isElsewhere || (challengeId !== null && challenge.isPending)) {
    return <WaitingCard title="Verifying…" />;
  }
  // Only the network of the proof was recorded: the request may have come from another one.
  if (challenge.data?.status === 'pending') {
    return (
      <CenterCard title="Your own network was verified">
        <div className="flex flex-col gap-5">
          <Callout tone="warn" live title="The request still waits">
            <p>
              <Recorded verifiedIp={verifiedIp} /> The request that you were asked about comes from
              another network, and is not let through by that.
            </p>
          </Callout>
          <ButtonLink href={returnPath}>Back to the request</ButtonLink>
        </div>
      </CenterCard>
    );
  }
  return (
    <CenterCard title="Verified">
      <Callout tone="success" live title="Go back to your window or program">
        <p>
          It goes on by itself. You can close this window. <Recorded verifiedIp={verifiedIp} />
        </p>
      </Callout>
    </CenterCard>
  );
}

function Recorded({ verifiedIp }: { verifiedIp: VerifiedIp }) {
  return (
    <>
      Your network, <Address value={verifiedIp.address} network={verifiedIp.network} />, is trusted
      for this account now.
    </>
  );
}
