import { CenterCard } from '@/components/shell/center-card';
import { ButtonLink } from '@/components/ui/button';
import { Callout } from '@/components/ui/callout';
import { isSsoFailure, SSO_FAILURE_TEXT } from '@/lib/contract/sso-failures';

const UNKNOWN = 'Single sign-on did not work this time, so nothing was done. Begin again.';
const LOG_IN = '/login';

/** A single sign-on that ended without what was wanted: why, and what to do. */
export function SsoFailed({
  reason,
  message,
  cause = null,
  again,
  live = false,
}: {
  /** A failure's name; anything else says the general thing. */
  reason: string | null;
  /** Said instead, where the server said more. */
  message?: string;
  /** What exactly was wrong, for an owner who tests. */
  cause?: string | null;
  /** Where to begin again; null: in the window that opened this one, which is still there. */
  again: string | null;
  live?: boolean;
}) {
  return (
    <CenterCard
      title="Single sign-on did not work"
      foot={
        again === LOG_IN
          ? 'You came from a program, or from another window? Go back there and begin again.'
          : undefined
      }
    >
      <div className="flex flex-col gap-5">
        <Callout tone="danger" live={live}>
          {message ?? (isSsoFailure(reason) ? SSO_FAILURE_TEXT[reason] : UNKNOWN)}
        </Callout>
        {cause === null ? null : <p>{cause}</p>}
        {again === null ? (
          <>
            <p>
              You are still signed in. Close this window, and begin again in the window or program
              that asked.
            </p>
            <ButtonLink href="/">Go to Gatehouse</ButtonLink>
          </>
        ) : (
          <ButtonLink href={again} variant="primary">
            Try again
          </ButtonLink>
        )}
      </div>
    </CenterCard>
  );
}
