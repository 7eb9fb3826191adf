import { redirect } from 'next/navigation';

/** The settings stand on one page with how addresses are established. */
export default async function SettingsPage({
  params,
}: {
  params: Promise<{ teamId: string }>;
}): Promise<never> {
  const { teamId } = await params;
  redirect(`/teams/${encodeURIComponent(teamId)}/addresses`);
}
