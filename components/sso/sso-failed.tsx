import { CenterCard } from '@/components/center-card';
import { ButtonLink } from '@/components/ui/button';
import { Callout } from '@/components/ui/callout';
import { isSsoFailure, SSO_FAILURE_TEXT } from '@/lib/contract/sso-failures';

const UNKNOWN = 'Single sign-on did not work this time, so nothing was done. Begin again.';

/** A single sign-on that ended without what was wanted: why, and what to do. */
export function SsoFailed({
  reason,
  message,
  isSignedIn,
  live = false,
}: {
  /** A failure's name; anything else says the general thing. */
  reason: string | null;
  /** Said instead, where the server said more. */
  message?: string;
  /** Then it was begun in a window or program that is still there. */
  isSignedIn: boolean;
  live?: boolean;
}) {
  return (
    <CenterCard
      title="Single sign-on did not work"
      foot={
        isSignedIn
          ? undefined
          : 'You came from a program, or from another window? Go back there and begin again.'
      }
    >
      <div className="flex flex-col gap-5">
        <Callout tone="danger" live={live}>
          {message ?? (isSsoFailure(reason) ? SSO_FAILURE_TEXT[reason] : UNKNOWN)}
        </Callout>
        {isSignedIn ? (
          <p>
            You are still signed in. Close this window, and begin again in the window or program
            that asked.
          </p>
        ) : null}
        <ButtonLink
          href={isSignedIn ? '/' : '/login'}
          variant={isSignedIn ? 'secondary' : 'primary'}
        >
          {isSignedIn ? 'Go to Gatehouse' : 'Try again'}
        </ButtonLink>
      </div>
    </CenterCard>
  );
}
