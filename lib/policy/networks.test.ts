import { isIP } from 'node:net';
import fc from 'fast-check';
import ipaddr from 'ipaddr.js';
import { describe, expect, it } from 'vitest';
import {
  type AddressClass,
  classifyAddress,
  type IpAddress,
  isInNetwork,
  networkOf,
  parseAddress,
  parseNetwork,
  parseProxyList,
} from '@/lib/policy/networks';

function address(text: string): IpAddress {
  const parsed = parseAddress(text);
  if (!parsed) throw new Error(`no address: ${text}`);
  return parsed;
}

describe('one text for one address', () => {
  const spellings: [canonical: string, ...spellings: string[]][] = [
    ['0.0.0.0', '::ffff:0:0'],
    [
      '198.51.100.7',
      '::ffff:198.51.100.7',
      '::FFFF:c633:6407',
      '0:0:0:0:0:ffff:198.51.100.7',
      '64:ff9b::198.51.100.7',
      '64:ff9b::c633:6407',
      '0064:ff9b:0:0:0:0:c633:6407',
    ],
    // The second is the longest spelling there is.
    ['255.255.255.255', '::ffff:ffff:ffff', '0000:0000:0000:0000:0000:ffff:255.255.255.255'],
    ['::', '0:0:0:0:0:0:0:0', '0::0', '::0.0.0.0'],
    ['::1', '0:0:0:0:0:0:0:1', '0000:0000:0000:0000:0000:0000:0000:0001', '::0.0.0.1'],
    ['2001:db8::1', '2001:DB8::1', '2001:0db8:0:0:0:0:0:1', '2001:db8:0::0:1', '2001:db8::0.0.0.1'],
    // The first of two equal runs is shortened, a single zero group never is (RFC 5952, 4.2).
    ['2001:db8::1:0:0:1', '2001:db8:0:0:1:0:0:1', '2001:db8:0:0:1::1'],
    ['2001:db8:0:1:1:1:1:1', '2001:db8::1:1:1:1:1'],
    ['2001:0:0:1::', '2001:0:0:1:0:0:0:0', '2001::1:0:0:0:0'],
    ['::1:0:0:1:1:1', '0:0:1:0:0:1:1:1'],
    ['1:2:3:4:5:6:7:0', '1:2:3:4:5:6:7::'],
    ['0:2:3:4:5:6:7:8', '::2:3:4:5:6:7:8'],
    ['2001:db8:1:2:3:4:102:304', '2001:db8:1:2:3:4:1.2.3.4'],
    // Neighbours of the mapped and NAT64 prefixes stay what they are.
    ['::ffff:0:c633:6407', '::ffff:0:198.51.100.7'],
    ['::fffe:c633:6407', '::fffe:198.51.100.7'],
    ['64:ff9b:1::c633:6407', '64:ff9b:1::198.51.100.7'],
    ['64:ff9b::1:c633:6407', '64:ff9b:0:0:0:1:198.51.100.7'],
  ];
  it.each(
    spellings.flatMap(([canonical, ...rest]) =>
      [canonical, ...rest].map((text) => [text, canonical] as const),
    ),
  )('%s is %s', (text, canonical) => {
    expect(parseAddress(text)?.text).toBe(canonical);
  });
});

