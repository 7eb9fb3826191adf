'use client';

import { CircleDashed, Plus, Trash2 } from 'lucide-react';
import { useState } from 'react';
import { Button, IconButton } from '@/components/ui/button';
import { Callout } from '@/components/ui/callout';
import { ConfirmDialog } from '@/components/ui/confirm-dialog';
import { CopyField } from '@/components/ui/copy-button';
import { Status } from '@/components/ui/status';
import type { ParamsOf } from '@/lib/contract/endpoints';
import type { SsoDomain } from '@/lib/contract/sso';
import { call } from '@/lib/react/call';
import { useGatedMutation } from '@/lib/react/gated-mutation';

/** The e-mail domains of a provider; for those that are not proven, the DNS record that does it. */
export function ProviderDomains({
  teamId,
  providerId,
  domains,
  mayChange,
  onAdd,
  onChanged,
}: {
  teamId: string;
  providerId: string;
  domains: readonly SsoDomain[];
  mayChange: boolean;
  onAdd: () => void;
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
    <div>
      <div className="mb-2 flex flex-wrap items-center justify-between gap-x-6 gap-y-2">
        <h3 className="font-semibold">E-mail domains</h3>
        {mayChange ? (
          <Button size="sm" icon={Plus} onClick={onAdd}>
            Add a domain
          </Button>
        ) : null}
      </div>
      {domains.length === 0 ? (
        <p className="text-muted">None yet: nobody is led to this provider.</p>
      ) : (
        <ul className="divide-y divide-line rounded-lg border border-line">
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

const PROVE = 'POST /teams/{teamId}/sso-connections/{id}/domains/{domainId}/proof';

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
  return (
    <li className="flex flex-col gap-3 px-4 py-3">
      <div className="flex items-center justify-between gap-x-4">
        <div className="flex min-w-0 flex-wrap items-center gap-x-3 gap-y-1">
          <span className="font-medium wrap-anywhere">{domain.domain}</span>
          {isProven ? (
            <Status meaning="trusted">Proven</Status>
          ) : (
            <Status meaning="neutral" icon={CircleDashed}>
              Not proven
            </Status>
          )}
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
      {isProven || !mayChange ? null : (
        <div className="flex flex-col gap-3">
          <p className="wrap-anywhere text-muted">
            Add this TXT record where the DNS of {domain.domain} is kept, then check.
          </p>
          <CopyField label="Name" value={domain.record.name} />
          <CopyField label="Value" value={domain.record.value} />
          {prove.error ? (
            <Callout tone="warn" live title="Not proven yet">
              {prove.error.message}
            </Callout>
          ) : null}
        </div>
      )}
    </li>
  );
}
