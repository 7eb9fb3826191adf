import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  ADDRESS_ROWS,
  type Case,
  client,
  forwarded,
  HERS,
  lines,
  realIp,
  resultOf,
  TRUSTED,
  type Wanted,
  xff,
} from '@/e2e/support/address-rows';
import { byOutcome } from '@/e2e/support/tables';
import {
  CDN_HEADERS,
  CDN_SIGNS,
  type ClientAddressSettings,
  FORWARDING_HEADERS,
  resolveClient,
  UNKNOWN_REASONS,
} from '@/lib/policy/client-address';
import { classifyAddress, parseAddress, parseProxyList } from '@/lib/policy/networks';

function settingsOf(given: Case): ClientAddressSettings {
  const trustedProxies = parseProxyList(given.trusted ?? TRUSTED);
  if ('error' in trustedProxies) throw new Error(trustedProxies.error);
  return {
    isSecure: given.isSecure ?? false,
    trustedProxies,
    header: given.header ?? 'x-forwarded-for',
    privateClients: given.privateClients ?? 'refuse',
    ipv6Prefix: given.ipv6Prefix ?? 64,
  };
}

function resolve(given: Case) {
  return resolveClient(
    { peer: given.peer ?? '10.0.0.1', rawHeaders: (given.headers ?? []).flat() },
    settingsOf(given),
  );
}

