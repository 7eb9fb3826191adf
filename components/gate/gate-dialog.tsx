'use client';

import { useEffect, useRef } from 'react';
import { actionWords } from '@/components/gate/action-words';
import { NotMe } from '@/components/gate/not-me';
import { PasswordForm } from '@/components/gate/password-form';
import { SsoWay } from '@/components/gate/sso-way';
import { Address } from '@/components/ui/address';
import { Button } from '@/components/ui/button';
import { Callout } from '@/components/ui/callout';
import { Dialog, DialogActions, DialogClose } from '@/components/ui/dialog';
import { Facts } from '@/components/ui/facts';
import { TextLink } from '@/components/ui/text-link';
import type { GateRefusal } from '@/lib/client/gate';
import { type OtherNetwork, otherNetworkOf, verify } from '@/lib/client/gate';
import type { GateProblem } from '@/lib/contract/resources';
import { call } from '@/lib/react/call';
import { useChallenge } from '@/lib/react/queries';

/** Where somebody finds out how Gatehouse sees addresses; null where the reader's role has no such page. */
export type AddressesHref = string | null;

/** So often the password is asked for where it verifies another network than the refused one. */
const MISSES_MAX = 2;

/** What happened, from which address, what to do: one field, one button. */
export function GateDialog({
  refusal,
  email,
  methods: ownMethods,
  addressesHref,
  misses,
  onDone,
}: {
  /** Without a challenge: nothing was refused, the person wants to verify this network. */
  refusal: GateRefusal;
  email: string;
  /** By what the account can be proven, where the refusal does not say. */
  methods: GateProblem['methods'];
  addressesHref: AddressesHref;
  /** What was verified for this action so far, and was not the network that it is refused on. */
  misses: readonly OtherNetwork[];
  /** Called once. */
  onDone: (answer: 'passed' | 'went_back' | OtherNetwork) => void;
}) {
  const back = () => onDone('went_back');
  const passed = () => onDone('passed');
  const common = {
    open: true,
    onOpenChange: (open: boolean) => {
      if (!open) back();
    },
  };
  if (refusal.code === 'client_address_unknown') {
    return (
      <Dialog {...common} title="Your network can’t be told">
        <AddressUnknown reason={refusal.problem.reason} addressesHref={addressesHref} back={back} />
      </Dialog>
    );
  }
  const methods = Array.isArray(refusal.problem.methods) ? refusal.problem.methods : ownMethods;
  const lastMiss = misses.at(-1);
  if (lastMiss && misses.length >= MISSES_MAX) {
    return (
      <Dialog {...common} title="Your device uses several networks at once">
        <TwoNetworks miss={lastMiss} />
      </Dialog>
    );
  }
  const hasPassword = methods.includes('password');
  const hasSso = methods.includes('sso');
  const confirmation = hasSso ? 'Sign in again' : 'Confirm your password';
  const isOfNetwork = refusal.code === 'ip_verification_required';
  const gate =
    isOfNetwork && 'challenge' in refusal.problem
      ? (refusal.problem as unknown as GateProblem)
      : null;
  const description = gate
    ? `This network is not verified for your account, or no longer is, so nothing was done yet. ${confirmation}: the network is recorded, and what you began goes on by itself.`
    : isOfNetwork
      ? `This network is not verified for your account, or no longer is. ${confirmation}: the network is recorded, and what is protected opens here.`
      : `This is a security setting, and you did not prove on this network, in the last 15 minutes, that it is you. ${confirmation}: what you began then goes on by itself.`;
  return (
    <Dialog
      {...common}
      title={isOfNetwork ? 'Verify this network' : 'Confirm that it is you'}
      description={description}
    >
      <div className="flex flex-col gap-5">
        {gate ? (
          <Facts
            items={[
              { term: 'Action', value: actionWords(gate.action).wish },
              { term: 'From', value: <Address {...addressOf(gate)} /> },
              { term: 'Account', value: email },
            ]}
          />
        ) : null}
        {lastMiss ? (
          <Callout tone="warn" live title="Another network was verified">
            <p>
              Your proof came from <Address value={lastMiss.recorded.address} />, which is verified
              now. What you began comes from another one, and still waits: your device reaches the
              server by two (IPv4 and IPv6, or a VPN). Confirm once more, for this one.
            </p>
          </Callout>
        ) : null}
        {gate ? <ElsewhereVerified id={gate.challenge.id} onVerified={passed} /> : null}
        {hasSso ? (
          <SsoWay
            challengeId={gate?.challenge.id ?? null}
            isMain={!hasPassword}
            onConfirmed={passed}
          />
        ) : null}
        {hasPassword ? (
          <PasswordForm
            label="Your password"
            username={email}
            submitLabel={isOfNetwork ? 'Verify this network' : 'Confirm'}
            cancel={
              <DialogClose>
                <Button>Cancel</Button>
              </DialogClose>
            }
            verify={(password) => verify(call, password, gate?.challenge.id)}
            onVerified={(verification) => onDone(otherNetworkOf(verification) ?? 'passed')}
          />
        ) : null}
        {hasPassword || hasSso ? null : (
          <Callout tone="warn" title="Your account has no password">
            Sign out and in again: signing in on this network verifies it too.
          </Callout>
        )}
        {hasPassword ? null : (
          <DialogActions>
            <DialogClose>
              <Button>Cancel</Button>
            </DialogClose>
          </DialogActions>
        )}
        <NotMe />
      </div>
    </Dialog>
  );
}

