import { describe, expect, it } from 'vitest';
import { DAY_MS, trustedUntil, trustState } from './trust';

const now = new Date('2026-06-01T12:00:00.000Z');
const ago = (ms: number) => new Date(now.getTime() - ms);

describe('trustState', () => {
  it.each([
    ['just now', 0, 'trusted'],
    ['1 ms before the end', 7 * DAY_MS - 1, 'trusted'],
    ['at the end', 7 * DAY_MS, 'expired'],
    // It was written under another clock: until it is verified again it says nothing.
    ['1 ms from now', -1, 'expired'],
    ['a year from now', -365 * DAY_MS, 'expired'],
  ] as const)('F16: verified %s', (_when, ageMs, state) => {
    expect(trustState({ verifiedAt: ago(ageMs), revokedAt: null }, 7, now)).toBe(state);
    expect(trustState({ verifiedAt: ago(ageMs), revokedAt: now }, 7, now)).toBe('revoked');
  });

  it('ends so many days of 24 hours after the verification', () => {
    expect(trustedUntil(now, 7)).toEqual(new Date('2026-06-08T12:00:00.000Z'));
    expect(trustedUntil(now, 90)).toEqual(new Date('2026-08-30T12:00:00.000Z'));
  });
});