describe('what is no address', () => {
  const strange = [
    '',
    ' ',
    '.',
    ':',
    ':::',
    '::::',
    '%',
    '/',
    '*',
    'localhost',
    'unknown',
    'null',
    'undefined',
    // blanks and what looks like blanks
    ' 1.2.3.4',
    '1.2.3.4 ',
    '1.2.3.4\n',
    '\t1.2.3.4',
    '1.2.3.4\0',
    '1.2.3.4\u200b',
    '1. 2.3.4',
    '::1 ',
    ' ::1',
    '\u00a0::1',
    // numbers other readers take
    '1',
    '127.1',
    '1.2.3',
    '2130706433',
    '3325256711',
    '017700000001',
    '0x7f000001',
    '0x7f.0.0.1',
    '0x7f.1',
    '1e3.0.0.1',
    '01.2.3.4',
    '1.02.3.4',
    '1.2.3.04',
    '012.1.2.3',
    '00.0.0.0',
    '000.0.0.0',
    '1.2.3.4.',
    '.1.2.3.4',
    '1..3.4',
    '1.2.3.4.5',
    '256.1.1.1',
    '1.2.3.256',
    '999.1.1.1',
    '-1.2.3.4',
    '1.2.3.-4',
    '+1.2.3.4',
    '1.2.3.4e0',
    '1,2,3,4',
    'a.b.c.d',
    // other digits and dots
    '１.２.３.４',
    '1.2.3.٤',
    '1。2。3。4',
    '198\u300251.100.7',
    '①.2.3.4',
    '1․2․3․4',
    // decoration
    '1.2.3.4:80',
    '1.2.3.4/32',
    '1.2.3.4/24',
    '[1.2.3.4]',
    '"1.2.3.4"',
    '1.2.3.4.nip.io',
    '//1.2.3.4',
    '1.2.3.4%eth0',
    '[::1]',
    '[::1]:80',
    '::1/128',
    '::1%1',
    'fe80::1%eth0',
    'fe80::1%25eth0',
    '"::1"',
    '2001:db8::1.ipv6-literal.net',
    // IPv6 that isn't
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:8:9',
    '1:2:3:4:5:6:7:8:',
    ':1:2:3:4:5:6:7:8',
    '1::2::3',
    '::1::',
    '12345::',
    '2001:db8::12345',
    '2001:db8::g',
    '2001:db8:',
    ':2001:db8::1',
    '1:2:3:4:5:6:7::8',
    '1::2:3:4:5:6:7:8',
    '::1:2:3:4:5:6:7:8',
    '0x1::',
    '-1::',
    '2001:db8::-1',
    '１::1',
    '::1:',
    ':::1',
    // dotted tails that aren't
    '::1.2.3',
    '::1.2.3.256',
    '::01.2.3.4',
    '::ffff:1.2.3.04',
    '::1.2.3.4:5',
    '1.2.3.4::',
    '::1.2.3.4.5',
    '1:2:3:4:5:6:7:1.2.3.4',
    '::ffff:0x7f.0.0.1',
    '::ffff:127.1',
    '::ffff:2130706433',
    '1.2.3.4:1.2.3.4::',
    '0000:0000:0000:0000:0000:ffff:255.255.255.2555',
    '1'.repeat(10_000),
    ':'.repeat(10_000),
  ];
  it.each(strange.map((text) => [text.slice(0, 50), text]))('%j', (_shown, text) => {
    expect(parseAddress(text)).toBeNull();
  });
});

