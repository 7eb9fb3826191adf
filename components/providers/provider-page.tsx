'use client';

import { useQueryClient } from '@tanstack/react-query';
import { Ellipsis, ShieldAlert, ShieldCheck, Trash2 } from 'lucide-react';
import { useRouter } from 'next/navigation';
import { type ReactNode, useEffect, useState } from 'react';
import { couldSignIn, SsoTestOutcome } from '@/components/prompt/sso-test-outcome';
import { Endpoints } from '@/components/providers/endpoints';
import { kindWords } from '@/components/providers/provider-choices';
import { ProviderDomains } from '@/components/providers/provider-domains';
import { ProviderForm } from '@/components/providers/provider-form';
import { ProviderWarnings } from '@/components/providers/provider-warnings';
import { ProviderState } from '@/components/providers/providers';
import { StaleLogInDialog } from '@/components/providers/stale-log-in-dialog';
import { Step, Steps } from '@/components/providers/step';
import { TestButton } from '@/components/providers/test-button';
import { roleWords } from '@/components/roles/role-badge';
import { RefreshFailed } from '@/components/shell/refresh-failed';
import { Badge } from '@/components/ui/badge';
import { Button, IconButton } from '@/components/ui/button';
import { Callout } from '@/components/ui/callout';
import { ConfirmDialog } from '@/components/ui/confirm-dialog';
import { Facts } from '@/components/ui/facts';
import { useKeptFocus } from '@/components/ui/kept-focus';
import { Menu, MenuItem } from '@/components/ui/menu';
import { PageHeader } from '@/components/ui/page-header';
import { Card } from '@/components/ui/section';
import { Status } from '@/components/ui/status';
import { Switch } from '@/components/ui/switch';
import { TextLink } from '@/components/ui/text-link';
import type { Provider } from '@/lib/contract/sso';
import { call } from '@/lib/react/call';
import { useGatedMutation } from '@/lib/react/gated-mutation';
import { useCall } from '@/lib/react/queries';
import { type EndedTest, hearOfTests } from '@/lib/react/sso';

