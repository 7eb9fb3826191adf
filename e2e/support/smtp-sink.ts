import { createServer, type Server } from 'node:net';
import { listen, shut } from './listen';
import { parseMail, type TestMail } from './test-server';

/** A mail server that takes every mail and keeps it: the mailboxes of these tests. */
export class SmtpSink {
  readonly mails: TestMail[] = [];

  private constructor(
    private readonly server: Server,
    readonly url: string,
  ) {}

  static async start(): Promise<SmtpSink> {
    const server = createServer();
    const sink = new SmtpSink(server, `smtp://127.0.0.1:${await listen(server)}`);
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
    await shut(this.server);
  }
}
