import { CircleCheck, ShieldCheck, ShieldX, TriangleAlert } from 'lucide-react';
import type { ReactNode } from 'react';
import { EventList } from '@/components/events/event-list';
import { actionWords, modeWords } from '@/components/gate/action-words';
import { type Day, DaysChart } from '@/components/overview/days-chart';
import { Address } from '@/components/ui/address';
import { classNames } from '@/components/ui/class-names';
import { countText, numberText } from '@/components/ui/count-text';
import { PageHeader } from '@/components/ui/page-header';
import { RelativeTime } from '@/components/ui/relative-time';
import { Card, Section } from '@/components/ui/section';
import { TextLink } from '@/components/ui/text-link';
import { shortNetwork } from '@/components/verified-ips/network-text';
import type { Overview as Facts, Impact } from '@/lib/contract/resources';
import { ACTIONS } from '@/lib/policy/actions';
import { addDays } from '@/lib/policy/days';
import { REPLAY_DAYS } from '@/lib/policy/replay';

/** As many as are looked at at a glance; the rest stands where the heading leads. */
const GLANCE_ROWS = 5;

/** Whether the team is protected, and what needs a look: for people who would rather look than read. */
export function Overview({
  teamId,
  facts,
  children,
}: {
  teamId: string;
  facts: Facts;
  /** What is to be done first. */
  children?: ReactNode;
}) {
  const { impact, lastRefusals } = facts;
  const refusedBy = impact.networks
    .filter(({ refused }) => refused > 0)
    .sort((a, b) => b.refused - a.refused)
    .slice(0, GLANCE_ROWS);
  return (
    <>
      <PageHeader
        title="Overview"
        description={<Lead impact={impact} />}
        actions={<Periods teamId={teamId} days={impact.period.days} />}
      />
      {children}
      <Tiles teamId={teamId} facts={facts} />
      <Section title="Protected actions by day">
        <Card>
          {impact.daily.length > 0 ? (
            <DaysChart days={daysOf(impact)} />
          ) : (
            <p className="py-8 text-center text-muted">
              Nothing was used yet. The first connection to a Team Computer appears here.
            </p>
          )}
        </Card>
      </Section>
      {impact.actions.length > 0 ? (
        <Section
          title="By action"
          description="What is not enforced was let through; “would be asked” counts the prompts that enforcing everything would mean."
          actions={<TextLink href={`/teams/${teamId}/rules`}>Try a stricter rule</TextLink>}
        >
          <ByAction impact={impact} />
        </Section>
      ) : null}
      <div className="mt-8 grid gap-x-8 lg:grid-cols-2 *:mt-0 *:max-lg:nth-2:mt-8">
        <Section
          title="Never verified"
          description="Networks that members used and have not verified since. Look at these first."
        >
          <NeverVerified teamId={teamId} impact={impact} />
        </Section>
        <Section
          title="Refused, by network"
          description="From where requests came that were refused, and by how many people’s sessions."
        >
          {refusedBy.length === 0 ? (
            <Nothing>Nothing was refused in these {impact.period.days} days.</Nothing>
          ) : (
            <Rows>
              {refusedBy.map(({ network, people, refused }) => (
                <li key={network} className="flex items-center justify-between gap-4 px-4 py-3">
                  <div className="min-w-0">
                    <Address value={shortNetwork(network)} />
                    <p className="text-[0.8125rem] text-muted">
                      {`${numberText(people)} ${people === 1 ? 'person' : 'people'}`}
                    </p>
                  </div>
                  <b className="tabular-nums">{numberText(refused)}</b>
                </li>
              ))}
            </Rows>
          )}
        </Section>
      </div>
      <Section
        title="Last refusals"
        actions={
          <TextLink href={`/teams/${teamId}/activity?type=gate.refused`}>All refusals</TextLink>
        }
      >
        {lastRefusals.length === 0 ? (
          <Nothing>Nobody was refused yet.</Nothing>
        ) : (
          <EventList teamId={teamId} events={lastRefusals} label="Last refusals" />
        )}
      </Section>
    </>
  );
}

