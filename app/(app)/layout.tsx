import { redirect } from 'next/navigation';
import type { ReactNode } from 'react';
import { SignedInShell } from '@/components/signed-in-shell';
import { pageActor, requestedPath } from '@/lib/http/page';
import { methodsOf } from '@/lib/service/gate';
import { presentMe } from '@/lib/service/me';

/** Sent to the log-in here already, and not by the page alone, so that the answer is a real redirect. */
export default async function SignedInLayout({ children }: { children: ReactNode }) {
  const actor = await pageActor();
  if (!actor) redirect(`/login?callbackUrl=${encodeURIComponent(await requestedPath())}`);
  const { user, teams } = presentMe(actor);
  return (
    <SignedInShell user={user} methods={methodsOf(actor.user)} teams={teams}>
      {children}
    </SignedInShell>
  );
}
