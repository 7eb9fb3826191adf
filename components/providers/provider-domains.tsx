'use client';

import { useQuery } from '@tanstack/react-query';
import { CircleDashed, Trash2 } from 'lucide-react';
import { useEffect, useState } from 'react';
import { fieldErrors } from '@/components/form/field-errors';
import { Button, IconButton } from '@/components/ui/button';
import { Callout } from '@/components/ui/callout';
import { ConfirmDialog } from '@/components/ui/confirm-dialog';
import { CopyField } from '@/components/ui/copy-button';
import { Field } from '@/components/ui/field';
import { Input } from '@/components/ui/input';
import { Status } from '@/components/ui/status';
import type { ApiError } from '@/lib/client/api';
import type { ParamsOf } from '@/lib/contract/endpoints';
import type { Provider, SsoDomain } from '@/lib/contract/sso';
import { call } from '@/lib/react/call';
import { useGatedMutation } from '@/lib/react/gated-mutation';

/** The email domains of a provider; for those that are not proven, the DNS record that does it. */
export function ProviderDomains({
  teamId,
  provider: { id: providerId, name, enabled, domains },
  mayChange,
  onChanged,
}: {
  teamId: string;
  provider: Pick<Provider, 'id' | 'name' | 'enabled' | 'domains'>;
  mayChange: boolean;
  onChanged: () => unknown;
}) {
  const [removed, setRemoved] = useState<SsoDomain | null>(null);
  const remove = useGatedMutation({
    mutationFn: (domainId: string) =>
      call('DELETE /teams/{teamId}/sso-connections/{id}/domains/{domainId}', {
        params: { teamId, id: providerId, domainId },
      }),
    onSuccess: onChanged,
  });
  return (
    <div className="flex flex-col gap-4">
      {domains.length === 0 ? (
        <p className="text-muted">None yet: nobody is led to this provider.</p>
      ) : (
        <ul className="divide-y divide-line rounded-lg border border-line bg-surface">
          {domains.map((domain) => (
            <DomainItem
              key={domain.id}
              params={{ teamId, id: providerId, domainId: domain.id }}
              domain={domain}
              mayChange={mayChange}
              onChanged={onChanged}
              onRemove={() => {
                remove.reset();
                setRemoved(domain);
              }}
            />
          ))}
        </ul>
      )}
      {mayChange ? (
        <AddDomain
          params={{ teamId, id: providerId }}
          hint={
            enabled
              ? `What stands after the @, without subdomains. Once it is proven, people with such an email sign in through ${name}.`
              : 'What stands after the @, without subdomains.'
          }
          onAdded={onChanged}
        />
      ) : null}
      <ConfirmDialog
        open={removed !== null}
        onOpenChange={(open) => {
          if (!open) setRemoved(null);
        }}
        title={`Remove ${removed?.domain}?`}
        confirmLabel="Remove"
        error={remove.error?.message}
        onConfirm={() => remove.mutateAsync(removed?.id ?? '')}
      >
        <p>
          Nobody is led to this provider by it any more
          {removed?.isRequired ? ', and single sign-on is no longer required for it' : ''}. To use
          it again, it has to be proven anew.
        </p>
      </ConfirmDialog>
    </div>
  );
}

const ADD = 'POST /teams/{teamId}/sso-connections/{id}/domains';

function AddDomain({
  params,
  hint,
  onAdded,
}: {
  params: ParamsOf<typeof ADD>;
  hint: string;
  onAdded: () => unknown;
}) {
  const [domain, setDomain] = useState('');
  const [isMissing, setIsMissing] = useState(false);
  const add = useGatedMutation({
    mutationFn: (body: { domain: string }) => call(ADD, { params, body }),
    onSuccess: () => {
      setDomain('');
      return onAdded();
    },
  });
  const fault = isMissing
    ? 'Enter a domain.'
    : (fieldErrors(add.error).domain ?? add.error?.message);
  return (
    <form
      method="post"
      noValidate
      className="flex flex-col gap-3"
      onSubmit={(event) => {
        event.preventDefault();
        setIsMissing(domain.trim() === '');
        if (domain.trim() !== '') add.mutate({ domain });
      }}
    >
      <Field label="Domain" hint={hint} error={fault} className="max-w-sm">
        <Input
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
          inputMode="url"
          maxLength={253}
          placeholder="example.com"
          value={domain}
          onChange={(event) => {
            setDomain(event.target.value);
            setIsMissing(false);
          }}
        />
      </Field>
      <div>
        <Button type="submit" pending={add.isPending}>
          Add domain
        </Button>
      </div>
    </form>
  );
}

