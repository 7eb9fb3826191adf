import { randomBytes } from 'node:crypto';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { createTransport } from 'nodemailer';
import { env } from './env';
import { shared } from './shared';

// Names and team names in mails are chosen by strangers. A line break in one must not become a
// header of its own (`Bcc:`, ADM-13), nor may an address be more than one recipient.

export type Mail = {
  /** One bare address. */
  to: string;
  subject: string;
  text: string;
};

/** How long a mail server may keep a caller waiting. */
const TIMEOUT_MS = 10_000;

const ADDRESS = /^[^\s\p{Cc}\p{Cf}<>()[\]\\,;:"@]+@[^\s\p{Cc}\p{Cf}<>()\\,;"@]+$/u;

const composed = (mail: Mail) => {
  if (!ADDRESS.test(mail.to)) throw new Error('Not one mail address');
  return {
    from: env().mailFrom,
    // As an object it is taken whole, and never parsed as a list.
    to: { name: '', address: mail.to },
    subject: mail.subject.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ').trim(),
    text: mail.text,
    disableFileAccess: true,
    disableUrlAccess: true,
  };
};

const smtp = (url: string) =>
  shared('mailer', () =>
    createTransport({
      url,
      connectionTimeout: TIMEOUT_MS,
      greetingTimeout: TIMEOUT_MS,
      socketTimeout: TIMEOUT_MS,
    }),
  );

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

/**
 * Sends a mail by SMTP_URL, or, where none is set, keeps it as a file in `DATA_DIR/mail`, named so
 * that the newest is last.
 *
 * @throws when the address is not one address, the mail server refuses or does not answer within
 *   ten seconds, or the file can't be written. The caller decides what that means.
 */
export async function sendMail(mail: Mail): Promise<void> {
  const message = composed(mail);
  const { smtpUrl, dataDir } = env();
  if (smtpUrl !== null) {
    await smtp(smtpUrl).sendMail(message);
    return;
  }
  const transport = createTransport({ streamTransport: true, buffer: true, newline: 'windows' });
  const { message: content } = await transport.sendMail(message);
  await writeWhole(path.join(dataDir, 'mail'), newName(), content as Buffer);
}
