import { SsoButton } from '@/components/prompt/sso-button';

/**
 * Re-authentication through the identity providers that know an account, a button each. The provider is
 * told to ask again, and its answer must say that it did.
 */
export function SsoVerifyButtons({
  providers,
  challengeId,
  returnPath,
  isMain,
}: {
  providers: readonly { id: string; name: string }[];
  /** Null: the session of this browser is re-authenticated. */
  challengeId: string | null;
  returnPath: string;
  /** Whether it is the one way, or the first of two. */
  isMain: boolean;
}) {
  if (providers.length === 0) return null;
  return (
    <div className="flex flex-col gap-3">
      <p className="text-muted">
        Your identity provider asks you to sign in there again, even if you are signed in.
      </p>
      {providers.map(({ id, name }) => (
        <SsoButton
          key={id}
          variant={isMain ? 'primary' : 'secondary'}
          size="lg"
          flow={{
            purpose: 'verify',
            connectionId: id,
            returnPath,
            ...(challengeId !== null && { challengeId }),
          }}
        >
          {`Verify with ${name}`}
        </SsoButton>
      ))}
      {isMain ? null : <Or />}
    </div>
  );
}

function Or() {
  return (
    <p className="flex items-center gap-3 text-muted before:h-px before:flex-1 before:bg-line after:h-px after:flex-1 after:bg-line">
      or
    </p>
  );
}
