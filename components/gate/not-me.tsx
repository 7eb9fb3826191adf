import { TextLink } from '@/components/ui/text-link';

/** For whoever did not begin what the prompt asks about. */
export function NotMe({ onLeave }: { onLeave?: () => void }) {
  return (
    <details className="border-t border-line pt-4 text-muted">
      <summary className="w-fit cursor-pointer rounded-sm font-medium text-ink">
        This wasn’t me?
      </summary>
      <p className="mt-2">
        Then somebody else may hold your session. Do not enter your password here. On{' '}
        <TextLink href="/account" onClick={onLeave}>
          your account page
        </TextLink>
        , change your password and sign out everywhere; then tell an owner of your team.
      </p>
    </details>
  );
}
