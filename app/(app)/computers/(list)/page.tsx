import type { Metadata } from 'next';
import { Computers } from '@/components/computers/computers';
import { JustVerified } from '@/components/first-steps/just-verified';
import { PageHeader } from '@/components/ui/page-header';
import { page, requirePageActor } from '@/lib/http/page';
import { findJustVerified, isAskedForProof } from '@/lib/service/account/me';
import { listComputers } from '@/lib/service/computers/computers';

export const metadata: Metadata = { title: 'Computers' };

export default page(async function ComputersPage() {
  const actor = await requirePageActor('/computers');
  const computers = await listComputers(actor);
  const verified = findJustVerified(actor);
  return (
    <>
      <PageHeader
        title="Computers"
        description={
          isAskedForProof(actor)
            ? 'The Team Computers you may connect to, from networks you have verified.'
            : 'The Team Computers you may connect to.'
        }
      />
      {verified ? <JustVerified {...verified} /> : null}
      <Computers
        initial={computers}
        teams={actor.teams.map(({ id, name, role }) => ({ id, name, role }))}
      />
    </>
  );
});
