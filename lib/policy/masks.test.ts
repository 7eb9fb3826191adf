import { describe, expect, it } from 'vitest';
import { isMasked, MASKS, maskText, maskValue, type Viewer } from './masks';
import { parseAddress, parseNetwork } from './networks';
import { DEFAULT_RULE, type Rule } from './rules';

const now = new Date('2026-11-26T12:00:00Z');
const daysAgo = (days: number) => new Date(now.getTime() - days * 86_400_000);
const off: Rule = { ...DEFAULT_RULE, enabled: false };
const monitored: Rule = {
  ...DEFAULT_RULE,
  modes: { 'computer.connect': 'monitor', 'friend.add': 'monitor' },
};
const week: Rule = { ...DEFAULT_RULE, trustDays: 7 };

describe('F18: who is shown networks', () => {
  const viewer = (facts: Partial<Viewer>): Viewer => ({
    now,
    network: '203.0.113.7/32',
    trust: { verifiedAt: daysAgo(10), revokedAt: null },
    rules: [DEFAULT_RULE],
    ...facts,
  });
  it.each<[string, Partial<Viewer>, boolean]>([
    ['on a network that was never verified', { trust: null }, true],
    ['on one whose trust ran out', { trust: { verifiedAt: daysAgo(90), revokedAt: null } }, true],
    ['on a revoked one', { trust: { verifiedAt: daysAgo(1), revokedAt: daysAgo(0) } }, true],
    [
      'on one that was verified in the future',
      { trust: { verifiedAt: daysAgo(-1), revokedAt: null } },
      true,
    ],
    ['where the address is unknown', { network: null, trust: null }, true],
    ['by the strictest of several teams', { rules: [off, monitored, DEFAULT_RULE, week] }, true],
    ['without a team, by the defaults', { trust: null, rules: [] }, true],
    ['on a trusted one', {}, false],
    ['on a trusted one, where the strictest team trusts it', { rules: [off, DEFAULT_RULE] }, false],
    ['where every team has switched it off', { trust: null, rules: [off, off] }, false],
    ['where nothing is enforced', { trust: null, rules: [monitored, off] }, false],
    ['nowhere known, where nothing is enforced', { network: null, rules: [monitored] }, false],
  ])('%s', (_where, facts, masked) => {
    expect(isMasked(viewer(facts))).toBe(masked);
  });
});

describe('F18: what is shown in a network’s place', () => {
  it('is no address, and says nothing but the family', () => {
    for (const mask of Object.values(MASKS)) {
      expect(parseAddress(mask)).toBeNull();
      expect(parseNetwork(mask)).toHaveProperty('error');
    }
    expect(maskText('198.51.100.1', null)).toBe(maskText('203.0.113.7/32', null));
    expect(maskText('2001:db8::1', null)).toBe(maskText('fd00:1:2:3::/64', null));
  });

  it.each([
    ['203.0.113.7', '*.*.*.*'],
    ['203.0.113.0/24', '*.*.*.*'],
    ['10.0.0.1/8', '*.*.*.*'],
    ['2001:db8:1:2::/64', '*:*'],
    ['2001:DB8:1:2:3:4:5:6', '*:*'],
    ['::1', '*:*'],
    ['::', '*:*'],
    ['2001:db8::', '*:*'],
    ['::ffff:203.0.113.7', '*.*.*.*'],
    ['peer 10.1.2.3', 'peer *.*.*.*'],
    ['From 203.0.113.7.', 'From *.*.*.*.'],
    ['203.0.113.7:443 and [2001:db8::1]:443', '*.*.*.*:443 and [*:*]:443'],
    ['2001:db8::1: refused', '*:*: refused'],
    ['203.0.113.7, 198.51.100.9', '*.*.*.*, *.*.*.*'],
    ['203.0.113.7-198.51.100.9', '*.*.*.*-*.*.*.*'],
  ])('%j becomes %j', (text, masked) => {
    expect(maskText(text, null)).toBe(masked);
  });

  it.each([
    '',
    'password',
    'the café’s Wi-Fi: 10:30',
    '2026-11-26T10:30:00.000Z',
    'version 1.2.3',
    '1.2.3.4.5',
    '1.2.3.2551',
    '999.1.2.3',
    'https://idp.example.com/metadata',
    'ses_01HV3X',
    'A1:B2:C3:D4:E5:F6:07:18:29:3A:4B:5C:6D:7E:8F:90',
  ])('%j holds none, and stays', (text) => {
    expect(maskText(text, null)).toBe(text);
  });
});

describe('F18: one’s own network', () => {
  it.each([
    ['203.0.113.7/32', '203.0.113.7', true],
    ['203.0.113.7/32', '203.0.113.7/32', true],
    ['203.0.113.7/32', '203.0.113.8', false],
    ['203.0.113.7/32', '203.0.113.0/24', false],
    ['203.0.113.7/32', '203.0.113.7/24', false],
    ['2001:db8:1:2::/64', '2001:db8:1:2::99', true],
    ['2001:db8:1:2::/64', '2001:db8:1:2::/64', true],
    ['2001:db8:1:2::/64', '2001:db8:1::/48', false],
    ['2001:db8:1:2::/64', '2001:db8:1:2::/63', false],
    ['2001:db8:1:2::/64', '2001:db8:1:2::/72', true],
    ['2001:db8:1:2::/64', '2001:db8:1:3::1', false],
    [null, '203.0.113.7', false],
    ['peer 10.0.0.1', '10.0.0.1', false],
  ])('on %s, %s is shown: %s', (own, text, shown) => {
    expect(maskText(text, own) === text).toBe(shown);
  });
});

describe('F18: what an event holds', () => {
  it('is masked wherever it stands', () => {
    const event = {
      address: '203.0.113.7',
      reason: null,
      count: 3,
      after: { networks: ['203.0.113.7/32', { deep: '2001:db8::/64' }], name: 'Render station' },
    };
    expect(maskValue(event, '203.0.113.7/32')).toEqual({
      ...event,
      after: { networks: ['203.0.113.7/32', { deep: '*:*' }], name: 'Render station' },
    });
  });

  it('is itself where there is nothing to mask', () => {
    const event = {
      before: null,
      after: { role: 'member', ids: ['a'], count: 3, gone: undefined },
    };
    expect(maskValue(event, null)).toBe(event);
  });
});
