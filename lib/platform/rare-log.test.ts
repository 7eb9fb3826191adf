import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { RareLog } from './rare-log';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

it('F21: what is to be expected under load is a line a second, with how often it was', () => {
  const lines: unknown[] = [];
  const rare = new RareLog((message, fields) => lines.push([message, fields]));
  for (let i = 0; i < 500; i++) rare.note('too many wait', { requestId: `r${i}` });
  expect(lines).toEqual([['too many wait', { requestId: 'r0' }]]);
  vi.advanceTimersByTime(1_000);
  expect(lines.slice(1)).toEqual([['too many wait', { requestId: 'r499', times: 499 }]]);
  rare.note('too many wait');
  expect(lines).toHaveLength(2);
  vi.advanceTimersByTime(1_000);
  expect(lines.slice(2)).toEqual([['too many wait', { times: 1 }]]);
  vi.advanceTimersByTime(1_000);
  rare.note('too many wait');
  rare.note('unavailable');
  expect(lines).toHaveLength(5);
});
