import { SsoTestOutcome } from '@/components/prompt/sso-test-outcome';
import { CenterCard } from '@/components/shell/center-card';
import type { SsoTest } from '@/lib/contract/sso';

/** What a test of a provider has found, in the window that ran it. */
export function SsoTestResult({ test }: { test: SsoTest }) {
  return (
    <CenterCard
      wide
      title="The provider answers"
      lead="This was a test: nothing was stored, and nobody was signed in. You can close this window."
    >
      <SsoTestOutcome test={test} isFolded={false} />
    </CenterCard>
  );
}
