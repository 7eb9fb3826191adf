import { describe, expect, it } from 'vitest';
import { type AddressFacts, findAddressWarnings } from './address-warnings';

const SOUND: AddressFacts = {
  client: { forwardedByUnlisted: false, hopsLeft: 0, peer: '10.0.0.2', header: 'x-forwarded-for' },
  trustedProxies: '10.0.0.2',
  appUrl: new URL('https://gatehouse.example.com'),
  networks: ['203.0.113.7/32', '10.1.2.3/32'],
  sharedNetworks: [],
};
const codes = (facts: Partial<AddressFacts>) =>
  findAddressWarnings({ ...SOUND, ...facts }).map((warning) => warning.code);

describe('warnings about addresses', () => {
  it('a sound set-up has none', () => {
    expect(codes({})).toEqual([]);
    expect(codes({ networks: [] })).toEqual([]);
  });

  it('a forgotten proxy is named, with the exact line to write', () => {
    const client = { ...SOUND.client, forwardedByUnlisted: true, peer: '172.17.0.1' };
    const [warning] = findAddressWarnings({ ...SOUND, client });
    expect(warning?.code).toBe('proxy_not_listed');
    expect(warning?.cure).toMatch(/TRUSTED_PROXIES=10\.0\.0\.2,172\.17\.0\.1$/);
    const [first] = findAddressWarnings({ ...SOUND, client, trustedProxies: '' });
    expect(first?.cure).toMatch(/TRUSTED_PROXIES=172\.17\.0\.1$/);
  });

  it('elements left of the chosen one hint at a CDN that nobody listed', () => {
    expect(codes({ client: { ...SOUND.client, hopsLeft: 1 } })).toEqual(['proxy_in_front']);
  });

  it('only private clients are warned of, but not on one’s own machine', () => {
    const networks = ['10.1.2.3/32', '127.0.0.1/32', 'fd00:1:2:3::/64', '100.64.0.1/32'];
    expect(codes({ networks })).toEqual(['only_private_clients']);
    expect(codes({ networks, appUrl: new URL('http://localhost:3000') })).toEqual([]);
    expect(codes({ networks: [...networks, '2001:db8:1:2::/64'] })).toEqual([]);
  });

  it('many users on one network are told with their number', () => {
    const sharedNetworks = [{ network: '203.0.113.7/32', users: 21 }];
    const [warning] = findAddressWarnings({ ...SOUND, sharedNetworks });
    expect(warning?.code).toBe('shared_network');
    expect(warning?.message).toContain('21 users have verified 203.0.113.7/32');
  });

  it('http on a public name is warned of', () => {
    expect(codes({ appUrl: new URL('http://gatehouse.example.com') })).toEqual([
      'insecure_app_url',
    ]);
    expect(codes({ appUrl: new URL('http://127.0.0.1:3000') })).toEqual([]);
  });
});
