import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Action, Mode } from './actions';
import { decide } from './decide';
import { type RecordedUse, replay, requestsIn } from './replay';
import type { EffectiveRule } from './rules';
import { DAY_MS, type Trust } from './trust';

const HOUR_MS = DAY_MS / 24;
const BEGIN = Date.UTC(2026, 9, 1);
const at = (hour: number) => new Date(BEGIN + hour * HOUR_MS);

/** What a person does: uses a network, or proves on it who he is, or has it revoked. */
type Step = {
  hour: number;
  who: string;
  network: string | null;
  does: Action | 'verify' | 'revoke';
};

/** The gate, with what it records: whoever is asked proves at once who he is. */
function live(steps: readonly Step[], ruleOf: (action: Action) => EffectiveRule) {
  const trusts = new Map<string, Trust>();
  const uses: RecordedUse[] = [];
  let prompts = 0;
  let refused = 0;
  for (const { hour, who, network, does } of steps.toSorted((a, b) => a.hour - b.hour)) {
    const now = at(hour);
    const key = `${who} ${network}`;
    const trust = network === null ? null : (trusts.get(key) ?? null);
    if (does === 'verify') trusts.set(key, { verifiedAt: now, revokedAt: null });
    else if (does === 'revoke') trust && trusts.set(key, { ...trust, revokedAt: now });
    else {
      const { verdict, finding } = decide({ now, network, trust, rule: ruleOf(does) });
      const verifiedAt = trust?.verifiedAt ?? null;
      const use = { userId: who, network, action: does, finding, verifiedAt };
      uses.push({ ...use, firstAt: now, lastAt: now, count: 1 });
      if (verdict === 'allow') continue;
      refused += 1;
      if (network === null) continue;
      prompts += 1;
      trusts.set(key, { verifiedAt: now, revokedAt: null });
    }
  }
  return { uses, prompts, refused };
}

const rules = fc
  .record({
    trustDays: fc.integer({ min: 1, max: 5 }),
    connect: fc.constantFrom<Mode>('enforce', 'monitor', 'off'),
    add: fc.constantFrom<Mode>('enforce', 'monitor', 'off'),
  })
  .map(
    ({ trustDays, connect, add }) =>
      (action: Action): EffectiveRule => ({
        trustDays,
        mode: action === 'computer.connect' ? connect : add,
      }),
  );
const seen = (): EffectiveRule => ({ trustDays: 90, mode: 'monitor' });

const histories = (does: Step['does'][]) =>
  fc.uniqueArray(
    fc.record({
      hour: fc.integer({ min: 0, max: 24 * 30 }),
      who: fc.constantFrom('Valerie', 'Tom'),
      network: fc.constantFrom('198.51.100.9/32', '203.0.113.4/32', null),
      does: fc.constantFrom(...does),
    }),
    // Two things at one instant have no order.
    { selector: ({ hour }) => hour, maxLength: 60 },
  );

describe('the replay counts the prompts that the gate gives when it is fed the same uses', () => {
  it('for any history of uses and proofs, and any rule', () => {
    fc.assert(
      fc.property(histories(['computer.connect', 'friend.add', 'verify']), rules, (steps, rule) => {
        const known = steps.filter(({ does, network }) => does !== 'verify' || network !== null);
        const gate = live(known, rule);
        const counted = replay(live(known, seen).uses, ({ action }) => rule(action));
        expect([counted.prompts.length, requestsIn(counted.blocked)]).toEqual([
          gate.prompts,
          gate.refused,
        ]);
      }),
      { numRuns: 500 },
    );
  });

  it('asks at least as often under a shorter trust, and never where nothing is enforced', () => {
    fc.assert(
      fc.property(histories(['computer.connect', 'verify', 'revoke']), (steps) => {
        const known = steps.filter(
          ({ does, network }) => !(network === null && does !== 'computer.connect'),
        );
        const { uses } = live(known, seen);
        const asked = (trustDays: number, mode: Mode) =>
          replay(uses, () => ({ trustDays, mode })).prompts.length;
        expect(asked(2, 'enforce')).toBeGreaterThanOrEqual(asked(4, 'enforce'));
        expect(asked(2, 'monitor')).toBe(0);
      }),
    );
  });
});

describe('a day of use in one row', () => {
  const use: RecordedUse = {
    userId: 'Valerie',
    network: '198.51.100.9/32',
    action: 'computer.connect',
    finding: 'unknown',
    verifiedAt: null,
    firstAt: at(0),
    lastAt: at(23),
    count: 4_000,
  };
  const enforced = () => ({ trustDays: 1, mode: 'enforce' }) as const;

  it('is one prompt, however often it was used', () => {
    const { prompts, blocked } = replay([use], enforced);
    expect(prompts).toMatchObject([{ at: at(0) }]);
    expect(requestsIn(blocked)).toBe(4_000);
  });

  it('is asked at its last use where the trust ends within it', () => {
    const verified = { ...use, finding: 'trusted', verifiedAt: at(-12) } as const;
    expect(replay([verified], enforced).prompts).toMatchObject([{ at: at(23) }]);
  });

  it('from nowhere is refused and can’t be asked', () => {
    const unknown = { ...use, network: null, finding: 'no-client-address' } as const;
    expect(replay([unknown], enforced)).toEqual({ prompts: [], blocked: [unknown] });
  });

  it('after a revocation is asked again, though it had been verified', () => {
    const revoked = { ...use, finding: 'revoked', verifiedAt: at(-1), count: 1 } as const;
    expect(replay([revoked], enforced).prompts).toHaveLength(1);
  });
});
