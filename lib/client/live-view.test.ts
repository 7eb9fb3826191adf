import { describe, expect, it } from 'vitest';
import { newLiveView, ROUND_TRIPS_KEPT, roundTripStats, withMessage } from './live-view';

describe('withMessage', () => {
  const echo = (id: number) => ({ type: 'echo', id }) as const;

  it('an echo that was sent is a round trip; one that was not is only heard', () => {
    const view = withMessage(newLiveView(0), echo(1), 1_030, 1_000);
    expect(view).toMatchObject({ roundTripsMs: [30], heardAtMs: 1_030 });
    expect(withMessage(view, echo(7), 2_000, undefined)).toMatchObject({
      roundTripsMs: [30],
      heardAtMs: 2_000,
    });
  });

  it('keeps the latest minute', () => {
    let view = newLiveView(0);
    for (let id = 0; id < 100; id++) view = withMessage(view, echo(id), id, 0);
    expect(view.roundTripsMs).toHaveLength(ROUND_TRIPS_KEPT);
    expect(view.roundTripsMs.at(-1)).toBe(99);
  });
});

describe('roundTripStats', () => {
  it.each([
    [[], null],
    [[4], { latestMs: 4, leastMs: 4, medianMs: 4 }],
    [[9, 1], { latestMs: 1, leastMs: 1, medianMs: 5 }],
    [[10, 9, 100], { latestMs: 100, leastMs: 9, medianMs: 10 }],
    [[4, 3, 1, 2], { latestMs: 2, leastMs: 1, medianMs: 2.5 }],
  ])('%j', (times, stats) => {
    expect(roundTripStats(times)).toEqual(stats);
  });
});
