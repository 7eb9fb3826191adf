import { describe, expect, it } from 'vitest';
import { TokenBucket, TokenBuckets } from './token-bucket';

const clock = () => {
  const time = { ms: 0 };
  return { time, nowMs: () => time.ms };
};

const takeAll = (take: () => boolean) => {
  let taken = 0;
  while (take()) taken += 1;
  return taken;
};

describe('F11: a budget', () => {
  it.each([
    [0, 0],
    [99, 0],
    [100, 1],
    [250, 2],
    [1_000, 10],
    [60_000, 30],
  ])('is 30 at once and 10 a second: %i ms later %i more', (ms, more) => {
    const { time, nowMs } = clock();
    const bucket = new TokenBucket({ burst: 30, perSecond: 10 }, nowMs);
    expect(takeAll(() => bucket.take())).toBe(30);
    time.ms = ms;
    expect(takeAll(() => bucket.take())).toBe(more);
  });

  it('is each key’s own', () => {
    const { nowMs } = clock();
    const buckets = new TokenBuckets({ burst: 3, perSecond: 1 }, nowMs);
    expect(takeAll(() => buckets.take('thief'))).toBe(3);
    expect(takeAll(() => buckets.take('valerie'))).toBe(3);
  });

  it('of who makes up keys is forgotten: no memory is filled, and who was refused stays so', () => {
    const { time, nowMs } = clock();
    const buckets = new TokenBuckets({ burst: 1, perSecond: 1 }, nowMs);
    for (let i = 0; i < 200_000; i++) {
      if (i % 1_000 === 0) time.ms += 1_000;
      buckets.take(`made up ${i}`);
    }
    expect(buckets.size).toBeLessThanOrEqual(50_000);
    buckets.take('thief');
    for (let i = 0; i < 20_000; i++) buckets.take(`more ${i}`);
    expect(buckets.take('thief')).toBe(false);
  });
});
