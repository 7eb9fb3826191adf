import { env } from '@/lib/platform/env';
import type { Mail } from '@/lib/platform/mailer';
import type { Role } from '@/lib/policy/roles';
import { INVITE_DAYS } from '@/lib/store/invites';
import { RESET_MINUTES } from '@/lib/store/password-resets';
import { JOIN_MINUTES } from '@/lib/store/sso/flows';

/**
 * The mails: what happened, what to do, and what if it wasn't you. No link in them does anything when
 * it is opened; mail scanners open all of them.
 */

/** A token stands behind the `#`, which no browser sends and no proxy logs. */
const withToken = (path: string, token: string) => page(`${path}#${token}`);

export function inviteUrl(token: string): string {
  return withToken('/invite', token);
}

export function inviteMail(invite: {
  to: string;
  teamName: string;
  invitedBy: string;
  role: Role;
  token: string;
}): Mail {
  return {
    to: invite.to,
    subject: `Invitation to the team ${invite.teamName}`,
    text: lines(
      `${invite.invitedBy} invites you to the team “${invite.teamName}” on Gatehouse, as ${invite.role}.`,
      `To accept, open this page within ${INVITE_DAYS} days:\n${inviteUrl(invite.token)}`,
      'If you don’t know this team, do nothing. The invitation ends by itself.',
    ),
  };
}

export function testMail({ to, teamName }: { to: string; teamName: string }): Mail {
  return {
    to,
    subject: 'Test mail from Gatehouse',
    text: lines(
      `Mail from Gatehouse arrives. You asked for this test on a page of the team “${teamName}”.`,
      'There is nothing else to do.',
    ),
  };
}

/** @param reset.isLast no further one is mailed while this one works */
export function resetMail(reset: { to: string; token: string; isLast: boolean }): Mail {
  return {
    to: reset.to,
    subject: 'Choose a new password',
    usefulMinutes: RESET_MINUTES,
    text: lines(
      'Somebody, probably you, asked for a new password for your Gatehouse account.',
      `To choose one, open this page within ${RESET_MINUTES} minutes. It works once:\n${withToken('/reset', reset.token)}`,
      ...(reset.isLast
        ? [
            `This is the last such mail for now: several were asked for within ${RESET_MINUTES} minutes. The links in those of the last ${RESET_MINUTES} minutes all work, until you use one. Once they have run out, you can ask again.`,
          ]
        : []),
      'If this wasn’t you, do nothing: your password stays as it is.',
    ),
  };
}

/** Somebody knows the password, and it lets nobody in. */
export function passwordNotUsedMail(used: { to: string; at: Date; address: string | null }): Mail {
  return {
    to: used.to,
    subject: 'Somebody gave your right password',
    text: lines(
      `Somebody gave the right password of your Gatehouse account ${when(used.at)}, ${from(used.address)}. Nobody was let in: your team signs in through its company alone.`,
      'If this was you, sign in through your company. There is nothing else to do.',
      'If this wasn’t you, somebody knows this password. Choose another one wherever else you use it, your mail first, and tell an owner of your team.',
    ),
  };
}

/** Somebody with a live session does not know the password. */
export function wrongProofsMail(wrong: {
  to: string;
  /** What the session's program calls itself. */
  program: string;
  count: number;
  at: Date;
  address: string | null;
}): Mail {
  return {
    to: wrong.to,
    subject: 'Many wrong passwords from one of your sessions',
    text: lines(
      `Whoever uses your Gatehouse session of “${wrong.program}” was asked for your password, and gave ${wrong.count} wrong ones within a day: the last ${when(wrong.at)}, ${from(wrong.address)}.`,
      `If this was you, there is nothing to do. If you have forgotten your password, choose a new one: ${page('/reset')}`,
      `If this wasn’t you, somebody has a copy of that session. End it under Sessions, or sign out everywhere: ${page('/account')}`,
    ),
  };
}

