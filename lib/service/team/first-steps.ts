import type { z } from 'zod';
import type { FirstSteps, MailTested } from '@/lib/contract/resources';
import type { SettleFirstStepsBody } from '@/lib/contract/schemas';
import { database } from '@/lib/platform/postgres/database';
import { act } from '@/lib/service/gate/act';
import type { Actor, TeamOfActor } from '@/lib/service/gate/actor';
import type { GatePass } from '@/lib/service/gate/gate';
import { LIMITS, requirePoint } from '@/lib/service/gate/limits';
import { testMail } from '@/lib/service/mail/mail';
import { hasMailServer, sendAtOnce } from '@/lib/service/mail/outgoing-mail';
import { findFirstSteps, settleSteps } from '@/lib/store/teams';

/** How far a team has come on its way from nothing to a protected connection. */
export async function showFirstSteps({ id }: Pick<TeamOfActor, 'id'>): Promise<FirstSteps> {
  const { settled, hasProvider, ...steps } = await findFirstSteps(database().prisma, id);
  return {
    ...steps,
    sso: hasProvider ? 'set_up' : settled.includes('sso') ? 'not_needed' : 'open',
    mail: !hasMailServer() ? 'no_server' : settled.includes('mail') ? 'works' : 'untested',
    hidden: settled.includes('all'),
  };
}

/** The same as long as something is left to do, and nobody has hidden it; else null. */
export async function showOpenFirstSteps(team: TeamOfActor): Promise<FirstSteps | null> {
  const steps = await showFirstSteps(team);
  const { computer, online, connected, secondOwner, sso, mail, hidden } = steps;
  const isDone = [computer, online, connected, secondOwner, sso !== 'open', mail === 'works'];
  return hidden || !isDone.includes(false) ? null : steps;
}

/** Says that a step is not needed, or that the list is not to be shown any more; or takes that back. */
export async function settleFirstSteps(
  actor: Actor,
  pass: GatePass,
  team: TeamOfActor,
  { hidden, ssoNotNeeded }: z.infer<typeof SettleFirstStepsBody>,
): Promise<FirstSteps> {
  await act(actor, pass, (tx) => settleSteps(tx, team.id, { all: hidden, sso: ssoNotNeeded }));
  return showFirstSteps(team);
}

/**
 * Sends a mail to whoever asks, to his own address, and waits for what becomes of it.
 * @throws too_many_requests
 */
export async function sendTestMail(
  actor: Actor,
  pass: GatePass,
  team: TeamOfActor,
): Promise<MailTested> {
  await requirePoint(LIMITS.testMail, actor.user.id);
  const failure = await sendAtOnce(testMail({ to: actor.user.email, teamName: team.name }));
  const left = failure === null;
  await act(actor, pass, async (tx, audit) => {
    if (left) await settleSteps(tx, team.id, { mail: true });
    await audit({ type: 'mail.tested', teamId: team.id, after: { left } });
  });
  const message = left
    ? `It has left for ${actor.user.email}. Look whether it arrives.`
    : `${failure.message} ${failure.cure}`;
  return { left, message };
}
