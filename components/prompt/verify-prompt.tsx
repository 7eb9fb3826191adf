'use client';

import { useState } from 'react';
import { actionWords } from '@/components/gate/action-words';
import { NotMe } from '@/components/gate/not-me';
import { PasswordForm } from '@/components/gate/password-form';
import { SsoVerifyButtons } from '@/components/prompt/sso-verify-buttons';
import { type Place, VerifyElsewhere } from '@/components/prompt/verify-elsewhere';
import { VerifyEnded } from '@/components/prompt/verify-ended';
import { CenterCard } from '@/components/shell/center-card';
import { Address } from '@/components/ui/address';
import { Callout } from '@/components/ui/callout';
import { Facts } from '@/components/ui/facts';
import { RelativeTime } from '@/components/ui/relative-time';
import { type ChallengeOutcome, passChallenge } from '@/lib/client/gate';
import type { Challenge } from '@/lib/contract/resources';
import { call } from '@/lib/react/call';
import { useChallenge } from '@/lib/react/queries';

export type VerifyPromptProps = {
  challenge: Challenge & {
    address: string;
    client: string;
    maskedEmail: string;
    methods: readonly ('password' | 'sso')[];
    /** The identity providers that know the account. */
    providers: readonly { id: string; name: string }[];
  };
  /** The network of this page; where that is unknown, why. */
  here: Place | { reason: string | null };
  /** Who is signed in to this browser, and whether it is the account in question. */
  viewer: { email: string; isAccount: boolean } | null;
};

/**
 * The prompt on a page of its own. Only the network that this page is on can be verified here: when
 * another one asks, both are shown, and the first advice is not to go on.
 */
export function VerifyPrompt({ challenge, here, viewer }: VerifyPromptProps) {
  const [outcome, setOutcome] = useState<ChallengeOutcome | null>(null);
  const isOver = outcome !== null && outcome.status !== 'pending';
  const polled = useChallenge(isOver ? null : challenge.id).data?.status;
  const status = (isOver ? outcome.status : polled) ?? challenge.status;
  const asking: Place = { address: challenge.address, network: challenge.network };

  if (status === 'verified') return <Verified />;
  if (status === 'expired') return <VerifyEnded state="expired" />;

  const username = viewer?.isAccount ? viewer.email : null;
  const facts = [
    { term: 'Action', value: actionWords(challenge.action).wish },
    { term: 'Program', value: challenge.client },
    { term: 'Account', value: username ?? challenge.maskedEmail },
    { term: 'Ends', value: <RelativeTime at={challenge.expiresAt} /> },
  ];
  const hasPassword = challenge.methods.includes('password');
  const passwordForm = (
    <PasswordForm
      label={`Password of ${username ?? challenge.maskedEmail}`}
      username={username}
      submitLabel="Verify this network"
      verify={(password) => passChallenge(call, challenge.id, password, viewer?.isAccount ?? false)}
      onVerified={setOutcome}
    />
  );
  const ways =
    hasPassword || challenge.providers.length > 0 ? (
      <div className="flex flex-col gap-4">
        <SsoVerifyButtons
          providers={challenge.providers}
          challengeId={challenge.id}
          returnPath={`/verify/${challenge.id}`}
          isMain={!hasPassword}
        />
        {hasPassword ? passwordForm : null}
      </div>
    ) : null;

  if ('reason' in here) {
    return (
      <CenterCard wide title="Your network can’t be told" lead={leadOf(challenge)}>
        <div className="flex flex-col gap-5">
          <Facts items={[from(asking), ...facts]} />
          <Callout tone="warn" title="Nothing can be verified from here">
            <p>
              The server can’t establish the address that you come from ({here.reason ?? 'unknown'}
              ), so there is no network to record. Whoever runs this Gatehouse can mend it: the
              settings for its proxies do not fit the way that requests reach it.
            </p>
          </Callout>
        </div>
      </CenterCard>
    );
  }
  if (here.network !== challenge.network) {
    return (
      <VerifyElsewhere
        asking={asking}
        here={here}
        facts={facts}
        recorded={outcome?.verifiedIp ?? null}
        ways={ways}
      />
    );
  }
  return (
    <CenterCard wide title="Verify this network" lead={leadOf(challenge)}>
      <div className="flex flex-col gap-5">
        <Facts items={[from(asking), ...facts]} />
        {viewer && !viewer.isAccount ? (
          <Callout title={`You are signed in here as ${viewer.email}`}>
            <p>
              This is about another account, {challenge.maskedEmail}. You stay signed in as you are.
            </p>
          </Callout>
        ) : null}
        {ways ?? (
          <Callout tone="warn" title="This account has no password">
            Sign in again in the program that asks: signing in there verifies its network.
          </Callout>
        )}
        <NotMe isSignedIn={viewer?.isAccount ?? false} />
      </div>
    </CenterCard>
  );
}

function from(place: Place) {
  return { term: 'From', value: <Address value={place.address} network={place.network} /> };
}

function leadOf({ client }: { client: string }) {
  return `“${client}” asked for something that works only from networks you have verified, and waits. Go on only if you started this yourself, just now.`;
}

function Verified() {
  return (
    <CenterCard title="Verified">
      <Callout tone="success" live title="Go back to your program">
        It goes on by itself. You can close this page.
      </Callout>
    </CenterCard>
  );
}
