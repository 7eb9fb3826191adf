import { cookies } from 'next/headers';
import { redirect } from 'next/navigation';
import type { ReactNode } from 'react';
import { MailNotice } from '@/components/shell/mail-notice';
import { SignedInShell } from '@/components/shell/signed-in-shell';
import { PAGE_USER_META } from '@/lib/contract/page-user';
import { TEAM_COOKIE } from '@/lib/contract/preferences';
import { page, pageActor, requestedPath } from '@/lib/http/page';
import { showMe } from '@/lib/service/account/me';
import { findMethods } from '@/lib/service/gate/gate';
import { findMailNotice } from '@/lib/service/mail/outgoing-mail';

/** Sent to the log-in here already, and not by the page alone, so that the answer is a real redirect. */
export default page(async function SignedInLayout({ children }: { children: ReactNode }) {
  const actor = await pageActor();
  if (!actor) redirect(`/login?callbackUrl=${encodeURIComponent(await requestedPath())}`);
  const me = await showMe(actor);
  const lastTeamId = (await cookies()).get(TEAM_COOKIE)?.value ?? null;
  const [mail, methods] = await Promise.all([findMailNotice(actor), findMethods(me.user.id)]);
  return (
    <SignedInShell initialMe={me} methods={methods} lastTeamId={lastTeamId}>
      <meta name={PAGE_USER_META} content={me.user.id} />
      {mail ? <MailNotice {...mail} /> : null}
      {children}
    </SignedInShell>
  );
});
