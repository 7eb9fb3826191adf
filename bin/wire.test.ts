import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { type WebSocket, WebSocketServer } from 'ws';
import { Socket } from '@/lib/client/socket';
import { CLOSE_CODES, SOCKET_PATH } from '@/lib/contract/protocol';
import { takeLeave, wireTo } from './wire';

const HELLO = JSON.stringify({
  version: 1,
  action: 'hello',
  payload: {
    connections: [],
    stunUrls: [],
    client: { address: null, network: null, trusted: false, reason: null },
  },
});

const cleanUps: (() => Promise<unknown> | unknown)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

/** A server that does with each socket what the test says. */
async function serve(onSocket: (socket: WebSocket, count: number) => void) {
  const server = createServer();
  const sockets = new WebSocketServer({ server, path: SOCKET_PATH });
  const authorizations: (string | undefined)[] = [];
  sockets.on('connection', (socket, request) => {
    authorizations.push(request.headers.authorization);
    onSocket(socket, authorizations.length);
  });
  await listen(server);
  return { url: urlOf(server), authorizations };
}

/** A server that answers an upgrade as HTTP alone. */
async function refuse(status: number, headers: Record<string, string>, body: string) {
  const server = createServer();
  server.on('upgrade', (_, socket) => {
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
    socket.end(`HTTP/1.1 ${status} No\r\n${lines.join('')}Connection: close\r\n\r\n${body}`);
  });
  await listen(server);
  return { url: urlOf(server) };
}

async function listen(server: Server): Promise<void> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  cleanUps.push(() => {
    server.closeAllConnections();
    server.close();
  });
}

const urlOf = (server: Server) =>
  new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);

/** The socket of a program, and what it reports in order. */
function open(url: URL, options: { silenceMs?: number; token?: () => string } = {}) {
  const { silenceMs, token = () => 'the-token' } = options;
  const reports: unknown[] = [];
  let wake = (): void => undefined;
  const report = (what: unknown) => {
    reports.push(what);
    wake();
  };
  const delays: number[] = [];
  const socket = new Socket({
    open: wireTo(() => ({ url, token: token() }), silenceMs),
    hasSession: async () => false,
    onLost: report,
    retryDelayMs: (failures) => {
      delays.push(failures);
      return 5;
    },
  });
  socket.onMessage(report);
  socket.onChange(() => socket.isSignedOut && report('signed out'));
  cleanUps.push(() => socket.close());
  socket.start();
  const until = async (isDone: () => boolean) => {
    while (!isDone()) await new Promise<void>((resolve) => (wake = resolve));
  };
  const hellos = () => reports.filter((one) => (one as { action?: string }).action).length;
  return { socket, reports, delays, until, hellos };
}

it('shows its credential, and is open from hello on', async () => {
  const { url, authorizations } = await serve((socket) => socket.send(HELLO));
  const { socket, until, hellos } = open(url);
  expect(socket.hello).toBeNull();
  expect(socket.send({ action: 'offer_cancel', payload: { attemptId: 'attempt-1' } })).toBe(false);
  await until(() => hellos() === 1);
  expect(socket.hello).not.toBeNull();
  expect(authorizations).toEqual(['Bearer the-token']);
});

it('sends messages of the protocol’s version', async () => {
  let heard = (_: string): void => undefined;
  const message = new Promise<string>((resolve) => (heard = resolve));
  const { url } = await serve((socket) => {
    socket.send(HELLO);
    socket.on('message', (data) => heard(String(data)));
  });
  const { socket, until, hellos } = open(url);
  await until(() => hellos() === 1);
  expect(socket.send({ action: 'offer_cancel', payload: { attemptId: 'attempt-1' } })).toBe(true);
  expect(JSON.parse(await message)).toEqual({
    version: 1,
    action: 'offer_cancel',
    payload: { attemptId: 'attempt-1' },
  });
});

it('comes back after each loss, waiting longer each time until it has proved steady', async () => {
  const { url } = await serve((socket, count) => {
    // The 1st, 2nd and 4th never get to hello.
    if (count === 3 || count === 5) socket.send(HELLO, () => count === 3 && socket.terminate());
    else socket.close(CLOSE_CODES.restart);
  });
  const { delays, until, hellos } = open(url);
  await until(() => hellos() === 2);
  expect(delays).toEqual([0, 1, 2, 3]);
});