describe('what an address may stand for', () => {
  const table: Record<AddressClass, string[]> = {
    public: [
      '1.1.1.1',
      '9.255.255.255',
      // what is private or nobody’s behind another first byte
      '8.18.0.1',
      '8.64.0.1',
      '8.168.0.1',
      '8.254.0.1',
      '11.0.0.0',
      '100.63.255.255',
      '100.128.0.0',
      '126.255.255.255',
      '128.0.0.0',
      '169.253.255.255',
      '172.15.255.255',
      '172.32.0.1',
      '192.0.1.0',
      '192.167.255.255',
      '192.169.0.0',
      '198.17.255.255',
      '198.20.0.0',
      '223.255.255.255',
      // documentation ranges
      '192.0.2.1',
      '198.51.100.7',
      '203.0.113.7',
      '2001:db8::1',
      '2000::',
      '2001:1::1',
      '2001:100::1',
      '2a01::1',
      '2002:c633:6407::1',
      '3fff:ffff::1',
      '2606:4700::1',
      '2a06:98c0:35ff:ffff::1',
      '2a06:98c0:3601::',
      '64:ff9b::1.1.1.1',
    ],
    private: [
      '10.0.0.0',
      '10.255.255.255',
      '100.64.0.0',
      '100.127.255.255',
      '172.16.0.0',
      '172.31.255.255',
      '192.168.0.0',
      '192.168.255.255',
      '192.0.0.2',
      '198.18.0.1',
      '198.19.255.255',
      'fc00::',
      'fd00::1',
      'fdff:ffff::1',
      '::ffff:192.168.1.5',
      '64:ff9b::10.0.0.1',
    ],
    loopback: ['127.0.0.0', '127.0.0.1', '127.255.255.255', '::1', '::ffff:127.0.0.1'],
    not_a_client_address: [
      '0.0.0.0',
      '0.1.2.3',
      '169.254.0.0',
      '169.254.255.255',
      '224.0.0.1',
      '239.255.255.255',
      '240.0.0.1',
      '255.255.255.255',
      '::',
      '::2',
      '::198.51.100.7',
      '::ffff:0:198.51.100.7',
      '64:ff9b:1::1',
      '100::1',
      '1fff:ffff::1',
      '4000::',
      'fbff:ffff::1',
      'fe00::1',
      'fe80::1',
      'febf::1',
      'fec0::1',
      'ff02::1',
      '2a06:98c0:3600::103',
      '2a06:98c0:3600:ffff::1',
      '2001:0:4136:e378:8000:63bf:3fff:fdd2',
      '2001::1',
    ],
  };
  it.each(Object.entries(table).flatMap(([kind, texts]) => texts.map((text) => [text, kind])))(
    '%s: %s',
    (text, kind) => {
      expect(classifyAddress(address(text))).toBe(kind);
    },
  );
});

describe('the network an address stands for', () => {
  it.each([
    ['203.0.113.7', 64, '203.0.113.7/32'],
    ['::ffff:203.0.113.7', 48, '203.0.113.7/32'],
    ['2001:db8:1:2:3:4:5:6', 64, '2001:db8:1:2::/64'],
    ['2001:db8:1:2:3:4:5:6', 48, '2001:db8:1::/48'],
    ['2001:db8:1:12ff::', 57, '2001:db8:1:1280::/57'],
    ['2001:db8:1:2:3:4:5:6', 128, '2001:db8:1:2:3:4:5:6/128'],
    ['2001:db8:1:2:3:4:5:7', 127, '2001:db8:1:2:3:4:5:6/127'],
    ['2001:db8::1', 64, '2001:db8::/64'],
    ['2002:c633:6407::1', 64, '2002:c633:6407::/64'],
  ])('%s at %i bits is %s', (text, bits, network) => {
    expect(networkOf(address(text), bits)).toBe(network);
  });
});

describe('a range', () => {
  it.each([
    ['10.0.0.0/8', '10.255.1.2', true],
    ['10.0.0.0/8', '11.0.0.0', false],
    ['10.0.0.0/8', '::ffff:10.1.2.3', true],
    ['::ffff:10.0.0.0/104', '10.1.2.3', true],
    ['198.51.100.128/25', '198.51.100.127', false],
    ['198.51.100.128/25', '198.51.100.128', true],
    ['198.51.100.7', '198.51.100.7', true],
    ['198.51.100.7', '198.51.100.6', false],
    ['fd00::/8', 'fdff::1', true],
    ['fd00::/8', 'fc00::1', false],
    ['2001:db8::/33', '2001:db8:7fff::1', true],
    ['2001:db8::/33', '2001:db8:8000::1', false],
    ['::1', '::1', true],
    ['::1', '0.0.0.1', false],
    ['0.0.0.0/0', '203.0.113.9', true],
    ['::/0', '203.0.113.9', false],
  ])('%s holds %s: %s', (range, text, holds) => {
    const network = parseNetwork(range);
    if ('error' in network) throw new Error(network.error);
    expect(isInNetwork(address(text), network)).toBe(holds);
  });

  it.each([
    ['198.51.100.7', '198.51.100.7/32'],
    ['::ffff:198.51.100.7', '198.51.100.7/32'],
    ['2001:DB8::1', '2001:db8::1/128'],
    ['::ffff:10.0.0.0/104', '10.0.0.0/8'],
  ])('%s is told as %s', (text, told) => {
    expect(parseNetwork(text)).toMatchObject({ text: told });
  });

  it.each([
    '',
    '/',
    '10.0.0.0/',
    '10.0.0.0/33',
    '10.0.0.0/08',
    '10.0.0.0/-1',
    '10.0.0.0/8/8',
    '10.0.0.0/0x8',
    '10.0.0/8',
    '10/8',
    '10.0.0.0/255.0.0.0',
    'fd00::/129',
    'fe80::%eth0/64',
    '::ffff:0.0.0.0/95',
    '10.0.0.0 /8',
    'proxy.internal',
  ])('%j is refused', (text) => {
    expect(parseNetwork(text)).toHaveProperty('error');
  });
});

