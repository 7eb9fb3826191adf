import { describe, expect, it } from 'vitest';
import { parseFilter } from './activity-search';

describe('the filter in the address of the activity page', () => {
  it('takes both days in, from the first instant of one to the last of the other', () => {
    const { query, values, isValid } = parseFilter({ from: '2026-03-01', to: '2026-03-01' });
    expect(query).toMatchObject({
      after: '2026-03-01T00:00:00.000Z',
      before: '2026-03-02T00:00:00.000Z',
    });
    expect(values).toEqual({ type: '', userId: '', from: '2026-03-01', to: '2026-03-01' });
    expect(isValid).toBe(true);
  });

  it.each([
    ['a day that does not exist', { from: '2026-02-31' }],
    ['a date with a time', { to: '2026-03-01T10:00:00Z' }],
    ['another spelling of a date', { from: '01.03.2026' }],
    ['a type that can’t be one', { type: "x';drop table" }],
    ['a user id that is too long', { userId: 'u'.repeat(65) }],
    ['a name that comes twice', { type: ['gate.refused', 'team.created'] }],
  ])('leaves out %s, and says so', (_, search) => {
    const { query, values, isValid } = parseFilter(search);
    expect(query).toEqual({ limit: 50, order: 'desc' });
    expect(Object.values(values)).toEqual(['', '', '', '']);
    expect(isValid).toBe(false);
  });

  it('keeps the rest when one part is wrong', () => {
    const { query, isValid } = parseFilter({ type: 'gate.refused', from: 'yesterday' });
    expect(query).toEqual({ type: ['gate.refused'], limit: 50, order: 'desc' });
    expect(isValid).toBe(false);
  });

  it('takes empty fields of the form as no filter', () => {
    const { query, isValid } = parseFilter({ type: '', userId: '', from: '', to: '' });
    expect(query).toEqual({ limit: 50, order: 'desc' });
    expect(isValid).toBe(true);
  });
});