/** To the address of an invitation, once somebody came in by it, or in its stead by single sign-on. */
export function joinedMail(joined: {
  to: string;
  /** The team of the invitation, or the provider. */
  through: string;
  isInvited?: boolean;
  at: Date;
  address: string | null;
}): Mail {
  const { through } = joined;
  const what = joined.isInvited
    ? `accepted the invitation of this address to the team “${through}”`
    : `signed in for the first time through “${through}” with this address`;
  return {
    to: joined.to,
    subject: joined.isInvited
      ? `The invitation to ${through} was accepted`
      : `First sign-in through ${through}`,
    text: lines(
      `Somebody ${what} on Gatehouse ${when(joined.at)}, ${from(joined.address)}.`,
      'If this was you, there is nothing to do.',
      joined.isInvited
        ? `If this wasn’t you, somebody else has an account with your address. Take it over: choose a new password at ${page('/reset')}, which ends all its sessions. Then tell an owner of the team.`
        : 'If this wasn’t you, somebody at that provider uses your address. Tell an owner of your team.',
    ),
  };
}

/** Proves an account at its first single sign-on. It works in the browser that asked for it alone. */
export function joinMail(join: {
  to: string;
  providerName: string;
  token: string;
  address: string | null;
}): Mail {
  return {
    to: join.to,
    subject: 'Confirm that this account is yours',
    usefulMinutes: JOIN_MINUTES,
    text: lines(
      `Somebody, probably you, has just signed in through “${join.providerName}”, ${from(join.address)}, and wants to use your Gatehouse account by it.`,
      `To confirm that it is yours, open this page within ${JOIN_MINUTES} minutes, in the same browser:\n${withToken('/sso/join', join.token)}`,
      `If you did not just sign in there, do nothing, and don’t hand this link on. Somebody at “${join.providerName}” uses your address: tell an owner of your team.`,
    ),
  };
}

export function ssoLinkedMail(link: {
  to: string;
  providerName: string;
  provenBy: 'password' | 'mail';
  /** What the account lost, since nobody had confirmed its address; null: nothing. */
  ended: { isPasswordRemoved: boolean } | null;
}): Mail {
  const { providerName, ended } = link;
  return {
    to: link.to,
    subject: 'You can now sign in through your company',
    text: lines(
      `Your Gatehouse account was linked to “${providerName}”, the single sign-on of your team. It was proven by ${link.provenBy === 'password' ? 'its password' : 'a link that was mailed to you'}. From now on you can sign in through it.`,
      ...(ended
        ? [
            `Nobody had confirmed the address of this account until now, so somebody else may have made it. All its other sessions were ended, and no other network is trusted any more.${ended.isPasswordRemoved ? ` Its password no longer works: sign in through “${providerName}”.` : ''}`,
          ]
        : []),
      'If you did not just sign in there, somebody else can now sign in as you: tell an owner of your team at once.',
    ),
  };
}

export function passwordChangedMail(change: {
  to: string;
  at: Date;
  address: string | null;
}): Mail {
  return {
    to: change.to,
    subject: 'Your password was changed',
    text: lines(
      `The password of your Gatehouse account was changed ${when(change.at)}, ${from(change.address)}. All other sessions were ended, and no other network is trusted any more: protected actions ask there again that it is you.`,
      `If this wasn’t you, choose a new password at once at ${page('/reset')}, and tell the owner of your team.`,
    ),
  };
}

export function reportedMail(report: { to: string; at: Date; address: string | null }): Mail {
  return {
    to: report.to,
    subject: 'You were signed out everywhere',
    text: lines(
      `Somebody who was signed in as you said “It wasn’t me” ${when(report.at)}, ${from(report.address)}. All sessions of your Gatehouse account were ended, and their connections.`,
      `If it was you: sign in again, choose a new password at ${page('/account')}, and tell an owner of your team what you were asked.`,
      `If it wasn’t you, somebody else holds, or held, a session of yours: do the same.`,
    ),
  };
}

export function containedMail(contained: {
  to: string;
  teamName: string;
  by: string;
  at: Date;
  endedSessions: number;
  revokedNetworks: number;
  reason: string;
}): Mail {
  const { by, teamName, endedSessions, revokedNetworks } = contained;
  return {
    to: contained.to,
    subject: `${by} signed you out of Gatehouse`,
    text: lines(
      `${by}, of the team “${teamName}”, ended ${counted(endedSessions, 'session')} of yours and the trust in ${counted(revokedNetworks, 'network')} ${when(contained.at)}.\nReason given: ${contained.reason}`,
      `Sign in again where you work: that verifies the network there. If you don’t know why this was done, ask ${by}.`,
    ),
  };
}

