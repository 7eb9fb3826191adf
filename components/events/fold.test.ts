import { expect, it } from 'vitest';
import type { AuditEvent } from '@/lib/contract/resources';
import { foldEvents } from './fold';

const ids = Array.from({ length: 200 }, (_, index) => String(1_000 - index));
const VALERIE = { id: 'usr_v', name: 'Valerie', email: 'v@example.com' };
const event = (type: string, more: Partial<AuditEvent> = {}): AuditEvent => ({
  id: ids.shift() ?? '',
  schema: 1,
  at: '2026-11-26T12:00:00.000Z',
  type,
  actorKind: 'user',
  actor: VALERIE,
  actorLabel: 'Valerie <v@example.com>',
  user: null,
  userLabel: null,
  sessionId: null,
  computerId: null,
  computerName: null,
  action: null,
  network: '9.9.9.9/32',
  address: '9.9.9.9',
  finding: null,
  reason: null,
  before: null,
  after: null,
  requestId: null,
  masked: false,
  ...more,
});
const byComputer = (type: string, computerId: string, more: Partial<AuditEvent> = {}) =>
  event(type, { after: { computerId }, ...more });
const shape = (events: AuditEvent[]) =>
  foldEvents(events).map((row) =>
    row.kind === 'one'
      ? row.event.type
      : `${row.kind} ${row.event.type} ×${row.kind === 'run' ? row.count : row.events.length}`,
  );

it('C9: setting up a team is one row, and so is a sign-in with what it brings about', () => {
  const signIn = ['session.ended', 'network.verified', 'session.started'];
  expect(shape([...signIn, ...signIn, 'team.created'].map((type) => event(type)))).toEqual([
    'along team.created ×7',
  ]);
  expect(shape(signIn.map((type) => event(type)))).toEqual(['along session.started ×3']);
});

it.each([
  ['another person', { actor: { ...VALERIE, id: 'usr_o' } }],
  ['another address', { address: '6.7.8.9' }],
  ['another time', { at: '2026-11-26T11:59:44.999Z' }],
])('what comes from %s is no part of a sign-in', (_, more) => {
  expect(shape([event('network.verified'), event('session.started', more)])).toEqual([
    'network.verified',
    'session.started',
  ]);
});

it('who ends sessions signs nobody in', () => {
  expect(shape([event('session.ended'), event('session.ended')])).toEqual([
    'session.ended',
    'session.ended',
  ]);
});

it('connections of one person to one computer are one row, counted by their beginnings', () => {
  const accepted = {
    actorKind: 'computer',
    actor: null,
    actorLabel: 'Render 1',
    userLabel: VALERIE.name,
  } as const;
  const one = (computerId: string) => [
    byComputer('connection.accepted', computerId, {
      ...accepted,
      userLabel: 'Valerie <v@example.com>',
    }),
    byComputer('connection.requested', computerId),
  ];
  expect(shape([...one('c1'), ...one('c1'), ...one('c2')])).toEqual([
    'run connection.accepted ×2',
    'run connection.accepted ×1',
  ]);
});

it('three of a kind are one row, two are two', () => {
  const refused = (more = {}) => event('gate.refused', { action: 'friend.add', ...more });
  expect(shape([refused(), refused(), refused()])).toEqual(['run gate.refused ×3']);
  expect(shape([refused(), refused()])).toEqual(['gate.refused', 'gate.refused']);
  expect(shape([refused(), refused({ address: '6.7.8.9' }), refused()])).toHaveLength(3);
});

it('what was changed otherwise each time is a row each time', () => {
  const changed = (enabled: boolean, reason: string) =>
    event('rule.changed', { before: { enabled: !enabled }, after: { enabled }, reason });
  const events = [changed(true, 'back'), changed(false, 'moving'), changed(true, 'first')];
  expect(shape(events)).toEqual(['rule.changed', 'rule.changed', 'rule.changed']);
});

it('loses none and keeps their order', () => {
  const events = [
    event('team.renamed'),
    event('network.verified'),
    event('session.started'),
    ...Array.from({ length: 4 }, () => event('gate.refused')),
    event('rule.changed'),
  ];
  const all = foldEvents(events).flatMap((row) => (row.kind === 'one' ? [row.event] : row.events));
  expect(all).toEqual(events);
});
