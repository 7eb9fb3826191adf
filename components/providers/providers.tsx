'use client';

import { CircleDashed, KeyRound, Plus } from 'lucide-react';
import { kindWords } from '@/components/providers/provider-choices';
import { ProviderWarnings } from '@/components/providers/provider-warnings';
import { MoreRows } from '@/components/shell/more-rows';
import { RefreshFailed } from '@/components/shell/refresh-failed';
import { Badge } from '@/components/ui/badge';
import { ButtonLink } from '@/components/ui/button';
import { EmptyState } from '@/components/ui/empty-state';
import { PageHeader } from '@/components/ui/page-header';
import { Card } from '@/components/ui/section';
import { Status } from '@/components/ui/status';
import { TextLink } from '@/components/ui/text-link';
import { SHORT_PAGE } from '@/lib/contract/paging';
import type { Page } from '@/lib/contract/resources';
import type { Provider } from '@/lib/contract/sso';
import { usePages } from '@/lib/react/queries';

/** The identity providers of a team. */
export function Providers({
  teamId,
  initial,
  mayChange,
}: {
  teamId: string;
  initial: Page<Provider>;
  /** Owners may. */
  mayChange: boolean;
}) {
  const query = usePages(
    'GET /teams/{teamId}/sso-connections',
    { params: { teamId }, query: SHORT_PAGE },
    initial,
  );
  const providers = query.rows;
  const path = `/teams/${teamId}/sso`;
  const add = mayChange ? (
    <ButtonLink variant="primary" icon={Plus} href={`${path}/new`}>
      Add a provider
    </ButtonLink>
  ) : null;
  return (
    <>
      <PageHeader
        title="Single sign-on"
        description="The identity providers through which members of the team sign in, and verify their networks."
        actions={providers.length > 0 ? add : null}
      />
      <RefreshFailed query={query} />
      {mayChange ? null : (
        <p className="mb-4 text-muted">Only owners of the team change these providers.</p>
      )}
      {providers.length === 0 ? (
        <EmptyState icon={KeyRound} title="No provider yet" action={add}>
          Connect the identity provider of your company, by OpenID Connect or SAML. Members whose
          email domain it serves then sign in there, without a password here.
        </EmptyState>
      ) : (
        <div className="flex flex-col gap-4">
          {providers.map((provider) => (
            <ProviderCard
              key={provider.id}
              provider={provider}
              href={`${path}/${provider.id}`}
              mayChange={mayChange}
            />
          ))}
        </div>
      )}
      <MoreRows more={query.more} shown={providers.length} noun="providers" />
    </>
  );
}

function ProviderCard({
  provider: { id, name, enabled, settings, domains, warnings },
  href,
  mayChange,
}: {
  provider: Provider;
  href: string;
  mayChange: boolean;
}) {
  return (
    <Card padded={false}>
      <section aria-labelledby={`${id}-name`} className="flex flex-col gap-3 p-4 sm:p-5">
        <div className="flex flex-wrap items-center justify-between gap-x-6 gap-y-3">
          <div className="flex min-w-0 flex-wrap items-center gap-x-3 gap-y-1">
            <h2 id={`${id}-name`} className="text-base font-semibold wrap-anywhere">
              <TextLink href={href}>{name}</TextLink>
            </h2>
            <Badge>{kindWords[settings.kind]}</Badge>
            <ProviderState isOn={enabled} />
          </div>
          {mayChange && !enabled ? (
            <ButtonLink size="sm" href={href}>
              Go on setting it up
            </ButtonLink>
          ) : null}
        </div>
        {domains.length > 0 ? (
          <p className="wrap-anywhere text-muted">
            {domains.map(({ domain }) => domain).join(', ')}
          </p>
        ) : null}
        {enabled ? <ProviderWarnings warnings={warnings} /> : null}
      </section>
    </Card>
  );
}

/** Whether people sign in through a provider. */
export function ProviderState({ isOn }: { isOn: boolean }) {
  return isOn ? (
    <Status meaning="trusted">On</Status>
  ) : (
    <Status meaning="neutral" icon={CircleDashed}>
      Off
    </Status>
  );
}
