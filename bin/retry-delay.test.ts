import { expect, it } from 'vitest';
import { retryDelayMs } from './retry-delay';

it('doubles from half a second to half a minute, and stays there', () => {
  const longest = [0, 1, 2, 5, 6, 7, 1_000].map((failures) => retryDelayMs(failures, 0));
  expect(longest).toEqual([500, 1_000, 2_000, 16_000, 30_000, 30_000, 30_000]);
});

it('is by chance up to half of it shorter, never less', () => {
  const shortest = [0, 3, 9].map((failures) => retryDelayMs(failures, 1));
  expect(shortest).toEqual([250, 2_000, 15_000]);
});
