import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';

export type ReceivedMail = { to: string; text: string };

/**
 * A mail server that answers each recipient as it is told to: a greylisting one, one that is full, one
 * that says nothing any more.
 */
export class MailServer {
  /** What it took. */
  readonly taken: ReceivedMail[] = [];
  /** Recipients that it was asked about, in order. */
  readonly asked: string[] = [];
  /** The answer to RCPT TO. */
  answer = '250 ok';
  /** Whether it leaves whoever has sent a whole mail without an answer. */
  isSilent = false;

  private readonly sockets = new Set<Socket>();

  private constructor(private readonly server: Server) {
    server.on('connection', (socket) => this.speak(socket));
  }

  static async start(): Promise<MailServer> {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new MailServer(server);
  }

  get url(): string {
    const address = this.server.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    return `smtp://127.0.0.1:${address.port}`;
  }

  /** As a machine that goes away. */
  async stop(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    this.server.close();
    await once(this.server, 'close');
  }

  to = (email: string): ReceivedMail[] => this.taken.filter((mail) => mail.to === email);

  private speak(socket: Socket): void {
    this.sockets.add(socket);
    socket.on('close', () => this.sockets.delete(socket));
    socket.on('error', () => undefined);
    let to = '';
    let text: string | null = null;
    let rest = '';
    const say = (line: string) => socket.write(`${line}\r\n`);
    say('220 mail.test');
    socket.on('data', (chunk) => {
      const lines = (rest + chunk).split('\r\n');
      rest = lines.pop() ?? '';
      for (const line of lines) {
        if (text !== null) {
          if (line !== '.') {
            text += `${line}\n`;
            continue;
          }
          if (!this.isSilent) {
            this.taken.push({ to, text });
            say('250 taken');
          }
          text = null;
        } else if (line.startsWith('RCPT TO:')) {
          to = /<(.*)>/.exec(line)?.[1] ?? '';
          this.asked.push(to);
          say(this.answer);
        } else if (line === 'DATA') {
          text = '';
          say('354 go on');
        } else if (line === 'QUIT') {
          socket.end('221 bye\r\n');
        } else say('250 ok');
      }
    });
  }
}