describe('TRUSTED_PROXIES', () => {
  const listOf = (text: string) => {
    const list = parseProxyList(text);
    if ('error' in list) throw new Error(list.error);
    return list;
  };

  it.each(['', '  '])('the empty list %j believes nobody', (text) => {
    const list = listOf(text);
    expect(list.unix).toBe(false);
    expect(['127.0.0.1', '10.0.0.1', '::1'].some((peer) => list.has(address(peer)))).toBe(false);
  });

  it('holds addresses, ranges and Unix sockets', () => {
    const list = listOf('127.0.0.1, 10.0.0.0/8,fd00::/8 ,unix');
    expect(list.unix).toBe(true);
    const asked = [
      '127.0.0.1',
      '10.9.9.9',
      'fd00::5',
      '::ffff:10.0.0.1',
      '127.0.0.2',
      '11.0.0.1',
      '::1',
    ];
    expect(asked.map((text) => list.has(address(text)))).toEqual([
      true,
      true,
      true,
      true,
      false,
      false,
      false,
    ]);
  });

  it.each([
    ['10.0.0.0/8', ['10.0.0.0/8']],
    ['10.0.0.0/24,192.168.0.0/23', ['192.168.0.0/23']],
    ['fd00::/63,fd01::/64', ['fd00::/63']],
    ['100.64.0.0/10', ['100.64.0.0/10']],
    ['104.16.0.0/13,127.0.0.0/8,10.0.0.1', []],
    ['', []],
  ])('F1: of %s, too wide a private range is %j', (text, wide) => {
    expect(listOf(text).widePrivateRanges).toEqual(wide);
  });

  it('tells a CDN’s ranges from single public proxies and private ranges', () => {
    const list = listOf('104.16.0.0/13,203.0.113.9,10.0.0.0/24,2606:4700::/32');
    const asked = ['104.16.1.1', '2606:4700::1', '203.0.113.9', '10.0.0.7', '104.0.0.1'];
    expect(asked.map((text) => list.hasInPublicRange(address(text)))).toEqual([
      true,
      true,
      false,
      false,
      false,
    ]);
  });

  it.each([
    ['10.0.0.0/7', 'choose their own address'],
    ['11.0.0.0/8', null],
    ['8.0.0.0/7', 'choose their own address'],
    ['fc00::/7', null],
    ['fc00::/6', 'choose their own address'],
    ['::ffff:10.0.0.0/104', null],
  ])('the widest range: %s', (text, sentence) => {
    const list = parseProxyList(text);
    expect('error' in list ? list.error : null).toEqual(
      sentence === null ? null : expect.stringContaining(sentence),
    );
  });

  it('a wrong entry is shown by its first 60 characters', () => {
    const shown = (text: string) => (parseProxyList(text) as { error: string }).error;
    expect(shown('x'.repeat(60))).toContain(`“${'x'.repeat(60)}”`);
    expect(shown('x'.repeat(61))).toContain(`“${'x'.repeat(60)}…”`);
  });

  it.each([
    ['0.0.0.0/0', 'choose their own address'],
    ['::/0', 'choose their own address'],
    ['::ffff:0.0.0.0/96', 'choose their own address'],
    ['64:ff9b::/96', 'choose their own address'],
    ['0.0.0.0/1,128.0.0.0/1', 'choose their own address'],
    ['2000::/3', 'choose their own address'],
    ['10.0.0.1/8', 'write 10.0.0.0/8 for the range, or 10.0.0.1 for the one address'],
    ['fd00::5/8', 'write fd00::/8 for the range, or fd00::5 for the one address'],
    ['10.0.0.0/8,,127.0.0.1', 'remove the extra comma'],
    ['10.0.0.0/8,', 'remove the extra comma'],
    ['10.0.0.0/40', 'no valid prefix length (0 to 32)'],
    ['nginx', '“nginx” is not an address or a CIDR'],
    ['127.0.0.1 ::1', 'is not an address or a CIDR'],
    ['*', 'is not an address or a CIDR'],
    ['UNIX', 'is not an address or a CIDR'],
    ['0', 'is not an address or a CIDR'],
  ])('%s is refused with the cure', (text, sentence) => {
    expect(parseProxyList(text)).toEqual({ error: expect.stringContaining(sentence) });
  });
});

