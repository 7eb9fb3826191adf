import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mayAsk, mayConnect, type OutgoingUrl, outgoingRules } from './outgoing-url';

const judged = (text: string, privateHosts: string[] = []) => {
  const verdict = mayAsk(text, privateHosts);
  return verdict.verdict === 'allowed' ? verdict.url.href : verdict.fault;
};

const site: OutgoingUrl = {
  href: 'https://idp.example/',
  secure: true,
  host: 'idp.example',
  port: 443,
  isListed: false,
};
const listed = { ...site, isListed: true };
const connects = (address: string, url = site) => mayConnect(url, address).verdict === 'allowed';

describe('a URL that may be asked', () => {
  it.each([
    ['https://accounts.example.com', 'https://accounts.example.com/'],
    ['https://accounts.example.com:443/a?b=c', 'https://accounts.example.com/a?b=c'],
    ['HTTPS://Accounts.Example.COM/Path', 'https://accounts.example.com/Path'],
    ['https://xn--mnchen-3ya.example/', 'https://xn--mnchen-3ya.example/'],
    ['https://9.9.9.9/', 'https://9.9.9.9/'],
    ['https://[2606:4700::1111]/', 'https://[2606:4700::1111]/'],
    ['https://[2606:4700:0:0:0:0:0:1111]/', 'https://[2606:4700::1111]/'],
    ['https://idp.example/@user', 'https://idp.example/@user'],
    ['https://idp.example?x=https://127.0.0.1', 'https://idp.example/?x=https://127.0.0.1'],
  ])('%s', (text, href) => {
    expect(judged(text)).toBe(href);
  });

  it('says host, port and scheme as they are connected to', () => {
    expect(mayAsk('https://[2606:4700:0::1111]/x', [])).toEqual({
      verdict: 'allowed',
      url: {
        href: 'https://[2606:4700::1111]/x',
        secure: true,
        host: '2606:4700::1111',
        port: 443,
        isListed: false,
      },
    });
  });
});

