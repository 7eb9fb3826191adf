import {
  ArrowLeftRight,
  CircleUser,
  Download,
  Handshake,
  KeyRound,
  LogIn,
  LogOut,
  type LucideIcon,
  Mail,
  Monitor,
  Pencil,
  ShieldBan,
  ShieldCheck,
  ShieldMinus,
  ShieldX,
  SlidersHorizontal,
  UserMinus,
  Users,
} from 'lucide-react';
import type { ReactNode } from 'react';
import { EventLink } from '@/components/events/event-links';
import type { FoldedRow } from '@/components/events/fold';
import { actionWords, modeWords } from '@/components/gate/action-words';
import { addressWords } from '@/components/ui/address';
import { numberText } from '@/components/ui/count-text';
import { dateText } from '@/components/ui/time-text';
import type { AuditEvent } from '@/lib/contract/resources';
import { type Mode, TEAM_ACTIONS } from '@/lib/policy/actions';
import type { ConnectionEndReason } from '@/lib/policy/connection-state';
import type { Finding } from '@/lib/policy/decide';
import { computerOf, type EventType } from '@/lib/policy/events';
import {
  changesOf,
  describeProvider,
  type ProviderView,
  requirementChanges,
} from '@/lib/policy/provider-change';

/** What an audit event says, in one place for all pages that show events. */

type EventLook = {
  /** In the filter: what happened, without who. */
  label: string;
  icon: LucideIcon;
  sentence: (event: AuditEvent) => ReactNode;
};

export const findingWords: Record<Finding, string> = {
  trusted: 'the network is trusted',
  unknown: 'the network was never verified',
  expired: 'the trust in this network had run out',
  revoked: 'this network had been revoked',
  'clock-disagrees': 'the network was verified in the future, by the database’s clock',
  'no-client-address': 'the address could not be established',
};

/** Why Gatehouse itself ended a connection. */
const endWords: Partial<Record<ConnectionEndReason, string>> = {
  trust_expired: 'the trust in its network had run out',
  session_ended: 'its session had ended',
  computer_gone: 'the computer did not come back',
};

/** A member of what an event holds as `before` or `after`; null where there is none. */
function member(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null
    ? ((value as Record<string, unknown>)[key] ?? null)
    : null;
}

function text(value: unknown, key: string): string | null {
  const found = member(value, key);
  return typeof found === 'string' ? found : null;
}

function number(value: unknown, key: string): number | null {
  const found = member(value, key);
  return typeof found === 'number' ? found : null;
}

function Name({ children }: { children: ReactNode }) {
  return <b className="font-medium wrap-anywhere">{children}</b>;
}

/** Who somebody was when it happened: `Name <email>`, without the email. */
const nameIn = (label: string) => label.replace(/ <[^<>]*>$/, '');

function Label({
  label,
  id,
  unknown = 'Somebody',
}: {
  label: string | null;
  /** Of the account, where there still is one. */
  id?: string | undefined;
  unknown?: string;
}) {
  if (label === null) return <span>{unknown}</span>;
  return (
    <EventLink by="userId" value={id}>
      <Name>{nameIn(label)}</Name>
    </EventLink>
  );
}

/** Whom it is about. */
const subject = (event: AuditEvent, unknown?: string) => (
  <Label label={event.userLabel} id={event.user?.id} {...(unknown !== undefined && { unknown })} />
);

/** What acts where no person does, and has no name. */
const ACTORS: Record<Exclude<AuditEvent['actorKind'], 'user'>, string> = {
  key: 'A key',
  computer: 'A Team Computer',
  provider: 'The identity provider',
  operator: 'The operator of this Gatehouse',
  system: 'Gatehouse',
};

const actor = (event: AuditEvent) =>
  event.actorKind === 'user' ? (
    <Label
      label={event.actorLabel ?? event.userLabel}
      id={event.actorLabel === null ? event.user?.id : event.actor?.id}
    />
  ) : (
    <Label label={event.actorLabel} unknown={ACTORS[event.actorKind] ?? 'Something'} />
  );

/** Whether it is about somebody else than who did it. */
const isOfOther = (event: AuditEvent) =>
  event.userLabel !== null && event.user?.id !== event.actor?.id;

