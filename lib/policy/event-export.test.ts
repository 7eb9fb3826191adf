import { expect, it } from 'vitest';
import { CSV_COLUMNS, CSV_HEAD, csvEvent } from './event-export';

const EMPTY = Object.fromEntries(CSV_COLUMNS.map((column) => [column, null])) as Parameters<
  typeof csvEvent
>[0];
const cell = (text: string) =>
  csvEvent({ ...EMPTY, reason: text })
    .split(',')
    .slice(14, -2)
    .join(',');

it.each([
  ['=1+1', "'=1+1"],
  ['+49 30', "'+49 30"],
  ['-1', "'-1"],
  ['@SUM(A1)', "'@SUM(A1)"],
  ['\tx', "'\tx"],
  ['\rx', `"'\rx"`],
  ['\0x', "'\0x"],
  ['=a,"b"', `"'=a,""b"""`],
])('a cell that begins a formula begins none: %j', (text, written) => {
  expect(cell(text)).toBe(written);
});

it.each([
  ['plain', 'plain'],
  ['a - b', 'a - b'],
  ['a,b', '"a,b"'],
  ['a "b"', '"a ""b"""'],
  ['a\nb', '"a\nb"'],
])('any other is written as RFC 4180 has it: %j', (text, written) => {
  expect(cell(text)).toBe(written);
});

it('every record has as many cells as the head, and ends alike', () => {
  expect(csvEvent(EMPTY)).toBe(`${','.repeat(CSV_COLUMNS.length - 1)}\r\n`);
  expect(CSV_HEAD).toMatch(/^\ufeffid,at,.*,after\r\n$/);
});