describe('a URL that is refused before anything is resolved', () => {
  it.each([
    ['SSRF-1', 'http://169.254.169.254/latest/meta-data/', 'scheme'],
    ['SSRF-2', 'https://169.254.169.254/', 'address_not_public'],
    ['SSRF-3', 'http://127.0.0.1:5432/', 'scheme'],
    ['SSRF-3', 'https://127.0.0.1:5432/', 'port'],
    ['SSRF-4', 'https://localhost/', 'host_is_local'],
    ['SSRF-4', 'https://LOCALHOST/', 'host_is_local'],
    ['SSRF-4', 'https://a.localhost/', 'host_is_local'],
    ['SSRF-4', 'https://localhost./', 'host'],
    ['SSRF-5', 'https://[::1]/', 'address_not_public'],
    ['SSRF-5', 'https://[::]/', 'address_not_public'],
    ['SSRF-5', 'https://[fe80::1%25eth0]/', 'host'],
    ['SSRF-6', 'https://[::ffff:169.254.169.254]/', 'address_not_public'],
    ['SSRF-6', 'https://[::ffff:a9fe:a9fe]/', 'address_not_public'],
    ['SSRF-6', 'https://[64:ff9b::7f00:1]/', 'address_not_public'],
    ['SSRF-6', 'https://[2002:7f00:1::]/', 'address_not_public'],
    ['SSRF-8', 'https://0/', 'host'],
    ['SSRF-8', 'https://0x7f000001/', 'host'],
    ['SSRF-8', 'https://017700000001/', 'host'],
    ['SSRF-8', 'https://127.1/', 'host'],
    ['SSRF-8', 'https://2130706433/', 'host'],
    ['SSRF-8', 'https://0x7f.1/', 'host'],
    ['SSRF-8', 'https://0177.0.0.1/', 'host'],
    ['SSRF-8', 'https://127.0.0.1./', 'host'],
    ['SSRF-8', 'https://1.1.1.0x1/', 'host'],
    ['SSRF-9', 'https://１２７.０.０.１/', 'malformed'],
    ['SSRF-9', 'https://ⓛocalhost/', 'malformed'],
    ['SSRF-9', 'https://127。0。0。1/', 'malformed'],
    ['SSRF-9', 'https://%31%32%37.0.0.1/', 'host'],
    ['SSRF-10', 'https://accounts.example@127.0.0.1/', 'user_info'],
    ['SSRF-10', 'https://@accounts.example/', 'user_info'],
    ['SSRF-10', 'https://u:p@accounts.example/', 'user_info'],
    ['SSRF-10', 'https://accounts.example\\@127.0.0.1/', 'malformed'],
    ['SSRF-16', 'file:///etc/passwd', 'scheme'],
    ['SSRF-16', 'gopher://x', 'scheme'],
    ['SSRF-16', 'data:application/json,{}', 'malformed'],
    ['SSRF-16', 'ftp://x', 'scheme'],
    ['SSRF-16', 'blob:https://accounts.example/1', 'malformed'],
    ['SSRF-16', 'http://accounts.example/', 'scheme'],
    ['SSRF-17', 'https://idp.example:22/', 'port'],
    ['SSRF-17', 'https://idp.example:25/', 'port'],
    ['SSRF-17', 'https://idp.example:6379/', 'port'],
    ['SSRF-17', 'https://idp.example:0/', 'port'],
    ['SSRF-17', 'https://idp.example:65979/', 'malformed'],
    ['SSRF-20', 'https://metadata.google.internal/', 'host_is_local'],
    ['SSRF-20', 'https://[fd00:ec2::254]/', 'address_not_public'],
    ['T18', 'https://intranet/', 'host_is_local'],
    ['T18', 'https://printer.local/', 'host_is_local'],
    ['T18', 'https:accounts.example', 'malformed'],
    ['T18', 'https:///accounts.example', 'host'],
    ['T18', '//accounts.example/', 'malformed'],
    ['T18', ' https://accounts.example/', 'malformed'],
    ['T18', 'https://acc\tounts.example/', 'malformed'],
    ['T18', 'https://accounts.example:/', 'malformed'],
    ['T18', 'https://a..example/', 'host'],
    ['T18', 'https://a_b.example/', 'host'],
    ['T18', 'https://-a.example/', 'host'],
    ['T18', 'https://xn--a.example/', 'malformed'],
    ['T18', `https://accounts.example/${'a'.repeat(2_000)}`, 'malformed'],
    ['T18', '', 'malformed'],
  ])('%s %s', (_row, text, fault) => {
    expect(judged(text)).toBe(fault);
  });

  it('T18 whatever is typed is judged, and what passes is read the same by `new URL`', () => {
    const parts = fc.constantFrom(
      ...[
        'https://',
        '//',
        '/',
        '\\',
        '[',
        ']',
        '::',
        '@',
        ':',
        '.',
        '#',
        '?',
        '%',
        '\t',
        'ａ',
        'ß',
      ],
      ...['idp.example', '127.0.0.1', '9.9.9.9', '0x7f', '1', 'a', 'xn--', '443', '2606:4700::1'],
    );
    let allowed = 0;
    fc.assert(
      fc.property(fc.array(parts, { maxLength: 5 }), (texts) => {
        const text = `https://${texts.join('')}`;
        const verdict = mayAsk(text, []);
        if (verdict.verdict === 'refused') return;
        allowed += 1;
        expect(new URL(text).hostname.replace(/^\[|\]$/g, '')).toBe(verdict.url.host);
        expect(new URL(text).href).toBe(verdict.url.href);
      }),
      { numRuns: 3_000 },
    );
    expect(allowed).toBeGreaterThan(20);
  });
});

describe('an address that may be connected to', () => {
  it.each(['9.9.9.9', '100.63.255.255', '172.32.0.1', '2606:4700::1111', '64:ff9b::909:909'])(
    '%s',
    (address) => {
      expect(connects(address)).toBe(true);
    },
  );

  it.each([
    ['SSRF-1 link-local and metadata', '169.254.169.254', '169.254.0.1', 'fe80::1', 'fe80::1%eth0'],
    ['SSRF-11 loopback', '127.0.0.1', '127.255.255.254', '::1'],
    ['SSRF-11 private', '10.0.0.1', '172.16.0.1', '172.31.255.255', '192.168.1.9', '192.0.0.8'],
    ['SSRF-11 carrier-grade NAT', '100.64.0.1', '100.127.255.255'],
    ['SSRF-11 unspecified', '0.0.0.0', '0.1.2.3', '::'],
    ['SSRF-20 unique-local', 'fd00:ec2::254', 'fd20:ce::254', 'fc00::1', 'fdff::1'],
    ['SSRF-20 metadata at a public address', '168.63.129.16'],
    ['SSRF-6 IPv4-mapped', '::ffff:127.0.0.1', '::ffff:a9fe:a9fe', '::ffff:10.0.0.1'],
    ['SSRF-6 IPv4-compatible and SIIT', '::127.0.0.1', '::ffff:0:127.0.0.1'],
    ['SSRF-6 NAT64', '64:ff9b::169.254.169.254', '64:ff9b::10.0.0.1', '64:ff9b:1::10.0.0.1'],
    ['SSRF-6 6to4', '2002:a9fe:a9fe::', '2002:7f00:1::1', '2002:909:909::1'],
    ['SSRF-6 Teredo', '2001:0:a9fe:a9fe::', '2001::1'],
    ['SSRF-2 multicast and broadcast', '224.0.0.1', '239.1.1.1', '255.255.255.255', 'ff02::1'],
    ['SSRF-2 reserved', '240.0.0.1', '198.18.0.1', '192.88.99.1', '2001:2::1', '100::1', '4000::1'],
    ['SSRF-2 documentation', '192.0.2.1', '198.51.100.1', '203.0.113.1', '2001:db8::1', '3fff::1'],
    ['SSRF-8 no address', '127.1', '0x7f.1', '2130706433', 'localhost', '', '012.1.2.3'],
  ])('never: %s', (_what, ...addresses) => {
    for (const address of addresses) expect([address, connects(address)]).toEqual([address, false]);
  });
});

