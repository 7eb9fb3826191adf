import { describe, expect, it } from 'vitest';
import { changeRule, isSameRule, isSwitchedOff, isWeakened, type RuleChange } from './rule-change';
import { DEFAULT_RULE, type Rule } from './rules';

const rule = (change: RuleChange): Rule => changeRule(DEFAULT_RULE, change);

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
    expect(isWeakened(rule(before), rule(after))).toBe(expected);
  });

  it('switched off is the way from on to off alone', () => {
    const off = rule({ enabled: false });
    expect(isSwitchedOff(DEFAULT_RULE, off)).toBe(true);
    expect(isSwitchedOff(off, off)).toBe(false);
    expect(isSwitchedOff(off, DEFAULT_RULE)).toBe(false);
  });
});
