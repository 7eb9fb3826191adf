import { notFound } from 'next/navigation';
import type { ReactNode } from 'react';
import { page, pageActor } from '@/lib/http/page';

/**
 * A team one is not in does not exist. Asked here already, and not by the page alone, so that the
 * answer is a real 404: what stands under a `loading.tsx` comes after the status has been sent.
 */
export default page(async function TeamLayout({
  params,
  children,
}: {
  params: Promise<{ teamId: string }>;
  children: ReactNode;
}) {
  const { teamId } = await params;
  const actor = await pageActor();
  if (actor && !actor.teams.some((team) => team.id === teamId)) notFound();
  return children;
});
