import type { Metadata } from 'next';
import { NewProvider } from '@/components/providers/new-provider';
import { findChoice } from '@/components/providers/provider-choices';
import { RoleRefused } from '@/components/roles/role-refused';
import { PageHeader } from '@/components/ui/page-header';
import { TextLink } from '@/components/ui/text-link';
import { page } from '@/lib/http/page';
import { findReserved } from '@/lib/service/sso/reserved';
import { pageAccess } from '../../page-access';

export const metadata: Metadata = { title: 'Add a provider' };

export default page(async function NewProviderPage({
  params,
  searchParams,
}: {
  params: Promise<{ teamId: string }>;
  searchParams: Promise<Record<string, string | string[] | undefined>>;
}) {
  const { teamId } = await params;
  const { team, isRefused } = await pageAccess(teamId, '/sso/new', 'sso.change');
  if (isRefused) {
    return <RoleRefused title="Add a provider" teamName={team.name} needs="owners" />;
  }
  const { provider, id } = await searchParams;
  const choice = typeof provider === 'string' ? findChoice(provider) : null;
  const reserved = typeof id === 'string' ? findReserved(teamId, id) : null;
  return (
    <>
      <PageHeader
        back={<TextLink href={`/teams/${teamId}/sso`}>Single sign-on</TextLink>}
        title="Add a provider"
        description="Paste our address at your provider, then fill in what it gives you."
      />
      <NewProvider teamId={teamId} chosen={choice && reserved ? { choice, reserved } : null} />
    </>
  );
});
