import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CONNECTION_STATES, canBecome, endedBy, isLive, stateAt } from './connection-state';

const now = new Date('2026-06-01T12:00:00Z');

describe('connection states', () => {
  it('an ended connection never lives again', () => {
    const ended = CONNECTION_STATES.filter((state) => !isLive(state));
    expect(ended).toEqual(['declined', 'expired', 'cancelled', 'closed', 'revoked']);
    for (const from of ended) {
      for (const to of CONNECTION_STATES) expect(canBecome(from, to)).toBe(false);
    }
  });

  it('whatever lives can be revoked', () => {
    for (const state of CONNECTION_STATES.filter(isLive))
      expect(canBecome(state, 'revoked')).toBe(true);
  });

  it('one that nobody answered is expired at the very instant', () => {
    expect(stateAt('waiting_for_host', now, now)).toBe('expired');
    expect(stateAt('waiting_for_host', new Date(now.getTime() + 1), now)).toBe('waiting_for_host');
    expect(stateAt('accepted', now, now)).toBe('accepted');
  });

  it('ending follows the table', () => {
    fc.assert(
      fc.property(fc.constantFrom(...CONNECTION_STATES), (state) => {
        const to = endedBy(state);
        return to === null ? !isLive(state) : canBecome(state, to);
      }),
    );
  });
});
