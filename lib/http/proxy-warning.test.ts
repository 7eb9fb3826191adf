import { expect, it } from 'vitest';
import { createProxyWarning } from '@/lib/http/proxy-warning';
import { type ClientAddress, resolveClient } from '@/lib/policy/client-address';
import { parseProxyList } from '@/lib/policy/networks';

function clientFrom(peer: string, ...rawHeaders: string[]): ClientAddress {
  const trustedProxies = parseProxyList('10.0.0.1');
  if ('error' in trustedProxies) throw new Error(trustedProxies.error);
  return resolveClient(
    { peer, rawHeaders },
    { trustedProxies, header: 'x-real-ip', privateClients: 'allow', ipv6Prefix: 64 },
  );
}

it('IP-22 a forgotten proxy is named once in ten minutes, with the setting to write', () => {
  const said: string[] = [];
  let nowMs = 0;
  const notice = createProxyWarning(
    '10.0.0.1',
    (sentence) => said.push(sentence),
    () => nowMs,
  );
  const forgotten = clientFrom('::ffff:172.17.0.1', 'X-Forwarded-For', '198.51.100.7');

  notice(forgotten);
  nowMs = 599_999;
  notice(forgotten);
  expect(said).toHaveLength(1);
  expect(said[0]).toMatch(/sets x-real-ip, start with TRUSTED_PROXIES=10\.0\.0\.1,172\.17\.0\.1$/);

  nowMs = 600_000;
  notice(forgotten);
  expect(said).toHaveLength(2);
});

it('nothing is said of a listed proxy, a direct client, or a public peer’s header', () => {
  const said: string[] = [];
  const notice = createProxyWarning('', (sentence) => said.push(sentence));
  notice(clientFrom('10.0.0.1', 'X-Real-IP', '198.51.100.7'));
  notice(clientFrom('192.168.1.5'));
  notice(clientFrom('203.0.113.9', 'X-Real-IP', '198.51.100.7'));
  expect(said).toEqual([]);
});