const byMethod = (reason: string | null) =>
  reason === 'password' ? ' by password' : reason === 'sso' ? ' by single sign-on' : '';

const computer = (event: AuditEvent) => {
  const name = text(event.after ?? event.before, 'name') ?? event.computerName;
  return (
    <EventLink by="computerId" value={computerOf(event)}>
      {name ? <Name>{name}</Name> : <span>a Team Computer</span>}
    </EventLink>
  );
};

/** The computers whose key somebody was shown who may not manage them any more. */
function keysShown({ before }: AuditEvent): ReactNode {
  const computers = member(before, 'computers');
  if (!Array.isArray(computers)) return null;
  const names = computers.map((one) => text(one, 'name') ?? 'a Team Computer').join(', ');
  return (
    <span className="wrap-anywhere">
      , who has seen the key of {names}: make new ones on the Team Computers page
    </span>
  );
}

const sameNetworks = ({ before, after }: AuditEvent) =>
  JSON.stringify(member(before, 'hostNetworks')) === JSON.stringify(member(after, 'hostNetworks'));

const counted = (count: number | null, one: string, many: string) =>
  count === null ? '' : `${numberText(count)} ${count === 1 ? one : many}`;

/** What a change of App Rules changed, as the end of "Olga …". */
function ruleChanges({ before, after }: AuditEvent): string {
  const changes: string[] = [];
  const enabled = member(after, 'enabled');
  const until = text(after, 'offUntil');
  const end =
    until === null ? '' : ` until ${dateText(Date.parse(until))}, ${until.slice(11, 16)} UTC`;
  if (enabled !== member(before, 'enabled')) {
    changes.push(`switched IP Verification ${enabled ? 'on' : 'off'}${end}`);
  } else if (until !== text(before, 'offUntil')) {
    changes.push(`left IP Verification off${end || ', without an end'}`);
  }
  const days = number(after, 'trustDays');
  if (days !== number(before, 'trustDays')) {
    changes.push(
      `set trust to ${counted(days, 'day', 'days')} (it was ${number(before, 'trustDays')})`,
    );
  }
  for (const action of TEAM_ACTIONS) {
    const mode = text(member(after, 'modes'), action) as Mode | null;
    const was = text(member(before, 'modes'), action) as Mode | null;
    if (mode !== null && was !== null && mode !== was) {
      changes.push(
        `set “${actionWords(action).name}” to ${modeWords[mode]} (it was ${modeWords[was]})`,
      );
    }
  }
  return changes.join(' and ') || 'changed the App Rules';
}

/** By what an account was proven at its first single sign-on, and what it lost. */
function linkedHow({ after }: AuditEvent): string {
  const provenBy = text(after, 'provenBy');
  if (provenBy === null) return '';
  const how = provenBy === 'mail' ? 'the mailed link' : 'the password';
  return number(after, 'endedSessions') === null
    ? `, proven by ${how}`
    : `, proven by ${how}. The address was confirmed by nobody before, so what the account had was ended`;
}

/** What an event holds as `before` or `after`, for a comparison. */
const view = (value: unknown): ProviderView =>
  typeof value === 'object' && value !== null ? (value as ProviderView) : {};

/** What was changed, a sentence each, in one line. */
const told = (changes: readonly string[]) => (changes.length > 0 ? `: ${changes.join('. ')}` : '');

function networksOf(event: AuditEvent): string[] {
  const networks = member(event.before, 'networks');
  return Array.isArray(networks) ? networks.filter((item) => typeof item === 'string') : [];
}

