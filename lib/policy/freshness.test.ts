import { describe, expect, it } from 'vitest';
import { isFresh } from './freshness';

const now = new Date('2026-06-01T12:00:00Z');
const home = '198.51.100.7/32';
const minutesAgo = (minutes: number, ms = 0) => new Date(now.getTime() - minutes * 60_000 - ms);
const base = { now, network: home, authenticatedAt: minutesAgo(1), authenticatedNetwork: home };

describe('isFresh', () => {
  it.each([
    ['at this very instant', { authenticatedAt: minutesAgo(0) }, true],
    ['15 minutes ago', { authenticatedAt: minutesAgo(15) }, true],
    ['1 ms over 15 minutes ago', { authenticatedAt: minutesAgo(15, 1) }, false],
    ['1 ms in the future', { authenticatedAt: minutesAgo(0, -1) }, false],
    ['on another network', { network: '203.0.113.66/32' }, false],
    ['from an unknown address', { network: null }, false],
    ['both networks unknown', { network: null, authenticatedNetwork: null }, false],
  ] as const)('authenticated %s', (_case, change, expected) => {
    expect(isFresh({ ...base, ...change })).toBe(expected);
  });
});