/** One identity provider, as the steps by which it is set up, each of which stays open to change. */
export function ProviderPage({
  teamId,
  initial,
  mayChange,
  children,
}: {
  teamId: string;
  initial: Provider;
  /** Owners may. */
  mayChange: boolean;
  /** What comes after the steps. */
  children: ReactNode;
}) {
  const router = useRouter();
  const queries = useQueryClient();
  const params = { teamId, id: initial.id };
  const query = useCall(
    'GET /teams/{teamId}/sso-connections/{id}',
    { params },
    { initialData: initial },
  );
  const provider = query.data;
  const { name, enabled, settings, acceptsStaleLogIn } = provider;
  const [open, setOpen] = useState<'stale-log-in' | 'remove' | null>(null);
  const refresh = () => queries.invalidateQueries();
  const remove = useGatedMutation({
    mutationFn: () => call('DELETE /teams/{teamId}/sso-connections/{id}', { params }),
    onSuccess: () => router.replace(`/teams/${teamId}/sso`),
  });
  const isProven = provider.domains.some(({ provenAt }) => provenAt !== null);
  return (
    <>
      <PageHeader
        back={<TextLink href={`/teams/${teamId}/sso`}>Single sign-on</TextLink>}
        title={name}
        description={
          <span className="flex flex-wrap items-center gap-2">
            <Badge>{kindWords[settings.kind]}</Badge>
            <ProviderState isOn={enabled} />
          </span>
        }
        actions={
          mayChange ? (
            <Menu trigger={<IconButton icon={Ellipsis} label={`Actions for ${name}`} />}>
              <MenuItem
                icon={acceptsStaleLogIn ? ShieldCheck : ShieldAlert}
                onSelect={() => setOpen('stale-log-in')}
              >
                {acceptsStaleLogIn ? 'Require a fresh sign-in…' : 'Allow remembered sign-ins…'}
              </MenuItem>
              <MenuItem
                icon={Trash2}
                tone="danger"
                onSelect={() => {
                  remove.reset();
                  setOpen('remove');
                }}
              >
                Remove…
              </MenuItem>
            </Menu>
          ) : null
        }
      />
      <RefreshFailed query={query} />
      {mayChange ? null : (
        <p className="mb-4 text-muted">Only owners of the team change this provider.</p>
      )}
      {enabled && provider.warnings.length > 0 ? (
        <div className="mb-6">
          <ProviderWarnings warnings={provider.warnings} />
        </div>
      ) : null}
      <Steps>
        <Step
          number={1}
          title="Choose your provider"
          description={`${name}, by ${kindWords[settings.kind]}.`}
          isDone
        />
        <Step
          number={2}
          title="Tell the provider where people come back to"
          description="Enter this at the identity provider."
        >
          <Endpoints endpoints={provider.endpoints} isSaved />
        </Step>
        <Step number={3} title="What the provider gave you" isDone>
          <Settings teamId={teamId} provider={provider} mayChange={mayChange} onChanged={refresh} />
        </Step>
        <Step number={4} title="Prove your email domain" isDone={isProven}>
          <ProviderDomains
            teamId={teamId}
            provider={provider}
            mayChange={mayChange}
            onChanged={refresh}
          />
        </Step>
        {mayChange ? <TestStep teamId={teamId} provider={provider} /> : null}
        <SwitchStep
          teamId={teamId}
          provider={provider}
          isProven={isProven}
          mayChange={mayChange}
          onChanged={refresh}
        />
      </Steps>
      {children}
      <StaleLogInDialog
        teamId={teamId}
        provider={open === 'stale-log-in' ? provider : null}
        onClose={() => setOpen(null)}
        onChanged={refresh}
      />
      <ConfirmDialog
        open={open === 'remove'}
        onOpenChange={(next) => {
          if (!next) setOpen(null);
        }}
        title={`Remove ${name}?`}
        confirmLabel="Remove"
        error={remove.error?.message}
        onConfirm={() => remove.mutateAsync()}
      >
        <p>
          Sessions that began through it end at once, and its domains are not served any more.
          Accounts stay; those without a password can’t sign in until they have one, or until they
          are known by another provider.
        </p>
      </ConfirmDialog>
    </>
  );
}

/** What is known of it, and the form that changes it. */
function Settings({
  teamId,
  provider,
  mayChange,
  onChanged,
}: {
  teamId: string;
  provider: Provider;
  mayChange: boolean;
  onChanged: () => unknown;
}) {
  const [isEditing, setIsEditing] = useState(false);
  const around = useKeptFocus(isEditing);
  const { settings, justInTimeRole, believesEmail, acceptsStaleLogIn } = provider;
  if (isEditing) {
    return (
      <div ref={around} tabIndex={-1}>
        <ProviderForm
          teamId={teamId}
          begin={{ provider }}
          onSaved={async () => {
            await onChanged();
            setIsEditing(false);
          }}
          onCancel={() => setIsEditing(false)}
        />
      </div>
    );
  }
  return (
    <div ref={around} tabIndex={-1} className="flex flex-col gap-3">
      <Facts
        items={[
          {
            term: settings.kind === 'oidc' ? 'Issuer' : 'Entity ID',
            value: (
              <code className="font-mono text-[0.8125rem]" translate="no">
                {settings.kind === 'oidc' ? settings.issuer : settings.idpEntityId}
              </code>
            ),
          },
          {
            term: 'New accounts',
            value:
              justInTimeRole === null
                ? 'Not made: only those who are invited, or have an account'
                : `Made at the first sign-in, as ${roleWords[justInTimeRole]}`,
          },
          {
            term: 'Email',
            value: believesEmail ? (
              <Weak word="Believed unverified">
                Whoever may set his own there can take that of somebody who is invited.
              </Weak>
            ) : (
              'Counts only where the provider says that it is verified'
            ),
          },
          {
            term: 'Fresh sign-in',
            value: acceptsStaleLogIn ? (
              <Weak word="Not required">
                Whoever sits at a signed-in browser can verify a network.
              </Weak>
            ) : (
              'Required (recommended)'
            ),
          },
        ]}
      />
      {mayChange ? (
        <div>
          <Button onClick={() => setIsEditing(true)}>Edit</Button>
        </div>
      ) : null}
    </div>
  );
}

