import { expect, it } from 'vitest';
import { byteText, durationText, millisecondText, percentText } from './quantity-text';

const GB = 1_024 ** 3;

it.each([
  [0, '0 B'],
  [1_023, '1023 B'],
  [1_024, '1.0 KB'],
  [512 * 1_024 ** 2, '512 MB'],
  [7.8 * GB, '7.8 GB'],
  [64 * GB, '64 GB'],
  [2 ** 70, '1048576 PB'],
])('%d bytes are %s', (bytes, text) => {
  expect(byteText(bytes)).toBe(text);
});

it.each([
  [0, 'under a minute'],
  [59, 'under a minute'],
  [60, '1 minute'],
  [3_600, '1 hour'],
  [3_660, '1 hour 1 minute'],
  [86_400, '1 day'],
  [3 * 86_400 + 4 * 3_600 + 59 * 60, '3 days 4 hours'],
])('%d seconds are %s', (seconds, text) => {
  expect(durationText(seconds)).toBe(text);
});

it('shares and round trips', () => {
  expect(percentText(0.234)).toBe('23 %');
  expect(percentText(1.5)).toBe('150 %');
  expect(millisecondText(0.84)).toBe('0.8 ms');
  expect(millisecondText(23.6)).toBe('24 ms');
});
