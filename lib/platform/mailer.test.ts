import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { parseEnv } from './env';
import { sendMail } from './mailer';

const settings = vi.hoisted(() => ({ current: {} as Record<string, string> }));

vi.mock('./env', async (original) => {
  const actual = await original<typeof import('./env')>();
  return { ...actual, env: () => actual.parseEnv(settings.current) };
});

let dataDir = '';

afterEach(() => rmSync(dataDir, { recursive: true }));
beforeEach(() => {
  dataDir = mkdtempSync(path.join(tmpdir(), 'gatehouse-mail-'));
  settings.current = { DATA_DIR: dataDir, AUTH_SECRET: 's'.repeat(32) };
});

const box = () => path.join(dataDir, 'mail');
const onlyMail = () => {
  const names = readdirSync(box());
  expect(names).toHaveLength(1);
  return path.join(box(), names[0] ?? '');
};
const headersOf = (text: string) => text.slice(0, text.indexOf('\r\n\r\n')).split(/\r\n(?![ \t])/);

describe('without a mail server', () => {
  it('a mail becomes one complete file that only its owner reads', async () => {
    await sendMail({ to: 'valerie@example.com', subject: 'Hello', text: 'One\nTwo: ä' });
    const file = onlyMail();
    expect(file).toMatch(/\.eml$/);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const text = readFileSync(file, 'utf8');
    const headers = headersOf(text);
    expect(headers).toContain('To: valerie@example.com');
    expect(headers).toContain('Subject: Hello');
    expect(headers).toContain('From: Gatehouse <no-reply@localhost>');
  });

  it('the newest is last', async () => {
    for (const subject of ['1', '2', '3']) {
      await sendMail({ to: 'a@example.com', subject, text: subject });
    }
    const texts = readdirSync(box())
      .sort()
      .map((name) => readFileSync(path.join(box(), name), 'utf8').trimEnd().slice(-1));
    expect(texts).toEqual(['1', '2', '3']);
  });
});

describe('ADM-13 no header but ours', () => {
  const hostile = 'x\r\nBcc: y@evil.test\u2028\r\n\r\n<script>';

  it('a line break in a subject stays in the subject', async () => {
    await sendMail({ to: 'a@example.com', subject: hostile, text: `Hello ${hostile}` });
    const headers = headersOf(readFileSync(onlyMail(), 'utf8'));
    expect(headers.length).toBeGreaterThan(4);
    expect(headers.filter((line) => /^bcc/i.test(line))).toEqual([]);
  });

  it.each([
    'a@example.com\r\nBcc: y@evil.test',
    'a@example.com, y@evil.test',
    'a@example.com;y@evil.test',
    'Valerie <a@example.com>',
    'a@b@example.com',
    '"a b"@example.com',
    'a\u202e@example.com',
    'no address',
    '',
  ])('%j is not one address, and nothing is sent', async (to) => {
    await expect(sendMail({ to, subject: 's', text: 't' })).rejects.toThrow('Not one mail address');
    expect(readdirSync(dataDir)).toEqual([]);
  });
});

describe('with a mail server', () => {
  const received: string[] = [];
  const server = createServer((socket) => {
    let isData = false;
    socket.write('220 test\r\n');
    socket.on('data', (chunk) => {
      for (const line of chunk.toString().split('\r\n').filter(Boolean)) {
        received.push(line);
        if (isData) {
          if (line === '.') {
            isData = false;
            socket.write('250 ok\r\n');
          }
        } else if (line === 'DATA') {
          isData = true;
          socket.write('354 go\r\n');
        } else socket.write('250 ok\r\n');
      }
    });
  });
  afterEach(() => void server.close());

  it('the mail goes to it, to one recipient', async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    settings.current.SMTP_URL = `smtp://127.0.0.1:${address.port}`;
    settings.current.MAIL_FROM = 'Doors <doors@example.com>';
    await sendMail({ to: 'a@example.com', subject: 'Hello', text: 'Text' });
    expect(received.filter((line) => line.startsWith('RCPT'))).toEqual(['RCPT TO:<a@example.com>']);
    expect(received).toContain('MAIL FROM:<doors@example.com>');
    expect(received).toContain('Subject: Hello');
    expect(parseEnv(settings.current).smtpUrl).not.toBeNull();
  });
});
