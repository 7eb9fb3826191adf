import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { CLOSE_CODES, MAX_MESSAGE_BYTES } from '@/lib/contract/protocol';
import { LIMITS } from '@/lib/ws/limits';
import { ownServer, type TestUser } from '../support/harness';
import { frame, RawWebSocket } from '../support/raw-websocket';
import { type SocketCall, TestSocket, UpgradeRefused } from '../support/socket-client';

// Each limit of a socket, met by a client that was written to break it. Whatever it does, others are
// served, and the server's memory does not grow with it.

const server = ownServer();
let teamId: string;
let valerie: TestUser;
const sockets: TestSocket[] = [];
/** Opened first and looked at last: that a silent socket is noticed takes its time. */
let silent: { client: TestSocket; host: TestSocket; computerId: string; answering: TestSocket };

beforeAll(async () => {
  teamId = await server.addTeam();
  valerie = await server.addUser({ teamId });
  const { id, key } = await server.addHost(teamId);
  const options = { autoPong: false };
  silent = {
    client: await open({ ...(await newSession()), options }),
    host: await open({ token: key, options }),
    computerId: id,
    answering: await open(await newSession()),
  };
});

const newSession = () => server.addSession(valerie.id);

async function open(call: SocketCall): Promise<TestSocket> {
  const socket = await TestSocket.open(server, call);
  sockets.push(socket);
  await socket.next('hello');
  return socket;
}

const openRaw = async () => RawWebSocket.open(server, await newSession());

const many = (times: number, bytes: Buffer) => Buffer.concat(Array<Buffer>(times).fill(bytes));

/** The most memory that the server has used so far, in MiB. */
async function peakMemory(): Promise<number> {
  const status = await readFile(`/proc/${server.pid}/status`, 'utf8');
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1]) / 1_024;
}

/** Far above what a socket needs, far below what an unlimited one could take. */
const ROOM_MIB = 96;