describe('SSRF-23 a host that the operator listed', () => {
  it('may stand inside, on any port', () => {
    expect(judged('https://idp.lan:8443/x', ['idp.lan'])).toBe('https://idp.lan:8443/x');
    expect(judged('https://IDP.lan/', ['idp.lan'])).toBe('https://idp.lan/');
    expect(judged('https://intranet/', ['intranet'])).toBe('https://intranet/');
    expect(judged('https://192.168.1.9/', ['192.168.1.9'])).toBe('https://192.168.1.9/');
    expect(judged('https://[fd00::9]:8443/', ['fd00:0::9'])).toBe('https://[fd00::9]:8443/');
    for (const address of ['192.168.1.9', '127.0.0.1', '::1', 'fd00::9', '100.64.0.1', '9.9.9.9']) {
      expect([address, connects(address, listed)]).toEqual([address, true]);
    }
  });

  it('is that host alone: no part of it, no host below it, no other', () => {
    for (const text of ['https://x.idp.lan:8443/', 'https://lan:8443/', 'https://idp.lan.:8443/']) {
      expect(judged(text, ['idp.lan'])).toMatch(/^(port|host)$/);
    }
    expect(judged('https://192.168.1.9/', ['idp.lan'])).toBe('address_not_public');
  });

  it('is still no metadata service, no link-local, no multicast', () => {
    const never = ['169.254.169.254', 'fd00:ec2::254', '100.100.100.200', '0.0.0.0', 'fe80::1'];
    for (const address of [...never, '224.0.0.1', '2002:a00:1::', '::ffff:169.254.169.254']) {
      expect([address, connects(address, listed)]).toEqual([address, false]);
    }
    expect(judged('https://169.254.169.254/', ['169.254.169.254'])).toBe('address_not_public');
  });

  it('is asked over http only where it is this machine, with its port, and reached there', () => {
    const hosts = ['localhost', '127.0.0.1', '::1', 'idp.lan', '192.168.1.9'];
    expect(judged('http://localhost:4444/', hosts)).toBe('http://localhost:4444/');
    expect(judged('http://127.0.0.1:4444/', hosts)).toBe('http://127.0.0.1:4444/');
    expect(judged('http://[::1]:4444/', hosts)).toBe('http://[::1]:4444/');
    expect(judged('http://localhost/', hosts)).toBe('port');
    expect(judged('http://localhost:80/', hosts)).toBe('port');
    expect(judged('http://127.0.0.2:4444/', hosts)).toBe('scheme');
    expect(judged('http://idp.lan:4444/', hosts)).toBe('scheme');
    expect(judged('http://192.168.1.9:4444/', hosts)).toBe('scheme');
    const plain = { ...listed, secure: false };
    expect(connects('127.0.0.1', plain)).toBe(true);
    expect(connects('192.168.1.9', plain)).toBe(false);
    expect(connects('9.9.9.9', plain)).toBe(false);
  });

  it('is listed for as long as the rules are used', () => {
    const { mayAsk: ask, mayConnect: connect } = outgoingRules(['idp.lan']);
    const verdict = ask('https://idp.lan/');
    expect(verdict).toMatchObject({ verdict: 'allowed', url: { isListed: true } });
    if (verdict.verdict === 'allowed') {
      expect(connect(verdict.url, '192.168.1.9')).toEqual({ verdict: 'allowed' });
    }
    expect(ask('https://other.lan/')).toMatchObject({ url: { isListed: false } });
  });
});
