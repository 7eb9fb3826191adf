import { expect, it } from 'vitest';
import { readServerMessage } from '@/lib/contract/heard';
import { parseText } from './parse-text';

const presence = { computerId: 'c', online: true, lastSeenAt: null };
const text = (message: unknown) => JSON.stringify(message);

it('reads a message', () => {
  const message = { version: 1, action: 'presence', payload: presence };
  expect(parseText(readServerMessage, text(message))).toEqual(message);
});

it('takes what a later version adds to a message', () => {
  const payload = { ...presence, mood: 'good' };
  expect(
    parseText(readServerMessage, text({ version: 1, action: 'presence', payload })),
  ).not.toBeNull();
});

it('takes what a later version names anew', () => {
  const payload = { attemptId: 'a', connectionId: 'c', reason: 'moon_phase' };
  const message = { version: 1, action: 'connection_closed', payload };
  expect(parseText(readServerMessage, text(message))).toEqual(message);
});

it.each([
  ['no text', new ArrayBuffer(2)],
  ['nothing', ''],
  ['no JSON', '{'],
  ['no object', '[]'],
  ['null', 'null'],
  ['a version alone', text({ version: 1 })],
  ['another version', text({ version: 2, action: 'presence', payload: presence })],
  ['an unknown action', text({ version: 1, action: 'dance', payload: {} })],
  ['an action of every object', text({ version: 1, action: 'toString', payload: {} })],
  ['no payload', text({ version: 1, action: 'presence' })],
  ['a part that is missing', text({ version: 1, action: 'presence', payload: { online: true } })],
  [
    'a part of another kind',
    text({ version: 1, action: 'presence', payload: { ...presence, online: 'yes' } }),
  ],
])('passes over %s', (_, data) => {
  expect(parseText(readServerMessage, data)).toBeNull();
});
