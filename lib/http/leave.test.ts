import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { type Leave, prepareToLeave } from '@/lib/http/leave';

let server: Server;
let leave: Leave;
let port: number;

async function serve(handle: Parameters<typeof createServer>[1]): Promise<void> {
  server = createServer(handle as never);
  leave = prepareToLeave(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  port = (server.address() as AddressInfo).port;
}
afterEach(() => server.closeAllConnections());

const GET = 'GET / HTTP/1.1\r\nHost: x\r\n\r\n';

function dial(text = ''): { socket: Socket; whole: Promise<string> } {
  const socket = connect(port, '127.0.0.1');
  let received = '';
  socket.setEncoding('latin1').on('data', (chunk) => {
    received += chunk;
  });
  const whole = new Promise<string>((resolve, reject) => {
    socket.once('close', () => resolve(received));
    socket.once('error', reject);
  });
  if (text) socket.write(text);
  return { socket, whole };
}

describe('O7: a server leaves without cutting anybody', () => {
  it('who is at the door is let in, who comes later finds it closed', async () => {
    await serve((_req, res) => res.end('ok'));
    // In this very turn: the system connects them, and nobody has been taken in yet.
    const callers = Array.from({ length: 50 }, () => dial(GET).whole);
    await new Promise((resolve) => setImmediate(resolve));
    await leave({ waitMs: 0, withinMs: 10_000 });
    for (const answer of await Promise.all(callers)) {
      expect(answer).toMatch(/^HTTP\/1\.1 200 [\s\S]*^Connection: close\r$[\s\S]*ok$/m);
    }
    await expect(dial(GET).whole).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  it('what is written and not read yet arrives whole, however slow its reader is', async () => {
    const size = 16 * 1_024 * 1_024;
    await serve((_req, res) => res.end(Buffer.alloc(size, 'x')));
    const { socket, whole } = dial(GET);
    await once(socket, 'data');
    socket.pause();
    const left = leave({ waitMs: 0, withinMs: 60_000, onClosed: async () => void socket.resume() });
    const answer = await whole;
    expect(answer.length - answer.indexOf('\r\n\r\n') - 4).toBe(size);
    await left;
  });

  it('a kept connection is told at its next answer; half a request on it is waited for', async () => {
    await serve((_req, res) => res.end('ok'));
    const { socket, whole } = dial(GET + GET.slice(0, 10));
    await once(socket, 'data');
    const left = leave({
      waitMs: 0,
      withinMs: 10_000,
      onClosed: async () => void socket.write(GET.slice(10)),
    });
    const answers = (await whole).split('HTTP/1.1 200 OK').slice(1);
    expect(answers.map((answer) => /^Connection: (\S+)/m.exec(answer)?.[1])).toEqual([
      'keep-alive',
      'close',
    ]);
    await left;
  });

  it('a kept connection on which nothing comes is ended', async () => {
    await serve((_req, res) => res.end('ok'));
    const { socket, whole } = dial(GET);
    await once(socket, 'data');
    await leave({ waitMs: 0, withinMs: 60_000 });
    expect(await whole).toMatch(/ok$/);
  });

  it('an answer that never ends is not waited for for ever', async () => {
    await serve(() => undefined);
    const { socket } = dial(GET);
    const closed = once(socket, 'close').catch(() => undefined);
    socket.on('error', () => undefined);
    await once(server, 'request');
    await leave({ waitMs: 0, withinMs: 50 });
    await closed;
  });
});
