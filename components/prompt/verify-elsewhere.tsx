'use client';

import type { ReactNode } from 'react';
import { CenterCard } from '@/components/shell/center-card';
import { Address } from '@/components/ui/address';
import { Callout } from '@/components/ui/callout';
import { Facts } from '@/components/ui/facts';
import { TextLink } from '@/components/ui/text-link';
import type { VerifiedIp } from '@/lib/contract/resources';

/** An address and the network that it stands for. */
export type Place = { address: string; network: string };

/**
 * The prompt, looked at from another network than the one that asks: the reader's own program on
 * another line, or a thief's, who has sent the reader this link. Nothing that is done here lets the
 * request through, and the page says so before anything else.
 */
export function VerifyElsewhere({
  asking,
  here,
  facts,
  recorded,
  ways,
}: {
  asking: Place;
  here: Place;
  facts: readonly { term: string; value: ReactNode }[];
  /** What was recorded here in spite of it; null as long as nothing was. */
  recorded: VerifiedIp | null;
  /** Verify the present network; null where the account has none. */
  ways: ReactNode;
}) {
  return (
    <CenterCard
      wide
      title="The request comes from another network"
      lead="You can’t let it through from here: only whoever is on the network that asks can verify that network."
    >
      <div className="flex flex-col gap-5">
        {recorded ? (
          <Callout tone="success" live title="Your own network was verified">
            <p>
              <Address value={recorded.address} network={recorded.network} /> is trusted for this
              account now. The request from <Address value={asking.address} /> is not let through by
              that: it still waits.
            </p>
          </Callout>
        ) : null}
        <Facts
          items={[
            {
              term: 'It is on',
              value: <Address value={asking.address} network={asking.network} />,
            },
            { term: 'You are on', value: <Address value={here.address} network={here.network} /> },
            ...facts,
          ]}
        />
        <Callout tone="danger" title="You did not start this, or somebody sent you this link?">
          <p>
            Do not go on. Somebody at <Address value={asking.address} /> uses a session of your
            account. On <TextLink href="/account">your account page</TextLink>, change your password
            and sign out everywhere; then tell an owner of your team.
          </p>
        </Callout>
        <div>
          <h2 className="font-semibold">You started it yourself?</h2>
          <ul className="mt-1.5 list-disc space-y-1.5 pl-5">
            <li>
              In a program on another machine: open this page on that machine, or on its network.
            </li>
            <li>
              On this machine, which then leaves by two addresses (IPv4 and IPv6, a VPN): sign in
              again in the program itself. Signing in there verifies its network.
            </li>
          </ul>
        </div>
        {ways && !recorded ? (
          <details className="border-t border-line pt-4">
            <summary className="w-fit cursor-pointer rounded-sm font-medium">
              Verify the network I am on, <Address value={here.address} />
            </summary>
            <p className="mt-2 mb-4 text-muted">
              This records your own network for the account, and nothing else. The request from{' '}
              <Address value={asking.address} /> stays refused.
            </p>
            {ways}
          </details>
        ) : null}
      </div>
    </CenterCard>
  );
}
