import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TestServer, type TestUser } from './harness';
import { askRaw, type Wire } from './raw-socket';

// The address of a client over real sockets, as `GET /client-address` tells it. Bytes are written by
// hand: what an HTTP client would refuse to send is what an attacker sends.

const VICTIM = '198.51.100.7';
const TRUSTED = '127.0.0.1,::1,10.0.0.0/8,fd00::/8';
/** A public origin: private and loopback clients are refused unless they are allowed. */
const PUBLIC = { APP_URL: 'https://gatehouse.example', TRUSTED_PROXIES: TRUSTED };

/** Row, input, address or the reason why there is none, and the network where it is no plain /32. */
type Row = [row: string, lines: string | string[], expected: string, network?: string];

const good = (address: string, network = `${address}/32`) => ({ address, network, reason: null });
const unknown = (reason: string) => ({ address: null, network: null, reason, trusted: false });

function expectedOf([, , expected, network]: Row) {
  return /^[a-z]+(_[a-z]+)*$/.test(expected) ? unknown(expected) : good(expected, network);
}

async function whoAmI(server: TestServer, token: string, lines: string | string[], wire?: Wire) {
  const head = [
    'GET /api/v1/client-address HTTP/1.1',
    `Host: localhost:${server.port}`,
    `Authorization: Bearer ${token}`,
    'Connection: close',
    ...[lines].flat(),
  ];
  const bytes = Buffer.from(`${head.join('\r\n')}\r\n\r\n`);
  return askRaw(server.port, bytes, { localAddress: '127.0.0.1', ...wire });
}

