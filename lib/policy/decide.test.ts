import { describe, expect, it } from 'vitest';
import { MODES } from './actions';
import { decide, FINDINGS, type Finding, type GateFacts, isWouldBeBlocked } from './decide';
import { DAY_MS } from './trust';

const now = new Date('2026-06-01T12:00:00.000Z');
const ago = (ms: number) => new Date(now.getTime() - ms);
const trusted = { verifiedAt: ago(DAY_MS), revokedAt: null };

/** The facts that lead to each finding. A new finding does not compile until it has its facts here. */
const FACTS: Record<Finding, Pick<GateFacts, 'network' | 'trust'>> = {
  trusted: { network: '203.0.113.7/32', trust: trusted },
  unknown: { network: '203.0.113.7/32', trust: null },
  expired: { network: '203.0.113.7/32', trust: { verifiedAt: ago(90 * DAY_MS), revokedAt: null } },
  revoked: { network: '203.0.113.7/32', trust: { verifiedAt: ago(DAY_MS), revokedAt: ago(1) } },
  'clock-disagrees': { network: '203.0.113.7/32', trust: { verifiedAt: ago(-1), revokedAt: null } },
  'no-client-address': { network: null, trust: trusted },
};

const facts = (finding: Finding, mode: GateFacts['rule']['mode']): GateFacts => ({
  now,
  ...FACTS[finding],
  rule: { mode, trustDays: 90 },
});

describe('decide', () => {
  it('is this table, and no other', async () => {
    const lines = ['finding            mode     verdict    would be blocked'];
    for (const finding of Object.keys(FINDINGS) as Finding[]) {
      for (const mode of MODES) {
        const decision = decide(facts(finding, mode));
        expect(decision).toMatchObject({ finding, mode });
        lines.push(
          `${finding.padEnd(18)} ${mode.padEnd(8)} ${decision.verdict.padEnd(10)} ${isWouldBeBlocked(decision) ? 'yes' : '-'}`,
        );
      }
    }
    await expect(`${lines.join('\n')}\n`).toMatchFileSnapshot('./decide.table.txt');
  });

  it.each([
    ['1 ms before the end', 90 * DAY_MS - 1, 'allow', 'trusted'],
    ['at the very instant of the end', 90 * DAY_MS, 'challenge', 'expired'],
    ['1 ms after the end', 90 * DAY_MS + 1, 'challenge', 'expired'],
  ] as const)('VER-1 %s of 90 days', (_when, ageMs, verdict, finding) => {
    const trust = { verifiedAt: ago(ageMs), revokedAt: null };
    const decision = decide({ ...facts('trusted', 'enforce'), trust });
    expect(decision).toEqual({ verdict, finding, mode: 'enforce' });
  });

  it.each([
    ['1 ms before it is asked', 1, 'allow', 'trusted'],
    ['at the very instant at which it is asked', 0, 'allow', 'trusted'],
    ['1 ms later than it is asked', -1, 'challenge', 'clock-disagrees'],
  ] as const)('F27: verified %s', (_when, ageMs, verdict, finding) => {
    const trust = { verifiedAt: ago(ageMs), revokedAt: null };
    const decision = decide({ ...facts('trusted', 'enforce'), trust });
    expect(decision).toEqual({ verdict, finding, mode: 'enforce' });
  });

  it('VER-2 counts hours, not days of a calendar: a spring clock change does not shorten trust', () => {
    // New York changes its clocks on 8 March 2026; 2,160 hours are 2,160 hours there too.
    const verifiedAt = new Date('2026-03-01T12:00:00-05:00');
    const end = new Date(verifiedAt.getTime() + 2160 * 3_600_000);
    const rule = { mode: 'enforce', trustDays: 90 } as const;
    const trust = { verifiedAt, revokedAt: null };
    const at = (ms: number) =>
      decide({ now: new Date(end.getTime() + ms), network: 'x', trust, rule }).verdict;
    expect([at(-1), at(0)]).toEqual(['allow', 'challenge']);
  });

  it('a shorter trust period of the team ends trust earlier', () => {
    const rule = { mode: 'enforce', trustDays: 7 } as const;
    const trust = { verifiedAt: ago(7 * DAY_MS), revokedAt: null };
    expect(decide({ ...facts('trusted', 'enforce'), rule, trust }).finding).toBe('expired');
  });

  it('a revoked network is not trusted, however recent its verification', () => {
    const trust = { verifiedAt: now, revokedAt: now };
    expect(decide({ ...facts('trusted', 'enforce'), trust }).verdict).toBe('challenge');
  });

  it('that it was revoked is told also of a network that was verified by another clock', () => {
    const trust = { verifiedAt: ago(-1), revokedAt: now };
    expect(decide({ ...facts('trusted', 'enforce'), trust }).finding).toBe('revoked');
  });

  it('an unknown address is refused although some network is recorded', () => {
    expect(decide(facts('no-client-address', 'enforce')).verdict).toBe('challenge');
  });
});
