import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseCursor, writeCursor } from './paging';

const AT = '2026-11-26T09:00:00.000Z';
const LIST = 'members team_a';

/** A cursor of this list, but for what is in it. */
const forged = (value: unknown) =>
  btoa(typeof value === 'string' ? value : JSON.stringify(value)).replace(/=+$/, '');

test.each([
  ['of another list', writeCursor('invites team_a', { key: AT, id: 'usr_1' })],
  ['of another team', writeCursor('members team_b', { key: AT, id: 'usr_1' })],
  ['empty', ''],
  ['no Base64', '*'],
  ['no JSON', forged('[')],
  ['no UTF-8', 'gICA'],
  ['a number, as events once had', '12'],
  ['no list', forged({ list: LIST })],
  ['too short', forged([LIST, AT])],
  ['too long', forged([LIST, AT, 'usr_1', 1])],
  ['a day that is none', forged([LIST, '2026-02-30T09:00:00.000Z', 'usr_1'])],
  ['a year that PostgreSQL has not', forged([LIST, '0000-01-01T00:00:00.000Z', 'usr_1'])],
  ['no instant', forged([LIST, 'Olga', 'usr_1'])],
  ['no text', forged([LIST, 1, 'usr_1'])],
  ['an id that is none', forged([LIST, AT, "usr_1'"])],
  ['no id', forged([LIST, AT, ''])],
])('C3: a foreign cursor is refused: %s', (_, text) => {
  expect(parseCursor(LIST, 'time', text)).toBeNull();
});

test('C3: a name that PostgreSQL can’t hold is refused in a cursor', () => {
  expect(parseCursor(LIST, 'text', forged('["members team_a","a\\u0000","usr_1"]'))).toBeNull();
  expect(parseCursor(LIST, 'text', forged('["members team_a","a\\ud800","usr_1"]'))).toBeNull();
});

test('C3: a list reads its own cursor, whatever its people are called', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 80 }), (key) => {
      fc.pre(key.isWellFormed() && !key.includes('\0'));
      const cursor = writeCursor(LIST, { key, id: 'usr_1' });
      expect(cursor).toMatch(/^[\w-]+$/);
      expect(parseCursor(LIST, 'text', cursor)).toEqual({ key, id: 'usr_1' });
    }),
  );
  expect(parseCursor(LIST, 'time', writeCursor(LIST, { key: AT, id: 'usr_1' }))).toEqual({
    key: AT,
    id: 'usr_1',
  });
});
