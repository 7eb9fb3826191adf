import { beforeAll, describe, expect, it } from 'vitest';
import { FORWARDING_HEADERS } from '@/lib/policy/client-address';
import { codeOf, ownServer, type TestUser } from '../support/harness';
import { REFUSALS, type Refusals } from './refusals';

// The attack: a direct caller writes the victim's address into every header that might be believed.

const VICTIM = '198.51.100.7';
const good = (address: string) => ({ address, network: `${address}/32`, reason: null });

describe('a peer that no proxy stands before', () => {
  // The defaults of one machine: private clients may come.
  const server = ownServer();
  let alice: TestUser;
  let paths: Record<string, string>;
  beforeAll(async () => {
    const { teamId } = await server.setUp();
    alice = await server.addUser({ teamId, role: 'owner', at: VICTIM });
    const computerId = await server.addComputer(teamId);
    paths = { teamId, computerId, password: alice.password };
  });

  const STRANGER = '127.0.0.66';
  const spoofed = Object.fromEntries([
    ...[...FORWARDING_HEADERS, 'x-verified-client-ip', 'x_forwarded_for', 'x-client-address'].map(
      (name) => [name, VICTIM],
    ),
    ['forwarded', `for=${VICTIM}`],
  ]);
  const fill = <T>(value: T): T =>
    JSON.parse(
      JSON.stringify(value ?? null).replace(
        /\{(\w+)\}/g,
        (_all, name) => paths[name] ?? `no-${name}`,
      ),
    );
  const callOf = ([name, { path, body }]: [string, Refusals], headers = {}) =>
    server.call(name.split(' ')[0] ?? '', `/${fill(path)}`, {
      from: STRANGER,
      token: alice.token,
      headers,
      ...(body !== undefined && { body: fill(body) }),
    });
  /** Rows anywhere that name the victim's network or address, but for the trust that she has. */
  const traces = async () =>
    (await server.count('sightings WHERE address = $1', [VICTIM])) +
    (await server.count('challenges WHERE address = $1', [VICTIM])) +
    (await server.count('audit_events WHERE address = $1', [VICTIM])) +
    (await server.count('connections WHERE network = $1', [`${VICTIM}/32`])) +
    (await server.count('sessions WHERE last_seen_address = $1', [VICTIM])) +
    (await server.count('rate_limits WHERE key LIKE $1', [`%${VICTIM}%`]));

  it('a direct one is itself', async () => {
    const { body } = await server.get('/client-address', { from: STRANGER, token: alice.token });
    expect(body).toMatchObject({ ...good(STRANGER), peer: STRANGER, hops: [], trusted: false });
  });

  it.each(Object.keys(spoofed))('IP-4 IP-17 %s alone does not make it the victim', async (name) => {
    const headers = { [name]: spoofed[name] ?? '' };
    const call = { from: STRANGER, token: alice.token, headers };
    const { status, body } = await server.get('/client-address', call);
    expect(status).toBe(200);
    expect([null, STRANGER]).toContain(body.address);
    expect(body.reason).toBe(FORWARDING_HEADERS.has(name) ? 'proxy_not_configured' : null);
    expect(body.trusted).toBe(false);
  });

  it('IP-4 a good password with a spoofed address logs in and verifies nothing', async () => {
    const before = await server.count('verified_ips');
    const body = { email: alice.email, password: alice.password };
    const answer = await server.post('/sessions', { from: STRANGER, headers: spoofed, body });
    expect(answer.status).toBe(201);
    expect(answer.body.verifiedIp).toBeNull();
    expect(await server.count('verified_ips')).toBe(before);
    expect(await traces()).toBe(0);
  });

  const gated = Object.entries(REFUSALS).filter(
    ([, { gate }]) => gate !== null && gate !== 'never' && gate !== 'api.read',
  );
  it.each(gated)('IP-4 a spoofed header does not open %s', async (...row) => {
    expect((await callOf(row)).body.code).toBe('ip_verification_required');
    const answer = await callOf(row, spoofed);
    expect(codeOf(answer)).toEqual([403, 'client_address_unknown']);
    expect(answer.body.reason).toBe('proxy_not_configured');
  });

  const others = Object.entries(REFUSALS).filter(
    ([name]) => !gated.some(([gatedName]) => gatedName === name),
  );
  it.each(others)('IP-4 %s does not take the spoofer for the victim', async (...row) => {
    const { rows } = await server.db.query('SELECT gatehouse_now() AS now');
    // A session of its own: some calls end it.
    Object.assign(alice, await server.addSession(alice.id, VICTIM));
    const answer = await callOf(row, spoofed);
    expect(answer.status).toBeLessThan(500);
    expect(answer.body?.client?.address ?? null).toBeNull();
    expect(answer.body?.verifiedIp ?? null).toBeNull();
    expect(await server.count('verified_ips WHERE verified_at >= $1', [rows[0].now])).toBe(0);
  });

  it('IP-4 after all that nothing was recorded for the victim’s address', async () => {
    await server.kill();
    expect(await server.count('audit_events')).toBeGreaterThan(10);
    expect(await traces()).toBe(0);
  });
});