const looks: Record<EventType, EventLook> = {
  'team.created': {
    label: 'Team created',
    icon: Users,
    sentence: (event) => <>{actor(event)} created the team</>,
  },
  'team.renamed': {
    label: 'Team renamed',
    icon: Pencil,
    sentence: (event) => (
      <>
        {actor(event)} renamed the team from <Name>{text(event.before, 'name')}</Name> to{' '}
        <Name>{text(event.after, 'name')}</Name>
      </>
    ),
  },
  'mail.tested': {
    label: 'Mail tested',
    icon: Mail,
    sentence: (event) => (
      <>
        {actor(event)} sent a test mail, which{' '}
        {member(event.after, 'left') === true ? 'has left' : 'did not leave'}
      </>
    ),
  },
  'session.started': {
    label: 'Signed in',
    icon: LogIn,
    sentence: (event) => (
      <>
        {actor(event)} signed in{byMethod(event.reason)}
      </>
    ),
  },
  'session.refused': {
    label: 'Sign-in refused',
    icon: ShieldX,
    sentence: (event) => (
      <>
        {event.reason === 'sso_required' ? (
          <span>The right password was given where single sign-on is required, for </span>
        ) : (
          <span>A wrong password was given for </span>
        )}
        {subject(event, 'an account')}
        {event.sessionId === null ? null : <span>, in a session of theirs</span>}
      </>
    ),
  },
  'session.ended': {
    label: 'Session ended',
    icon: LogOut,
    sentence: (event) => (
      <>
        {actor(event)} ended a session
        {isOfOther(event) ? <span> of {subject(event)}</span> : null}
      </>
    ),
  },
  'sessions.ended': {
    label: 'Signed out everywhere',
    icon: LogOut,
    sentence: (event) => {
      const ended = counted(number(event.after, 'ended'), 'session', 'sessions');
      return (
        <>
          {actor(event)} signed out everywhere{ended && `: ${ended} ended`}
        </>
      );
    },
  },
  'gate.refused': {
    label: 'Refused by IP Verification',
    icon: ShieldX,
    sentence: (event) => (
      <>
        {actor(event)} was refused {event.action ? actionWords(event.action).refused : 'an action'}
        {event.finding && `: ${findingWords[event.finding] ?? event.finding}`}
        {event.reason === 'too_many_requests' ? <span>, and sent away as too often</span> : null}
        {member(event.after, 'manyNetworks') === true ? (
          <span>, from this and other networks</span>
        ) : null}
      </>
    ),
  },
  'network.verified': {
    label: 'Network verified',
    icon: ShieldCheck,
    sentence: (event) => (
      <>
        {actor(event)} verified a network{byMethod(event.reason)}
      </>
    ),
  },
  'network.revoked': {
    label: 'Network revoked',
    icon: ShieldMinus,
    sentence: (event) => {
      const [network] = networksOf(event);
      return (
        <>
          {actor(event)} revoked{' '}
          {network && addressWords(network) === network ? (
            <code className="font-mono text-[0.8125rem] wrap-anywhere">{network}</code>
          ) : (
            <span>{network ? addressWords(network) : 'a network'}</span>
          )}
          {isOfOther(event) ? <span> of {subject(event)}</span> : null}
        </>
      );
    },
  },
  'networks.revoked': {
    label: 'All networks revoked',
    icon: ShieldMinus,
    sentence: (event) => (
      <>
        {actor(event)} revoked all verified networks
        {isOfOther(event) ? <span> of {subject(event)}</span> : null}{' '}
        <span>({networksOf(event).length})</span>
      </>
    ),
  },
  'network.named': {
    label: 'Network named',
    icon: Pencil,
    sentence: (event) => {
      const networks = member(event.after, 'networks');
      const count = Array.isArray(networks) ? networks.length : 0;
      const name = text(event.after, 'name');
      const which = counted(count, 'network', 'networks');
      return name === null ? (
        <>
          {actor(event)} took the name of {which} away
        </>
      ) : (
        <>
          {actor(event)} named {which} <Name>{name}</Name>
        </>
      );
    },
  },
  'rule.changed': {
    label: 'App Rules changed',
    icon: SlidersHorizontal,
    sentence: (event) => (
      <>
        {actor(event)} {ruleChanges(event)}
        {event.actorKind === 'system' ? <span>, as planned</span> : null}
        {event.reason ? <> — “{event.reason}”</> : null}
      </>
    ),
  },
  'member.invited': {
    label: 'Member invited',
    icon: Mail,
    sentence: (event) => (
      <>
        {actor(event)} invited <Name>{text(event.after, 'email') ?? 'somebody'}</Name> as{' '}
        {text(event.after, 'role') ?? 'member'}
      </>
    ),
  },
  'member.joined': {
    label: 'Member joined',
    icon: Users,
    sentence: (event) => (
      <>
        {actor(event)} joined the team as {text(event.after, 'role') ?? 'member'}
      </>
    ),
  },
  'member.role_changed': {
    label: 'Role changed',
    icon: Users,
    sentence: (event) => (
      <>
        {actor(event)} changed the role of{' '}
        {isOfOther(event) ? subject(event) : <span>themselves</span>} from{' '}
        {text(event.before, 'role')} to {text(event.after, 'role')}
        {keysShown(event)}
      </>
    ),
  },
  'member.removed': {
    label: 'Member removed',
    icon: UserMinus,
    sentence: (event) =>
      event.user && event.user.id === event.actor?.id ? (
        <>
          {actor(event)} left the team
          {keysShown(event)}
        </>
      ) : (
        <>
          {actor(event)} removed {subject(event, 'a member')} from the team
          {keysShown(event)}
        </>
      ),
  },
  'member.contained': {
    label: 'Member contained',
    icon: ShieldBan,
    sentence: (event) => (
      <>
        {actor(event)} contained {subject(event, 'a member')}:{' '}
        {counted(number(event.after, 'endedSessions'), 'session', 'sessions') || 'no session'}{' '}
        ended, {counted(networksOf(event).length, 'network', 'networks') || 'no network'} revoked
      </>
    ),
  },
  'account.reported': {
    label: '“It wasn’t me”',
    icon: ShieldBan,
    sentence: (event) => {
      const ended = counted(number(event.after, 'endedSessions'), 'session', 'sessions');
      return (
        <>
          {actor(event)} said “It wasn’t me”{ended && `: ${ended} ended`}
        </>
      );
    },
  },
  'invite.revoked': {
    label: 'Invitation revoked',
    icon: Mail,
    sentence: (event) => (
      <>
        {actor(event)} revoked the invitation of{' '}
        <Name>{text(event.before, 'email') ?? 'somebody'}</Name>
      </>
    ),
  },
  'computer.registered': {
    label: 'Computer registered',
    icon: Monitor,
    sentence: (event) => (
      <>
        {actor(event)} registered {computer(event)}
      </>
    ),
  },
  'computer.changed': {
    label: 'Computer changed',
    icon: Monitor,
    sentence: (event) => {
      const was = text(event.before, 'name');
      const name = text(event.after, 'name');
      return was !== null && name !== null && was !== name ? (
        <>
          {actor(event)} renamed the computer <Name>{was}</Name> to <Name>{name}</Name>
        </>
      ) : (
        <>
          {actor(event)} changed{' '}
          <span>
            {sameNetworks(event) ? 'who may connect to' : 'from where the host key works of'}
          </span>{' '}
          {computer(event)}
        </>
      );
    },
  },
  'computer.key_rotated': {
    label: 'Host key replaced',
    icon: KeyRound,
    sentence: (event) => (
      <>
        {actor(event)} replaced the host key of {computer(event)}
      </>
    ),
  },
  'computer.online': {
    label: 'Computer on another network',
    icon: Monitor,
    sentence: (event) => (
      <>
        {computer(event)} came online from{' '}
        <Name>{addressWords(event.address ?? 'an unknown address')}</Name>
        {event.before ? (
          <>
            {' '}
            (it was{' '}
            <Name>{addressWords(text(event.before, 'address') ?? 'an unknown address')}</Name>)
          </>
        ) : null}
      </>
    ),
  },
  'computer.duplicate': {
    label: 'Host key used twice',
    icon: KeyRound,
    sentence: (event) => (
      <>A second program used the host key of {computer(event)}, and was turned away</>
    ),
  },
  'computer.refused': {
    label: 'Host key used from elsewhere',
    icon: KeyRound,
    sentence: (event) => (
      <>
        Somebody with the host key of {computer(event)} was turned away:{' '}
        <span>
          {event.finding === 'no-client-address'
            ? 'the address could not be established'
            : 'the key does not work from that network'}
        </span>
      </>
    ),
  },
  'computer.removed': {
    label: 'Computer removed',
    icon: Monitor,
    sentence: (event) => (
      <>
        {actor(event)} removed {computer(event)}
      </>
    ),
  },
  'connection.requested': {
    label: 'Connection requested',
    icon: ArrowLeftRight,
    sentence: (event) => (
      <>
        {actor(event)} asked to connect to {computer(event)}
      </>
    ),
  },
  'connection.accepted': {
    label: 'Connection accepted',
    icon: ArrowLeftRight,
    sentence: (event) => (
      <>
        {computer(event)} accepted a connection of {subject(event)}
      </>
    ),
  },
  'connection.declined': {
    label: 'Connection declined',
    icon: ArrowLeftRight,
    sentence: (event) => (
      <>
        {computer(event)} declined a connection of {subject(event)}
      </>
    ),
  },
  'connection.ended': {
    label: 'Connection ended',
    icon: ArrowLeftRight,
    sentence: (event) => (
      <>
        {event.actorKind === 'computer' ? computer(event) : actor(event)}{' '}
        <span>{text(event.after, 'state') === 'cancelled' ? 'cancelled' : 'ended'}</span> a
        connection
        {isOfOther(event) ? <span> of {subject(event)}</span> : null}
        {event.actorKind === 'system' && event.reason ? (
          <span>: {endWords[event.reason as ConnectionEndReason] ?? event.reason}</span>
        ) : null}
      </>
    ),
  },
  'friend.requested': {
    label: 'Friend requested',
    icon: Handshake,
    sentence: (event) => <>{actor(event)} asked somebody to be a friend</>,
  },
  'friend.accepted': {
    label: 'Friend accepted',
    icon: Handshake,
    sentence: (event) => <>{actor(event)} accepted a friend request</>,
  },
  'friend.removed': {
    label: 'Friend removed',
    icon: Handshake,
    sentence: (event) => <>{actor(event)} removed a friend or declined a request</>,
  },
  'sso.connection_added': {
    label: 'Single sign-on added',
    icon: KeyRound,
    sentence: (event) => (
      <>
        {actor(event)} added{' '}
        <Name>{text(event.after ?? event.before, 'name') ?? 'a provider'}</Name> for single sign-on
        <span className="wrap-anywhere">{told(describeProvider(view(event.after)))}</span>
      </>
    ),
  },
  'sso.connection_changed': {
    label: 'Single sign-on changed',
    icon: KeyRound,
    sentence: (event) => (
      <>
        {actor(event)} changed{' '}
        <Name>{text(event.after ?? event.before, 'name') ?? 'a provider'}</Name>
        <span className="wrap-anywhere">
          {told(changesOf(view(event.before), view(event.after)))}
        </span>
        {event.reason ? <> — “{event.reason}”</> : null}
      </>
    ),
  },
  'sso.connection_removed': {
    label: 'Single sign-on removed',
    icon: KeyRound,
    sentence: (event) => (
      <>
        {actor(event)} removed <Name>{text(event.before, 'name') ?? 'a provider'}</Name> from single
        sign-on
      </>
    ),
  },
  'sso.domain_added': {
    label: 'Domain added',
    icon: KeyRound,
    sentence: (event) => (
      <>
        {actor(event)} added the domain{' '}
        <Name>{text(event.after ?? event.before, 'domain') ?? 'a domain'}</Name>
      </>
    ),
  },
  'sso.domain_proven': {
    label: 'Domain proven',
    icon: KeyRound,
    sentence: (event) => (
      <>
        {actor(event)} proved the domain{' '}
        <Name>{text(event.after ?? event.before, 'domain') ?? 'a domain'}</Name>
      </>
    ),
  },
  'sso.domain_removed': {
    label: 'Domain removed',
    icon: KeyRound,
    sentence: (event) => (
      <>
        {actor(event)} removed the domain{' '}
        <Name>{text(event.after ?? event.before, 'domain') ?? 'a domain'}</Name>
      </>
    ),
  },
  'sso.requirement_changed': {
    label: 'Required single sign-on changed',
    icon: KeyRound,
    sentence: (event) => (
      <>
        {actor(event)} changed for whom single sign-on is required
        {told(requirementChanges(view(event.before), view(event.after)))}
      </>
    ),
  },
  'sso.proof_asked': {
    label: 'Proof of an account asked',
    icon: KeyRound,
    sentence: (event) => (
      <>
        A first sign-in through{' '}
        <Name>{text(event.after ?? event.before, 'name') ?? 'a provider'}</Name> came with the
        address of {subject(event, 'an account')}, and was asked to prove the account
      </>
    ),
  },
  'sso.linked': {
    label: 'Single sign-on linked',
    icon: KeyRound,
    sentence: (event) => (
      <>
        {actor(event)} is now known by{' '}
        <Name>{text(event.after ?? event.before, 'name') ?? 'a provider'}</Name>
        {linkedHow(event)}
      </>
    ),
  },
  'sso.refused': {
    label: 'Single sign-on refused',
    icon: KeyRound,
    sentence: (event) => (
      <>
        A sign-in through <Name>{text(event.after ?? event.before, 'name') ?? 'a provider'}</Name>{' '}
        was refused
      </>
    ),
  },
  'password.changed': {
    label: 'Password changed',
    icon: KeyRound,
    sentence: (event) => <>{actor(event)} changed their password</>,
  },
  'password.reset_requested': {
    label: 'Password reset requested',
    icon: KeyRound,
    sentence: (event) => (
      <>
        A password reset was requested for {subject(event, 'an account')}
        {event.reason === 'too_many_requests' ? (
          <span>; no further link was mailed, as enough of them still work</span>
        ) : null}
      </>
    ),
  },
  'password.reset': {
    label: 'Password reset',
    icon: KeyRound,
    sentence: (event) => <>{actor(event)} chose a new password by the mailed link</>,
  },
  'events.exported': {
    label: 'Activity exported',
    icon: Download,
    sentence: (event) => (
      <>
        {actor(event)} exported{' '}
        {counted(number(event.after, 'rows'), 'event', 'events') || 'the activity'} as{' '}
        {text(event.after, 'format') === 'csv' ? 'CSV' : 'NDJSON'}
        {member(event.after, 'ended') === true ? null : <span>; it was broken off</span>}
      </>
    ),
  },
};

