import type { ReactNode } from 'react';
import { page } from '@/lib/http/page';
import { pageAccess } from '../../page-access';
import { findMember } from './find-member';

/** Above the `loading.tsx`, so that a member who does not exist is a real 404. */
export default page(async function MemberLayout({
  params,
  children,
}: {
  params: Promise<{ teamId: string; userId: string }>;
  children: ReactNode;
}) {
  const { teamId, userId } = await params;
  const { actor, isRefused } = await pageAccess(teamId, `/members/${userId}`, 'verified-ips.view');
  if (!isRefused) await findMember(actor, teamId, userId);
  return children;
});
