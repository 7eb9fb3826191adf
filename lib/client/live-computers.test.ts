import { expect, it } from 'vitest';
import { withPresence } from './live-computers';

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
