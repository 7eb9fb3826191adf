import { expect, it } from 'vitest';
import { createAddressWarning } from '@/lib/http/proxy-warning';
import { createRareWarning } from '@/lib/platform/rare-log';
import { type ClientAddress, resolveClient } from '@/lib/policy/client-address';
import { parseProxyList } from '@/lib/policy/networks';

function clientFrom(peer: string, ...rawHeaders: string[]): ClientAddress {
  const trustedProxies = parseProxyList('10.0.0.1');
  if ('error' in trustedProxies) throw new Error(trustedProxies.error);
  return resolveClient(
    { peer, rawHeaders },
    {
      isSecure: false,
      trustedProxies,
      header: 'x-real-ip',
      privateClients: 'allow',
      ipv6Prefix: 64,
    },
  );
}

/** What is said, and the clock that it goes by. */
function listen(trustedProxies = '10.0.0.1', isSecure = false) {
  const said: string[] = [];
  const clock = { nowMs: 0 };
  const warnRarely = createRareWarning(
    ({ message, cure }) => {
      // The log cuts what is longer.
      expect(Math.max(message.length, cure.length)).toBeLessThanOrEqual(256);
      said.push(`${message} ${cure}`);
    },
    () => clock.nowMs,
  );
  return { said, clock, notice: createAddressWarning({ trustedProxies, isSecure }, warnRarely) };
}

it('IP-22 a forgotten proxy is named once in ten minutes, with the setting to write', () => {
  const { said, clock, notice } = listen();
  const forgotten = clientFrom('::ffff:172.17.0.1', 'X-Forwarded-For', '198.51.100.7');

  notice(forgotten);
  clock.nowMs = 599_999;
  notice(forgotten);
  expect(said).toHaveLength(1);
  expect(said[0]).toMatch(/sets x-real-ip, start with TRUSTED_PROXIES=10\.0\.0\.1,172\.17\.0\.1$/);

  clock.nowMs = 600_000;
  notice(forgotten);
  expect(said).toHaveLength(2);
});

it('O3: every reason has a line of its own, however often it comes', () => {
  const { said, notice } = listen();
  for (let again = 0; again < 100; again += 1) {
    notice(clientFrom('10.0.0.1'));
    notice(clientFrom('10.0.0.1', 'X-Real-IP', 'nobody'));
    notice(clientFrom('10.0.0.1', 'X-Real-IP', '10.0.0.1'));
  }
  expect(said).toHaveLength(3);
  expect(said[0]).toMatch(/\(no_header\).*CLIENT_IP_HEADER/);
  expect(said[1]).toMatch(/\(bad_address\)/);
  expect(said[2]).toMatch(/\(all_trusted\).*narrower/);
});

it('F1: who writes the headers of CDNs makes one line in ten minutes, and none of his words', () => {
  const { said, notice } = listen();
  for (let again = 0; again < 100; again += 1) {
    notice(
      clientFrom('10.0.0.1', 'X-Real-IP', '104.16.1.1', 'CF-Connecting-IP', `198.51.100.${again}`),
    );
    notice(clientFrom('10.0.0.1', 'X-Real-IP', '104.16.1.1', 'CDN-Loop', `evil\n${again}`));
  }
  expect(said).toHaveLength(1);
  expect(said[0]).toMatch(/names 198\.51\.100\.0\b.*CLIENT_IP_HEADER=cf-connecting-ip$/);
});

it('what is to be written is not cut off by a long list or long addresses', () => {
  const { said, notice } = listen(Array(40).fill('10.0.0.1').join(','));
  const long = '2001:db8:1111:2222:3333:4444:5555:666';
  notice(clientFrom('fd00:1111:2222:3333:4444:5555:6666:7777', 'X-Real-IP', `${long}1`));
  notice(
    clientFrom('10.0.0.1', 'X-Real-IP', `${long}1`, 'X-Vercel-Forwarded-For', '2001:db8:9::1'),
  );
  expect(said[0]).toMatch(/TRUSTED_PROXIES=<the present list>,fd00:[0-9a-f:]+7777$/);
  expect(said[1]).toMatch(/CLIENT_IP_HEADER=x-vercel-forwarded-for$/);
});

it('nothing is said of a listed proxy or a direct client', () => {
  const { said, notice } = listen();
  notice(clientFrom('10.0.0.1', 'X-Real-IP', '198.51.100.7'));
  notice(clientFrom('192.168.1.5'));
  notice(clientFrom('203.0.113.9'));
  expect(said).toEqual([]);
});
