'use client';

import { useEffect, useRef } from 'react';
import { refusedAction } from '@/components/gate/action-words';
import { NotMe } from '@/components/gate/not-me';
import { PasswordForm } from '@/components/gate/password-form';
import { SsoWay } from '@/components/gate/sso-way';
import { Address } from '@/components/ui/address';
import { Button } from '@/components/ui/button';
import { Callout } from '@/components/ui/callout';
import { Dialog, DialogActions, DialogClose } from '@/components/ui/dialog';
import { Facts } from '@/components/ui/facts';
import { TextLink } from '@/components/ui/text-link';
import type { GateRefusal } from '@/lib/client/gated-mutation';
import { useChallenge } from '@/lib/client/queries';
import { verifyHere } from '@/lib/client/verify';
import type { GateProblem } from '@/lib/contract/resources';

/** Where somebody finds out how Gatehouse sees addresses; null where the reader's role has no such page. */
export type AddressesHref = string | null;

/** What happened, from which address, what to do: one field, one button. */
export function GateDialog({
  refusal,
  email,
  addressesHref,
  onDone,
}: {
  refusal: GateRefusal;
  email: string;
  addressesHref: AddressesHref;
  /** Called once: whether the action may be repeated. */
  onDone: (isPassed: boolean) => void;
}) {
  const back = () => onDone(false);
  const common = {
    open: true,
    over: true,
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
  const methods = Array.isArray(refusal.problem.methods) ? refusal.problem.methods : ['password'];
  const hasPassword = methods.includes('password');
  const hasSso = methods.includes('sso');
  const confirmation = hasSso ? 'Sign in again' : 'Confirm your password';
  const gate =
    refusal.code === 'ip_verification_required'
      ? (refusal.problem as unknown as GateProblem)
      : null;
  return (
    <Dialog
      {...common}
      title={gate ? 'Verify this network' : 'Confirm that it is you'}
      description={
        gate
          ? `This network is not verified for your account, or no longer is, so nothing was done yet. ${confirmation}: the network is recorded, and what you began goes on by itself.`
          : `This is a security setting, and you did not prove on this network, in the last 15 minutes, that it is you. ${confirmation}: what you began then goes on by itself.`
      }
    >
      <div className="flex flex-col gap-5">
        {gate ? (
          <Facts
            items={[
              { term: 'Action', value: refusedAction[gate.action] },
              { term: 'From', value: <Address {...addressOf(gate)} /> },
              { term: 'Account', value: email },
            ]}
          />
        ) : null}
        {gate ? <ElsewhereVerified id={gate.challenge.id} onVerified={() => onDone(true)} /> : null}
        {hasSso ? (
          <SsoWay
            challengeId={gate?.challenge.id ?? null}
            isMain={!hasPassword}
            onConfirmed={() => onDone(true)}
          />
        ) : null}
        {hasPassword ? (
          <PasswordForm
            label="Your password"
            username={email}
            submitLabel={gate ? 'Verify this network' : 'Confirm'}
            cancel={
              <DialogClose>
                <Button>Cancel</Button>
              </DialogClose>
            }
            verify={(password) => verifyHere(password, gate?.challenge.id)}
            onVerified={() => onDone(true)}
          />
        ) : null}
        {hasPassword || hasSso ? null : (
          <Callout tone="warn" title="Your account has no password">
            Sign out and in again: a log-in on this network verifies it too.
          </Callout>
        )}
        {hasPassword ? null : (
          <DialogActions>
            <DialogClose>
              <Button>Cancel</Button>
            </DialogClose>
          </DialogActions>
        )}
        <NotMe onLeave={back} />
      </div>
    </Dialog>
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
