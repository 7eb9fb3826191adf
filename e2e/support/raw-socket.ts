import { once } from 'node:events';
import { connect } from 'node:net';

/** One answer as it stood on the wire. */
export type RawAnswer = {
  status: number;
  /** Names in lower case; of repeated ones the last. */
  headers: Record<string, string>;
  body: string;
  // biome-ignore lint/suspicious/noExplicitAny: an answer of any call; each test says what it expects of it
  json: any;
};

export type Wire = {
  /** The address this end is bound to. */
  localAddress?: string;
  /** Where the server is met; default 127.0.0.1. */
  host?: string;
};

/**
 * Sends bytes as they are, for what no HTTP client would send, and waits until the server closes the
 * connection: let the last request say `Connection: close`.
 */
export async function sendRaw(
  port: number,
  bytes: string | Buffer,
  { localAddress, host = '127.0.0.1' }: Wire = {},
): Promise<RawAnswer[]> {
  const socket = connect({ port, host, ...(localAddress && { localAddress }) });
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  // A server that refuses may close before it has read everything.
  socket.on('error', () => undefined);
  socket.write(bytes);
  await once(socket, 'close');
  return parseAnswers(Buffer.concat(chunks));
}

/** The one answer to the one request that was sent. */
export async function askRaw(
  port: number,
  bytes: string | Buffer,
  wire: Wire = {},
): Promise<RawAnswer> {
  const answers = await sendRaw(port, bytes, wire);
  const [answer] = answers;
  if (!answer || answers.length !== 1) throw new Error(`${answers.length} answers`);
  return answer;
}

function parseAnswers(received: Buffer): RawAnswer[] {
  const answers: RawAnswer[] = [];
  for (let rest = received; rest.length > 0; ) {
    const end = rest.indexOf('\r\n\r\n');
    if (end === -1) throw new Error(`no complete answer: ${rest.toString('latin1').slice(0, 200)}`);
    const [first = '', ...lines] = rest.subarray(0, end).toString('latin1').split('\r\n');
    rest = rest.subarray(end + 4);
    const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(first)?.[1]);
    if (status === 100) continue;
    const headers = Object.fromEntries(
      lines.map((line) => {
        const [name = ''] = line.split(':', 1);
        return [name.toLowerCase(), line.slice(name.length + 1).trim()];
      }),
    );
    let body: Buffer = Buffer.alloc(0);
    if (headers['transfer-encoding'] === 'chunked') {
      for (let length = -1; length !== 0; ) {
        const lineEnd = rest.indexOf('\r\n');
        length = Number.parseInt(rest.subarray(0, lineEnd).toString('latin1'), 16);
        if (!(length >= 0)) throw new Error('a chunk is cut');
        body = Buffer.concat([body, rest.subarray(lineEnd + 2, lineEnd + 2 + length)]);
        rest = rest.subarray(lineEnd + 2 + length + 2);
      }
    } else {
      const length = Number(headers['content-length'] ?? (status === 204 ? 0 : rest.length));
      body = rest.subarray(0, length);
      rest = rest.subarray(length);
    }
    const text = body.toString();
    const isJson = /json/.test(headers['content-type'] ?? '') && text !== '';
    answers.push({ status, headers, body: text, json: isJson ? JSON.parse(text) : undefined });
  }
  return answers;
}