it('shows the credential that is in force at each try', async () => {
  const { url, authorizations } = await serve((socket, count) => {
    if (count === 1) socket.close(CLOSE_CODES.try_later);
    else socket.send(HELLO);
  });
  let tries = 0;
  const { until, hellos } = open(url, { token: () => `token-${++tries}` });
  await until(() => hellos() === 1);
  expect(authorizations).toEqual(['Bearer token-1', 'Bearer token-2']);
});

it('close code 4401 ends it for good', async () => {
  const { url, authorizations } = await serve((socket) =>
    socket.close(CLOSE_CODES.unauthenticated),
  );
  const { reports, until } = open(url);
  await until(() => reports.length > 0);
  expect(reports).toEqual(['signed out']);
  expect(authorizations).toHaveLength(1);
});

it('F9: it comes back, later, when another program has its place', async () => {
  const { url } = await serve((socket) => socket.close(CLOSE_CODES.replaced));
  const { reports, until } = open(url);
  await until(() => reports.length > 0);
  expect(reports).toEqual([
    {
      code: CLOSE_CODES.replaced,
      detail: expect.stringContaining('Another program speaks for this computer'),
      status: null,
      retryInMs: 10_000,
    },
  ]);
});

it('a 401 in place of the socket ends it for good', async () => {
  const { url } = await refuse(401, {}, '{"detail":"Sign in."}');
  const { reports, until } = open(url);
  await until(() => reports.length > 0);
  expect(reports).toEqual(['signed out']);
});

it('another refusal is told in the server’s words, and tried again after the time it names', async () => {
  const { url } = await refuse(503, { 'Retry-After': '7' }, '{"detail":"Come \\u001b[31mlater."}');
  const { reports, until } = open(url);
  await until(() => reports.length > 0);
  expect(reports).toMatchObject([{ detail: 'Come  [31mlater.', status: 503, retryInMs: 7_000 }]);
  expect(reports).toHaveLength(1);
});

it('what is no Gatehouse is said to be none', async () => {
  const { url } = await refuse(404, {}, '<html>');
  const { reports, until } = open(url);
  await until(() => reports.length > 0);
  expect(reports[0]).toMatchObject({ status: 404, detail: expect.stringContaining('404') });
});

it('a server that is not there is said to be away', async () => {
  const { url } = await serve(() => undefined);
  await cleanUps.pop()?.();
  const { reports, until } = open(url);
  await until(() => reports.length > 0);
  expect(reports[0]).toMatchObject({ detail: expect.stringContaining('Nothing answers') });
});

it('a server that falls silent is left, and tried again', async () => {
  const { url, authorizations } = await serve((socket) => socket.send(HELLO));
  const { until, hellos } = open(url, { silenceMs: 50 });
  await until(() => hellos() === 2);
  expect(authorizations.length).toBeGreaterThanOrEqual(2);
});

it('a server that pings is heard', async () => {
  let pings = 0;
  const { url, authorizations } = await serve((socket) => {
    socket.send(HELLO);
    const timer = setInterval(() => {
      if (++pings === 20) socket.send(HELLO);
      else socket.ping();
    }, 20);
    socket.on('close', () => clearInterval(timer));
  });
  const { until, hellos } = open(url, { silenceMs: 300 });
  await until(() => hellos() === 2);
  expect(authorizations).toHaveLength(1);
});

it('reports nothing after it was closed', async () => {
  const { url } = await serve((socket) => socket.send(HELLO));
  const { socket, reports, until, hellos } = open(url);
  await until(() => hellos() === 1);
  await socket.close();
  expect(socket.hello).toBeNull();
  expect(reports).toHaveLength(1);
});

it('takes leave once what it waits for is confirmed, and the server has closed', async () => {
  const heard: string[] = [];
  const { url } = await serve((socket) => {
    socket.send(HELLO);
    socket.on('message', (data) => heard.push(String(data)));
    socket.on('close', (code) => heard.push(`closed ${code}`));
  });
  const { socket, until, hellos } = open(url);
  await until(() => hellos() === 1);
  let confirm = (): void => undefined;
  const confirmed = new Promise<void>((resolve) => (confirm = resolve));
  const left = takeLeave(socket, confirmed);
  expect(socket.send({ action: 'offer_cancel', payload: { attemptId: 'attempt-1' } })).toBe(true);
  confirm();
  await left;
  expect(heard).toEqual([expect.stringContaining('offer_cancel'), 'closed 1000']);
});
