import { CircleCheck, TriangleAlert } from 'lucide-react';
import { Callout } from '@/components/ui/callout';
import type { ProviderCheck, ProviderFinding } from '@/lib/contract/sso';

const WORDS: Record<ProviderFinding, string> = {
  reachable: 'Reachable',
  description: 'Description',
  issuer: 'Issuer',
  pkce: 'PKCE',
  fresh: 'Fresh sign-in',
  certificate: 'Certificates',
};

/** What a provider says of itself, line by line. */
export function ProviderCheckResult({ check }: { check: ProviderCheck }) {
  return (
    <Callout
      tone={check.isUsable ? 'success' : 'danger'}
      live
      title={check.isUsable ? 'The provider can be used' : 'The provider can’t be used like this'}
    >
      <ul className="flex flex-col gap-1">
        {check.findings.map(({ finding, isWell, text }) => {
          const Icon = isWell ? CircleCheck : TriangleAlert;
          return (
            <li key={finding} className="flex items-start gap-2">
              <Icon
                aria-hidden
                className={
                  isWell
                    ? 'mt-0.5 size-4 shrink-0 text-trusted'
                    : 'mt-0.5 size-4 shrink-0 text-blocked'
                }
              />
              <span className="min-w-0 wrap-anywhere">
                <b className="font-medium">{WORDS[finding]}</b>
                <span>: {text}</span>
              </span>
            </li>
          );
        })}
      </ul>
    </Callout>
  );
}