function Weak({ word, children }: { word: string; children: ReactNode }) {
  return (
    <span className="flex flex-wrap items-center gap-x-3 gap-y-1">
      <Status meaning="blocked" icon={ShieldAlert}>
        {word}
      </Status>
      <span>{children}</span>
    </span>
  );
}

function TestStep({ teamId, provider: { id } }: { teamId: string; provider: Provider }) {
  const [test, setTest] = useState<EndedTest['test'] | null>(null);
  useEffect(
    () =>
      hearOfTests((ended) => {
        if (ended.connectionId === id) setTest(ended.test);
      }),
    [id],
  );
  return (
    <Step
      number={5}
      title="Test it as yourself"
      description="You sign in there in a window of its own. Nothing is stored, and nobody is signed in here."
      isDone={test !== null && couldSignIn(test) && test.isFresh}
    >
      <div className="flex flex-col gap-4">
        <div>
          <TestButton
            flow={{ purpose: 'test', connectionId: id, returnPath: `/teams/${teamId}/sso/${id}` }}
          />
        </div>
        <div role="status">
          {test ? <SsoTestOutcome key={test.subject} test={test} isFolded /> : null}
        </div>
      </div>
    </Step>
  );
}

function SwitchStep({
  teamId,
  provider: { id, name, enabled, members, domains },
  isProven,
  mayChange,
  onChanged,
}: {
  teamId: string;
  provider: Provider;
  isProven: boolean;
  mayChange: boolean;
  onChanged: () => unknown;
}) {
  const toggle = useGatedMutation({
    mutationFn: (next: boolean) =>
      call('PATCH /teams/{teamId}/sso-connections/{id}', {
        params: { teamId, id },
        body: { enabled: next },
      }),
    onSuccess: onChanged,
  });
  const people = `${members} ${members === 1 ? 'member' : 'members'}`;
  const proven = domains.filter(({ provenAt }) => provenAt !== null);
  const who = `${people} with an email at ${proven.map(({ domain }) => domain).join(' or ')}`;
  const sees = members === 1 ? 'sees' : 'see';
  return (
    <Step number={6} title="Switch it on" isDone={enabled} isLater={!isProven && !enabled}>
      <Card>
        <Switch
          label={`Sign in through ${name}`}
          checked={enabled}
          pending={toggle.isPending}
          disabledReason={mayChange ? null : 'Only owners of the team change this.'}
          description={
            isProven
              ? enabled
                ? `${who} ${sees} “Continue with ${name}” when they sign in.`
                : `From the moment it is on, ${who} ${sees} “Continue with ${name}” when they sign in. A password still works beside it, until single sign-on is required.`
              : 'No domain is proven yet: nobody is led to it, on or off.'
          }
          onCheckedChange={(next) => toggle.mutate(next)}
        />
        <p role="status" className={toggle.isSuccess && enabled ? 'mt-3 font-medium' : 'sr-only'}>
          {toggle.isSuccess && enabled && isProven
            ? `From now on ${people} ${sees} “Continue with ${name}”.`
            : ''}
        </p>
        {toggle.error ? (
          <div className="mt-3">
            <Callout tone="danger" live>
              {toggle.error.message}
            </Callout>
          </div>
        ) : null}
      </Card>
    </Step>
  );
}