describe('bytes', () => {
  const message = (bytes: number) => {
    const [start, end] = [
      `{"version":1,"action":"candex","payload":{"attemptId":"attempt-1","data":{"a":"`,
      `"}}}`,
    ];
    return start + 'x'.repeat(bytes - start.length - end.length) + end;
  };

  it('WS-17 a message of 65,537 bytes closes 1009; one of 65,536 is answered', async () => {
    const socket = await open(await newSession());
    socket.ws.send(message(MAX_MESSAGE_BYTES));
    expect(await socket.next('error')).toMatchObject({ code: 'not_found' });
    socket.ws.send(message(MAX_MESSAGE_BYTES + 1));
    expect(await socket.closed()).toBe(1009);
  });

  it('WS-17 the same in parts', async () => {
    const socket = await open(await newSession());
    const part = 'x'.repeat(MAX_MESSAGE_BYTES / 2);
    socket.ws.send(part, { fin: false });
    socket.ws.send(part, { fin: false });
    socket.ws.send('x', { fin: true });
    expect(await socket.closed()).toBe(1009);
  });

  it('WS-17 a length of 2^62 closes 1009 before anything is kept', async () => {
    const socket = await openRaw();
    socket.write(Buffer.from([0x81, 0xff, 0x40, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]));
    expect(await socket.closeCode()).toBe(1009);
  });

  it('WS-18 100,000 parts of one byte close it, and fill no memory', async () => {
    const before = await peakMemory();
    const socket = await openRaw();
    const part = frame('continuation', 'x', { fin: false });
    socket.write(frame('text', '"', { fin: false }), many(100_000, part));
    expect(await socket.closeCode()).toBe(1008);
    await socket.closed;
    expect(await peakMemory()).toBeLessThan(before + ROOM_MIB);
  });

  it('WS-18 a million empty parts close it too', async () => {
    const socket = await openRaw();
    const part = frame('continuation', '', { fin: false });
    socket.write(frame('text', '', { fin: false }), many(1_000_000, part));
    expect(await socket.closeCode()).toBe(1008);
    await socket.closed;
  });

  it('WS-19 a compressed frame closes 1002: none was negotiated', async () => {
    const socket = await openRaw();
    socket.write(frame('text', '{}', { reserved: 0b100 }));
    expect(await socket.closeCode()).toBe(1002);
  });

  it.each(
    Object.entries({
      'in one': [frame('text', Buffer.from([0xc3, 0x28]))],
      'cut short': [frame('text', Buffer.from([0xc3]))],
      overlong: [frame('text', Buffer.from([0xc0, 0xaf]))],
      'a surrogate': [frame('text', Buffer.from([0xed, 0xa0, 0x80]))],
      'in parts': [
        frame('text', Buffer.from([0xc3]), { fin: false }),
        frame('continuation', Buffer.from([0x28])),
      ],
    }),
  )('WS-20 text that is not UTF-8 closes 1007: %s', async (_what, frames) => {
    const socket = await openRaw();
    socket.write(...frames);
    expect(await socket.closeCode()).toBe(1007);
  });

  it('a binary frame closes 4400', async () => {
    const socket = await open(await newSession());
    socket.ws.send(Buffer.from('{"version":1}'), { binary: true });
    expect(await socket.closed()).toBe(CLOSE_CODES.protocol_error);
  });

  it.each<[string, Buffer[]]>([
    ['reserved bits', [frame('text', '{}', { reserved: 0b011 })]],
    ['a frame without a mask', [frame('text', '{}', { isMasked: false })]],
    ['an opcode that nobody knows', [frame(3, '')]],
    ['a control opcode that nobody knows', [frame(11, '')]],
    ['a ping of 126 bytes', [frame('ping', 'x'.repeat(126))]],
    ['a ping in parts', [frame('ping', '', { fin: false })]],
    ['a part of nothing', [frame('continuation', 'x')]],
    ['a message within another', [frame('text', 'a', { fin: false }), frame('text', 'b')]],
    ['a close of one byte', [frame('close', 'x')]],
    ['a close with a code that no one may send', [frame('close', Buffer.from([0x03, 0xed]))]],
    ['another HTTP request', [Buffer.from('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n')]],
  ])('what is not WebSocket closes 1002: %s', async (_what, frames) => {
    const socket = await openRaw();
    socket.write(...frames);
    expect(await socket.closeCode()).toBe(1002);
  });

  it.each<[string, Buffer]>([
    ['to a binary frame', frame('binary', 'x')],
    ['to a fault in a frame', frame('text', 'x', { isMasked: false })],
    ['to too long a message', Buffer.from([0x81, 0xff, 0x40, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0])],
  ])(
    'who does not answer the close is cut off: %s',
    async (_what, bytes) => {
      const socket = await openRaw();
      socket.write(bytes);
      await socket.closeCode();
      // Left to the library, this could take 30 seconds.
      await socket.closed;
    },
    15_000,
  );

  it('who says that he closes, and does not, keeps no place', async () => {
    const { id, key } = await server.addHost(teamId);
    const socket = await RawWebSocket.open(server, { token: key }, { allowHalfOpen: true });
    const isOnline = async () => {
      const list = await server.get('/computers', { token: valerie.token });
      return list.body.data.find((one: { id: string }) => one.id === id).online;
    };
    await vi.waitFor(async () => expect(await isOnline()).toBe(true), 10_000);
    socket.write(frame('close'));
    await vi.waitFor(async () => expect(await isOnline()).toBe(false), 10_000);
    expect(socket.tcp.writable).toBe(true);
    socket.tcp.destroy();
  });
});

