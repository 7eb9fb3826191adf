import { Callout } from '@/components/ui/callout';
import { Facts } from '@/components/ui/facts';
import { Status } from '@/components/ui/status';
import type { SsoTest } from '@/lib/contract/sso';

const OUTCOME: Record<SsoTest['outcome'], string> = {
  known: 'Sign in to the account that this subject is linked to.',
  join: 'Ask for a proof of the account of the team that has this email (its password, or a link mailed to it), then link this subject to it, and sign in.',
  create: 'Make a new account, link this subject to it, and sign in.',
  account_disabled: 'Be refused: the account is disabled.',
  not_in_team: 'Be refused: the account linked to this subject is no longer in the team.',
  no_email: 'Be refused: the provider told no email that can be used.',
  email_not_verified: 'Be refused: the provider says that the email is not verified.',
  email_verification_unknown:
    'Be refused: the provider does not say whether the email is verified. If nobody can set his own email there, edit it and believe its emails.',
  domain_not_proven:
    'Be refused: the domain of the email is not proven for this provider. Add the domain, and prove it.',
  account_elsewhere:
    'Be refused: there is an account with this email that is not in the team. Invite it first.',
  no_account:
    'Be refused: there is no account with this email, and this provider makes none. Invite the person, or let it make accounts.',
};

const WORKS: ReadonlySet<SsoTest['outcome']> = new Set(['known', 'join', 'create']);

/** Whether who was tested could sign in. */
export const couldSignIn = ({ outcome }: SsoTest) => WORKS.has(outcome);

/** What a test of a provider has found, and, folded where `isFolded`, what the provider said. */
export function SsoTestOutcome({ test, isFolded }: { test: SsoTest; isFolded: boolean }) {
  return (
    <div className="flex flex-col gap-5">
      <Facts
        items={[
          { term: 'Subject', value: <Value>{test.subject}</Value> },
          {
            term: 'Email',
            value: test.email ?? <span className="text-muted">none that can be used</span>,
          },
          { term: 'A sign-in would', value: OUTCOME[test.outcome] },
          {
            term: 'Fresh sign-in',
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
          It was told to, and its answer does not say that it did. Until it does, nobody can verify
          a network through this provider.
        </Callout>
      )}
      {isFolded ? (
        <details>
          <summary className="cursor-pointer font-medium">What the provider said</summary>
          <div className="mt-2">
            <Claims test={test} />
          </div>
        </details>
      ) : (
        <div>
          <h2 className="mb-2 font-semibold">What the provider said</h2>
          <Claims test={test} />
        </div>
      )}
    </div>
  );
}

function Claims({ test }: { test: SsoTest }) {
  return (
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
          {Object.entries(test.claims).map(([name, value]) => (
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
