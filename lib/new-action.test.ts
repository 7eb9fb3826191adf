import { createElement } from 'react';
import { renderToStaticMarkup } from 'react-dom/server';
import { describe, expect, it, vi } from 'vitest';
import { eventSentence } from '@/components/events/event-text';
import { RuleDetails } from '@/components/rules/rule-details';
import { AppRule, type AuditEvent } from '@/lib/contract/resources';
import { ChangeAppRuleBody } from '@/lib/contract/schemas';
import type { Action, TeamAction } from '@/lib/policy/actions';
import { decide } from '@/lib/policy/decide';
import { changeRule, isSameRule, isWeakened } from '@/lib/policy/rule-change';
import { DEFAULT_RULE, type Rule, readModes, ruleOf } from '@/lib/policy/rules';
import { presentRule } from '@/lib/service/team/app-rules';
import { toRule } from '@/lib/store/app-rules';
import { modeIn } from '@/lib/store/facts';

// An action that somebody adds is one row. A place that lists actions by hand would lose the owner's choice
// for it without a word.

vi.mock('@/lib/policy/actions', async (original) => {
  const { ACTIONS, ...rest } = await original<typeof import('@/lib/policy/actions')>();
  const rows = { ...ACTIONS, 'printer.use': { setBy: 'ruleset', mode: 'monitor' } };
  const names = Object.keys(rows);
  const team = names.filter((name) => rows[name as Action].setBy === 'ruleset');
  return { ...rest, ACTIONS: rows, ACTION_NAMES: names, TEAM_ACTIONS: team };
});

const PRINTER = 'printer.use' as TeamAction;

/** As the database gives it back. */
const kept = ({ modes, ...rule }: Rule) =>
  toRule({ ...rule, modes: JSON.parse(JSON.stringify(modes)) });

const enforced = kept(changeRule(DEFAULT_RULE, { actions: { [PRINTER]: 'enforce' } }));

describe('an action that was added', () => {
  it('starts as its row says, in rulesets that are older too', () => {
    expect(DEFAULT_RULE.modes[PRINTER]).toBe('monitor');
    expect(readModes({ 'friend.add': 'off' })).toMatchObject({
      'friend.add': 'off',
      [PRINTER]: 'monitor',
    });
    expect(modeIn('r', PRINTER)).toContain(`->>'printer.use', 'monitor')`);
  });

  it('is set by a call, and a mode that nobody knows is not', () => {
    const body = (mode: string) => ({ ipVerification: { actions: { [PRINTER]: mode } } });
    expect(ChangeAppRuleBody.parse(body('enforce'))).toEqual(body('enforce'));
    expect(ChangeAppRuleBody.safeParse(body('sometimes')).success).toBe(false);
  });

  it('is saved, and a change of it is a change', () => {
    expect(enforced.modes[PRINTER]).toBe('enforce');
    expect(isSameRule(DEFAULT_RULE, enforced)).toBe(false);
    const [before, after] = [enforced, DEFAULT_RULE].map((rule) => ({ rule, planned: null }));
    expect(before && after && isWeakened(before, after)).toBe(true);
    expect(kept(changeRule(enforced, { trustDays: 7 })).modes[PRINTER]).toBe('enforce');
  });

  it('is shown to programs, and on App Rules', () => {
    const shown = presentRule({
      id: 'rule_1',
      name: 'Default',
      isDefault: true,
      rule: enforced,
      planned: null,
      off: null,
      changedAt: null,
      changedBy: null,
    });
    expect(AppRule.parse(shown).ipVerification.actions[PRINTER]).toBe('enforce');
    const page = renderToStaticMarkup(
      createElement(RuleDetails, {
        teamId: 'team_1',
        rule: shown,
        readOnly: 'Ask an owner.',
        wouldBeBlocked: 0,
        error: null,
        onSave: async () => undefined,
        onStart: () => undefined,
      }),
    );
    expect(page).toContain('printer.use');
  });

  it('is audited in words', () => {
    const event = {
      type: 'rule.changed',
      actorKind: 'user',
      actorLabel: 'Olga',
      before: DEFAULT_RULE,
      after: enforced,
    } as AuditEvent;
    const sentence = renderToStaticMarkup(createElement('p', null, eventSentence(event)));
    expect(sentence).toContain('set “printer.use” to Enforce (it was Monitor)');
  });

  it('is refused from a network that nobody verified', () => {
    const facts = { now: new Date(), network: '6.7.8.9/32', trust: null };
    expect(decide({ ...facts, rule: ruleOf(enforced, PRINTER) }).verdict).toBe('challenge');
    expect(decide({ ...facts, rule: ruleOf(DEFAULT_RULE, PRINTER) }).verdict).toBe('allow');
  });
});