export function newNetworkMail(verified: {
  to: string;
  at: Date;
  address: string;
  /** The identity provider that vouched; null: the password did. */
  providerName: string | null;
}): Mail {
  const { providerName } = verified;
  return {
    to: verified.to,
    subject: `A new address was verified: ${verified.address}`,
    text: lines(
      `Somebody signed in to your Gatehouse account ${providerName === null ? 'with your password' : `through ${providerName}`} ${when(verified.at)}, ${from(verified.address)}. This network is now trusted for your account.`,
      'If this was you, there is nothing to do.',
      providerName === null
        ? `If this wasn’t you, somebody knows your password. Choose another at ${page('/account')}: that ends all other sessions, and the trust in all other networks. Then tell the owner of your team.`
        : `If this wasn’t you, somebody can sign in as you at ${providerName}. Tell whoever runs it at once; then remove this network and sign out everywhere at ${page('/account')}, and tell the owner of your team.`,
    ),
  };
}

export function ruleWeakenedMail(change: {
  to: string;
  teamId: string;
  teamName: string;
  changedBy: string;
  at: Date;
  /** It was switched off: until when; null: until somebody switches it on. */
  off: { until: Date | null } | null;
  reason: string | null;
}): Mail {
  const { off } = change;
  const end = off?.until
    ? `It is on again by itself ${when(off.until)}.`
    : 'It stays off until an owner switches it on.';
  const what = off
    ? `switched IP Verification off for the team “${change.teamName}”. Stolen session tokens now work from anywhere. ${end}`
    : `made IP Verification less strict for the team “${change.teamName}”.`;
  return {
    to: change.to,
    subject: off
      ? `IP Verification was switched off in ${change.teamName}`
      : `IP Verification was made less strict in ${change.teamName}`,
    text: lines(
      `${change.changedBy} ${what} This happened ${when(change.at)}.${change.reason === null ? '' : `\nReason given: ${change.reason}`}`,
      `You are told because you are an owner of this team. See what changed, or change it back: ${page(`/teams/${change.teamId}/rules`)}`,
      `If nobody should have done this, change the rules back. ${shutOut(change)}`,
    ),
  };
}

export function ssoChangedMail(change: {
  to: string;
  teamId: string;
  teamName: string;
  changedBy: string;
  at: Date;
  address: string | null;
  /** As the end of "Olga …". */
  did: string;
  /** What changed, a sentence each. */
  changes: readonly string[];
  reason: string | null;
}): Mail {
  const { changedBy, teamId, changes, reason } = change;
  return {
    to: change.to,
    subject: `Single sign-on was changed in ${change.teamName}`,
    text: lines(
      `${changedBy} ${change.did} in the team “${change.teamName}” ${when(change.at)}, ${from(change.address)}.${reason === null ? '' : `\nReason given: ${reason}`}`,
      ...(changes.length > 0 ? [changes.map((what) => `- ${what}`).join('\n')] : []),
      `You are told because you are an owner of this team, and because whoever answers for its identity provider can sign in as its members. See what stands now: ${page(`/teams/${teamId}/sso`)}\nAnd what was done: ${page(`/teams/${teamId}/activity`)}`,
      `If nobody should have done this, switch the provider off there at once. ${shutOut(change)}`,
    ),
  };
}

/** What another owner can do about an owner's account that somebody else may hold. */
const shutOut = ({ changedBy, teamId }: { changedBy: string; teamId: string }) =>
  `Somebody may act as ${changedBy}: on the page of that member (${page(`/teams/${teamId}/members`)}) choose “Contain…”, which ends the sessions and the trust in all networks, and make the role “member”. Then ask ${changedBy} to choose a new password, where there is one, at ${page('/account')}`;

const counted = (count: number, noun: string) => `${count} ${noun}${count === 1 ? '' : 's'}`;
const lines = (...paragraphs: string[]) => `${paragraphs.join('\n\n')}\n`;
const page = (path: string) => new URL(path, env().appUrl).href;
const when = (at: Date) => `on ${at.toISOString().slice(0, 16).replace('T', ' at ')} UTC`;
const from = (address: string | null) =>
  address === null ? 'from an address that could not be established' : `from ${address}`;