const PROVE = 'POST /teams/{teamId}/sso-connections/{id}/domains/{domainId}/proof';
const LOOK_MS = 30_000;
/** Not there yet, or not to be asked now. Whatever else comes in between, a person has to see to. */
const GOES_ON: readonly string[] = ['conflict', 'unavailable', 'too_many_requests'];
const isStoppedBy = (error: ApiError | null) => error !== null && !GOES_ON.includes(error.code);

function DomainItem({
  params,
  domain,
  mayChange,
  onChanged,
  onRemove,
}: {
  params: ParamsOf<typeof PROVE>;
  domain: SsoDomain;
  mayChange: boolean;
  onChanged: () => unknown;
  onRemove: () => void;
}) {
  const prove = useGatedMutation({
    mutationFn: () => call(PROVE, { params, body: {} }),
    onSuccess: onChanged,
  });
  const isProven = domain.provenAt !== null;
  const isWaiting = !isProven && mayChange;
  // By itself it asks for no password: where that is needed, it waits for whoever checks.
  const look = useQuery<SsoDomain, ApiError>({
    queryKey: ['proof', domain.id],
    queryFn: () => call(PROVE, { params, body: {} }),
    enabled: ({ state }) => isWaiting && !isStoppedBy(state.error),
    refetchInterval: LOOK_MS,
    refetchOnWindowFocus: true,
    staleTime: 0,
    gcTime: 0,
    retry: false,
  });
  const isFound = look.data?.provenAt != null;
  // biome-ignore lint/correctness/useExhaustiveDependencies: once it is found
  useEffect(() => {
    if (isFound && !isProven) void onChanged();
  }, [isFound]);
  const error = prove.error ?? look.error;
  const isStopped = isStoppedBy(look.error);
  return (
    <li className="flex flex-col gap-3 px-4 py-3">
      <div className="flex items-center justify-between gap-x-4">
        <div className="flex min-w-0 flex-wrap items-center gap-x-3 gap-y-1">
          <span className="font-medium wrap-anywhere">{domain.domain}</span>
          <span role="status">
            {isProven ? (
              <Status meaning="trusted">Proven</Status>
            ) : (
              <Status meaning="neutral" icon={CircleDashed}>
                Not proven
              </Status>
            )}
          </span>
          {domain.isRequired ? <Status meaning="trusted">Required</Status> : null}
        </div>
        {mayChange ? (
          <div className="flex shrink-0 gap-2">
            {isProven ? null : (
              <Button size="sm" pending={prove.isPending} onClick={() => prove.mutate()}>
                Check now
              </Button>
            )}
            <IconButton
              icon={Trash2}
              size="sm"
              label={`Remove ${domain.domain}`}
              onClick={onRemove}
            />
          </div>
        ) : null}
      </div>
      {isWaiting ? (
        <div className="flex flex-col gap-3">
          <p className="wrap-anywhere text-muted">
            <span>Add this TXT record where the DNS of {domain.domain} is kept. </span>
            <span>
              {isStopped
                ? 'Then press Check now.'
                : 'While this page is open, Gatehouse looks for it every 30 seconds.'}
            </span>
          </p>
          <CopyField label="Name" value={domain.record.name} />
          <CopyField label="Value" value={domain.record.value} />
          {error && !(isStopped && prove.error === null) ? (
            <Callout tone="warn" live={prove.error !== null} title="Not proven yet">
              {error.message}
            </Callout>
          ) : null}
        </div>
      ) : null}
    </li>
  );
}