/** The same manner, for what no row has. */
const more: [string, Case, Wanted][] = [
  [
    'both families of one proxy list may be mapped peers',
    { ...xff('198.51.100.7'), peer: '::ffff:10.0.0.1' },
    HERS,
  ],
  [
    'over 2,048 characters nothing is read',
    xff(`${' '.repeat(2_040)}198.51.100.7`),
    'header_too_long',
  ],
  ['2,048 characters of one element are read', xff(`${' '.repeat(2_036)}198.51.100.7`), HERS],
  ['one more is not', xff(`${' '.repeat(2_037)}198.51.100.7`), 'header_too_long'],
  [
    'elements that are read count together, with their commas',
    xff(`${' '.repeat(1_000)}198.51.100.7,${' '.repeat(1_027)}10.0.0.9`),
    HERS,
  ],
  [
    'one character more',
    xff(`${' '.repeat(1_000)}198.51.100.7,${' '.repeat(1_028)}10.0.0.9`),
    'header_too_long',
  ],
  [
    'F14: lines above the proxy’s own don’t count',
    {
      headers: [
        ['X-Forwarded-For', 'a'.repeat(2_040)],
        ['X-Forwarded-For', '198.51.100.7'],
      ],
    },
    HERS,
  ],
  [
    'a header that holds one address, at its length',
    realIp(`${' '.repeat(2_036)}198.51.100.7`),
    HERS,
  ],
  ['and over it', realIp(`${' '.repeat(2_037)}198.51.100.7`), 'header_too_long'],
  ['the highest port', xff('198.51.100.7:65535'), HERS],
  ['port 0', xff('198.51.100.7:0'), HERS],
  ['a port of five digits', xff('198.51.100.7:00443'), HERS],
  ['a hidden node with a port of five digits', forwarded('for="unknown:12345"'), 'hidden_node'],
  ['and of six', forwarded('for="unknown:123456"'), 'bad_address'],
  ['a link-local peer, https or not', { peer: 'fe80::1%eth0', isSecure: true }, 'bad_address'],
  [
    'F1: a Unix socket that is not listed, behind https',
    { peer: 'unix', isSecure: true },
    'proxy_not_configured',
  ],
  ...[
    'via',
    'cf-ray',
    'cdn-loop',
    'x-amz-cf-id',
    'akamai-origin-hop',
    'x-azure-fdid',
    'x-azure-ref',
    'x-azure-requestchain',
    'fastly-ff',
  ].map((name): [string, Case, Wanted] => [
    `F1: ${name} from an unlisted private peer betrays a forgotten proxy too`,
    { peer: '192.168.0.2', privateClients: 'allow', headers: [[name, '1.1 x']] },
    'proxy_not_configured',
  ]),
  ...[
    'cf-connecting-ipv6',
    'cloudfront-viewer-address',
    'incap-client-ip',
    'x-sucuri-clientip',
    'ali-cdn-real-ip',
    'x-forwarded',
    'forwarded-for',
    'x-cluster-client-ip',
    'x-originating-ip',
    'x-remote-ip',
    'x-remote-addr',
    'x-envoy-external-address',
    'x-azure-clientip',
    'x-azure-socketip',
    'x-vercel-forwarded-for',
    'x-nf-client-connection-ip',
    'x-appengine-user-ip',
    'fly-client-ip',
    'do-connecting-ip',
  ].map((name): [string, Case, Wanted] => [
    `P2: so does ${name}`,
    { peer: '192.168.0.2', privateClients: 'allow', headers: [[name, '198.51.100.7']] },
    'proxy_not_configured',
  ]),
  [
    'a header whose value is such a name betrays nothing',
    { peer: '192.168.0.2', privateClients: 'allow', ...lines('X-Any: Via') },
    client('192.168.0.2'),
  ],
  ...[
    '2001:db8::a:b:c:d:443',
    '2001:db8::a:b:c:d:1',
    '2001:db8::a:b:c:d:9999',
    '2600::a:b:c:d:443',
    'fd00::a:b:c:d:443',
    '2001:db8:1:2:3:4:5:6:443',
    '2001:db8:1:2:3:4:5:6:65535',
    '2001:db8::a:b:c:d:44321',
    '2001:db8::1:44321',
    '::ffff:198.51.100.7:443',
  ].map((element): [string, Case, Wanted] => [
    `P14: ${element} may be an address and a port`,
    { ...xff(element), trusted: '10.0.0.0/8', privateClients: 'allow' },
    'unclear_port',
  ]),
  ['P14: in a header that holds one address too', realIp('2001:db8::a:b:c:d:443'), 'unclear_port'],
  [
    'P14: in a header that always has a port, also where either reading is of one /64',
    {
      header: 'cloudfront-viewer-address',
      headers: [['CloudFront-Viewer-Address', '2001:db8:1:2::9:443']],
    },
    'unclear_port',
  ],
  [
    'P14: on the walk past a listed proxy',
    xff('198.51.100.7, 2001:db8::a:b:c:d:443, 10.0.0.9'),
    'unclear_port',
  ],
  ...(
    [
      // Neither reading is in another /64.
      ['2001:db8:1:2::9:443', '2001:db8:1:2::9:443', '2001:db8:1:2::/64'],
      ['2001:db8::1:443', '2001:db8::1:443', '2001:db8::/64'],
      // Without its last group it is no address, or none of a client.
      ['2001:db8:1:2:3:4:5:443', '2001:db8:1:2:3:4:5:443', '2001:db8:1:2::/64'],
      ['2001:db8:1:2::443', '2001:db8:1:2::443', '2001:db8:1:2::/64'],
      ['::ffff:6433:6407', '100.51.100.7', '100.51.100.7/32'],
      ['64:ff9b::c633:6407', '198.51.100.7', '198.51.100.7/32'],
      // No port.
      ['2001:db8::a:b:c:d:44a', '2001:db8:0:a:b:c:d:44a', '2001:db8:0:a::/64'],
      ['2001:db8::a:b:c:d:a44', '2001:db8:0:a:b:c:d:a44', '2001:db8:0:a::/64'],
      // Brackets say which.
      ['[2001:db8::a:b:c:d:443]', '2001:db8:0:a:b:c:d:443', '2001:db8:0:a::/64'],
      ['[2001:db8::a:b:c:d]:443', '2001:db8::a:b:c:d', '2001:db8::/64'],
    ] as const
  ).map(([element, address, network]): [string, Case, Wanted] => [
    `P14: ${element} is clear`,
    xff(element),
    client(address, network),
  ]),
  ['P14: six digits are no port', xff('2001:db8::1:443210'), 'bad_address'],
  ['what stands before a bracket makes it no address', xff('x[2001:db8::7]'), 'bad_address'],
  [
    'a header whose value is the configured name does not make the next name an address',
    lines('X-Forwarded-For: 198.51.100.7', 'X-Any: X-Forwarded-For', '1.1.1.1: x'),
    HERS,
  ],
  [
    'a header that holds one address, twice',
    {
      header: 'x-real-ip',
      ...lines('X-Real-IP: 198.51.100.7', 'X-Real-IP: 198.51.100.7'),
    },
    'not_single',
  ],
  [
    'an empty line after the good one is an empty hop',
    lines('X-Forwarded-For: 198.51.100.7', 'X-Forwarded-For: '),
    'empty_element',
  ],
  ['a port that is no number', xff('198.51.100.7:http'), 'bad_address'],
  ['a port of six digits', xff('[2001:db8::1]:000443'), 'bad_port'],
  ['a no-break space is no blank', xff('\u00a0198.51.100.7'), 'bad_address'],
  ['Class E is never a client', xff('240.0.0.1'), 'not_a_client_address'],
  ['IPv4 link-local is never a client', xff('169.254.169.254'), 'not_a_client_address'],
  ['IPv6 multicast is never a client', xff('ff02::1'), 'not_a_client_address'],
  ['IPv6 loopback that is not listed', { ...xff('::1'), trusted: '10.0.0.0/8' }, 'loopback'],
  [
    'a unique-local client, refused',
    { ...xff('fd12::1'), trusted: '10.0.0.0/8' },
    'private_address',
  ],
  ['CGNAT, switched on', { ...xff('100.64.0.9'), privateClients: 'allow' }, client('100.64.0.9')],
  [
    'loopback, switched on, no header',
    { peer: '127.0.0.66', trusted: '', privateClients: 'allow' },
    client('127.0.0.66'),
  ],
  [
    'IPV6_PREFIX=48',
    { ...xff('2001:db8:1:2::1'), ipv6Prefix: 48 },
    client('2001:db8:1:2::1', '2001:db8:1::/48'),
  ],
  [
    'IPV6_PREFIX=56 cuts inside a byte pair',
    { ...xff('2001:db8:1:12ff::1'), ipv6Prefix: 56 },
    client('2001:db8:1:12ff::1', '2001:db8:1:1200::/56'),
  ],
  ['a Unix socket that is not trusted is nobody', { peer: 'unix' }, 'no_peer'],
  [
    'a Unix socket that is not trusted and forwards is a forgotten proxy',
    { ...xff('198.51.100.7'), peer: 'unix' },
    'proxy_not_configured',
  ],
  [
    'an unlisted private peer with any known forwarding header is a forgotten proxy',
    {
      peer: '192.168.0.2',
      privateClients: 'allow',
      ...lines('CF-Connecting-IP: 198.51.100.7'),
    },
    'proxy_not_configured',
  ],
  [
    'a configured header of its own name betrays a forgotten proxy too',
    {
      peer: '192.168.0.2',
      privateClients: 'allow',
      header: 'x-edge-client',
      ...lines('X-Edge-Client: 198.51.100.7'),
    },
    'proxy_not_configured',
  ],
  ['a list in a header that holds one address', realIp('198.51.100.7, 1.1.1.1'), 'not_single'],
  ['an empty header that holds one address', realIp(''), 'empty_header'],
  ['a listed proxy in a header that holds one address', realIp('10.0.0.9'), 'all_trusted'],
  ['Forwarded: an empty header', forwarded(''), 'empty_header'],
  [
    'Forwarded: a blank after the semicolon is not the grammar',
    forwarded('for=198.51.100.7; proto=https'),
    'bad_forwarded',
  ],
  [
    'Forwarded: for twice in one element',
    forwarded('for=1.1.1.1;for=198.51.100.7'),
    'bad_forwarded',
  ],
  ['Forwarded: unquoted IPv6', forwarded('for=[2001:db8::1]'), 'bad_forwarded'],
  ['Forwarded: an obfuscated port is still an address', forwarded('for="198.51.100.7:_p1"'), HERS],
  ['Forwarded: a port that is a word', forwarded('for="1.1.1.1:http"'), 'bad_address'],
  ['Forwarded: Unknown in capitals is hidden', forwarded('for=UNKNOWN'), 'hidden_node'],
  [
    'Forwarded: an obfuscated port that is long, and ends in a digit',
    forwarded('for="198.51.100.7:_port1"'),
    HERS,
  ],
  ['Forwarded: a port too large', forwarded('for="198.51.100.7:65536"'), 'bad_port'],
  ['Forwarded: only semicolons', forwarded(';'), 'bad_forwarded'],
  ['Forwarded: mapped addresses are unwrapped', forwarded('for="[::ffff:198.51.100.7]:80"'), HERS],
  [
    'Forwarded: a left quote cannot turn the proxy’s quotes inside out',
    {
      header: 'forwarded',
      ...lines('Forwarded: for=1.1.1.1;x="', 'Forwarded: for="[2001:db8::1]"'),
    },
    'bad_forwarded',
  ],
  [
    'Forwarded: an escaped quote at the end of a left line',
    {
      header: 'forwarded',
      ...lines('Forwarded: for=1.1.1.1;x="\\', 'Forwarded: for="[2001:db8::1]";by="[fd00::1]"'),
    },
    'bad_forwarded',
  ],
  [
    'Forwarded: an escaped quote doesn’t end a quoted string',
    forwarded('host="a\\",b";for=198.51.100.7'),
    HERS,
  ],
  [
    'Forwarded: garbage left of the chosen element is not read',
    forwarded('gar bage, for=198.51.100.7'),
    HERS,
  ],
];

