import { randomUUID } from 'node:crypto';
import { log } from '@/lib/platform/log';
import { goesToServer, type Mail, sendMail } from '@/lib/platform/mailer';
import { database } from '@/lib/platform/postgres/database';
import { createRareWarning } from '@/lib/platform/rare-log';
import { seal, UnsealError, unseal } from '@/lib/platform/sealed';
import { shared } from '@/lib/platform/shared';
import { onShutdown } from '@/lib/platform/shutdown';
import {
  classifyMailFailure,
  explainMailFailure,
  IS_FINAL,
  isMailTrouble,
  type MailError,
  type MailFailure,
  type MailWords,
  mailWaitSeconds,
} from '@/lib/policy/mail-failure';
import type { Actor } from '@/lib/service/gate/actor';
import { later } from '@/lib/service/gate/later';
import { hidesNetworks } from '@/lib/service/gate/masks';
import {
  findMailTrouble,
  forgetMail,
  giveMailUp,
  giveUpExpiredMails,
  holdMail,
  keepMail,
  putMailOff,
  type TakenMail,
  takeDueMails,
} from '@/lib/store/outgoing-mails';

// The fault: a mail had one try. A mail server that was away for a minute, or that lets everybody new come
// again (greylisting), lost the invitation, the reset link and the warning of a new network, and nobody
// was told. So a mail is kept in the database until it has left, sealed, since it may hold a link that
// lets somebody in.

/** How many are on their way at once: mail servers count connections. */
const LANES = 4;

/** How often what has come due is looked for, and how much of it is taken at a time. */
const LOOK_MS = 5_000;
const TAKEN = 20;

const purposeOf = (id: string) => `outgoing-mail:${id}`;

/**
 * Sends after the answer, by this process at once, and for a day by any. What can't even be kept is logged,
 * and changes nothing else.
 */
export function mailLater(...mails: Mail[]): void {
  for (const mail of mails) {
    later('sending a mail', async () => {
      const id = randomUUID();
      await deliver(
        await keepMail(id, seal(JSON.stringify(mail), purposeOf(id)), mail.usefulMinutes ?? null),
      );
    });
  }
}

/** One after the other in each of a few lanes. */
async function deliver(mail: TakenMail): Promise<void> {
  const lanes = shared('mail-lanes', () => ({
    ends: Array(LANES).fill(Promise.resolve()),
    next: 0,
  }));
  const lane = lanes.next;
  lanes.next = (lane + 1) % LANES;
  const done = lanes.ends[lane].then(() => tryOnce(mail));
  lanes.ends[lane] = done.catch(() => undefined);
  await done;
}

/** Whether mail can leave at all. */
export const hasMailServer = goesToServer;

/** Sends one while somebody waits. @returns why it has not left; null: it has */
export async function sendAtOnce(mail: Mail): Promise<MailWords | null> {
  if (!goesToServer()) {
    return {
      message: 'No mail server is set.',
      cure: 'Whoever runs this Gatehouse sets SMTP_URL.',
    };
  }
  const failure = await findFailureOf(mail);
  return failure && explainMailFailure(failure);
}

async function tryOnce(taken: TakenMail): Promise<void> {
  // It may have waited so long that somebody else has taken it.
  if (!(await holdMail(taken))) return;
  const failure = await findFailure(taken);
  if (failure === null) return forgetMail(taken);
  warnOf(failure);
  // One wrong address is no trouble of the whole.
  if (failure === 'recipient_refused') return forgetMail(taken);
  if (IS_FINAL[failure]) return giveMailUp(taken, failure);
  await putMailOff(taken, failure, mailWaitSeconds(taken.tries));
}

/** @returns null: it has left */
async function findFailure({ id, body, tries }: TakenMail): Promise<MailFailure | null> {
  try {
    return await findFailureOf(JSON.parse(unseal(body, purposeOf(id))), { id, tries });
  } catch (error) {
    if (error instanceof UnsealError) return 'unreadable';
    throw error;
  }
}

/** @param logged what the log is to say of it. @returns null: it has left */
async function findFailureOf(mail: Mail, logged: object = {}): Promise<MailFailure | null> {
  try {
    await sendMail(mail);
    return null;
  } catch (error) {
    const { code, originalCode, responseCode, command } = error as MailError;
    const told = { code, originalCode, responseCode, command };
    // Not the server's words, which name the recipient.
    log().debug({ ...logged, ...told }, 'a mail did not leave');
    return classifyMailFailure(told, goesToServer());
  }
}

/** Says why mail does not leave, once in ten minutes for each reason. */
function warnOf(failure: MailFailure): void {
  const warnRarely = shared('mail-warning', () =>
    createRareWarning(({ message, cure }) => log().warn({ cure }, message)),
  );
  warnRarely(failure, () => explainMailFailure(failure));
}

/** Tries again what did not leave, of whichever instance, until the process stops. */
export function keepMailMoving(): void {
  let isRunning = false;
  const run = () => {
    if (isRunning) return;
    isRunning = true;
    tryDueMails()
      .catch((err: unknown) => log().warn({ err }, 'mail that waits could not be looked at'))
      .finally(() => {
        isRunning = false;
      });
  };
  run();
  const timer = setInterval(run, LOOK_MS);
  timer.unref();
  onShutdown('outgoing mail', () => clearInterval(timer));
}

async function tryDueMails(): Promise<void> {
  const { count, failure } = await giveUpExpiredMails();
  if (count > 0) log().warn({ count, failure }, 'mail was given up: it did not leave in time');
  for (let taken = TAKEN; taken === TAKEN; ) {
    const mails = await takeDueMails(TAKEN);
    taken = mails.length;
    await Promise.all(mails.map(deliver));
  }
}

export type MailNotice = {
  waiting: number;
  givenUp: number;
  /** RFC 3339; since when the oldest of them waits. */
  since: string | null;
  message: string;
  cure: string;
};

/**
 * That mail does not leave, for an owner of any team; null: it does, as far as is known. From a network that
 * is not trusted nobody is told: a thief would learn that the warning of him has not arrived.
 */
export async function findMailNotice(actor: Actor): Promise<MailNotice | null> {
  if (!actor.teams.some(({ role }) => role === 'owner') || hidesNetworks(actor)) return null;
  const trouble = await findMailTrouble(database().prisma);
  if (trouble === null || !isMailTrouble(trouble, trouble.now)) return null;
  const { waiting, givenUp, since, failure } = trouble;
  return { waiting, givenUp, since: since?.toISOString() ?? null, ...explainMailFailure(failure) };
}
