import { randomBytes } from 'node:crypto';
import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { createTransport } from 'nodemailer';
import { env, isThisMachine, parseSender } from './env';
import { shared } from './shared';

// Names and team names in mails are chosen by strangers. A line break in one must not become a
// header of its own (`Bcc:`, ADM-13), nor may an address be more than one recipient.

export type Mail = {
  /** One bare address. */
  to: string;
  subject: string;
  text: string;
  /** After which it is of no use: its link has run out. Left out: it is tried for a day. */
  usefulMinutes?: number;
};

/** How long a mail server may take to answer at all, and for one mail as a whole. */
const TIMEOUT_MS = 10_000;
const SEND_MS = 90_000;

/** How long mail that was written to a folder is kept there: longer than any link in it works. */
const KEPT_DAYS = 30;

const ADDRESS = /^[^\s\p{Cc}\p{Cf}<>()[\]\\,;:"@]+@[^\s\p{Cc}\p{Cf}<>()\\,;"@]+$/u;

const composed = (mail: Mail) => {
  if (!ADDRESS.test(mail.to)) throw new Error('Not one mail address');
  return {
    from: parseSender(env().mailFrom),
    // As an object it is taken whole, and never parsed as a list.
    to: { name: '', address: mail.to },
    subject: mail.subject.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ').trim(),
    text: mail.text,
    disableFileAccess: true,
    disableUrlAccess: true,
  };
};

/**
 * The attack: somebody between us and the mail server takes "STARTTLS" out of its greeting, and reads the
 * reset links. So encryption is a must, unless `?requireTLS=false` stands in the URL, and but for this
 * machine: nobody stands between there, so its server may also show a certificate of its own.
 */
function smtp(url: string) {
  const isLocal = isThisMachine(new URL(url).hostname);
  return createTransport({
    // What the URL says itself outweighs these.
    requireTLS: !isLocal,
    tls: { rejectUnauthorized: !isLocal },
    url,
    connectionTimeout: TIMEOUT_MS,
    greetingTimeout: TIMEOUT_MS,
    // One that looks for viruses takes its time after the last byte.
    socketTimeout: SEND_MS,
    dnsTimeout: TIMEOUT_MS,
  });
}

/** Names sort as they were made, also within one millisecond. */
function newName(): string {
  const counter = shared('mail-counter', () => ({ value: 0 }));
  counter.value += 1;
  const time = new Date().toISOString().replaceAll(':', '-');
  const count = String(counter.value).padStart(9, '0');
  return `${time}-${count}-${randomBytes(4).toString('hex')}.eml`;
}

/** Writes `content` under `name` in one step: a reader sees all of it or no file. */
async function writeWhole(directory: string, name: string, content: Buffer): Promise<void> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const temporary = path.join(directory, `.${name}.part`);
  try {
    const file = await open(temporary, 'wx', 0o600);
    try {
      await file.writeFile(content);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path.join(directory, name));
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

/** Whether mail goes to a mail server, and not to a folder. */
export function goesToServer(): boolean {
  return env().smtpUrl !== null;
}

/**
 * Sends a mail by SMTP_URL, or, where none is set, keeps it as a file in `DATA_DIR/mail`, named so
 * that the newest is last.
 *
 * @throws when the address is not one address, the mail server refuses or does not take it within
 *   ninety seconds, or the file can't be written. The caller decides what that means.
 */
export async function sendMail(mail: Mail): Promise<void> {
  const message = composed(mail);
  const { smtpUrl } = env();
  if (smtpUrl !== null) {
    await smtp(smtpUrl).sendMail({ ...message, signal: AbortSignal.timeout(SEND_MS) });
    return;
  }
  const transport = createTransport({ streamTransport: true, buffer: true, newline: 'windows' });
  const { message: content } = await transport.sendMail(message);
  await writeWhole(mailFolder(), newName(), content as Buffer);
}

const mailFolder = () => path.join(env().dataDir, 'mail');

/** Ours alone, and halves of them. */
const MAIL_FILE = /^\.?\d{4}-[\dTZ.-]+-[0-9a-f]{8}\.eml(?:\.part)?$/;

/** Deletes mail that was written to `DATA_DIR/mail` over 30 days ago. @returns how many */
export async function deleteOldMail(now: Date = new Date()): Promise<number> {
  const names = await readdir(mailFolder()).catch(() => []);
  let count = 0;
  for (const name of names.filter((candidate) => MAIL_FILE.test(candidate))) {
    const file = path.join(mailFolder(), name);
    const { mtimeMs } = await stat(file);
    if (now.getTime() - mtimeMs <= KEPT_DAYS * 24 * 60 * 60 * 1000) continue;
    await rm(file, { force: true });
    count += 1;
  }
  return count;
}