function expectResult(given: Case, wanted: Wanted) {
  const { address, network, reason } = resolve(given);
  expect({ address, network, reason }).toEqual(resultOf(wanted));
}

describe('the client address', () => {
  it.each(ADDRESS_ROWS)('IP-%i %s', (_row, _title, given, wanted) => expectResult(given, wanted));
  it.each(more)('%s', (_title, given, wanted) => expectResult(given, wanted));

  it('no peer at all is unknown, whatever is forwarded', () => {
    const answer = resolveClient(
      { peer: undefined, rawHeaders: ['X-Forwarded-For', '198.51.100.7'] },
      settingsOf({}),
    );
    expect(answer).toMatchObject({ address: null, reason: 'no_peer' });
  });

  it('every reason is reached by some case', () => {
    const reached = new Set(
      [...ADDRESS_ROWS.map((row) => row[3]), ...more.map((row) => row[2])].map(
        (wanted) => resultOf(wanted).reason,
      ),
    );
    expect(UNKNOWN_REASONS.filter((reason) => !reached.has(reason))).toEqual([]);
  });
});

describe('what the answer tells beside the address', () => {
  it('IP-35 elements left of the chosen one are counted', () => {
    expect(resolve(xff('198.51.100.7, 203.0.113.200, 10.0.0.9'))).toMatchObject({
      address: '203.0.113.200',
      hops: ['198.51.100.7', '203.0.113.200', '10.0.0.9'],
      hopsLeft: 1,
      peer: '10.0.0.1',
      header: 'x-forwarded-for',
    });
  });

  it('IP-22 a forgotten proxy is named, in the spelling to write into TRUSTED_PROXIES', () => {
    expect(resolve({ ...xff('198.51.100.7'), peer: '::ffff:172.17.0.1' })).toMatchObject({
      peer: '172.17.0.1',
      reason: 'proxy_not_configured',
      hops: [],
    });
  });

  it('IP-2 an untrusted public peer’s header is neither shown nor held against it', () => {
    expect(resolve({ ...xff('198.51.100.7'), peer: '203.0.113.9' })).toMatchObject({
      hops: [],
      hopsLeft: 0,
    });
  });

  it('Forwarded: its elements are counted and shown; of what never ends nothing is', () => {
    expect(resolve(forwarded('for=198.51.100.7'))).toMatchObject({
      hops: ['for=198.51.100.7'],
      hopsLeft: 0,
    });
    expect(resolve(forwarded('for=1.1.1.1, for="198.51.100.7')).hops).toEqual([]);
  });

  it('F14: a long list is told by its last 50 elements', () => {
    const { hops, hopsLeft } = resolve(xff(`${'1.1.1.1,'.repeat(80)}198.51.100.7`));
    expect([hops.length, hops.at(-1), hopsLeft]).toEqual([50, '198.51.100.7', 80]);
  });

  it('O2: HTTP/1.0 from an unlisted private peer is a proxy’s, from a public one anybody’s', () => {
    const ask = (peer: string, httpVersion: string) =>
      resolveClient(
        { peer, rawHeaders: [], httpVersion },
        settingsOf({ trusted: '', privateClients: 'allow' }),
      );
    expect(ask('127.0.0.1', '1.0').reason).toBe('proxy_not_configured');
    expect(ask('127.0.0.1', '1.1').address).toBe('127.0.0.1');
    expect(ask('203.0.113.9', '1.0').address).toBe('203.0.113.9');
  });
});

