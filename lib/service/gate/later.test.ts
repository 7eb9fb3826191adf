import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { runShutdownHooks } from '@/lib/platform/shutdown';
import { laterApart } from './later';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe('F21: what tells whether an account exists', () => {
  it('is begun long after the answer and the request right after it, and one after the other', async () => {
    let running = 0;
    let most = 0;
    let done = 0;
    const work = async () => {
      running += 1;
      most = Math.max(most, running);
      await new Promise<void>((resolve) => setTimeout(resolve, 10));
      running -= 1;
      done += 1;
    };
    for (let i = 0; i < 5; i++) laterApart('a work', work);
    await vi.advanceTimersByTimeAsync(499);
    expect([running, done]).toEqual([0, 0]);
    await vi.advanceTimersByTimeAsync(1_501 + 50);
    expect([most, done]).toEqual([1, 5]);
  });

  it('is done before the process ends, also after one that failed', async () => {
    const done: string[] = [];
    laterApart('one that fails', () => Promise.reject(new Error('no')));
    laterApart('another', async () => void done.push('another'));
    await runShutdownHooks(1_000, (name, error) => done.push(`${name}: ${error}`));
    expect(done).toEqual(['another']);
  });
});
