import type { Metadata } from 'next';
import { cache } from 'react';
import { ProviderPage } from '@/components/providers/provider-page';
import { RoleRefused } from '@/components/roles/role-refused';
import { page } from '@/lib/http/page';
import type { Actor } from '@/lib/service/gate/actor';
import { showProvider } from '@/lib/service/sso/providers';
import { orNotFound, pageAccess } from '../../page-access';
import { Requirement } from '../requirement';

type Props = { params: Promise<{ teamId: string; providerId: string }> };

/** Asked for once by the title and the page; 404 where there is none. */
const findProvider = cache((actor: Actor, teamId: string, id: string) =>
  orNotFound(showProvider(actor, teamId, id)),
);

const access = (teamId: string, id: string) => pageAccess(teamId, `/sso/${id}`, 'sso.view');

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  const { teamId, providerId } = await params;
  const { actor, isRefused } = await access(teamId, providerId);
  if (isRefused) return { title: 'Provider' };
  return { title: (await findProvider(actor, teamId, providerId)).name };
}

export default page(async function Page({ params }: Props) {
  const { teamId, providerId } = await params;
  const { actor, team, isRefused } = await access(teamId, providerId);
  if (isRefused) {
    return <RoleRefused title="Provider" teamName={team.name} needs="owners and admins" />;
  }
  const provider = await findProvider(actor, teamId, providerId);
  const mayChange = team.role === 'owner';
  return (
    <ProviderPage teamId={teamId} initial={provider} mayChange={mayChange}>
      <Requirement actor={actor} teamId={teamId} mayChange={mayChange} />
    </ProviderPage>
  );
});