describe('F1: what speaks for a proxy in front of the listed one', () => {
  const EDGE = '104.16.1.1';
  const HERS = '198.51.100.7';
  type Headers = [name: string, value: string][];
  const by = (headers: Headers, given: Case = {}) =>
    resolve({ ...given, headers: [...(given.headers ?? xff(EDGE).headers ?? []), ...headers] })
      .contradictedBy;
  const asEdge: Case = { header: 'cf-connecting-ip', ...lines(`CF-Connecting-IP: ${HERS}`) };

  it.each([...CDN_SIGNS])(
    '%s is advised to be read by a CDN’s header, or by none',
    (_sign, own) => {
      expect(own === null || CDN_HEADERS.has(own)).toBe(true);
    },
  );

  it.each([
    'cf-connecting-ip',
    'true-client-ip',
    'fastly-client-ip',
    'incap-client-ip',
    'x-sucuri-clientip',
    'ali-cdn-real-ip',
    'x-real-ip',
    'x-original-forwarded-for',
  ])('%s names another address than the one taken', (header) => {
    expect(by([[header, HERS]])).toEqual({ header, address: HERS });
  });

  it.each<[string, Headers, string]>([
    [
      'CloudFront’s with its port',
      [['CloudFront-Viewer-Address', `${HERS}:46532`]],
      'cloudfront-viewer-address',
    ],
    ['Forwarded', [['Forwarded', `for=${HERS}`]], 'forwarded'],
    [
      'a CDN’s header before others',
      [
        ['X-Real-IP', '9.9.9.9'],
        ['CF-Connecting-IP', HERS],
      ],
      'cf-connecting-ip',
    ],
    [
      'and behind it',
      [
        ['CF-Connecting-IP', HERS],
        ['X-Real-IP', '9.9.9.9'],
      ],
      'cf-connecting-ip',
    ],
    [
      'of two CDNs’ the first',
      [
        ['True-Client-IP', HERS],
        ['CF-Connecting-IP', '9.9.9.9'],
      ],
      'true-client-ip',
    ],
    [
      'of two proxies’ the first',
      [
        ['X-Client-IP', HERS],
        ['X-Real-IP', '9.9.9.9'],
      ],
      'x-client-ip',
    ],
  ])('%s', (_title, headers, header) => {
    expect(by(headers)).toEqual({ header, address: HERS });
  });

  it.each(
    byOutcome<Headers>({
      'cf-ray': {
        'CF-Ray alone': [['CF-Ray', '8f0-FRA']],
        'a header of the proxy’s that repeats what it saw explains no CDN': [
          ['X-Real-IP', EDGE],
          ['CF-Ray', 'x'],
        ],
      },
      'x-amz-cf-id': { 'X-Amz-Cf-Id alone': [['X-Amz-Cf-Id', 'x']] },
      'akamai-origin-hop': { 'Akamai’s alone': [['Akamai-Origin-Hop', '1']] },
      'x-azure-fdid': { 'Azure’s profile alone': [['X-Azure-FDID', 'x']] },
      'x-azure-ref': { 'Azure’s reference alone': [['X-Azure-Ref', 'x']] },
      'x-azure-requestchain': { 'Azure’s chain alone': [['X-Azure-RequestChain', 'hops=1']] },
      'fastly-ff': { 'Fastly’s alone': [['Fastly-FF', 'x']] },
      'cdn-loop': { 'CDN-Loop alone': [['CDN-Loop', 'cloudflare; loops=1']] },
      via: {
        'a second Via': [['Via', '1.1 somebody, 1.1 caddy']],
        'a CDN’s Via alone': [['Via', '1.1 google']],
        'a second line of Via, behind another header,': [
          ['Accept', '*/*'],
          ['Via', '1.1 somebody'],
          ['Via', '1.1 caddy'],
        ],
      },
    }),
  )('%s says so without an address', (_title, headers, header) => {
    expect(by(headers)).toEqual({ header, address: null });
  });

  it.each<[string, Headers, Case?]>([
    ['nothing', []],
    ['the listed proxy’s own Via', [['Via', '1.1 caddy (a, comment)']]],
    ['a list of Via with empty entries', [['Via', ', 1.1 caddy, , (a comment)']]],
    ['Via of two listed proxies', [['Via', '1.1 a, 1.1 b']], xff(`${EDGE}, 10.0.0.9`)],
    ['a header that names the same address', [['X-Real-IP', EDGE]]],
    [
      'a CDN’s that names the same, with its signs',
      [
        ['CF-Connecting-IP', EDGE],
        ['CF-Ray', 'x'],
        ['CDN-Loop', 'cloudflare'],
      ],
    ],
    ['an address of the same /64', [['X-Real-IP', '2001:db8::2']], xff('2001:db8::1')],
    ['a listed proxy’s address', [['X-Real-IP', '10.0.0.9']]],
    ['a private address, where those are no clients', [['X-Real-IP', '192.168.1.5']]],
    [
      'what names none',
      [
        ['CF-Connecting-IP', 'x'],
        ['X-Real-IP', ''],
      ],
    ],
    [
      'where the CDN’s header is read: its signs, and the CDN in the proxy’s header',
      [
        ['X-Forwarded-For', EDGE],
        ['CF-Ray', 'x'],
        ['Via', '1.1 google, 1.1 x'],
      ],
      asEdge,
    ],
    [
      'where the CDN’s range is listed: its signs',
      [
        ['CF-Ray', 'x'],
        ['X-Amz-Cf-Id', 'x'],
      ],
      { ...xff(HERS), trusted: '104.16.0.0/13', peer: EDGE },
    ],
    [
      'where it is listed beside a proxy of one’s own',
      [['CF-Ray', 'x']],
      { ...xff(`${HERS}, ${EDGE}`), trusted: '10.0.0.0/8,104.16.0.0/13' },
    ],
  ])('no false alarm: %s', (_title, headers, given) => {
    expect(by(headers, given)).toBeNull();
  });

  it('a private address counts where such are clients, and a single listed public proxy is no CDN', () => {
    expect(by([['X-Real-IP', '192.168.1.5']], { privateClients: 'allow' })).not.toBeNull();
    const single = { ...xff(HERS), trusted: EDGE, peer: EDGE };
    expect(by([['CF-Ray', 'x']], single)).toEqual({ header: 'cf-ray', address: null });
  });

  it('it only warns: the address is taken all the same, and an unknown one has nothing to contradict', () => {
    expect(resolve(lines(`X-Forwarded-For: ${EDGE}`, `CF-Connecting-IP: ${HERS}`)).address).toBe(
      EDGE,
    );
    expect(resolve(lines(`CF-Connecting-IP: ${HERS}`)).contradictedBy).toBeNull();
    expect(by([['CF-Connecting-IP', HERS]], xff('192.168.1.5'))).toBeNull();
  });

  it('an unlisted public peer is warned of too, where there is no TLS', () => {
    expect(by([['CF-Connecting-IP', HERS]], { peer: EDGE, headers: [] })).toEqual({
      header: 'cf-connecting-ip',
      address: HERS,
    });
    const sign = by([['Via', '1.1 caddy']], { peer: EDGE, headers: [] });
    expect(sign).toEqual({ header: 'via', address: null });
  });
});

