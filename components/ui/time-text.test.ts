import { describe, expect, it } from 'vitest';
import { exactTimeText, relativeTimeText, timeLeft } from './time-text';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const now = Date.UTC(2026, 10, 22, 17, 54, 3);

describe('relativeTimeText', () => {
  it.each([
    [0, 'just now'],
    [-44 * SECOND, 'just now'],
    [-50 * SECOND, '1 minute ago'],
    [-5 * MINUTE, '5 minutes ago'],
    [-59.4 * MINUTE, '59 minutes ago'],
    [-59.6 * MINUTE, '1 hour ago'],
    [-23.4 * HOUR, '23 hours ago'],
    [-23.6 * HOUR, '1 day ago'],
    [-59 * DAY, '59 days ago'],
    [-60 * DAY, '2 months ago'],
    [-699 * DAY, '23 months ago'],
    [-730 * DAY, '2 years ago'],
    [5 * SECOND, 'just now'],
    [10 * SECOND, 'in a moment'],
    [3 * DAY, 'in 3 days'],
  ])('%d ms from now is "%s"', (distanceMs, words) => {
    expect(relativeTimeText(now + distanceMs, now)).toBe(words);
  });
});

describe('timeLeft', () => {
  it.each([
    [90 * DAY, 'trusted', '90 days left'],
    [90 * DAY - 1, 'trusted', '90 days left'],
    [89 * DAY, 'trusted', '89 days left'],
    [90 * DAY + 5 * SECOND, 'trusted', '90 days left'],
    [7 * DAY + 6 * SECOND, 'trusted', '8 days left'],
    [7 * DAY, 'ends-soon', '7 days left'],
    [2 * DAY, 'ends-soon', '2 days left'],
    [2 * DAY - 1, 'ends-soon', '48 hours left'],
    [HOUR, 'ends-soon', '1 hour left'],
    [HOUR - 1, 'ends-soon', 'under an hour left'],
    [1, 'ends-soon', 'under an hour left'],
    [0, 'expired', ''],
    [-1, 'expired', ''],
  ])('%d ms are %s, "%s"', (leftMs, state, words) => {
    expect(timeLeft(now + leftMs, now)).toEqual({ state, text: words });
  });
});

it('the exact time is in UTC, whatever the place', () => {
  expect(exactTimeText(now)).toBe('22 Nov 2026, 17:54:03 UTC');
});
