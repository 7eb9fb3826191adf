'use client';

import { useContext, useEffect, useRef, useSyncExternalStore } from 'react';
import { Button } from '@/components/ui/button';
import { Callout } from '@/components/ui/callout';
import { TextLink } from '@/components/ui/text-link';
import { Until } from '@/components/ui/until';
import { unverifiedHere } from '@/lib/client/gate';
import type { Me } from '@/lib/contract/resources';
import { hasPermission } from '@/lib/policy/roles';
import { asksForProof } from '@/lib/policy/rules';
import { GateContext } from '@/lib/react/gated-mutation';

/** What concerns every page: that protection is off, that this network is not verified, that nothing goes through. */
export function Banners({ me: { teams, client } }: { me: Pick<Me, 'teams' | 'client'> }) {
  const ask = useContext(GateContext);
  const isOffline = useIsOffline();
  const unprotected = teams.flatMap(({ ipVerificationOff: off, ...team }) =>
    off === null ? [] : [{ ...team, off }],
  );
  const isAsked = asksForProof(teams);
  useFocusOnceGone(isAsked && !client.trusted);
  const isUnknown = isAsked && client.address === null;
  const isUnverified = isAsked && client.address !== null && !client.trusted;
  const shows = unprotected.length > 0 || isUnknown || isUnverified || isOffline;
  const addressesTeam = teams.find(({ role }) => hasPermission(role, 'addresses.view'));
  return (
    <div className={shows ? 'mb-6 flex flex-col gap-3' : undefined}>
      {unprotected.map(({ id, name, role, off }) => (
        <Callout
          key={id}
          tone="danger"
          title={
            <>
              <span>IP Verification is off in {name}</span>
              {off.until === null ? null : (
                <span>
                  {' '}
                  until <Until at={off.until} />
                </span>
              )}
            </>
          }
        >
          {off.reason === null ? null : (
            <p className="wrap-anywhere">
              <span>By {off.by ?? 'somebody who is gone'}: </span>
              <span>{off.reason}</span>
            </p>
          )}
          <p>
            <span>A stolen sign-in of a member works there from any network. </span>
            {hasPermission(role, 'rules.change') ? (
              <span>
                Switch it on in <TextLink href={`/teams/${id}/rules`}>App Rules</TextLink>.
              </span>
            ) : (
              <span>Its owners can switch it on.</span>
            )}
          </p>
        </Callout>
      ))}
      {isUnknown ? (
        <Callout tone="danger" title="Your network can’t be told">
          <p>
            <span>
              The server does not know from which address you come, so what is protected is refused.
              Whoever runs this Gatehouse can mend it.{' '}
            </span>
            {addressesTeam ? (
              <span>
                See{' '}
                <TextLink href={`/teams/${addressesTeam.id}/addresses`}>
                  How Gatehouse sees addresses
                </TextLink>
                .
              </span>
            ) : null}
          </p>
        </Callout>
      ) : null}
      {isUnverified ? (
        <Callout
          tone="warn"
          title="You are on a network that is not verified"
          actions={
            <Button size="sm" onClick={() => void ask?.(unverifiedHere())}>
              Verify this network
            </Button>
          }
        >
          <p>
            <span className="font-mono" translate="no">
              {client.address}
            </span>{' '}
            <span>
              is new for your account, or its trust has ended. Protected actions ask you to confirm
              that it is you.
            </span>
          </p>
        </Callout>
      ) : null}
      <div role="status" className="contents">
        {isOffline ? (
          <Callout tone="warn" title="You are offline">
            <p>Nothing you do here reaches the server until your connection is back.</p>
          </Callout>
        ) : null}
      </div>
    </div>
  );
}

/** When the banner goes with the button that was pressed in it, the keyboard goes on at the page's heading. */
function useFocusOnceGone(isShown: boolean): void {
  const wasShown = useRef(isShown);
  useEffect(() => {
    if (wasShown.current && !isShown && document.activeElement === document.body) {
      document.querySelector<HTMLElement>('#content h1')?.focus({ preventScroll: true });
    }
    wasShown.current = isShown;
  }, [isShown]);
}

/** Whether the browser has no connection at all. */
function useIsOffline(): boolean {
  return useSyncExternalStore(
    watchConnection,
    () => !navigator.onLine,
    () => false,
  );
}

function watchConnection(onChange: () => void): () => void {
  window.addEventListener('online', onChange);
  window.addEventListener('offline', onChange);
  document.addEventListener('click', stayWhileOffline, true);
  return () => {
    window.removeEventListener('online', onChange);
    window.removeEventListener('offline', onChange);
    document.removeEventListener('click', stayWhileOffline, true);
  };
}

/** A link would end at the browser's own page, and what was typed here be lost. */
function stayWhileOffline(event: MouseEvent): void {
  const link = (event.target as Element).closest('a[href]');
  const isWithin = link?.getAttribute('href')?.startsWith('#');
  if (!link || isWithin || navigator.onLine) return;
  event.preventDefault();
  window.scrollTo({ top: 0 });
}