describe('WS-22 what is not of the protocol', () => {
  const attemptId = 'attempt-1';
  const message = (part: object) => JSON.stringify({ version: 1, ...part });
  const candex = (payload: unknown, rest: object = {}) =>
    message({ action: 'candex', payload, ...rest });
  const offerTo = (to: unknown) =>
    message({ action: 'offer', payload: { attemptId, to, data: {} } });
  const deep = (levels: number) => '['.repeat(levels) + ']'.repeat(levels);

  const wrong: [string, string][] = [
    ['nothing', ''],
    ['not JSON', 'hello'],
    ['half of JSON', '{"version":1,"action":"candex"'],
    ['[]', '[]'],
    ['null', 'null'],
    ['a number', '1'],
    ['a text', '"offer"'],
    ['{}', '{}'],
    ['a message in a list', `[${candex({ attemptId, data: {} })}]`],
    ['a byte order mark', `\ufeff${candex({ attemptId, data: {} })}`],
    ['30,000 levels', deep(30_000)],
    [
      '30,000 levels in what is relayed',
      candex({ attemptId, data: '%' }).replace('"%"', `{"a":${deep(30_000)}}`),
    ],
    ['NUL in what is relayed', candex({ attemptId, data: { a: 'a\0' } })],
    [
      'half a character in what is relayed',
      candex({ attemptId, data: '%' }).replace('"%"', '{"a":"\\ud800"}'),
    ],
    ['no version', '{"action":"candex","payload":{"attemptId":"attempt-1","data":{}}}'],
    ['version 2', candex({ attemptId, data: {} }, { version: 2 })],
    ['version "1"', candex({ attemptId, data: {} }, { version: '1' })],
    ['no action', message({ payload: { attemptId } })],
    ['an action that nobody knows', message({ action: 'connect', payload: { attemptId } })],
    ['an action of the server’s', message({ action: 'hello', payload: {} })],
    ['an action that is an inherited name', message({ action: 'constructor', payload: {} })],
    ['an action that is a list', message({ action: ['candex'], payload: { attemptId, data: {} } })],
    ['no payload', message({ action: 'candex' })],
    ['a payload that is null', candex(null)],
    ['an unknown field', candex({ attemptId, data: {} }, { token: 'x' })],
    ['an unknown field in the payload', candex({ attemptId, data: {}, userId: 'usr_1' })],
    ['no attemptId', candex({ data: {} })],
    ['an attemptId of 7', candex({ attemptId: 'a'.repeat(7), data: {} })],
    ['an attemptId of 65', candex({ attemptId: 'a'.repeat(65), data: {} })],
    ['an attemptId with a blank', candex({ attemptId: 'attempt 1', data: {} })],
    ['an attemptId with a line break after it', candex({ attemptId: 'attempt-1\n', data: {} })],
    ['an attemptId that is SQL', candex({ attemptId: `' OR '1'='1`, data: {} })],
    ['an attemptId that is a number', candex({ attemptId: 12_345_678, data: {} })],
    ['an attemptId that is an object', candex({ attemptId: { not: '' }, data: {} })],
    ['an attemptId that is a list', candex({ attemptId: [attemptId], data: {} })],
    ['no data', candex({ attemptId })],
    ['data that is a text', candex({ attemptId, data: 'x' })],
    ['data that is a list', candex({ attemptId, data: [] })],
    ['data that is null', candex({ attemptId, data: null })],
    ['a computer that is an object', offerTo({ not: '' })],
    ['a computer that is a list', offerTo(['cmp_1'])],
    ['a computer that is null', offerTo(null)],
    ['a computer that is empty', offerTo('')],
    ['a computer of 65', offerTo('c'.repeat(65))],
    ['a computer with NUL', offerTo('cmp\0')],
  ];

  it.each(wrong)('%s is invalid_request, and the socket stays', async (_what, text) => {
    const socket = await open(await newSession());
    socket.ws.send(text);
    expect(await socket.next('error')).toMatchObject({ code: 'invalid_request', status: 400 });
    await socket.settled();
    expect(socket.unread).toEqual([]);
    await socket.close();
  });

  it('which attempt was refused is told, where it has a name', async () => {
    const socket = await open(await newSession());
    socket.send('connect', { attemptId });
    expect(await socket.next('error')).toMatchObject({ code: 'invalid_request', attemptId });
    socket.send('candex', { attemptId: 'x'.repeat(65), data: {} });
    expect(await socket.next('error')).not.toHaveProperty('attemptId');
    await socket.close();
  });

  it.each(['client', 'host'])('ten close 4400: from a %s', async (kind) => {
    const { key } = await server.addHost(teamId);
    const socket = await open(kind === 'host' ? { token: key } : await newSession());
    for (let fault = 1; fault <= LIMITS.faults; fault += 1) {
      if (fault % 3 === 0) await socket.settled();
      socket.ws.send(wrong[fault % wrong.length]?.[1] ?? '');
    }
    expect(await socket.closed()).toBe(CLOSE_CODES.protocol_error);
    const answers = socket.unread.map(({ action, payload }) => [action, payload.code]);
    expect(answers).toEqual(Array(LIMITS.faults).fill(['error', 'invalid_request']));
  });
});

