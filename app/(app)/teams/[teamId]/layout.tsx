import type { Metadata } from 'next';
import { notFound } from 'next/navigation';
import type { ReactNode } from 'react';
import { page, pageActor } from '@/lib/http/page';

type Props = { params: Promise<{ teamId: string }>; children: ReactNode };

/** Every page of a team has its name in its title. */
export async function generateMetadata({ params }: Props): Promise<Metadata> {
  const team = await findTeam(params);
  return team ? { title: { template: `%s · ${team.name} · Gatehouse`, default: team.name } } : {};
}

/** A team one is not in does not exist. */
export default page(async function TeamLayout({ params, children }: Props) {
  if ((await pageActor()) && !(await findTeam(params))) notFound();
  return children;
});

async function findTeam(params: Props['params']) {
  const { teamId } = await params;
  return (await pageActor())?.teams.find(({ id }) => id === teamId);
}
