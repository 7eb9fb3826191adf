import { describe, expect, it } from 'vitest';
import {
  changePlannedRule,
  changeRule,
  isSamePlan,
  isSameRule,
  isSwitchedOff,
  isWeakened,
  offUntil,
  type RuleChange,
  unfoldPlan,
} from './rule-change';
import { DEFAULT_RULE, type Rule } from './rules';

const rule = (change: RuleChange): Rule => changeRule(DEFAULT_RULE, change);

const unplanned = (one: Rule) => ({ rule: one, planned: null });

describe('changing a ruleset', () => {
  it('what the change does not name stays', () => {
    expect(rule({})).toEqual(DEFAULT_RULE);
    expect(rule({ actions: { 'friend.add': 'off' } })).toEqual({
      ...DEFAULT_RULE,
      modes: { 'computer.connect': 'enforce', 'friend.add': 'off' },
    });
    const off = rule({ actions: { 'friend.add': 'off' } });
    expect(changeRule(off, { actions: { 'friend.add': undefined } })).toEqual(off);
    expect(rule({ enabled: false, trustDays: 7 })).toEqual({
      ...DEFAULT_RULE,
      enabled: false,
      trustDays: 7,
    });
  });

  it('leaves the ruleset it was given as it was', () => {
    const before = structuredClone(DEFAULT_RULE);
    rule({ enabled: false, actions: { 'computer.connect': 'off' } });
    expect(DEFAULT_RULE).toEqual(before);
  });

  it.each([
    [{ enabled: false }],
    [{ trustDays: 30 }],
    [{ actions: { 'computer.connect': 'monitor' } }],
    [{ actions: { 'friend.add': 'monitor' } }],
  ] as const)('%j is not the same ruleset', (change) => {
    expect(isSameRule(DEFAULT_RULE, rule(change))).toBe(false);
    expect(isSameRule(rule(change), rule(change))).toBe(true);
  });

  it.each<[string, RuleChange, RuleChange, boolean]>([
    ['switched off', {}, { enabled: false }, true],
    ['switched on', { enabled: false }, {}, false],
    ['a milder mode', {}, { actions: { 'friend.add': 'monitor' } }, true],
    ['a stricter mode', { actions: { 'friend.add': 'off' } }, {}, false],
    [
      'one mode stricter, one milder',
      { actions: { 'friend.add': 'off' } },
      { actions: { 'computer.connect': 'monitor' } },
      true,
    ],
    ['longer trust', {}, { trustDays: 91 }, true],
    ['shorter trust', {}, { trustDays: 89 }, false],
    ['nothing', {}, {}, false],
  ])('%s: weakened is told right', (_what, before, after, expected) => {
    expect(isWeakened(unplanned(rule(before)), unplanned(rule(after)))).toBe(expected);
  });
});

describe('what becomes of a ruleset by itself', () => {
  const now = new Date('2026-11-27T09:00:00.000Z');
  const on = unplanned(DEFAULT_RULE);
  const off = changePlannedRule(on, { enabled: false }, now);
  const forHours = (offHours: number, from = on) =>
    changePlannedRule(from, { enabled: false, offHours }, now);
  const inAnHour = new Date('2026-11-27T10:00:00.000Z');

  it('off for an hour is on again at the very instant, and in nothing else otherwise', () => {
    const short = forHours(1);
    expect(offUntil(short)).toEqual(inAnHour);
    expect(unfoldPlan(short, new Date(inAnHour.getTime() - 1))).toEqual(short);
    expect(unfoldPlan(short, inAnHour)).toEqual(on);
    const shorterTrust = changePlannedRule(short, { trustDays: 7 }, now);
    expect(offUntil(shorterTrust)).toEqual(inAnHour);
    expect(unfoldPlan(shorterTrust, inAnHour).rule).toEqual(rule({ trustDays: 7 }));
  });

  it('switched on, and off without an end, nothing is planned any more', () => {
    expect(changePlannedRule(forHours(1), { enabled: true }, now)).toEqual(on);
    expect(changePlannedRule(forHours(1), { enabled: false }, now)).toEqual(off);
    expect(offUntil(off)).toBeNull();
    expect(unfoldPlan(off, inAnHour)).toEqual(off);
  });

  it.each([
    ['from on', on, off, true],
    ['from on, for an hour', on, forHours(1), true],
    ['from an hour to two', forHours(1), forHours(2), true],
    ['from an hour to no end', forHours(1), off, true],
    ['from two hours to one', forHours(2), forHours(1), false],
    ['from no end to an hour', off, forHours(1), false],
    ['the same again', off, off, false],
    ['on', off, on, false],
  ])('%s: switched off, or for longer, is told right', (_what, before, after, expected) => {
    expect(isSwitchedOff(before, after)).toBe(expected);
    expect(isWeakened(before, after)).toBe(expected);
    expect(isSamePlan(before, after)).toBe(_what === 'the same again');
  });
});