describe('properties', () => {
  /** `FUZZ_RUNS=1000000` for a long look. */
  const runs = { numRuns: Number(process.env.FUZZ_RUNS ?? 10_000) };
  const byte = fc.integer({ min: 0, max: 255 });
  const ipv4 = fc.tuple(byte, byte, byte, byte).map((parts) => parts.join('.'));
  const group = fc.oneof(fc.constant(0), fc.constant(0xffff), fc.integer({ min: 0, max: 0xffff }));
  const ipv6 = fc
    .oneof(
      fc.array(group, { minLength: 8, maxLength: 8 }),
      fc.array(group, { minLength: 7, maxLength: 7 }).map((rest) => [0x2001, ...rest]),
      fc
        .array(group, { minLength: 2, maxLength: 2 })
        .map((rest) => [0, 0, 0, 0, 0, 0xffff, ...rest]),
      fc
        .array(group, { minLength: 2, maxLength: 2 })
        .map((rest) => [0x64, 0xff9b, 0, 0, 0, 0, ...rest]),
    )
    .map((groups) => groups.map((value) => value.toString(16)).join(':'));
  const listed = fc.constantFrom(
    '127.0.0.1',
    '10.0.0.1',
    '10.255.0.9',
    '::1',
    'fd00::5',
    '::ffff:10.0.0.3',
  );
  const junk = fc.oneof(
    fc.string(),
    fc.constantFrom(
      '',
      ' ',
      'unknown',
      '_h',
      '"',
      '\\',
      ';',
      '=',
      'for=',
      '%',
      '[',
      ']',
      '1.2.3',
      '::',
      '2001:db8::1%1',
    ),
  );
  const anything = fc.oneof(
    ipv4,
    ipv6,
    listed,
    junk,
    ipv4.map((address) => `${address}:80`),
    ipv6.map((address) => `[${address}]:80`),
  );
  const headerName = fc.oneof(
    fc.constantFrom(...FORWARDING_HEADERS, 'X-Forwarded-For', 'FORWARDED', 'Host', '__proto__'),
    fc.string(),
  );
  const headerList = fc.array(
    fc.tuple(
      headerName,
      fc.array(anything).map((parts) => parts.join(',')),
    ),
    { maxLength: 6 },
  );
  const header = fc.constantFrom('x-forwarded-for', 'forwarded', 'x-real-ip');
  const privateClients = fc.constantFrom('allow' as const, 'refuse' as const);
  const ipv6Prefix = fc.integer({ min: 48, max: 128 });
  const asForwarded = (address: string) =>
    address.includes(':') ? `for="[${address}]"` : `for=${address}`;

  it('no header sent by an untrusted public peer changes the result', () => {
    fc.assert(
      fc.property(fc.oneof(ipv4, ipv6), headerList, header, (peer, headers, name) => {
        const address = parseAddress(peer);
        fc.pre(address !== null && classifyAddress(address) === 'public');
        // What may be said of it is a warning alone.
        const { contradictedBy: _, ...result } = resolve({ peer, headers, header: name });
        const { contradictedBy: none, ...plain } = resolve({ peer, header: name });
        expect(none).toBeNull();
        expect(result).toEqual(plain);
      }),
      runs,
    );
  });

  it('for any chain the result is never a trusted hop', () => {
    const { trustedProxies } = settingsOf({});
    fc.assert(
      fc.property(
        fc.array(anything, { maxLength: 8 }),
        header,
        privateClients,
        (chain, name, allow) => {
          const value = name === 'forwarded' ? chain.map(asForwarded).join(', ') : chain.join(', ');
          const { address } = resolve({
            headers: [[name, value]],
            header: name,
            privateClients: allow,
          });
          const parsed = address === null ? null : parseAddress(address);
          expect(parsed !== null && trustedProxies.has(parsed)).toBe(false);
        },
      ),
      runs,
    );
  });

  it('nothing is thrown, and a result is either an address with its network or a reason', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.constant(undefined), fc.constant('unix'), anything),
        fc.oneof(
          headerList.map((headers) => headers.flat()),
          fc.array(fc.string()),
        ),
        header,
        privateClients,
        ipv6Prefix,
        (peer, rawHeaders, name, allow, prefix) => {
          const settings = settingsOf({ header: name, privateClients: allow, ipv6Prefix: prefix });
          const answer = resolveClient({ peer, rawHeaders }, settings);
          expect(answer.address === null).toBe(answer.network === null);
          expect(answer.address === null).toBe(answer.reason !== null);
        },
      ),
      runs,
    );
  });

  it('a result is canonical, without a zone, and never in mapped or NAT64 form', () => {
    fc.assert(
      fc.property(fc.oneof(ipv4, ipv6), header, (address, name) => {
        const value = name === 'forwarded' ? asForwarded(address) : address;
        const answer = resolve({ headers: [[name, value]], header: name, privateClients: 'allow' });
        fc.pre(answer.address !== null);
        expect(parseAddress(answer.address ?? '')?.text).toBe(answer.address);
        expect(answer.address).not.toMatch(/%|^::ffff:|^64:ff9b::/);
      }),
      runs,
    );
  });

  it('elements put to the left of an accepted list change nothing', () => {
    fc.assert(
      fc.property(
        fc.array(anything, { maxLength: 6 }),
        ipv4,
        fc.array(listed, { maxLength: 3 }),
        (left, address, right) => {
          const accepted = [address, ...right].join(', ');
          const short = resolve(xff(accepted));
          const long = resolve(xff([...left, accepted].join(',')));
          fc.pre(short.address !== null);
          expect([long.address, long.network]).toEqual([short.address, short.network]);
        },
      ),
      runs,
    );
  });

  it('Forwarded: whatever a caller sends first, he is never taken for another', () => {
    const fragment = fc.constantFrom(
      '"',
      '\\',
      ',',
      ';',
      '=',
      'for',
      '1.1.1.1',
      '[2001:db8:9::9]',
      ' ',
      'x',
      'for=1.1.1.1',
      'for="',
    );
    const callersLine = fc.array(fragment, { maxLength: 14 }).map((parts) => parts.join(''));
    fc.assert(
      fc.property(
        callersLine,
        fc.oneof(fc.constant('198.51.100.7'), fc.constant('2001:db8::7')),
        fc.boolean(),
        (line, address, oneLine) => {
          const proxys = `${asForwarded(address)};by="[fd00::1]"`;
          const headers: [string, string][] = oneLine
            ? [['Forwarded', `${line}, ${proxys}`]]
            : [
                ['Forwarded', line],
                ['Forwarded', proxys],
              ];
          expect([address, null]).toContain(resolve({ headers, header: 'forwarded' }).address);
        },
      ),
      runs,
    );
  });

  it('the network of a forwarded address is that of the same address as a direct peer', () => {
    fc.assert(
      fc.property(fc.oneof(ipv4, ipv6), privateClients, ipv6Prefix, (address, allow, prefix) => {
        const options = { privateClients: allow, ipv6Prefix: prefix };
        const through = resolve({ ...xff(address), ...options });
        fc.pre(through.reason !== 'all_trusted');
        const direct = resolve({ peer: address, ...options });
        expect([through.address, through.network, through.reason]).toEqual([
          direct.address,
          direct.network,
          direct.reason,
        ]);
      }),
      runs,
    );
  });
});

