import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { afterAll, expect, it } from 'vitest';
import { clientConfig, explainConnectionError } from './connection';

const scratch = mkdtempSync(path.join(tmpdir(), 'gatehouse-connection-'));
afterAll(() => rmSync(scratch, { recursive: true }));

/** What is said of a try to connect. */
async function explain(url: string) {
  try {
    const client = new pg.Client(clientConfig(url, 'test'));
    client.on('error', () => {});
    await client.connect();
  } catch (error) {
    return explainConnectionError(error, url);
  }
  throw new Error('It did connect');
}

it.each(['sslrootcert', 'sslcert', 'sslkey'])(
  'O10: a file that %s names and that is not there, or is none, is named, and asked for once',
  async (name) => {
    for (const [file, code] of [
      [path.join(scratch, 'ca.pem'), 'ENOENT'],
      [scratch, 'EISDIR'],
    ]) {
      const url = `postgresql://u:p@127.0.0.1:1/x?sslmode=verify-full&${name}=${file}`;
      const explained = await explain(url);
      expect(explained?.isFinal).toBe(true);
      expect(explained?.text).toContain(`${code})`);
      if (code === 'ENOENT') expect(explained?.text).toContain(`The file ${file}, `);
    }
  },
);

it('O10: a socket directory without a server is named, and waited for', async () => {
  const explained = await explain(`postgresql://u:p@localhost/x?host=${scratch}`);
  expect(explained?.isFinal).toBe(false);
  expect(explained?.text).toMatch(
    new RegExp(`PostgreSQL's socket ${scratch}/\\.s\\.PGSQL\\.5432 .*\\(ENOENT\\)`),
  );
});

it('O10: a port at which nobody listens is no missing file', async () => {
  const explained = await explain('postgresql://u:p@127.0.0.1:1/x');
  expect(explained).toEqual({
    isFinal: false,
    text: 'Nothing listens at 127.0.0.1:1 (ECONNREFUSED). Is PostgreSQL running there?',
  });
});

it.each([
  ['resets who comes', (socket: Socket) => socket.resetAndDestroy()],
  ['closes without a word', (socket: Socket) => socket.once('data', () => socket.end())],
  [
    'speaks something else',
    (socket: Socket) => socket.once('data', () => socket.end('HTTP/1.1 400')),
  ],
])('O10: a port that %s is no PostgreSQL yet, and waited for', async (_, answer) => {
  const server = createServer(answer).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const place = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const explained = await explain(`postgresql://u:p@${place}/x`);
  server.close();
  expect(explained?.isFinal).toBe(false);
  expect(explained?.text).toContain(`What listens at ${place} does not answer as PostgreSQL does`);
});
