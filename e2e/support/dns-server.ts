import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';

/** The settings under which a server may ask the providers and the name server of the tests. */
export const ssoEnv = (dnsAddress: string) => ({
  SSO_ALLOW_PRIVATE_HOSTS: 'localhost,127.0.0.1',
  DNS_SERVERS: dnsAddress,
});

/** A name server for tests: answers questions for TXT records over UDP, and knows nothing else. */
export class DnsServer {
  /** Texts by name, in lower case. A name without an entry does not exist. */
  readonly records = new Map<string, string[]>();
  /** What stands at every name that has no entry; null: nothing. */
  everywhere: string[] | null = null;
  /** While true, every question is answered SERVFAIL. */
  fails = false;
  /** The names that were asked for. */
  readonly asked: string[] = [];

  private constructor(
    private readonly socket: Socket,
    /** As DNS_SERVERS lists it. */
    readonly address: string,
  ) {}

  /** @param at where, as DNS_SERVERS lists it; default: at a free port */
  static async start(at = '127.0.0.1:0'): Promise<DnsServer> {
    const socket = createSocket('udp4');
    socket.bind(Number(at.split(':')[1]), '127.0.0.1');
    await once(socket, 'listening');
    const server = new DnsServer(socket, `127.0.0.1:${socket.address().port}`);
    socket.on('message', (message, { address, port }) => {
      socket.send(server.answer(message), port, address);
    });
    return server;
  }

  async stop(): Promise<void> {
    this.socket.close();
    await once(this.socket, 'close');
  }

  private answer(query: Buffer): Buffer {
    const { name, end } = readQuestion(query);
    this.asked.push(name);
    const texts = this.records.get(name.toLowerCase()) ?? this.everywhere;
    const code = this.fails ? SERVER_FAILURE : texts ? 0 : NO_SUCH_NAME;
    const answers = code === 0 ? (texts ?? []) : [];
    const header = Buffer.alloc(12);
    query.copy(header, 0, 0, 2);
    header.writeUInt16BE(RESPONSE | code, 2);
    header.writeUInt16BE(1, 4);
    header.writeUInt16BE(answers.length, 6);
    return Buffer.concat([header, query.subarray(12, end), ...answers.map(txtRecord)]);
  }
}

/** A response to a recursive query, by a server that recurses. */
const RESPONSE = 0x8180;
const SERVER_FAILURE = 2;
const NO_SUCH_NAME = 3;

function readQuestion(query: Buffer): { name: string; end: number } {
  const labels: string[] = [];
  let at = 12;
  for (let length = query[at] ?? 0; length > 0; length = query[at] ?? 0) {
    labels.push(query.toString('latin1', at + 1, at + 1 + length));
    at += 1 + length;
  }
  // The root label, the type and the class.
  return { name: labels.join('.'), end: at + 5 };
}

/** RFC 1035, 3.3.14: its text in pieces of at most 255 bytes; the name points at the question. */
function txtRecord(text: string): Buffer {
  const pieces = text.match(/.{1,255}/gs) ?? [''];
  const data = Buffer.concat(
    pieces.map((piece) => Buffer.concat([Buffer.from([piece.length]), Buffer.from(piece)])),
  );
  const head = Buffer.from([0xc0, 12, 0, 16, 0, 1, 0, 0, 0, 0, 0, 0]);
  head.writeUInt16BE(data.length, 10);
  return Buffer.concat([head, data]);
}