/** What this version of the page does not know yet still has a line. */
function unknownLook(type: string): EventLook {
  return {
    label: type,
    icon: CircleUser,
    sentence: (event) => (
      <>
        {actor(event)}: {type}
      </>
    ),
  };
}

export function eventLook(type: string): EventLook {
  return Object.hasOwn(looks, type) ? looks[type as EventType] : unknownLook(type);
}

/** What an event says; where it stands for many, how many. */
export function eventSentence(event: AuditEvent): ReactNode {
  const count = number(event.after, 'count');
  return (
    <>
      {eventLook(event.type).sentence(event)}
      {count === null ? null : <span>{timesText(count)}</span>}
    </>
  );
}

/** An event of the first of them stands before it. */
const timesText = (count: number) =>
  count === 1 ? ', once more within a minute' : `, ${count} more times within a minute`;

/** What a type of the filter is called, one that ends in `.*` too. */
export const eventTypeLabel = (type: string): string => eventLook(type).label;

/** What a sign-in was, besides what its row says. */
const ALONG: Record<string, string> = {
  'session.started': 'signed in',
  'network.verified': 'verified the network',
};

/** What a row of a list says, one that stands for several too. */
export function rowSentence(row: FoldedRow): ReactNode {
  const { event } = row;
  switch (row.kind) {
    case 'one':
      return eventSentence(event);
    case 'along': {
      const types = new Set(row.events.map(({ type }) => type));
      types.delete(event.type);
      const more = Object.entries(ALONG).flatMap(([type, words]) => (types.has(type) ? words : []));
      return (
        <>
          {eventSentence(event)}
          {more.length > 0 ? <span>{`, and ${more.join(' and ')}`}</span> : null}
        </>
      );
    }
    case 'run':
      return event.type.startsWith('connection.') ? (
        <>
          {computer(event)}
          <span>{`: ${counted(row.count, 'connection', 'connections')} by `}</span>
          <Label
            label={event.userLabel ?? event.actorLabel}
            id={event.userLabel === null ? event.actor?.id : event.user?.id}
          />
        </>
      ) : (
        <>
          {eventSentence(event)}
          <span>{`, ${numberText(row.count)} times in a row`}</span>
        </>
      );
  }
}