describe('properties', () => {
  const runs = { numRuns: Number(process.env.FUZZ_RUNS ?? 10_000) };
  const group = fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 0xffff }));
  const v6Groups = fc.array(group, { minLength: 8, maxLength: 8 });
  const v4Bytes = fc.array(fc.integer({ min: 0, max: 255 }), { minLength: 4, maxLength: 4 });
  const nearly = fc
    .array(
      fc.constantFrom(
        '0',
        '1',
        '12',
        'ff',
        'ffff',
        '10000',
        '255',
        '256',
        '01',
        ':',
        ':',
        '::',
        '.',
        '.',
        '%',
        '/',
        ' ',
        '1.2.3.4',
        '2001:db8:',
      ),
      { maxLength: 14 },
    )
    .map((parts) => parts.join(''));

  it('parse(print(x)) = x', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          v6Groups.map((groups) => groups.map((value) => value.toString(16)).join(':')),
          v4Bytes.map((bytes) => bytes.join('.')),
        ),
        (text) => {
          const once = address(text);
          expect(parseAddress(once.text)).toEqual(once);
        },
      ),
      runs,
    );
  });

  it('accepts exactly what node:net accepts, zones aside', () => {
    fc.assert(
      fc.property(fc.oneof(nearly, fc.string()), (text) => {
        expect(parseAddress(text) !== null).toBe(isIP(text) !== 0 && !text.includes('%'));
      }),
      runs,
    );
  });

  it('reads the same bytes as ipaddr.js, where that one is not mistaken', () => {
    fc.assert(
      fc.property(v6Groups, (groups) => {
        const text = groups.map((value) => value.toString(16)).join(':');
        const theirs = ipaddr.IPv6.parse(text).toByteArray();
        const ours = address(text).bytes;
        expect(ours).toEqual(ours.length === 4 ? theirs.slice(12) : theirs);
        fc.pre(ours.length === 16 && groups[0] !== 0);
        expect(address(text).text).toBe(ipaddr.IPv6.parse(text).toRFC5952String());
      }),
      runs,
    );
  });

  it('an address lies in its own network, and the network’s text is canonical', () => {
    fc.assert(
      fc.property(v6Groups, fc.integer({ min: 48, max: 128 }), (groups, bits) => {
        const own = address(groups.map((value) => value.toString(16)).join(':'));
        const text = networkOf(own, bits);
        const network = parseNetwork(text);
        if ('error' in network) throw new Error(network.error);
        expect(network.text).toBe(text);
        expect(isInNetwork(own, network)).toBe(true);
      }),
      runs,
    );
  });
});
