import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type OpenWire, reconnectDelayMs, Socket } from './socket';

/** What the platform gives, as a browser: it does not tell why a socket could not be made. */
class FakeWire {
  static opened: FakeWire[] = [];
  sent: string[] = [];
  isClosed = false;
  constructor(private readonly listener: Parameters<OpenWire>[0]) {
    FakeWire.opened.push(this);
  }
  send = (text: string) => this.sent.push(text) > 0;
  close = () => {
    this.isClosed = true;
  };
  say(message: string) {
    this.listener.message(message);
  }
  sayHello() {
    const client = { address: null, network: null, trusted: false, reason: null };
    const payload = { connections: [], stunUrls: [], client };
    this.say(JSON.stringify({ version: 1, action: 'hello', payload }));
  }
  end(code: number, status?: number) {
    this.listener.end({ code, ...(status !== undefined && { status }) });
  }
}

const opened = () => FakeWire.opened.length;
const last = () => FakeWire.opened.at(-1) as FakeWire;

beforeEach(() => {
  vi.useFakeTimers();
  vi.spyOn(Math, 'random').mockReturnValue(0);
  FakeWire.opened = [];
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

function start(hasSession = async () => true) {
  const socket = new Socket({ open: (listener) => new FakeWire(listener), hasSession });
  return { socket, stop: socket.start() };
}

it('delays double from half a second to half a minute, and stay there', () => {
  const longest = [0, 1, 2, 5, 6, 7, 1_000].map((failures) => reconnectDelayMs(failures, 0));
  expect(longest).toEqual([500, 1_000, 2_000, 16_000, 30_000, 30_000, 30_000]);
});

it('delays are by chance up to half shorter, never less', () => {
  const shortest = [0, 3, 9].map((failures) => reconnectDelayMs(failures, 1));
  expect(shortest).toEqual([250, 2_000, 15_000]);
});

it('is live from the hello on, and sends only then', () => {
  const { socket } = start();
  const message = { action: 'offer_cancel', payload: { attemptId: 'attempt-1' } } as const;
  expect(socket.send(message)).toBe(false);
  last().sayHello();
  expect(socket.hello).not.toBeNull();
  expect(socket.send(message)).toBe(true);
  expect(last().sent).toEqual([JSON.stringify({ version: 1, ...message })]);
});

it('hands on what it understands', () => {
  const { socket } = start();
  const actions: string[] = [];
  socket.onMessage(({ action }) => actions.push(action));
  last().sayHello();
  last().say('{"version":1,"action":"dance","payload":{}}');
  expect(actions).toEqual(['hello']);
});

describe('a loss', () => {
  it('is told, and mended', () => {
    const { socket } = start();
    const heard = vi.fn();
    socket.onChange(heard);
    last().sayHello();
    last().end(1012);
    expect(socket.hello).toBeNull();
    expect(heard).toHaveBeenCalledTimes(2);
    vi.advanceTimersByTime(751);
    expect(opened()).toBe(2);
    last().sayHello();
    expect(socket.hello).not.toBeNull();
  });

  it('that repeats waits longer, until a socket has proved steady', () => {
    start();
    for (let round = 0; round < 5; round++) {
      last().end(1006);
      vi.advanceTimersByTime(30_000);
    }
    const before = opened();
    last().sayHello();
    last().end(1013);
    vi.advanceTimersByTime(10_000);
    expect(opened()).toBe(before);
    vi.advanceTimersByTime(20_000);
    expect(opened()).toBe(before + 1);
    last().sayHello();
    vi.advanceTimersByTime(10_000);
    last().end(1012);
    vi.advanceTimersByTime(751);
    expect(opened()).toBe(before + 2);
  });

  it('for asking too much waits longer at once', () => {
    start();
    last().sayHello();
    last().end(4429);
    vi.advanceTimersByTime(7_999);
    expect(opened()).toBe(1);
    vi.advanceTimersByTime(4_001);
    expect(opened()).toBe(2);
  });

  it('is mended at once when it is woken', () => {
    const { socket } = start();
    last().end(1006);
    socket.wake();
    expect(opened()).toBe(2);
    socket.wake();
    expect(opened()).toBe(2);
  });

  it('that is not seen is mended by another socket in its place', () => {
    const { socket } = start();
    last().sayHello();
    socket.reopen();
    expect(FakeWire.opened.map(({ isClosed }) => isClosed)).toEqual([true, false]);
  });

  it('of a socket that was given up is no loss of the present one', () => {
    const { socket } = start();
    const old = last();
    socket.reopen();
    last().sayHello();
    old.end(1006);
    old.sayHello();
    expect(socket.hello).not.toBeNull();
    expect(opened()).toBe(2);
  });

  it('is assumed where no hello comes', () => {
    start();
    vi.advanceTimersByTime(16_000);
    expect(opened()).toBe(2);
  });
});

describe('a session that is over', () => {
  it.each([
    ['the server says so', 4401, true],
    ['an upgrade is refused', 1006, false],
  ])('is found out when %s, and nothing more is tried', async (_, code, saidHello) => {
    const { socket } = start(async () => false);
    if (saidHello) last().sayHello();
    last().end(code);
    await vi.advanceTimersByTimeAsync(120_000);
    expect(socket.isSignedOut).toBe(true);
    expect(opened()).toBe(1);
    socket.wake();
    expect(opened()).toBe(2);
    last().sayHello();
    expect(socket.isSignedOut).toBe(false);
  });

  it('is not asked about for other losses, nor where the refusal is told', async () => {
    const hasSession = vi.fn(async () => true);
    start(hasSession);
    last().sayHello();
    last().end(1012);
    await vi.advanceTimersByTimeAsync(1_000);
    last().end(1006, 503);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(hasSession).not.toHaveBeenCalled();
  });
});

it('is closed after the last word of whoever leaves with it, and stays closed', () => {
  const { socket, stop } = start();
  last().sayHello();
  stop();
  const payload = { attemptId: 'attempt-1' };
  expect(socket.send({ action: 'offer_cancel', payload })).toBe(true);
  vi.advanceTimersByTime(60_000);
  expect(last().isClosed).toBe(true);
  expect(opened()).toBe(1);
});

it('goes on when somebody else begins to use it at the same time', () => {
  const { socket, stop } = start();
  stop();
  socket.start();
  vi.advanceTimersByTime(1);
  expect(opened()).toBe(1);
  expect(last().isClosed).toBe(false);
});
