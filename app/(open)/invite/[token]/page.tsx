import type { Metadata } from 'next';
import { AcceptInviteForm } from '@/components/accept-invite-form';
import { CenterCard } from '@/components/center-card';
import { ButtonLink } from '@/components/ui/button';
import { Callout } from '@/components/ui/callout';
import { pageActor } from '@/lib/http/page';
import { findInvitePage } from '@/lib/service/invites';

export const metadata: Metadata = { title: 'Invitation' };

const ROLE_WORDS = { owner: 'an owner', admin: 'an admin', member: 'a member' };

/** Shows an invitation. Opening it changes nothing: mail scanners open every link. */
export default async function InvitePage({ params }: { params: Promise<{ token: string }> }) {
  const { token } = await params;
  const invite = await findInvitePage(token);
  if (!invite) {
    return (
      <CenterCard
        title="This invitation can’t be accepted"
        lead="It was used, withdrawn or replaced by a newer one, or has run out. Ask whoever invited you for a new one."
      >
        <ButtonLink href="/login">Sign in</ButtonLink>
      </CenterCard>
    );
  }
  const { teamName, invitedBy, email, role, hasAccount } = invite;
  const actor = await pageActor();
  const isSomebodyElse = actor !== null && actor.user.email !== email;
  return (
    <CenterCard
      title={`Join ${teamName}`}
      lead={`${invitedBy} invites you to the team, as ${ROLE_WORDS[role]}. ${
        hasAccount
          ? 'You have an account already: confirm with its password.'
          : 'Choose a name and a password for your account.'
      }`}
      foot="You don’t know this team? Close this page: the invitation ends by itself."
    >
      <div className="flex flex-col gap-5">
        {isSomebodyElse ? (
          <Callout tone="warn" title={`You are signed in as ${actor.user.email}`}>
            Accepting signs this browser in as {email} instead.
          </Callout>
        ) : null}
        <AcceptInviteForm token={token} email={email} teamName={teamName} hasAccount={hasAccount} />
      </div>
    </CenterCard>
  );
}
