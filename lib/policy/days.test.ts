import { expect, it } from 'vitest';
import { addDays, clockIn, dayStart, parseDay, parseZone } from './days';

it.each([
  ['2026-11-22', 'UTC', '2026-11-22T00:00:00.000Z'],
  ['2026-11-22', 'Europe/Berlin', '2026-11-21T23:00:00.000Z'],
  ['2026-07-22', 'Europe/Berlin', '2026-07-21T22:00:00.000Z'],
  ['2026-11-22', 'America/Los_Angeles', '2026-11-22T08:00:00.000Z'],
  ['2026-11-22', 'Pacific/Kiritimati', '2026-11-21T10:00:00.000Z'],
  ['2026-11-22', 'Asia/Kathmandu', '2026-11-21T18:15:00.000Z'],
])('%s begins in %s at %s', (day, zone, at) => {
  expect(dayStart(day, zone).toISOString()).toBe(at);
});

it.each([
  ['2026-03-29', 'Europe/Berlin', 23],
  ['2026-10-25', 'Europe/Berlin', 25],
  // Midnight itself is skipped there.
  ['2018-11-04', 'America/Sao_Paulo', 23],
])('%s has in %s %i hours', (day, zone, hours) => {
  const ms = dayStart(addDays(day, 1), zone).getTime() - dayStart(day, zone).getTime();
  expect(ms / 3_600_000).toBe(hours);
});

it('a clock shows what it shows there', () => {
  const at = new Date('2026-11-22T23:30:05.000Z');
  expect(clockIn('Europe/Berlin', at)).toEqual({ day: '2026-11-23', time: '00:30:05' });
  expect(clockIn('UTC', at)).toEqual({ day: '2026-11-22', time: '23:30:05' });
});

it.each(['2026-02-31', '26-02-03', '2026-2-3', '0001-01-01', 'today', ''])(
  '%j is no day',
  (text) => {
    expect(parseDay(text)).toBeNull();
  },
);

it.each([undefined, '', 'Nowhere/City', '<script>', 'Europe/Berlin; x', 'x'.repeat(100)])(
  'who names %j as his zone has UTC',
  (text) => {
    expect(parseZone(text)).toBe('UTC');
  },
);

it('who names a zone has it', () => {
  expect(parseZone('Europe/Berlin')).toBe('Europe/Berlin');
});