describe('O2: whether this machine’s own address may be a proxy that says nothing of itself', () => {
  const APP = 'http://localhost:3000';
  const ask = (
    peer: string,
    headers: [string, string][],
    settings: Partial<ClientAddressSettings> = {},
  ) =>
    resolveClient(
      { peer, rawHeaders: headers.flat(), httpVersion: '1.1' },
      {
        ...settingsOf({ trusted: '', privateClients: 'allow' }),
        isTrial: true,
        appOrigin: APP,
        ...settings,
      },
    ).mayBeProxy;
  const from = (...origins: string[]) => origins.map((one): [string, string] => ['Origin', one]);

  it.each<[string, string, [string, string][], Partial<ClientAddressSettings>, true | undefined]>([
    ['a program', '127.0.0.1', [], {}, true],
    ['another of its addresses', '127.0.0.66', [], {}, true],
    ['by IPv6', '::1', [], {}, true],
    ['a page of elsewhere', '127.0.0.1', from('https://gate.example.com'), {}, true],
    ['a page of a longer name', '127.0.0.1', from(`${APP}0`), {}, true],
    ['no page', '127.0.0.1', from('null'), {}, true],
    ['two origins', '127.0.0.1', from(APP, APP), {}, true],
    ['a page of ours', '127.0.0.1', from(APP), {}, undefined],
    ['where settings say who may be a client', '127.0.0.1', [], { isTrial: false }, undefined],
    ['where nothing is said of it', '127.0.0.1', [], { isTrial: undefined }, undefined],
    ['a public peer', '198.51.100.7', [], {}, undefined],
    ['a private one', '192.168.1.7', [], {}, undefined],
    ['a peer that is no client anyway', '127.0.0.1', [], { privateClients: 'refuse' }, undefined],
    ['one that shows itself as a proxy', '127.0.0.1', [['Via', '1.1 x']], {}, undefined],
  ])('%s', (_who, peer, headers, settings, expected) => {
    expect(ask(peer, headers, settings)).toBe(expected);
  });
});
