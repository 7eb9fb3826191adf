import type { Metadata } from 'next';
import { Providers } from '@/components/providers/providers';
import { RoleRefused } from '@/components/roles/role-refused';
import { SHORT_PAGE } from '@/lib/contract/paging';
import { page } from '@/lib/http/page';
import { listProviders } from '@/lib/service/sso/providers';
import { pageAccess } from '../page-access';
import { Requirement } from './requirement';

export const metadata: Metadata = { title: 'Single sign-on' };

export default page(async function SsoPage({ params }: { params: Promise<{ teamId: string }> }) {
  const { teamId } = await params;
  const { actor, team, isRefused } = await pageAccess(teamId, '/sso', 'sso.view');
  if (isRefused) {
    return <RoleRefused title="Single sign-on" teamName={team.name} needs="owners and admins" />;
  }
  const providers = await listProviders(actor, teamId, SHORT_PAGE);
  const mayChange = team.role === 'owner';
  return (
    <>
      <Providers teamId={teamId} initial={providers} mayChange={mayChange} />
      {providers.data.length > 0 ? (
        <Requirement actor={actor} teamId={teamId} mayChange={mayChange} />
      ) : null}
    </>
  );
});
