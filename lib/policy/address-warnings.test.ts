import { describe, expect, it } from 'vitest';
import {
  type AddressFacts,
  explainContradiction,
  explainUnknown,
  findAddressWarnings,
  findStartWarnings,
} from './address-warnings';
import { UNKNOWN_REASONS } from './client-address';
import { parseProxyList } from './networks';

const SOUND: AddressFacts = {
  client: {
    address: '203.0.113.7',
    reason: null,
    hops: ['203.0.113.7'],
    hopsLeft: 0,
    peer: '10.0.0.2',
    header: 'x-forwarded-for',
    contradictedBy: null,
  },
  trustedProxies: '10.0.0.2',
  appUrl: new URL('https://gatehouse.example.com'),
  networks: ['203.0.113.7/32', '10.1.2.3/32'],
  sharedNetworks: [],
  unknownUses: [],
};
const codes = (facts: Partial<AddressFacts>) =>
  findAddressWarnings({ ...SOUND, ...facts }).map((warning) => warning.code);

describe('warnings about addresses', () => {
  it('a sound set-up has none', () => {
    expect(codes({})).toEqual([]);
    expect(codes({ networks: [] })).toEqual([]);
  });

  it('a forgotten proxy is named, with the exact line to write', () => {
    const client = {
      ...SOUND.client,
      address: null,
      reason: 'proxy_not_configured' as const,
      peer: '172.17.0.1',
    };
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
    expect(codes({ networks: [...networks, 'peer 10.0.0.9'] })).toEqual([]);
  });

  it('many users on one network are told with their number', () => {
    const sharedNetworks = [{ network: '203.0.113.7/32', users: 21, members: 40 }];
    const [warning] = findAddressWarnings({ ...SOUND, sharedNetworks });
    expect(warning?.code).toBe('shared_network');
    expect(warning?.message).toContain('21 of 40 members have verified 203.0.113.7/32');
  });

  it('http on a public name is warned of', () => {
    expect(codes({ appUrl: new URL('http://gatehouse.example.com') })).toEqual([
      'insecure_app_url',
    ]);
    for (const own of ['http://127.0.0.1:3000', 'http://[::1]:3000', 'http://localhost']) {
      expect(codes({ appUrl: new URL(own) })).toEqual([]);
    }
  });

  it.each([
    ['cf-connecting-ip', '198.51.100.7', /CLIENT_IP_HEADER=cf-connecting-ip$/],
    ['cf-ray', null, /CLIENT_IP_HEADER=cf-connecting-ip$/],
    ['akamai-origin-hop', null, /CLIENT_IP_HEADER=true-client-ip$/],
    ['x-azure-clientip', '198.51.100.7', /CLIENT_IP_HEADER=x-azure-socketip$/],
    ['x-azure-ref', null, /CLIENT_IP_HEADER=x-azure-socketip$/],
    ['fastly-ff', null, /CLIENT_IP_HEADER=fastly-client-ip$/],
    ['x-amz-cf-id', null, /TRUSTED_PROXIES=10\.0\.0\.2,<ranges>$/],
    ['via', null, /TRUSTED_PROXIES=10\.0\.0\.2,<ranges>$/],
    ['x-real-ip', '198.51.100.7', /TRUSTED_PROXIES=10\.0\.0\.2,203\.0\.113\.7$/],
  ])('F1: %s says that a proxy stands in front: the line to write', (header, address, cure) => {
    const client = { ...SOUND.client, contradictedBy: { header, address } };
    const [warning, ...others] = findAddressWarnings({ ...SOUND, client });
    expect(others).toEqual([]);
    expect(warning?.code).toBe('contradicted');
    expect(warning?.message).toContain(address ?? header);
    expect(warning?.cure).toMatch(cure);
  });

  it('F1: an unlisted public proxy behind a CDN is listed by the same line', () => {
    const contradictedBy = { header: 'cf-connecting-ip', address: '198.51.100.7' };
    const client = { ...SOUND.client, peer: '203.0.113.7', hops: [], contradictedBy };
    const [warning] = findAddressWarnings({ ...SOUND, client, trustedProxies: '' });
    expect(warning?.cure).toMatch(
      /TRUSTED_PROXIES=203\.0\.113\.7 and CLIENT_IP_HEADER=cf-connecting-ip$/,
    );
  });

  it('O3: behind https a proxy on this machine is to be listed, and nothing else', () => {
    const client = {
      ...SOUND.client,
      address: null,
      reason: 'proxy_not_configured' as const,
      peer: '127.0.0.1',
    };
    const cureFor = (appUrl: URL) =>
      findAddressWarnings({ ...SOUND, client, trustedProxies: '', appUrl })[0]?.cure;
    expect(cureFor(SOUND.appUrl)).toMatch(/TRUSTED_PROXIES=127\.0\.0\.1$/);
    expect(cureFor(new URL('http://localhost:3000'))).toMatch(
      /TRUSTED_PROXIES=127\.0\.0\.1\. .*PRIVATE_CLIENTS=allow$/,
    );
  });

  it('O3: a list of proxies that has the peer already is not told with it twice', () => {
    const unknownUses = [{ reason: 'proxy_not_configured' as const, peer: '10.0.0.2', users: 1 }];
    const [warning] = findAddressWarnings({ ...SOUND, unknownUses });
    expect(warning?.cure).toMatch(/TRUSTED_PROXIES=10\.0\.0\.2$/);
  });

  it.each(UNKNOWN_REASONS)('O3: %s is explained, with a cure', (reason) => {
    const client = { ...SOUND.client, address: null, reason };
    const [warning, ...others] = findAddressWarnings({ ...SOUND, client });
    expect(others).toEqual([]);
    expect(warning?.message).toContain(reason);
    expect(warning?.cure).not.toBe('');
    const shown = explainUnknown(client, null);
    expect(shown.message + shown.cure).not.toContain('TRUSTED_PROXIES=');
  });

  it('O3: why other members have no address is told too, once', () => {
    const unknownUses = [{ reason: 'no_header' as const, peer: '10.0.0.2', users: 3 }];
    const [warning] = findAddressWarnings({ ...SOUND, unknownUses });
    expect(warning?.code).toBe('others_unknown');
    expect(warning?.message).toContain('3 members');
    const client = { ...SOUND.client, address: null, reason: 'no_header' as const };
    expect(codes({ client, unknownUses })).toEqual(['address_unknown']);
    const elsewhere = { ...client, peer: '10.0.0.3' };
    expect(codes({ client: elsewhere, unknownUses })).toEqual([
      'address_unknown',
      'others_unknown',
    ]);
  });

  it.each(['127.0.0.1/32', '::/64', '::1/128'])(
    'O2: two users on %s are told, not refused',
    (network) => {
      const sharedNetworks = [{ network, users: 2, members: 2 }];
      const appUrl = new URL('http://localhost:3000');
      expect(codes({ sharedNetworks, appUrl })).toEqual(['shared_loopback']);
    },
  );
});

