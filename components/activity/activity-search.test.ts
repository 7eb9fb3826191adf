import { describe, expect, it } from 'vitest';
import { typesOfGroup } from '@/lib/policy/event-groups';
import { askedBy, parseSearch, spanOf } from './activity-search';
import { isFiltered, searchHref } from './search-href';

const NOW = new Date('2026-11-26T23:30:00.000Z');
const spanIn = (zone: string, params: Record<string, string>) =>
  spanOf(parseSearch(params), zone, NOW);

describe('the address of the activity page', () => {
  it('takes both days in, from the first instant of one to the last of the other, by the viewer’s clock', () => {
    expect(spanIn('UTC', { from: '2026-03-01', to: '2026-03-01' })).toEqual({
      after: '2026-03-01T00:00:00.000Z',
      before: '2026-03-02T00:00:00.000Z',
    });
    expect(spanIn('Europe/Berlin', { from: '2026-03-29', to: '2026-03-29' })).toEqual({
      after: '2026-03-28T23:00:00.000Z',
      before: '2026-03-29T22:00:00.000Z',
    });
  });

  it('means today by the viewer’s day, and so many days with it', () => {
    expect(spanIn('UTC', { range: 'today' })).toEqual({ after: '2026-11-26T00:00:00.000Z' });
    expect(spanIn('Europe/Berlin', { range: 'today' })).toEqual({
      after: '2026-11-26T23:00:00.000Z',
    });
    expect(spanIn('UTC', { range: '7d' })).toEqual({ after: '2026-11-20T00:00:00.000Z' });
    expect(spanIn('UTC', { range: '30d' })).toEqual({ after: '2026-10-28T00:00:00.000Z' });
  });

  it.each([
    ['a day that does not exist', { from: '2026-02-31' }],
    ['a date with a time', { to: '2026-03-01T10:00:00Z' }],
    ['another spelling of a date', { from: '01.03.2026' }],
    ['a type that can’t be one', { type: "x';drop table" }],
    ['a user id that is too long', { userId: 'u'.repeat(65) }],
    ['a name that comes twice', { q: ['a', 'b'] }],
    ['a chip that there is not', { show: 'everything' }],
    ['a range that there is not', { range: '8d' }],
    ['a network that is none', { network: '1.2.3.4/8' }],
    ['an id that is none', { saved: '../x' }],
  ])('leaves out %s, and says so', (_, params) => {
    const search = parseSearch(params);
    expect(search.isValid).toBe(false);
    expect(isFiltered(search)).toBe(false);
  });

  it('keeps the rest when one part is wrong', () => {
    const search = parseSearch({ show: 'blocked', from: 'yesterday', sessionId: 'ses_1' });
    expect(search).toMatchObject({ show: 'blocked', range: '', isValid: false });
    expect(askedBy(search)).toEqual({ sessionId: 'ses_1', type: typesOfGroup('blocked') });
  });

  it('takes empty fields of the form as no filter', () => {
    const search = parseSearch({ show: '', q: '', range: '', from: '', to: '' });
    expect(search.isValid).toBe(true);
    expect(askedBy(search)).toEqual({});
    expect(searchHref('/activity', search)).toBe('/activity');
  });

  it('is written as it was read, and with a part changed', () => {
    const params = {
      show: 'blocked',
      q: '9.9.9.0/24',
      range: 'custom',
      from: '2026-03-01',
      to: '',
    };
    const search = parseSearch(params);
    const written = Object.fromEntries(new URL(searchHref('http://x/', search)).searchParams);
    expect(parseSearch(written)).toEqual(search);
    expect(searchHref('', search, { show: '', range: '7d' })).toBe('?q=9.9.9.0%2F24&range=7d');
    expect(searchHref('', parseSearch({ type: ['a.b', 'c.*'] }))).toBe('?type=a.b&type=c.*');
  });
});
