import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { TLSSocket } from 'node:tls';
import { generate } from 'selfsigned';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { parseEnv } from './env';
import { deleteOldMail, sendMail } from './mailer';

const settings = vi.hoisted(() => ({ current: {} as Record<string, string> }));

vi.mock('./env', async (original) => {
  const actual = await original<typeof import('./env')>();
  return { ...actual, env: () => actual.parseEnv(settings.current) };
});

let dataDir = '';

afterEach(() => rmSync(dataDir, { recursive: true }));
beforeEach(() => {
  dataDir = mkdtempSync(path.join(tmpdir(), 'gatehousemail-'));
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

/** A mail server that writes down what it is told. */
class MailServer {
  readonly received: string[] = [];
  private readonly server = createServer((socket) => this.speak(socket, '220 test'));

  constructor(private readonly tls: { key: string; cert: string } | null = null) {}

  async listen(): Promise<number> {
    await new Promise<void>((resolve) => this.server.listen(0, '0.0.0.0', resolve));
    const address = this.server.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    return address.port;
  }

  close(): void {
    this.server.close();
  }

  private speak(socket: Socket, greeting: string | null): void {
    let isData = false;
    if (greeting) socket.write(`${greeting}\r\n`);
    socket.on('error', () => undefined);
    socket.on('data', (chunk) => {
      for (const line of chunk.toString().split('\r\n').filter(Boolean)) {
        this.received.push(line);
        if (isData) {
          if (line !== '.') continue;
          isData = false;
          socket.write('250 ok\r\n');
        } else if (line === 'DATA') {
          isData = true;
          socket.write('354 go\r\n');
        } else if (line.startsWith('EHLO') && this.tls && !(socket instanceof TLSSocket)) {
          socket.write('250-test\r\n250 STARTTLS\r\n');
        } else if (line === 'STARTTLS') {
          if (!this.tls) {
            socket.write('502 no\r\n');
            continue;
          }
          socket.removeAllListeners('data');
          socket.write('220 go\r\n');
          this.speak(new TLSSocket(socket, { isServer: true, ...this.tls }), null);
        } else socket.write('250 ok\r\n');
      }
    });
  }
}

describe('with a mail server', () => {
  const servers: MailServer[] = [];
  const started = async (tls: { key: string; cert: string } | null = null) => {
    const server = new MailServer(tls);
    servers.push(server);
    return { server, port: await server.listen() };
  };
  const selfSigned = async () => {
    const { private: key, cert } = await generate([{ name: 'commonName', value: 'mail.test' }]);
    return { key, cert };
  };
  const send = () => sendMail({ to: 'a@example.com', subject: 'Hello', text: 'Text' });
  afterEach(() => {
    for (const server of servers.splice(0)) server.close();
  });

  it('the mail goes to it, to one recipient', async () => {
    const { server, port } = await started();
    settings.current.SMTP_URL = `smtp://127.0.0.1:${port}`;
    settings.current.MAIL_FROM = 'Doors <doors@example.com>';
    await send();
    const { received } = server;
    expect(received.filter((line) => line.startsWith('RCPT'))).toEqual(['RCPT TO:<a@example.com>']);
    expect(received).toContain('MAIL FROM:<doors@example.com>');
    expect(received).toContain('Subject: Hello');
    expect(parseEnv(settings.current).smtpUrl).not.toBeNull();
  });

  it.each(['Acme, Inc. <doors@example.com>', '"Acme, Inc." <doors@example.com>'])(
    'P16: a comma in the name of the sender makes no second one: %s',
    async (from) => {
      const { server, port } = await started();
      settings.current.SMTP_URL = `smtp://127.0.0.1:${port}`;
      settings.current.MAIL_FROM = from;
      await send();
      expect(server.received).toContain('MAIL FROM:<doors@example.com>');
      expect(server.received).toContain('From: "Acme, Inc." <doors@example.com>');
    },
  );

  it('P16: on this machine a mail server may show a certificate of its own', async () => {
    const { server, port } = await started(await selfSigned());
    settings.current.SMTP_URL = `smtp://127.0.0.1:${port}`;
    await send();
    expect(server.received).toContain('STARTTLS');
    expect(server.received).toContain('Subject: Hello');
  });

  // 0.0.0.0 leads here, and is no name of this machine.
  it('elsewhere it may not', async () => {
    const { server, port } = await started(await selfSigned());
    settings.current.SMTP_URL = `smtp://0.0.0.0:${port}`;
    await expect(send()).rejects.toMatchObject({ code: expect.any(String) });
    expect(server.received).not.toContain('Subject: Hello');
  });

  it('F21: elsewhere nothing is sent without encryption', async () => {
    const { server, port } = await started();
    settings.current.SMTP_URL = `smtp://user:secret@0.0.0.0:${port}`;
    await expect(send()).rejects.toMatchObject({ code: 'ETLS' });
    expect(server.received.at(-1)).toBe('STARTTLS');
  });

  it('F21: but where the operator says so', async () => {
    const { server, port } = await started();
    settings.current.SMTP_URL = `smtp://0.0.0.0:${port}?requireTLS=false`;
    await send();
    expect(server.received).toContain('Subject: Hello');
  });
});

it('F21: mail in the folder goes after 30 days, and nothing else with it', async () => {
  await sendMail({ to: 'a@example.com', subject: 'Old', text: 'Old' });
  const old = new Date(Date.now() - 30 * 24 * 60 * 60 * 1000 - 60_000);
  utimesSync(onlyMail(), old, old);
  mkdirSync(path.join(box(), 'kept'));
  for (const name of ['notes.eml', 'kept.txt']) {
    writeFileSync(path.join(box(), name), 'x');
    utimesSync(path.join(box(), name), old, old);
  }
  await sendMail({ to: 'a@example.com', subject: 'New', text: 'New' });
  expect(await deleteOldMail()).toBe(1);
  const names = readdirSync(box()).sort();
  expect(names).toHaveLength(4);
  expect(readFileSync(path.join(box(), names[0] ?? ''), 'utf8')).toContain('Subject: New');
});

it('and where no mail was ever written, nothing is missing', async () => {
  expect(await deleteOldMail()).toBe(0);
});