describe('what is said at the start', () => {
  const said = (trustedProxies: string, isSecure = true) => {
    const proxies = parseProxyList(trustedProxies);
    if ('error' in proxies) throw new Error(proxies.error);
    return findStartWarnings(proxies, { trustedProxies, isSecure });
  };

  it('F1: https without a listed proxy, with the line to write', () => {
    expect(said('')).toEqual([expect.stringMatching(/TRUSTED_PROXIES=127\.0\.0\.1,::1$/)]);
    expect(said('127.0.0.1')).toEqual([]);
    expect(said('', false)).toEqual([]);
    expect(said(' \t')).toEqual(said(''));
  });

  it('F1: a private range in which anybody could choose his address', () => {
    expect(said('10.0.0.0/8')).toEqual([expect.stringContaining('10.0.0.0/8')]);
    expect(said('10.0.0.0/24,104.16.0.0/13')).toEqual([]);
  });
});

describe('the words', () => {
  it('O3: what the operator reads is this text, and no other', async () => {
    const { client } = SOUND;
    const nowhere = { ...client, address: null };
    const settings = (trustedProxies: string, isSecure = false) => ({ trustedProxies, isSecure });
    const peers = ['192.0.2.9', '127.0.0.1', '::1', '10.127.0.1', '::1f'];
    const said = [
      ...[...UNKNOWN_REASONS, null].map((reason) =>
        explainUnknown({ ...nowhere, reason, peer: '192.0.2.9' }, settings('10.0.0.2')),
      ),
      ...['x-real-ip', 'forwarded', 'true-client-ip'].map((header) =>
        explainUnknown({ ...nowhere, reason: 'no_header', header }, settings('10.0.0.2')),
      ),
      explainUnknown({ ...nowhere, reason: 'proxy_not_configured', peer: null }, null),
      ...peers.flatMap((peer) =>
        [
          null,
          ...['', '  ', ' 10.0.0.2 ', `10.0.0.2, ${peer}`].map((proxies) => settings(proxies)),
          settings('', true),
        ].map((shown) =>
          explainUnknown({ ...nowhere, reason: 'proxy_not_configured', peer }, shown),
        ),
      ),
      ...[
        { header: 'cf-ray', address: null },
        { header: 'cf-connecting-ip', address: '198.51.100.7' },
        { header: 'fastly-ff', address: null },
        { header: 'via', address: null },
        { header: 'x-real-ip', address: '198.51.100.7' },
      ].flatMap((contradictedBy) => [
        ...['10.0.0.2', null].map((proxies) =>
          explainContradiction({ ...client, contradictedBy }, proxies),
        ),
        ...['', null].map((proxies) =>
          explainContradiction(
            { ...client, hops: [], peer: '203.0.113.7', contradictedBy },
            proxies,
          ),
        ),
      ]),
      ...findAddressWarnings({
        client: { ...client, hopsLeft: 2 },
        trustedProxies: '10.0.0.2',
        appUrl: new URL('http://gatehouse.example.com'),
        networks: ['10.1.2.3/32'],
        sharedNetworks: [
          { network: '203.0.113.7/32', users: 21, members: 40 },
          { network: '127.0.0.1/32', users: 2, members: 2 },
        ],
        unknownUses: [
          { reason: 'no_header', peer: '10.0.0.2', users: 1 },
          { reason: 'proxy_not_configured', peer: '172.17.0.1', users: 3 },
        ],
      }),
    ];
    const texts = new Set(said.map((one) => `${one?.message}\n  ${one?.cure}\n`));
    await expect([...texts].join('\n')).toMatchFileSnapshot('./address-warnings.said.txt');
  });

  it('an unknown address has nothing to contradict', () => {
    const contradictedBy = { header: 'cf-ray', address: null };
    const client = { ...SOUND.client, address: null, contradictedBy };
    expect(explainContradiction(client, null)).toBeNull();
  });
});
