import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Socket } from '@/lib/client/socket';
import { keepInBrowser, openInBrowser } from './browser-socket';

let page: EventTarget & { visibilityState: string };
let browser: EventTarget;

beforeEach(() => {
  browser = new EventTarget();
  page = Object.assign(new EventTarget(), { visibilityState: 'visible' });
  vi.stubGlobal('document', page);
  vi.stubGlobal('addEventListener', browser.addEventListener.bind(browser));
});
afterEach(() => vi.unstubAllGlobals());

it('opens the socket of the page’s own server, and sends only while it is open', () => {
  const fake = { url: '', readyState: 0, sent: [] as string[] };
  class FakeSocket {
    static OPEN = 1;
    constructor(url: URL) {
      fake.url = url.href;
    }
    get readyState() {
      return fake.readyState;
    }
    send = (text: string) => fake.sent.push(text);
  }
  vi.stubGlobal('WebSocket', FakeSocket);
  vi.stubGlobal('location', { href: 'https://gatehouse.test/computers' });
  const wire = openInBrowser({ message: () => undefined, end: () => undefined });
  expect(fake.url).toBe('wss://gatehouse.test/api/v1/ws');
  expect(wire.send('early')).toBe(false);
  fake.readyState = 1;
  expect(wire.send('text')).toBe(true);
  expect(fake.sent).toEqual(['text']);
});

describe('a socket of a page', () => {
  const stop = vi.fn();
  const socket = { start: () => stop, wake: vi.fn(), reopen: vi.fn() };
  let leave: () => void;
  beforeEach(() => {
    vi.clearAllMocks();
    leave = keepInBrowser(socket as unknown as Socket);
  });

  it('is woken when the tab is looked at, or the browser is online', () => {
    page.visibilityState = 'hidden';
    page.dispatchEvent(new Event('visibilitychange'));
    expect(socket.wake).not.toHaveBeenCalled();
    page.visibilityState = 'visible';
    page.dispatchEvent(new Event('visibilitychange'));
    browser.dispatchEvent(new Event('online'));
    expect(socket.wake).toHaveBeenCalledTimes(2);
    expect(socket.reopen).not.toHaveBeenCalled();
  });

  it('is made anew after a loss of the network: the old one may be dead', () => {
    browser.dispatchEvent(new Event('offline'));
    browser.dispatchEvent(new Event('online'));
    browser.dispatchEvent(new Event('online'));
    expect(socket.reopen).toHaveBeenCalledTimes(1);
    expect(socket.wake).toHaveBeenCalledTimes(1);
  });

  it('is left with the page', () => {
    leave();
    page.dispatchEvent(new Event('visibilitychange'));
    browser.dispatchEvent(new Event('online'));
    expect(stop).toHaveBeenCalledTimes(1);
    expect(socket.wake).not.toHaveBeenCalled();
  });
});