/** The period in one sentence. */
function Lead({ impact: { period, totals, daily } }: { impact: Impact }) {
  if (period.dataSince === null) return 'What your team uses, and what was refused, gathers here.';
  const refused = daily.reduce((sum, day) => sum + day.refused, 0);
  return (
    <>
      <span>In the last {period.days} days, </span>
      <span>{`${numberText(totals.people)} ${totals.people === 1 ? 'person was' : 'people were'} here; `}</span>
      <span>{`${countText(refused, 'request')} ${refused === 1 ? 'was' : 'were'} refused. `}</span>
      <span>
        {totals.wouldPrompts === 0
          ? 'Enforcing everything would have asked nobody.'
          : `Enforcing everything would have asked ${numberText(totals.wouldPromptPeople)} of them, ${countText(totals.wouldPrompts, 'time')} in all.`}
      </span>
    </>
  );
}

function Periods({ teamId, days }: { teamId: string; days: number }) {
  return (
    <nav aria-label="Period" className="flex gap-1 rounded-md bg-sunken p-1">
      {REPLAY_DAYS.map((period) => (
        <a
          key={period}
          href={`/teams/${teamId}?days=${period}`}
          aria-current={period === days ? 'true' : undefined}
          className={classNames(
            'rounded px-3 py-1 text-[0.8125rem] font-medium pointer-coarse:py-2.5',
            period === days ? 'chosen bg-surface text-ink' : 'text-muted hover:text-ink',
          )}
        >
          {period} days
        </a>
      ))}
    </nav>
  );
}

function Tiles({ teamId, facts }: { teamId: string; facts: Facts }) {
  const { rule, state, impact } = facts;
  const refused = impact.daily.reduce((sum, day) => sum + day.refused, 0);
  const isOn = rule?.ipVerification.enabled ?? true;
  return (
    <div className="grid grid-cols-2 gap-3 lg:grid-cols-4">
      <Tile
        term="IP Verification"
        value={
          <span
            className={classNames(
              'inline-flex items-center gap-2',
              isOn ? 'text-trusted' : 'text-blocked',
            )}
          >
            {isOn ? (
              <ShieldCheck aria-hidden className="size-5" />
            ) : (
              <ShieldX aria-hidden className="size-5" />
            )}
            {isOn ? 'On' : 'Off'}
          </span>
        }
      >
        {rule?.changedAt ? (
          <>
            <span>Rules last changed </span>
            <RelativeTime at={rule.changedAt} />
            {rule.changedBy ? <span> by {rule.changedBy.name}</span> : null}
            <span>. </span>
          </>
        ) : (
          <span>As it was when the team was made. </span>
        )}
        <TextLink href={`/teams/${teamId}/rules`}>App Rules</TextLink>
      </Tile>
      <Tile term="Refused" value={numberText(refused)}>
        {impact.totals.prompts === 0
          ? 'Nobody was asked.'
          : `${countText(impact.totals.prompts, 'prompt')}: ${numberText(impact.totals.passed)} passed, ${numberText(impact.totals.notPassed)} not.`}
      </Tile>
      <Tile term="Networks trusted" value={numberText(state.trusted)}>
        {state.endingSoon === 0
          ? 'None ends within 14 days.'
          : `${numberText(state.endingSoon)} of them ${state.endingSoon === 1 ? 'ends' : 'end'} within 14 days.`}
      </Tile>
      <Attention teamId={teamId} facts={facts} />
    </div>
  );
}

function Tile({ term, value, children }: { term: string; value: ReactNode; children: ReactNode }) {
  return (
    <Card>
      <p className="text-muted">{term}</p>
      <p className="text-xl font-semibold tabular-nums">{value}</p>
      <div className="mt-1 text-[0.8125rem] text-muted">{children}</div>
    </Card>
  );
}