/** Each proof goes another way than the action: asking again would not end it. */
function TwoNetworks({ miss }: { miss: OtherNetwork }) {
  return (
    <div className="flex flex-col gap-4">
      <p>
        You have confirmed that it is you, twice. But your proof and what you began leave your
        device by different networks, so nothing was done yet. Your password would not help again.
      </p>
      <Facts
        items={[
          {
            term: 'Verified',
            value: <Address value={miss.recorded.address} network={miss.recorded.network} />,
          },
          { term: 'Refused', value: <Address value={miss.asked} /> },
        ]}
      />
      <p>
        Let everything go one way, then try again: pause the VPN or the private relay, or switch
        between Wi-Fi and cable. If it stays like this, tell whoever runs your network that IPv4 and
        IPv6 alternate.
      </p>
      <DialogActions>
        <DialogClose>
          <Button variant="primary">Close</Button>
        </DialogClose>
      </DialogActions>
    </div>
  );
}

function addressOf({ client }: GateProblem) {
  return { value: client.address, network: client.network };
}

/** Goes on by itself when the network was verified in another tab. Shows nothing. */
function ElsewhereVerified({ id, onVerified }: { id: string; onVerified: () => void }) {
  const isVerified = useChallenge(id).data?.status === 'verified';
  const latest = useRef(onVerified);
  latest.current = onVerified;
  useEffect(() => {
    if (isVerified) latest.current();
  }, [isVerified]);
  return null;
}

function AddressUnknown({
  reason,
  addressesHref,
  back,
}: {
  reason: unknown;
  addressesHref: AddressesHref;
  back: () => void;
}) {
  return (
    <div className="flex flex-col gap-4">
      <p>
        The server can’t establish the address that you come from, so it refuses what it protects.
        Nothing was done, and your password would not help: no network could be recorded.
      </p>
      <p>
        <span>
          Whoever runs this Gatehouse can mend it: the settings for its proxies do not fit the way
          that requests reach it.{' '}
        </span>
        {addressesHref ? (
          <span>
            See{' '}
            <TextLink href={addressesHref} onClick={back}>
              How Gatehouse sees addresses
            </TextLink>
            .
          </span>
        ) : null}
      </p>
      {typeof reason === 'string' ? (
        <Facts
          items={[
            { term: 'Reason', value: <code className="font-mono text-[0.8125rem]">{reason}</code> },
          ]}
        />
      ) : null}
      <DialogActions>
        <DialogClose>
          <Button variant="primary">Close</Button>
        </DialogClose>
      </DialogActions>
    </div>
  );
}
