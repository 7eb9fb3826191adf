import { CenterCard } from '@/components/shell/center-card';
import { Callout } from '@/components/ui/callout';
import { Facts } from '@/components/ui/facts';
import { Status } from '@/components/ui/status';
import type { SsoTest } from '@/lib/contract/sso';

const OUTCOME: Record<SsoTest['outcome'], string> = {
  known: 'Log in to the account that this subject is linked to.',
  join: 'Ask for a proof of the account of the team that has this e-mail (its password, or a link mailed to it), then link this subject to it, and log in.',
  create: 'Make a new account, link this subject to it, and log in.',
  account_disabled: 'Be refused: the account is disabled.',
  not_in_team: 'Be refused: the account linked to this subject is no longer in the team.',
  no_email: 'Be refused: the provider told no e-mail address that can be used.',
  email_not_verified: 'Be refused: the provider says that the e-mail address is not verified.',
  email_verification_unknown:
    'Be refused: the provider does not say whether the e-mail address is verified. If nobody can set his own address there, edit it and believe its e-mail addresses.',
  domain_not_proven:
    'Be refused: the domain of the e-mail is not proven for this provider. Add the domain, and prove it.',
  account_elsewhere:
    'Be refused: there is an account with this e-mail that is not in the team. Invite it first.',
  no_account:
    'Be refused: there is no account with this e-mail, and this provider makes none. Invite the person, or let it make accounts.',
};

/** What a test of a provider has found. */
export function SsoTestResult({ test }: { test: SsoTest }) {
  const claims = Object.entries(test.claims);
  return (
    <CenterCard
      wide
      title="The provider answers"
      lead="This was a test: nothing was stored, and nobody was signed in. You can close this window."
    >
      <div className="flex flex-col gap-5">
        <Facts
          items={[
            { term: 'Subject', value: <Value>{test.subject}</Value> },
            {
              term: 'E-mail',
              value: test.email ?? <span className="text-muted">none that can be used</span>,
            },
            { term: 'A log-in would', value: OUTCOME[test.outcome] },
            {
              term: 'Asked again',
              value: test.isFresh ? (
                <Status meaning="trusted">Yes, just now</Status>
              ) : (
                <Status meaning="blocked">No</Status>
              ),
            },
          ]}
        />
        {test.isFresh ? null : (
          <Callout tone="warn" title="The provider did not ask for a new sign-in">
            It was told to, and its answer does not say that it did. Until it does, nobody can
            verify a network through this provider.
          </Callout>
        )}
        <div>
          <h2 className="mb-2 font-semibold">What the provider said</h2>
          <div className="overflow-x-auto rounded-lg border border-line">
            <table className="w-full text-left">
              <caption className="sr-only">Claims</caption>
              <thead className="sr-only">
                <tr>
                  <th scope="col">Claim</th>
                  <th scope="col">Value</th>
                </tr>
              </thead>
              <tbody className="divide-y divide-line">
                {claims.map(([name, value]) => (
                  <tr key={name}>
                    <th
                      scope="row"
                      className="min-w-40 px-4 py-2 align-top font-mono text-[0.8125rem] font-normal wrap-anywhere text-muted"
                    >
                      {name}
                    </th>
                    <td className="px-4 py-2 align-top">
                      <Value>{textOf(value)}</Value>
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        </div>
      </div>
    </CenterCard>
  );
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function Value({ children }: { children: string }) {
  return (
    <span className="font-mono text-[0.8125rem] wrap-anywhere" translate="no">
      {children}
    </span>
  );
}