/** What is not as it should be, each with where it is mended. */
function Attention({ teamId, facts }: { teamId: string; facts: Facts }) {
  const { state, hasMail, addressWarnings } = facts;
  const team = `/teams/${teamId}`;
  const needs = [
    state.computersAway > 0 && {
      href: `${team}/computers`,
      text: `${countText(state.computersAway, 'computer')} offline for over a day`,
    },
    state.owners < 2 && {
      href: `${team}/members`,
      text: 'Only one owner: who is locked out needs another',
    },
    addressWarnings && {
      href: `${team}/addresses`,
      text: `${countText(addressWarnings, 'sign')} of a wrong address setting`,
    },
    !hasMail && { href: null, text: 'No mail server is set up: nobody is told anything by mail' },
  ].filter((need) => !!need);
  return (
    <Tile
      term="Needs attention"
      value={
        <span className="inline-flex items-center gap-2">
          {needs.length === 0 ? (
            <CircleCheck aria-hidden className="size-5 text-trusted" />
          ) : (
            <TriangleAlert aria-hidden className="size-5 text-soon" />
          )}
          {needs.length}
        </span>
      }
    >
      {needs.length === 0 ? (
        <span>
          {state.computers === 0
            ? 'Nothing.'
            : `Nothing. ${numberText(state.computersOnline)} of ${countText(state.computers, 'computer')} online.`}
        </span>
      ) : (
        <ul className="flex flex-col gap-1">
          {needs.map(({ href, text }) => (
            <li key={text}>
              {href ? <TextLink href={href}>{text}</TextLink> : <span>{text}</span>}
            </li>
          ))}
        </ul>
      )}
    </Tile>
  );
}

function ByAction({ impact }: { impact: Impact }) {
  return (
    <section
      aria-label="By action"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard
      tabIndex={0}
      className="overflow-x-auto rounded-lg border border-line bg-surface"
    >
      <table className="w-full text-left tabular-nums">
        <thead>
          <tr className="border-b border-line text-[0.8125rem] text-muted">
            {['Action', 'Mode', 'Uses', 'People', 'Refused', 'Would be asked'].map(
              (head, index) => (
                <th
                  key={head}
                  scope="col"
                  className={classNames('px-4 py-2.5 font-medium', index > 1 && 'text-right')}
                >
                  {head}
                </th>
              ),
            )}
          </tr>
        </thead>
        <tbody>
          {impact.actions.map(({ action, mode, uses, people, refused, wouldPrompts }) => (
            <tr key={action} className="border-b border-line last:border-0">
              <th scope="row" className="px-4 py-2.5 font-normal">
                {actionWords(action).name}
              </th>
              <td className="px-4 py-2.5">{modeWords[mode]}</td>
              {[uses, people, refused, wouldPrompts].map((count, index) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: columns never change places
                <td key={index} className="px-4 py-2.5 text-right">
                  {numberText(count)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function NeverVerified({ teamId, impact }: { teamId: string; impact: Impact }) {
  if (impact.neverVerified.length === 0) {
    return <Nothing>Every network that was used has been verified.</Nothing>;
  }
  return (
    <Rows>
      {impact.neverVerified.slice(0, GLANCE_ROWS).map(({ user, network, action, uses, lastAt }) => (
        <li key={`${user.id} ${network} ${action}`} className="px-4 py-3">
          <div className="flex items-center justify-between gap-4">
            <Address value={shortNetwork(network)} />
            <span className="text-[0.8125rem] text-muted tabular-nums">
              {countText(uses, 'use')}
            </span>
          </div>
          <p className="text-[0.8125rem] text-muted">
            <TextLink href={`/teams/${teamId}/members/${user.id}`}>{user.name}</TextLink>
            <span>{` · ${actionWords(action).name} · `}</span>
            <RelativeTime at={lastAt} />
          </p>
        </li>
      ))}
    </Rows>
  );
}

const Rows = ({ children }: { children: ReactNode }) => (
  <ul className="divide-y divide-line rounded-lg border border-line bg-surface">{children}</ul>
);

const Nothing = ({ children }: { children: ReactNode }) => (
  <p className="rounded-lg border border-dashed border-control/60 px-4 py-6 text-center text-muted">
    {children}
  </p>
);

/** Every day of the period, also those without use, all actions together. */
function daysOf({ period, daily }: Impact): Day[] {
  const days = new Map<string, Day>(
    Array.from({ length: period.days }, (_, index) => {
      const day = addDays(period.from, index);
      return [day, { day, allowed: 0, wouldPrompt: 0, refused: 0 }];
    }),
  );
  for (const { day, action, allowed, wouldPrompt, refused } of daily) {
    const sum = days.get(day);
    // What is never refused would hide the rest: whoever looks at pages asks all day.
    if (!sum || ACTIONS[action].setBy === 'nobody') continue;
    sum.allowed += allowed;
    sum.wouldPrompt += wouldPrompt;
    sum.refused += refused;
  }
  return [...days.values()];
}
