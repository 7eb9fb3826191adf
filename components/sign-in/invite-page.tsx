'use client';

import { CenterCard } from '@/components/shell/center-card';
import { AcceptInviteForm } from '@/components/sign-in/accept-invite-form';
import { LinkedPage } from '@/components/sign-in/linked-page';
import { ButtonLink } from '@/components/ui/button';
import { Callout } from '@/components/ui/callout';

const ROLE_WORDS = { owner: 'an owner', admin: 'an admin', member: 'a member' };

/** Shows the invitation whose token stands behind the `#`, and takes it. */
export function InvitePage({
  signedInAs,
}: {
  /** The email of who is signed in to this browser; null: nobody. */
  signedInAs: string | null;
}) {
  return (
    <LinkedPage
      lookup="POST /invites/lookup"
      withoutToken={
        <CenterCard
          title="Invitation"
          lead="Open the whole link of your invitation: what stands behind the # belongs to it."
        />
      }
      gone={
        <CenterCard
          title="This invitation can’t be accepted"
          lead="It was used, withdrawn or replaced by a newer one, or has run out. Ask whoever invited you for a new one."
        >
          <ButtonLink href="/login">Sign in</ButtonLink>
        </CenterCard>
      }
    >
      {({ teamName, invitedBy, email, role, hasAccount }, token) => (
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
            {signedInAs !== null && signedInAs !== email ? (
              <Callout tone="warn" title={`You are signed in as ${signedInAs}`}>
                {`Accepting signs this browser in as ${email} instead.`}
              </Callout>
            ) : null}
            <AcceptInviteForm
              key={token}
              token={token}
              email={email}
              teamName={teamName}
              hasAccount={hasAccount}
            />
          </div>
        </CenterCard>
      )}
    </LinkedPage>
  );
}
