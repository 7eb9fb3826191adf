'use client';

import { Ellipsis, KeySquare, Pencil, ShieldAlert, ShieldCheck, Trash2 } from 'lucide-react';
import { ProviderDomains } from '@/components/providers/provider-domains';
import { TestButton } from '@/components/providers/test-button';
import { roleWords } from '@/components/roles/role-badge';
import { Badge } from '@/components/ui/badge';
import { IconButton } from '@/components/ui/button';
import { Callout } from '@/components/ui/callout';
import { Facts } from '@/components/ui/facts';
import { Menu, MenuItem } from '@/components/ui/menu';
import { Card } from '@/components/ui/section';
import { Status } from '@/components/ui/status';
import { Switch } from '@/components/ui/switch';
import type { Provider } from '@/lib/contract/sso';
import { call } from '@/lib/react/call';
import { useGatedMutation } from '@/lib/react/gated-mutation';

export const kindWords: Record<Provider['settings']['kind'], string> = {
  oidc: 'OpenID Connect',
  saml: 'SAML',
};

/** What is done with one provider, in a window over the list. */
export type ProviderAct = 'edit' | 'endpoints' | 'add-domain' | 'stale-log-in' | 'remove';

/** One identity provider: its state, what it may do, and the domains that it serves. */
export function ProviderCard({
  teamId,
  provider,
  mayChange,
  onAct,
  onChanged,
}: {
  teamId: string;
  provider: Provider;
  mayChange: boolean;
  onAct: (act: ProviderAct) => void;
  onChanged: () => unknown;
}) {
  const {
    id,
    name,
    enabled,
    settings,
    justInTimeRole,
    acceptsStaleLogIn,
    believesEmail,
    warnings,
  } = provider;
  const toggle = useGatedMutation({
    mutationFn: (next: boolean) =>
      call('PATCH /teams/{teamId}/sso-connections/{id}', {
        params: { teamId, id },
        body: { enabled: next },
      }),
    onSuccess: onChanged,
  });
  return (
    <Card padded={false}>
      <section aria-labelledby={`${id}-name`} className="flex flex-col gap-5 p-4 sm:p-5">
        <div className="flex flex-wrap items-start justify-between gap-x-6 gap-y-3">
          <div className="flex min-w-0 flex-wrap items-center gap-x-3 gap-y-1">
            <h2 id={`${id}-name`} className="text-base font-semibold wrap-anywhere">
              {name}
            </h2>
            <Badge>{kindWords[settings.kind]}</Badge>
          </div>
          {mayChange ? (
            <div className="flex gap-2">
              <TestButton
                flow={{
                  purpose: 'test',
                  connectionId: id,
                  returnPath: `/teams/${teamId}/sso`,
                }}
              />
              <Menu
                trigger={<IconButton icon={Ellipsis} size="sm" label={`Actions for ${name}`} />}
              >
                <MenuItem icon={Pencil} onSelect={() => onAct('edit')}>
                  Edit…
                </MenuItem>
                <MenuItem icon={KeySquare} onSelect={() => onAct('endpoints')}>
                  What the provider must be told…
                </MenuItem>
                <MenuItem
                  icon={acceptsStaleLogIn ? ShieldCheck : ShieldAlert}
                  onSelect={() => onAct('stale-log-in')}
                >
                  {acceptsStaleLogIn
                    ? 'Require that it asks again…'
                    : 'Accept that it does not ask again…'}
                </MenuItem>
                <MenuItem icon={Trash2} tone="danger" onSelect={() => onAct('remove')}>
                  Remove…
                </MenuItem>
              </Menu>
            </div>
          ) : null}
        </div>
        {warnings.length > 0 ? (
          <Callout tone="warn" title="Look after this">
            <ul className="flex flex-col gap-1">
              {warnings.map((warning) => (
                <li key={warning}>{warning}</li>
              ))}
            </ul>
          </Callout>
        ) : null}
        {mayChange ? (
          <Switch
            label="Enabled"
            checked={enabled}
            pending={toggle.isPending}
            description={
              enabled
                ? 'Members of its domains sign in through it.'
                : 'Nobody signs in through it; it can be tested.'
            }
            onCheckedChange={(next) => toggle.mutate(next)}
          />
        ) : null}
        {toggle.error ? (
          <Callout tone="danger" live>
            {toggle.error.message}
          </Callout>
        ) : null}
        <Facts
          items={[
            ...(mayChange ? [] : [{ term: 'State', value: enabled ? 'Enabled' : 'Disabled' }]),
            {
              term: settings.kind === 'oidc' ? 'Issuer' : 'Entity id',
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
              term: 'E-mail',
              value: believesEmail ? (
                <span className="flex flex-wrap items-center gap-x-3 gap-y-1">
                  <Status meaning="blocked" icon={ShieldAlert}>
                    Believed unverified
                  </Status>
                  Whoever may set his own there can take that of somebody who is invited.
                </span>
              ) : (
                'Counts only where the provider says that it is verified'
              ),
            },
            {
              term: 'Asks again',
              value: acceptsStaleLogIn ? (
                <span className="flex flex-wrap items-center gap-x-3 gap-y-1">
                  <Status meaning="blocked" icon={ShieldAlert}>
                    Not required
                  </Status>
                  Whoever sits at a signed-in browser can verify a network.
                </span>
              ) : (
                'Required: a silent sign-in verifies nothing'
              ),
            },
          ]}
        />
        <ProviderDomains
          teamId={teamId}
          providerId={id}
          domains={provider.domains}
          mayChange={mayChange}
          onAdd={() => onAct('add-domain')}
          onChanged={onChanged}
        />
      </section>
    </Card>
  );
}