describe('x-forwarded-for, behind a listed proxy', () => {
  let server: TestServer;
  let alice: TestUser;
  beforeAll(async () => {
    server = await TestServer.start({ ...PUBLIC, HOST: '::' });
    alice = await server.addUser();
  });
  afterAll(() => server.stop());

  const ask = (lines: string | string[], wire?: Wire) => whoAmI(server, alice.token, lines, wire);
  const rows: Row[] = [
    ['IP-5', VICTIM, VICTIM],
    ['IP-10', '', 'empty_header'],
    ['IP-11', ' \t ', 'empty_header'],
    ['IP-28', `1.1.1.1, ${VICTIM}`, VICTIM],
    ['IP-29', `1.1.1.1,2.2.2.2,3.3.3.3,${VICTIM}`, VICTIM],
    ['IP-31', `1.1.1.1, ${VICTIM}, ::ffff:10.0.0.9, fd00::7`, VICTIM],
    ['IP-32', '10.0.0.9', 'all_trusted'],
    ['IP-34', '10.0.0.9, 10.0.0.8, ::1', 'all_trusted'],
    ['IP-35', `${VICTIM}, 203.0.113.200`, '203.0.113.200'],
    ['IP-40', `,${VICTIM}`, VICTIM],
    ['IP-41', `${VICTIM},`, 'empty_element'],
    ['IP-44', ', , ,', 'empty_element'],
    ['IP-46', `1.1.1.1;${VICTIM}`, 'bad_address'],
    ['IP-47', `garbage, ${VICTIM}`, VICTIM],
    ['IP-49', `${VICTIM}, unknown`, 'bad_address'],
    ['IP-52', `\t${VICTIM} `, VICTIM],
    ['IP-53', `${VICTIM}:443`, VICTIM],
    ['IP-55', `${VICTIM}:65536`, 'bad_port'],
    ['IP-58', `${VICTIM}:80:90`, 'bad_address'],
    ['IP-61', `"${VICTIM}"`, 'bad_address'],
    ['IP-62', '198.51.100.07', 'bad_address'],
    ['IP-64', '012.1.2.3', 'bad_address'],
    ['IP-65', '0x7f.0.0.1', 'bad_address'],
    ['IP-67', '3325256711', 'bad_address'],
    ['IP-70', '198.51.7', 'bad_address'],
    ['IP-71', `${VICTIM}.`, 'bad_address'],
    ['IP-77', `${VICTIM}/24`, 'bad_address'],
    ['IP-79', '１９８.５１.１００.７', 'bad_address'],
    ['IP-83', `${VICTIM}\u200b`, 'bad_address'],
    ['IP-85', `${VICTIM}.nip.io`, 'bad_address'],
    ['IP-86', `${VICTIM}' OR '1'='1`, 'bad_address'],
    // biome-ignore lint/suspicious/noTemplateCurlyInString: as it is sent
    ['IP-89', '${jndi:ldap://evil.test/a}', 'bad_address'],
    ['IP-91', '0.1.2.3', 'not_a_client_address'],
    ['IP-92', '127.0.0.2', 'loopback'],
    ['IP-94', '224.0.0.1', 'not_a_client_address'],
    ['IP-97', '::', 'not_a_client_address'],
    ['IP-98', `::${VICTIM}`, 'not_a_client_address'],
    ['IP-100', 'fe80::1', 'not_a_client_address'],
    ['IP-101', 'fe80::1%eth0', 'bad_address'],
    ['IP-104', '2001:0:4136:e378:8000:63bf:3fff:fdd2', 'not_a_client_address'],
    ['IP-107', '2001:db8:1:2:3:4:5:6', '2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['IP-110', '[2001:db8:1:2::1]:443', '2001:db8:1:2::1', '2001:db8:1:2::/64'],
    ['IP-113', '[2001:db8:1:2::1', 'bad_address'],
    ['IP-116', '2001:db8::1::2', 'bad_address'],
    ['IP-122', '2001:db8:1:3::', '2001:db8:1:3::', '2001:db8:1:3::/64'],
    ['IP-125', `::ffff:${VICTIM}`, VICTIM],
    ['IP-127', '::ffff:c633:6407', VICTIM],
    ['IP-130', '::ffff:203.0.113.50', '203.0.113.50'],
    ['IP-131', `::ffff:0:${VICTIM}`, 'not_a_client_address'],
    ['IP-133', '::ffff:127.0.0.1', 'all_trusted'],
    ['IP-136', `64:ff9b::${VICTIM}`, VICTIM],
    ['IP-137', '64:ff9b::10.0.0.9', 'all_trusted'],
    ['IP-139', '2002:c633:6407::1', '2002:c633:6407::1', '2002:c633:6407::/64'],
    ['IP-142', '192.168.1.5', 'private_address'],
    ['IP-145', '100.64.0.9', 'private_address'],
    ['IP-146', '172.32.0.1', '172.32.0.1'],
    ['IP-149', '::ffff:192.168.1.5', 'private_address'],
    ['IP-151', Array(50).fill('1.1.1.1').join(), '1.1.1.1'],
    ['IP-152', Array(51).fill('1.1.1.1').join(), 'too_many_hops'],
    ['IP-154', ','.repeat(2_048), 'too_many_hops'],
  ];
  it.each(rows)('%s %.60s', async (...row) => {
    const { status, json } = await ask(`X-Forwarded-For: ${row[1]}`);
    expect(status).toBe(200);
    expect(json).toMatchObject({ ...expectedOf(row), peer: '127.0.0.1' });
  });

  it.each<Row>([
    ['IP-13', ['X-Real-IP: 1.1.1.1', `X-Forwarded-For: ${VICTIM}`], VICTIM],
    ['IP-14', ['True-Client-IP: 1.1.1.1', `X-Forwarded-For: ${VICTIM}`], VICTIM],
    ['IP-16', ['X_Forwarded_For: 1.1.1.1', `X-Forwarded-For: ${VICTIM}`], VICTIM],
    ['IP-17', ['X-Verified-Client-Ip: 1.1.1.1', `X-Forwarded-For: ${VICTIM}`], VICTIM],
    ['IP-37', [`X-Forwarded-For: ${VICTIM}`, 'X-Forwarded-For: 1.1.1.1'], '1.1.1.1'],
    ['IP-38', ['x-forwarded-for: 1.1.1.1', `X-FORWARDED-FOR: ${VICTIM}`], VICTIM],
    ['no header at all', [], 'no_header'],
    ['another header alone', [`X-Real-IP: ${VICTIM}`], 'no_header'],
    [
      'three lines are one list in wire order, whatever stands between them',
      [
        'X-Forwarded-For: 1.1.1.1',
        'A: 1',
        `X-Forwarded-For: ${VICTIM}`,
        'x-forwarded-FOR: fd00::1',
      ],
      VICTIM,
    ],
    [
      'a last line that is empty is an empty element',
      [`X-Forwarded-For: ${VICTIM}`, 'X-Forwarded-For: '],
      'empty_element',
    ],
  ])('%s', async (...row) => {
    expect((await ask(row[1])).json).toMatchObject(expectedOf(row));
  });

  it('the hops are told as they stood on the wire', async () => {
    const lines = ['X-Forwarded-For: garbage, 1.1.1.1', `X-Forwarded-For: ${VICTIM}`];
    expect((await ask(lines)).json).toMatchObject({
      hops: ['garbage', '1.1.1.1', VICTIM],
      header: 'x-forwarded-for',
    });
  });

  it('IP-7 a proxy on the IPv6 loopback', async () => {
    const { json } = await ask(`X-Forwarded-For: ${VICTIM}`, { host: '::1', localAddress: '::1' });
    expect(json).toMatchObject({ ...good(VICTIM), peer: '::1' });
  });

  it('IP-25 IP-26 a loopback peer that is not listed is no client of a public server', async () => {
    const { json } = await ask([], { localAddress: '127.0.0.66' });
    expect(json).toMatchObject({ ...unknown('loopback'), peer: '127.0.0.66' });
  });

  it('IP-22 IP-23 an unlisted private peer that forwards is a forgotten proxy', async () => {
    const { json } = await ask(`X-Forwarded-For: ${VICTIM}`, { localAddress: '127.0.0.66' });
    expect(json).toMatchObject({ ...unknown('proxy_not_configured'), hops: [] });
  });

  /** How many lines `ask` sends by itself. */
  const OWN_LINES = 3;
  const flood = (lines: number) => [
    ...Array(lines - OWN_LINES - 1).fill('a: 1'),
    `X-Forwarded-For: ${VICTIM}`,
  ];
  it.each([199, 200])('IP-155 of %i header lines the last is not dropped', async (lines) => {
    expect((await ask(flood(lines))).json).toMatchObject(good(VICTIM));
  });

  it.each([201, 1_001, 2_500])('IP-156 %i header lines are 431', async (lines) => {
    const { status, json } = await ask(flood(lines));
    expect(status).toBe(431);
    expect(json.code).toBe('too_many_headers');
  });

  it('the call needs a session and is asked of the same database as every other', async () => {
    const { status, json } = await whoAmI(server, `gate_${'A'.repeat(43)}`, []);
    expect(status).toBe(401);
    expect(json.code).toBe('unauthenticated');
  });
});

describe('forwarded (RFC 7239)', () => {
  let server: TestServer;
  let alice: TestUser;
  beforeAll(async () => {
    server = await TestServer.start({ ...PUBLIC, CLIENT_IP_HEADER: 'Forwarded' });
    alice = await server.addUser();
  });
  afterAll(() => server.stop());

  it.each<Row>([
    ['IP-163', 'For=198.51.100.7;PROTO=https;by=10.0.0.1', VICTIM],
    ['IP-164', 'for="198.51.100.7:443"', VICTIM],
    ['IP-166', 'for="[2001:db8:1:2::1]"', '2001:db8:1:2::1', '2001:db8:1:2::/64'],
    ['IP-169', 'for="2001:db8:1:2::1"', 'bad_address'],
    ['IP-172', 'for=1.1.1.1, for=198.51.100.7', VICTIM],
    ['IP-173', 'for=198.51.100.7, for=10.0.0.9', VICTIM],
    ['IP-175', 'for=unknown', 'hidden_node'],
    ['IP-178', 'for="_gazonk"', 'hidden_node'],
    ['IP-181', 'for', 'bad_forwarded'],
    ['IP-182', '198.51.100.7', 'bad_forwarded'],
    ['IP-184', 'for=198.51.100.7, proto=https', 'no_for'],
    ['IP-187', 'for=198.51.100.7,', 'bad_forwarded'],
    ['IP-188', 'for="1.1.1.1, for=198.51.100.7', 'bad_forwarded'],
    ['IP-190', 'host="a,b;for=1.1.1.1";for=198.51.100.7', VICTIM],
    ['IP-191', 'for="198.51.100.\\7"', VICTIM],
    ['IP-193', "for='198.51.100.7'", 'bad_address'],
    ['IP-194', 'for=198.51.100.7;by="[fe80::1%eth0]"', VICTIM],
  ])('%s %s', async (...row) => {
    const { json } = await whoAmI(server, alice.token, `Forwarded: ${row[1]}`);
    expect(json).toMatchObject({ ...expectedOf(row), header: 'forwarded' });
  });

  it.each<Row>([
    [
      'a caller’s own line above the proxy’s',
      ['Forwarded: for=1.1.1.1', `Forwarded: for=${VICTIM}`],
      VICTIM,
    ],
    [
      'a quote left open above the proxy’s line',
      ['Forwarded: for="1.1.1.1', `Forwarded: for=${VICTIM}`],
      'bad_forwarded',
    ],
    ['the other header alone', [`X-Forwarded-For: ${VICTIM}`], 'no_header'],
  ])('%s', async (...row) => {
    expect((await whoAmI(server, alice.token, row[1])).json).toMatchObject(expectedOf(row));
  });
});

describe('x-real-ip, with IPV6_PREFIX=128', () => {
  let server: TestServer;
  let alice: TestUser;
  beforeAll(async () => {
    const settings = { CLIENT_IP_HEADER: 'X-Real-IP', IPV6_PREFIX: '128' };
    server = await TestServer.start({ ...PUBLIC, ...settings });
    alice = await server.addUser();
  });
  afterAll(() => server.stop());

  it.each<Row>([
    ['IP-157', `X-Real-IP: ${VICTIM}`, VICTIM],
    ['IP-158', [`X-Real-IP: ${VICTIM}`, `X-Real-IP: ${VICTIM}`], 'not_single'],
    ['a list', `X-Real-IP: 1.1.1.1, ${VICTIM}`, 'not_single'],
    ['IP-160', 'X-Real-IP: unknown', 'bad_address'],
    ['IP-161', `X-Forwarded-For: ${VICTIM}`, 'no_header'],
    ['a private one', 'X-Real-IP: 192.168.1.5', 'private_address'],
    ['IP-124', 'X-Real-IP: 2001:db8:1:2::1', '2001:db8:1:2::1', '2001:db8:1:2::1/128'],
  ])('%s', async (...row) => {
    const { json } = await whoAmI(server, alice.token, row[1]);
    expect(json).toMatchObject({ ...expectedOf(row), header: 'x-real-ip' });
  });
});

describe('private clients on a server of one machine', () => {
  let server: TestServer;
  let alice: TestUser;
  beforeAll(async () => {
    server = await TestServer.start();
    alice = await server.addUser();
  });
  afterAll(() => server.stop());

  it('IP-143 IP-148 private clients are clients where they are allowed', async () => {
    for (const [address, network] of [
      ['192.168.1.5', '192.168.1.5/32'],
      ['fc00::9', 'fc00::/64'],
    ]) {
      const { json } = await whoAmI(server, alice.token, `X-Forwarded-For: ${address}`);
      expect(json).toMatchObject(good(address ?? '', network));
    }
  });
});
