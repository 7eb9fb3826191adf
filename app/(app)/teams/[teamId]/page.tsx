import { redirect } from 'next/navigation';

export default async function TeamPage({
  params,
}: {
  params: Promise<{ teamId: string }>;
}): Promise<never> {
  const { teamId } = await params;
  redirect(`/teams/${encodeURIComponent(teamId)}/members`);
}