describe('how much', () => {
  it.each(['client', 'host'])(
    'WS-23 10,000 messages at once close 4429, and others are served: from a %s',
    async (kind) => {
      const before = await peakMemory();
      const { key } = await server.addHost(teamId);
      const flood = await open(kind === 'host' ? { token: key } : await newSession());
      const other = await open(await newSession());
      for (let sent = 0; sent < 10_000; sent += 1) {
        flood.send('candex', { attemptId: 'attempt-1', data: {} });
      }
      await other.settled();
      expect(await flood.closed()).toBe(CLOSE_CODES.too_many);
      await other.settled();
      expect(flood.unread.length).toBeLessThanOrEqual(LIMITS.messages.burst);
      expect(await peakMemory()).toBeLessThan(before + ROOM_MIB);
    },
  );

  it('100,000 pings at once do no harm to others', async () => {
    const flood = await openRaw();
    const other = await open(await newSession());
    flood.write(many(100_000, frame('ping', 'x')));
    await other.settled();
    flood.tcp.destroy();
  });

  it('WS-24 the 21st socket of a session is 429, and the 20 stay', async () => {
    const session = await newSession();
    const all: TestSocket[] = [];
    while (all.length < LIMITS.socketsPerSession) all.push(await open(session));
    const { status, headers, body } = await TestSocket.refused(server, session);
    expect([status, body.code]).toEqual([429, 'too_many_requests']);
    expect(headers['retry-after']).toMatch(/^\d+$/);
    for (const socket of all) await socket.settled();
    // Another session of the same user has room of its own, and who closes one may open one.
    await (await open(await newSession())).close();
    await all[0]?.close();
    await open(session);
    expect((await TestSocket.refused(server, session)).status).toBe(429);
  });

  it('WS-24 of 60 upgrades at once no more than 20 are let in', async () => {
    const session = await newSession();
    const results = await Promise.allSettled(
      Array.from({ length: 3 * LIMITS.socketsPerSession }, () => open(session)),
    );
    const opened = results.filter(({ status }) => status === 'fulfilled');
    expect(opened.length).toBeGreaterThan(0);
    expect(opened.length).toBeLessThanOrEqual(LIMITS.socketsPerSession);
    for (const result of results) {
      if (result.status === 'fulfilled') continue;
      if (!(result.reason instanceof UpgradeRefused)) throw result.reason;
      // 503: no turn came in time.
      expect([429, 503]).toContain(result.reason.status);
    }
  });

  it('WS-25 who does not read what others send is cut off, and fills no memory', async () => {
    const before = await peakMemory();
    const reader = await open(await newSession());
    const hosts: { socket: TestSocket; attemptId: string }[] = [];
    for (let count = 0; count < 4; count += 1) {
      const { id, key } = await server.addHost(teamId);
      const socket = await open({ token: key });
      const attemptId = reader.offer(id);
      await socket.next('offer_relay');
      socket.send('answer', { attemptId, approved: true, data: {} });
      await reader.next('answer_relay');
      hosts.push({ socket, attemptId });
    }
    reader.ws.pause();
    // 22 MiB: more than the two kernels between take off the server's hands.
    const each = 95;
    const data = { long: 'x'.repeat(60_000) };
    for (const { socket, attemptId } of hosts) {
      for (let sent = 0; sent < each; sent += 1) socket.send('candex', { attemptId, data });
    }
    for (const { socket } of hosts) await socket.settled();
    const other = await open(await newSession());
    await other.settled();
    reader.ws.resume();
    expect(await reader.closed()).toBe(1006);
    const read = reader.unread.filter(({ action }) => action === 'candex_relay').length;
    expect(read).toBeLessThan(hosts.length * each);
    expect(await peakMemory()).toBeLessThan(before + ROOM_MIB);
  });
});

describe('in the end', () => {
  it('WS-26 who gives no sign of life is closed 4408; who answers stays', async () => {
    const codes = [silent.client, silent.host].map(async ({ ws, closeCode }) =>
      closeCode === null ? (await once(ws, 'close'))[0] : closeCode,
    );
    const { no_heartbeat } = CLOSE_CODES;
    expect(await Promise.all(codes)).toEqual([no_heartbeat, no_heartbeat]);
    await silent.answering.settled();
    await expect
      .poll(
        async () => {
          const list = await server.get('/computers', { token: valerie.token });
          return list.body.data.find(({ id }: { id: string }) => id === silent.computerId).online;
        },
        { timeout: 20_000 },
      )
      .toBe(false);
  }, 120_000);

  it('the server lives, and has met no fault of its own', async () => {
    expect((await server.get('//api/health/ready')).status).toBe(200);
    expect(server.log).not.toMatch(/internal_error|unhandled/i);
    expect(server.findLeakedSecrets()).toEqual([]);
  });

  it('each limit that was met was counted, and each socket that was opened is gone', async () => {
    await Promise.all(sockets.map((socket) => socket.close()));
    await server.get('//api/health/live');
    await server.kill();
    const lines = server.log.split('\n').filter((line) => line.includes('socket counters'));
    const counted = JSON.parse(lines.at(-1) ?? '{}').sockets;
    for (const name of [
      'ws_1002',
      'ws_1007',
      'ws_1008',
      'ws_1009',
      'binary_frames',
      'rejected_messages',
      'message_rate',
      'sockets_per_session',
      'slow_readers',
      'silent_sockets',
      'refused_upgrades',
      'close_protocol_error',
      'close_too_many',
      'close_no_heartbeat',
    ]) {
      expect(counted[name], name).toBeGreaterThan(0);
    }
    expect(counted.closed).toBe(counted.opened);
  });
});
