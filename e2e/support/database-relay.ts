import { createServer, connect as dial, type Socket } from 'node:net';
import { listen } from './listen';

type Relay = { connectionString: string; stop: () => void };

/** What is done with each part that arrives, from either side. */
type Pass = (chunk: Buffer, to: Socket) => void;

/**
 * Stands before a PostgreSQL server.
 *
 * @param connectionString the server's; without TLS
 * @param open for each connection: how it passes on what comes from the client, and from the server
 */
async function startRelay(
  connectionString: string,
  open: () => { fromClient: Pass; fromServer: Pass },
): Promise<Relay> {
  const url = new URL(connectionString);
  const [host, port] = [url.hostname, Number(url.port)];
  const sockets = new Set<Socket>();
  const relay = createServer((client) => {
    const server = dial(port, host);
    const { fromClient, fromServer } = open();
    for (const [socket, peer, pass] of [
      [client, server, fromClient],
      [server, client, fromServer],
    ] as const) {
      sockets.add(socket);
      socket.on('data', (chunk) => pass(chunk, peer));
      socket.on('error', () => undefined);
      socket.on('close', () => {
        sockets.delete(socket);
        peer.destroy();
      });
    }
  });
  url.hostname = '127.0.0.1';
  url.port = String(await listen(relay));
  return {
    connectionString: url.href,
    stop: () => {
      relay.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

const asItIs: Pass = (chunk, to) => to.write(chunk);

/** Passes everything on but notifications, as a pooler in transaction mode does. */
export function startDeafRelay(connectionString: string): Promise<Relay> {
  return startRelay(connectionString, () => {
    const read = messages();
    return {
      fromClient: asItIs,
      fromServer: (chunk, to) => {
        for (const message of read(chunk)) if (message[0] !== NOTIFICATION) to.write(message);
      },
    };
  });
}

/** A statement that was run, and how many bytes it took to ask for it. */
export type Statement = { sql: string; bytes: number };

/** Passes everything on, and tells of each statement. */
export function startCountingRelay(
  connectionString: string,
  onStatement: (statement: Statement) => void,
): Promise<Relay> {
  return startRelay(connectionString, () => {
    const read = statements();
    return {
      fromClient: (chunk, to) => {
        to.write(chunk);
        read(chunk).forEach(onStatement);
      },
      fromServer: asItIs,
    };
  });
}

/** Passes everything on, but for some statements at which it cuts the connection: the database is away. */
export function startCuttingRelay(
  connectionString: string,
  isCut: (sql: string) => boolean,
): Promise<Relay> {
  return startRelay(connectionString, () => {
    const read = statements();
    return {
      fromClient: (chunk, to) => {
        if (read(chunk).some(({ sql }) => isCut(sql))) to.destroy();
        else to.write(chunk);
      },
      fromServer: asItIs,
    };
  });
}

/** The statements that a client runs, in what arrives of it. */
function statements(): (chunk: Buffer) => Statement[] {
  // What a client says first has no letter.
  const read = messages(1);
  const prepared = new Map<string, string>();
  return (chunk) =>
    read(chunk).flatMap((message) => {
      const [first = '', second = ''] = message.toString('utf8', 5).split('\0');
      if (message[0] === PARSE) prepared.set(first, second);
      if (message[0] === QUERY) return [{ sql: first, bytes: message.length }];
      if (message[0] !== BIND) return [];
      const sql = prepared.get(second) ?? '';
      return [{ sql, bytes: Buffer.byteLength(sql) + message.length }];
    });
}

const code = (letter: string) => letter.charCodeAt(0);
const NOTIFICATION = code('A');
const PARSE = code('P');
const BIND = code('B');
const QUERY = code('Q');

/**
 * Each message is a letter, its length without the letter in four bytes, and the rest.
 * @param bare how many at the beginning have no letter; they are left out
 */
function messages(bare = 0): (chunk: Buffer) => Buffer[] {
  let left = bare;
  let rest = Buffer.alloc(0);
  return (chunk) => {
    rest = Buffer.concat([rest, chunk]);
    const whole: Buffer[] = [];
    while (rest.length >= 5) {
      const length = left > 0 ? rest.readUInt32BE(0) : 1 + rest.readUInt32BE(1);
      if (rest.length < length) break;
      if (left > 0) left -= 1;
      else whole.push(rest.subarray(0, length));
      rest = rest.subarray(length);
    }
    return whole;
  };
}
