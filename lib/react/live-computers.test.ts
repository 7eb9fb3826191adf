import { expect, it } from 'vitest';
import { lacks, withPresence } from './live-computers';

const page = {
  data: ['a', 'b'].map((id) => ({
    id,
    name: id,
    teamId: 't',
    online: false,
    lastSeenAt: '2026-11-22T17:00:00.000Z',
  })),
  nextCursor: null,
};

it('marks the computer that came online, and no other', () => {
  const lastSeenAt = '2026-11-22T18:00:00.000Z';
  const [a, b] = withPresence(page, { computerId: 'b', online: true, lastSeenAt }).data;
  expect(a).toBe(page.data[0]);
  expect(b).toMatchObject({ name: 'b', online: true, lastSeenAt });
});

it('keeps when a computer was last seen, where that is not said', () => {
  const { data } = withPresence(page, { computerId: 'a', online: true, lastSeenAt: null });
  expect(data[0]?.lastSeenAt).toBe(page.data[0]?.lastSeenAt);
});

it('C2: misses a computer only in a list that was asked for to its end', () => {
  expect(lacks([page], 'a')).toBe(false);
  expect(lacks([page], 'c')).toBe(true);
  expect(lacks([{ ...page, nextCursor: 'more' }], 'c')).toBe(false);
  expect(lacks([{ ...page, nextCursor: 'more' }, page], 'c')).toBe(true);
});
