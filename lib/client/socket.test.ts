import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Gateway, reconnectDelayMs } from './socket';

/** What the browser gives, as far as the gateway uses it. */
class FakeSocket {
  static opened: FakeSocket[] = [];
  static OPEN = 1;
  readyState = 1;
  sent: string[] = [];
  isClosed = false;
  onmessage: ((event: { data: unknown }) => void) | null = null;
  onclose: ((event: { code: number }) => void) | null = null;
  constructor(readonly url: URL) {
    FakeSocket.opened.push(this);
  }
  send(text: string) {
    this.sent.push(text);
  }
  close() {
    this.isClosed = true;
  }
  sayHello() {
    const client = { address: null, network: null, trusted: false, reason: null };
    const payload = { connections: [], stunUrls: [], client };
    this.onmessage?.({ data: JSON.stringify({ version: 1, action: 'hello', payload }) });
  }
  end(code: number) {
    this.onclose?.({ code });
  }
}

const opened = () => FakeSocket.opened.length;
const last = () => FakeSocket.opened.at(-1) as FakeSocket;
let page: EventTarget & { visibilityState: string };
let browser: EventTarget;

beforeEach(() => {
  vi.useFakeTimers();
  FakeSocket.opened = [];
  browser = new EventTarget();
  page = Object.assign(new EventTarget(), { visibilityState: 'visible' });
  vi.stubGlobal('WebSocket', FakeSocket);
  vi.stubGlobal('location', { href: 'https://gatehouse.test/computers' });
  vi.stubGlobal('document', page);
  vi.stubGlobal('addEventListener', browser.addEventListener.bind(browser));
  vi.stubGlobal('removeEventListener', browser.removeEventListener.bind(browser));
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

function start(hasSession = async () => true) {
  const gateway = new Gateway(hasSession);
  return { gateway, stop: gateway.start() };
}

it('delays grow from half a second to half a minute, and are spread', () => {
  expect([0, 1, 2, 5, 9].map((failures) => reconnectDelayMs(failures, 0))).toEqual([
    500, 1_000, 2_000, 16_000, 30_000,
  ]);
  expect(reconnectDelayMs(1, 1)).toBe(1_500);
  expect(reconnectDelayMs(99, 1)).toBe(30_000);
});

it('is live from the hello on, and sends only then', () => {
  const { gateway } = start();
  const message = {
    version: 1,
    action: 'offer_cancel',
    payload: { attemptId: 'attempt-1' },
  } as const;
  expect(last().url.href).toBe('wss://gatehouse.test/api/v1/ws');
  expect(gateway.send(message)).toBe(false);
  last().sayHello();
  expect(gateway.hello).not.toBeNull();
  expect(gateway.send(message)).toBe(true);
  expect(last().sent).toEqual([JSON.stringify(message)]);
});

it('hands on what it understands', () => {
  const { gateway } = start();
  const actions: string[] = [];
  gateway.onMessage(({ action }) => actions.push(action));
  last().sayHello();
  last().onmessage?.({ data: '{"version":1,"action":"dance","payload":{}}' });
  expect(actions).toEqual(['hello']);
});

describe('a loss', () => {
  it('is told, and mended', () => {
    const { gateway } = start();
    const heard = vi.fn();
    gateway.onChange(heard);
    last().sayHello();
    last().end(1012);
    expect(gateway.hello).toBeNull();
    expect(heard).toHaveBeenCalledTimes(2);
    vi.advanceTimersByTime(751);
    expect(opened()).toBe(2);
    last().sayHello();
    expect(gateway.hello).not.toBeNull();
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

  it('is mended at once when the tab is looked at, or the browser is online again', () => {
    start();
    for (const wake of [
      () => page.dispatchEvent(new Event('visibilitychange')),
      () => browser.dispatchEvent(new Event('online')),
    ]) {
      const before = opened();
      last().end(1006);
      wake();
      expect(opened()).toBe(before + 1);
    }
  });

  it('of the network makes a new socket: the old one may be dead', () => {
    start();
    last().sayHello();
    browser.dispatchEvent(new Event('offline'));
    browser.dispatchEvent(new Event('online'));
    expect(FakeSocket.opened.map(({ isClosed }) => isClosed)).toEqual([true, false]);
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
    const { gateway } = start(async () => false);
    if (saidHello) last().sayHello();
    last().end(code);
    await vi.advanceTimersByTimeAsync(120_000);
    expect(gateway.isSignedOut).toBe(true);
    expect(opened()).toBe(1);
    page.dispatchEvent(new Event('visibilitychange'));
    expect(opened()).toBe(2);
    last().sayHello();
    expect(gateway.isSignedOut).toBe(false);
  });

  it('is not asked about for other losses', async () => {
    const hasSession = vi.fn(async () => true);
    start(hasSession);
    last().sayHello();
    last().end(1012);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(hasSession).not.toHaveBeenCalled();
  });
});

it('is closed after the last word of whoever leaves with it, and stays closed', () => {
  const { gateway, stop } = start();
  const socket = last();
  socket.sayHello();
  stop();
  const payload = { attemptId: 'attempt-1' };
  expect(gateway.send({ version: 1, action: 'offer_cancel', payload })).toBe(true);
  vi.advanceTimersByTime(60_000);
  expect(socket.isClosed).toBe(true);
  expect(opened()).toBe(1);
});

it('goes on when somebody else begins to use it at the same time', () => {
  const { gateway, stop } = start();
  stop();
  gateway.start();
  vi.advanceTimersByTime(1);
  expect(opened()).toBe(1);
  expect(last().isClosed).toBe(false);
});
