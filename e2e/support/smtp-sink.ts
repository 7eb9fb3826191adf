import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer, type Server } from 'node:net';
import { parseMail, type TestMail } from './test-server';

/** A mail server that takes every mail and keeps it: the mailboxes of these tests. */
export class SmtpSink {
  readonly mails: TestMail[] = [];

  private constructor(
    private readonly server: Server,
    readonly url: string,
  ) {}

  static async start(): Promise<SmtpSink> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const sink = new SmtpSink(server, `smtp://127.0.0.1:${(server.address() as AddressInfo).port}`);
    server.on('connection', (socket) => {
      let mail: string[] | null = null;
      let rest = '';
      socket.on('error', () => undefined).write('220 sink\r\n');
      socket.on('data', (chunk) => {
        const lines = (rest + chunk).split('\r\n');
        rest = lines.pop() ?? '';
        for (const line of lines) {
          if (mail === null) {
            const isData = line.toUpperCase() === 'DATA';
            if (isData) mail = [];
            socket.write(isData ? '354 go on\r\n' : '250 ok\r\n');
          } else if (line === '.') {
            sink.mails.push(parseMail(mail.join('\r\n')));
            mail = null;
            socket.write('250 ok\r\n');
          } else mail.push(line.replace(/^\./, ''));
        }
      });
    });
    return sink;
  }

  to(email: string): TestMail[] {
    return this.mails.filter(({ to }) => to === email);
  }

  async stop(): Promise<void> {
    this.server.close();
    await once(this.server, 'close');
  }
}
