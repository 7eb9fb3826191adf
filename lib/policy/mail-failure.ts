/**
 * What becomes of a mail that did not leave. A mail server that knows nobody yet says 4xx and means "come
 * again" (RFC 5321, 4.2.1); one that is away, or takes the wrong password, is mended by its operator. What
 * it answers to the mail itself with 5xx stays so.
 */
export type MailFailure =
  | 'unreachable'
  | 'not_encrypted'
  | 'log_in_refused'
  | 'not_now'
  | 'refused'
  | 'recipient_refused'
  | 'not_written'
  | 'unreadable';

/** What the mail library tells of a failure. */
export type MailError = {
  /** Its own word, such as `EAUTH`; or the system's. */
  code?: string | undefined;
  /** The system's, where the library has put its own word there. */
  originalCode?: string | undefined;
  /** The mail server's answer, such as 450; false: none. */
  responseCode?: number | false | undefined;
  /** What was answered, such as `RCPT TO`. */
  command?: string | undefined;
};

/** Whether trying again is of no use. */
export const IS_FINAL: Readonly<Record<MailFailure, boolean>> = {
  unreachable: false,
  not_encrypted: false,
  log_in_refused: false,
  not_now: false,
  refused: true,
  recipient_refused: true,
  not_written: false,
  unreadable: true,
};

/** @param toServer whether a mail server was asked; else a file was written */
export function classifyMailFailure(
  { code, originalCode, command = '', ...answered }: MailError,
  toServer: boolean,
): MailFailure {
  const responseCode = answered.responseCode || 0;
  if (!toServer) return 'not_written';
  // Not the mail is refused then, but we are.
  if (code === 'EAUTH' || command.startsWith('AUTH')) return 'log_in_refused';
  if (code === 'ETLS' || command === 'STARTTLS') return 'not_encrypted';
  const isOfMail = code === 'EENVELOPE' || code === 'EMESSAGE';
  if (isOfMail && responseCode >= 500) {
    return command === 'RCPT TO' ? 'recipient_refused' : 'refused';
  }
  if (responseCode >= 400) return 'not_now';
  // A certificate is refused inside the socket.
  const isTls = /CERT|SIGNED|ISSUER|SIGNATURE|^ERR_(?:TLS|SSL)|^EPROTO$/;
  if (isTls.test(originalCode ?? code ?? '')) return 'not_encrypted';
  return 'unreachable';
}

/** How long a mail is tried, unless it is of no use before. */
export const MAIL_TRIED_HOURS = 24;

const MINUTE = 60;
const LONGEST_WAIT = 2 * 60 * MINUTE;

/** Seconds until a mail is tried again: 1, 3, 9, 27, 81 minutes, then 2 hours. */
export function mailWaitSeconds(tries: number): number {
  return Math.min(MINUTE * 3 ** Math.min(tries - 1, 9), LONGEST_WAIT);
}

/** What is wrong, and what to do. */
export type MailWords = { message: string; cure: string };

const WORDS: Readonly<Record<MailFailure, MailWords>> = {
  unreachable: {
    message: 'The mail server of SMTP_URL can’t be reached.',
    cure: 'Look at its name and port, and at whether it runs.',
  },
  not_encrypted: {
    message: 'No encrypted connection to the mail server of SMTP_URL can be made.',
    cure: 'Name a CA of your own in NODE_EXTRA_CA_CERTS. Where the way there is safe without encryption, add ?requireTLS=false&ignoreTLS=true to SMTP_URL.',
  },
  log_in_refused: {
    message: 'The mail server refuses the user and password of SMTP_URL.',
    cure: 'Set the right ones there.',
  },
  not_now: {
    message: 'The mail server puts mail off.',
    cure: 'If it goes on, look into the mail server’s log.',
  },
  refused: {
    message: 'The mail server refuses mail of Gatehouse.',
    cure: 'Look into its log, and at whether it lets MAIL_FROM send.',
  },
  recipient_refused: {
    message: 'The mail server refuses a recipient.',
    cure: 'Probably there is no such address.',
  },
  not_written: {
    message: 'Mail can’t be written to the folder “mail” of DATA_DIR.',
    cure: 'Look at its rights and at the room on its disk.',
  },
  unreadable: {
    message: 'Mail that waited can’t be read: AUTH_SECRET is another one.',
    cure: 'It is given up. Invite anew whoever got none.',
  },
};

export function explainMailFailure(failure: MailFailure): MailWords {
  return WORDS[failure];
}

/** Mail that failed, as a whole. */
export type MailTrouble = {
  /** Still tried. */
  waiting: number;
  /** In the last day, and not for a recipient’s sake. */
  givenUp: number;
  /** The oldest of those that wait. */
  since: Date | null;
  /** Of the latest failure. */
  failure: MailFailure;
};

/** What a server that knows nobody yet may well take. */
const PUT_OFF_MINUTES = 30;

/** Whether owners are told: not while a server merely puts off what is new to it. */
export function isMailTrouble(
  { waiting, givenUp, since, failure }: MailTrouble,
  now: Date,
): boolean {
  if (givenUp > 0) return true;
  if (waiting === 0 || since === null) return false;
  if (failure !== 'not_now') return true;
  return now.getTime() - since.getTime() >= PUT_OFF_MINUTES * MINUTE * 1000;
}
