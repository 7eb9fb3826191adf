import { describe, expect, it } from 'vitest';
import { ACTION_NAMES, type Mode } from './actions';
import {
  DEFAULT_RULE,
  effectiveRule,
  modeOf,
  type Rule,
  readModes,
  ruleOf,
  strictestRule,
} from './rules';

const rule = (connect: Mode, friend: Mode, change: Partial<Rule> = {}): Rule => ({
  enabled: true,
  trustDays: 90,
  modes: { 'computer.connect': connect, 'friend.add': friend },
  ...change,
});

describe('modeOf', () => {
  it('is on by default: connecting, adding a friend and managing are enforced', () => {
    const modes = Object.fromEntries(
      ACTION_NAMES.map((action) => [action, modeOf(DEFAULT_RULE, action)]),
    );
    expect(modes).toEqual({
      'computer.connect': 'enforce',
      'friend.add': 'enforce',
      'team.manage': 'enforce',
      'account.manage': 'enforce',
      'api.read': 'monitor',
    });
  });

  it.each([
    [rule('enforce', 'off'), 'enforce'],
    [rule('off', 'enforce'), 'enforce'],
    [rule('monitor', 'monitor'), 'monitor'],
    [rule('off', 'off'), 'monitor'],
  ] as const)(
    'T19 what could switch the gate off is enforced while anything is',
    (given, expected) => {
      expect(modeOf(given, 'team.manage')).toBe(expected);
      expect(modeOf(given, 'account.manage')).toBe(expected);
    },
  );

  it('the switch is above all modes', () => {
    for (const action of ACTION_NAMES) {
      expect(modeOf(rule('enforce', 'enforce', { enabled: false }), action)).toBe('off');
    }
  });
});

describe('readModes', () => {
  it('a mode that nobody knows is enforced; one that is missing is as a team starts with it', () => {
    const start = { 'computer.connect': 'enforce', 'friend.add': 'enforce' };
    expect(readModes({})).toEqual(start);
    for (const unknown of ['sometimes', '', 'OFF', null, true, ['off']]) {
      expect(readModes({ 'computer.connect': unknown, 'friend.add': 'off' })).toEqual({
        ...start,
        'friend.add': 'off',
      });
    }
    expect(readModes(Object.create({ 'friend.add': 'off' }))).toEqual(start);
  });

  it('keeps the modes of the actions that a team sets, and no others', () => {
    const kept = { 'computer.connect': 'monitor', 'friend.add': 'off' };
    expect(readModes({ ...kept, 'team.manage': 'off', 'api.read': 'off' })).toEqual(kept);
  });
});

describe('ruleOf', () => {
  it('the rule of a computer’s team decides alone, with its own mode and days', () => {
    const own = rule('monitor', 'enforce', { trustDays: 7 });
    expect(ruleOf(own, 'computer.connect')).toEqual({ mode: 'monitor', trustDays: 7 });
    expect(ruleOf(own, 'friend.add')).toEqual({ mode: 'enforce', trustDays: 7 });
    expect(ruleOf({ ...own, enabled: false }, 'friend.add')).toEqual({ mode: 'off', trustDays: 7 });
  });
});

describe('strictestRule', () => {
  it('a mode that nobody knows is enforced', () => {
    const rules = [rule('sometimes' as Mode, 'off')];
    expect(strictestRule(rules, 'computer.connect').mode).toBe('enforce');
  });

  const off = rule('enforce', 'enforce', { enabled: false });

  it('OPT-8 one team that is on outweighs another that opted out', () => {
    expect(strictestRule([off, rule('enforce', 'enforce')], 'friend.add').mode).toBe('enforce');
    expect(strictestRule([rule('enforce', 'enforce'), off], 'friend.add').mode).toBe('enforce');
  });

  it.each([
    ['enforce', 'monitor'],
    ['enforce', 'off'],
    ['monitor', 'off'],
  ] as const)(
    'F27: of two teams, %s in one outweighs %s in the other, with its own days',
    (strict, lenient) => {
      const [a, b] = [
        rule(strict, strict, { trustDays: 60 }),
        rule(lenient, lenient, { trustDays: 1 }),
      ];
      for (const action of ['computer.connect', 'friend.add'] as const) {
        expect(strictestRule([a, b], action)).toEqual({ mode: strict, trustDays: 60 });
        expect(strictestRule([b, a], action)).toEqual({ mode: strict, trustDays: 60 });
      }
    },
  );

  it('OPT-13 without a team the defaults decide', () => {
    expect(strictestRule([], 'friend.add')).toEqual({ mode: 'enforce', trustDays: 90 });
  });

  it('takes the shortest trust of the teams that have the strictest mode', () => {
    const rules = [
      rule('enforce', 'enforce', { trustDays: 30 }),
      rule('enforce', 'enforce', { trustDays: 60 }),
      rule('enforce', 'off', { trustDays: 1 }),
    ];
    expect(strictestRule(rules, 'friend.add')).toEqual({ mode: 'enforce', trustDays: 30 });
  });

  it('a user whose only team opted out is not held up', () => {
    expect(strictestRule([off], 'friend.add').mode).toBe('off');
  });
});

describe('effectiveRule', () => {
  it('a computer’s ruleset beats a user’s, and that the team’s Default', () => {
    const [a, b, c] = [rule('off', 'off'), rule('monitor', 'off'), rule('enforce', 'off')];
    expect(effectiveRule({ default: a })).toBe(a);
    expect(effectiveRule({ default: a, user: b })).toBe(b);
    expect(effectiveRule({ default: a, user: b, computer: c })).toBe(c);
  });
});
