import type { Metadata } from 'next';
import { Computers } from '@/components/computers/computers';
import { ComputersHeader } from '@/components/computers/computers-header';
import { page, requirePageActor } from '@/lib/http/page';
import { presentMe } from '@/lib/service/account/me';
import { listComputers } from '@/lib/service/computers/computers';

export const metadata: Metadata = { title: 'Computers' };

export default page(async function ComputersPage() {
  const actor = await requirePageActor('/computers');
  const computers = await listComputers(actor);
  return (
    <>
      <ComputersHeader />
      <Computers initial={computers} teams={presentMe(actor).teams} />
    </>
  );
});
