import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  CAFE,
  codeOf,
  HOME,
  network,
  sharedServer,
  type TestUser,
  THIEF,
} from '../support/harness';
import { TestSocket } from '../support/socket-client';
import { Sockets } from '../support/socket-scene';

// The attack: a thief with a stolen token, refused on his own network, asks which networks would do, and
// comes back by an exit near one of them. The token tells him of one: his own.

const ABROAD = '2001:db8:77:1::5';
/** Where the team's computer stands, where its key may be used, and where somebody copied it to. */
const OFFICE = ['198.18.77.1', '198.51.100.128/25', '203.0.113.201'] as const;
const HIDDEN = [HOME, CAFE, ABROAD, network(ABROAD), ...OFFICE];

const server = sharedServer();
let teamId: string;
let owner: TestUser;
let valerie: TestUser;
const sockets = new Sockets();

beforeAll(() => server.setUp());
beforeEach(async () => {
  teamId = await server.addTeam();
  owner = await server.addUser({ teamId, role: 'owner', name: 'Olga' });
  valerie = await server.addUser({ teamId, name: 'Valerie' });
  await server.addUser({ teamId });
  for (const place of [CAFE, ABROAD]) await server.trust(valerie.id, place);
  const computerId = await server.addComputer(teamId, 'Render station');
  await server.db.query(
    `UPDATE computers SET host_address = $2, host_network = $2 || '/32', host_since = gatehouse_now(),
       host_networks = ARRAY[$3], duplicate_address = $4, duplicate_network = $4 || '/32',
       duplicate_at = gatehouse_now() WHERE id = $1`,
    [computerId, ...OFFICE],
  );
  await server.db.query('UPDATE sessions SET last_seen_address = $2 WHERE user_id = ANY($1)', [
    [owner.id, valerie.id],
    HOME,
  ]);
  // Each in the team's activity: in a column, in `before`, in a reason.
  const { email, password } = valerie;
  await server.logIn({ email, password }, { from: CAFE });
  const abroad = await server.logIn({ email, password }, { from: ABROAD });
  const { id } = abroad.body.verifiedIp;
  const revoked = await server.delete(`/teams/${teamId}/members/${valerie.id}/verified-ips/${id}`, {
    token: owner.token,
  });
  expect(revoked.status).toBe(204);
  const rules = `/teams/${teamId}/app-rules`;
  const rule = (await server.get(rules, { token: owner.token })).body.data[0];
  const changed = await server.patch(`${rules}/${rule.id}`, {
    token: owner.token,
    body: { ipVerification: { trustDays: 60 }, reason: `The café at ${CAFE}.` },
  });
  expect(changed.status).toBe(200);
  const saved = await server.post(ofTeam('/event-filters'), {
    token: owner.token,
    body: { name: `From ${CAFE}`, query: { network: CAFE } },
  });
  expect(saved.status).toBe(201);
});

const ofTeam = (path: string) => `/teams/${teamId}${path}`;
/** All that is read, by API and by page. */
const reads = (): [string, TestUser][] => [
  ['/me', valerie],
  ['/me/verified-ips', valerie],
  ['/sessions', valerie],
  ['/friends', valerie],
  ['/computers', valerie],
  ['/client-address', valerie],
  ['//account', valerie],
  ['//computers', valerie],
  ['//friends', valerie],
  [ofTeam(''), owner],
  [ofTeam('/members'), owner],
  [ofTeam(`/members/${valerie.id}`), owner],
  [ofTeam(`/members/${valerie.id}/verified-ips`), owner],
  [ofTeam('/seen-networks'), owner],
  [ofTeam(`/seen-networks?query=${CAFE}`), owner],
  [ofTeam(`/seen-networks/members?network=${CAFE}/32`), owner],
  [ofTeam('/invites'), owner],
  [ofTeam('/computers'), owner],
  [ofTeam('/events'), owner],
  [ofTeam('/events/export?format=ndjson'), owner],
  [ofTeam('/events/export?format=csv'), owner],
  [ofTeam('/event-filters'), owner],
  [ofTeam('/app-rules'), owner],
  [ofTeam('/address-health'), owner],
  [ofTeam('/impact'), owner],
  [ofTeam('/overview'), owner],
  [`/${ofTeam('')}`, owner],
  [ofTeam('/sso-connections'), owner],
  [`/${ofTeam('/members')}`, owner],
  [`/${ofTeam(`/members/${valerie.id}`)}`, owner],
  [`/${ofTeam('/networks')}`, owner],
  [`/${ofTeam('/activity')}`, owner],
  [`/${ofTeam('/computers')}`, owner],
  [`/${ofTeam('/rules')}`, owner],
  [`/${ofTeam('/addresses')}`, owner],
];
const read = ([path, { token }]: [string, TestUser], from: string) =>
  server.get(path, { from, ...(path.startsWith('//') ? { cookie: token } : { token }) });
const standsIn = (text: string) => HIDDEN.filter((address) => text.includes(address));

describe('F18: from a network that is not trusted', () => {
  it('no call and no page tells another network', async () => {
    for (const one of reads()) {
      const answer = await read(one, THIEF);
      expect([one[0], answer.status, standsIn(answer.text)]).toEqual([one[0], 200, []]);
    }
  });

  it('which is no wonder: from a trusted one they tell them all', async () => {
    const told = new Set<string>();
    for (const one of reads()) {
      for (const address of standsIn((await read(one, HOME)).text)) told.add(address);
    }
    expect([...told].sort()).toEqual([...HIDDEN].sort());
  });

  it('each is masked, and says so; what is no network is as ever', async () => {
    const at = async (path: string, user: TestUser, from: string) =>
      (await server.get(path, { from, token: user.token })).body.data;
    const masked = { network: '*.*.*.*', address: '*.*.*.*', masked: true };
    const own = await at('/me/verified-ips', valerie, THIEF);
    const shown = await at('/me/verified-ips', valerie, HOME);
    expect(own).toHaveLength(3);
    for (const [index, ip] of own.entries()) {
      const isIpv6 = shown[index].address.includes(':');
      expect(shown[index].masked).toBe(false);
      expect(ip).toEqual({
        ...shown[index],
        ...masked,
        ...(isIpv6 && { network: '*:*', address: '*:*' }),
        current: false,
      });
    }
    expect(await at(ofTeam(`/members/${valerie.id}/verified-ips`), owner, THIEF)).toEqual(own);
    for (const session of await at('/sessions', valerie, THIEF)) {
      expect(session).toMatchObject({
        lastSeenAddress: expect.stringMatching(/^\*[.:]/),
        masked: true,
        client: expect.anything(),
      });
    }
    const [computer] = await at(ofTeam('/computers'), owner, THIEF);
    expect(computer).toMatchObject({
      name: 'Render station',
      host: { address: '*.*.*.*', network: '*.*.*.*' },
      hostNetworks: ['*.*.*.*'],
      duplicate: { address: '*.*.*.*', network: '*.*.*.*' },
      masked: true,
    });
    const events = await at(ofTeam('/events'), owner, THIEF);
    const of = (type: string) => events.find((event: { type: string }) => event.type === type);
    expect(of('session.started')).toMatchObject({ ...masked, network: '*:*', address: '*:*' });
    expect(of('network.revoked')).toMatchObject({ before: { networks: ['*:*'] }, masked: true });
    expect(of('rule.changed')).toMatchObject({ reason: 'The café at *.*.*.*.', masked: true });
    const health = await server.get(ofTeam('/address-health'), { from: THIEF, token: owner.token });
    expect(health.body.sharedNetworks).toEqual([{ network: '*.*.*.*', users: 3, masked: true }]);
    expect(health.body.warnings).toContainEqual(
      expect.objectContaining({
        code: 'shared_network',
        message: expect.stringContaining('3 of 3 members have verified *.*.*.*.'),
      }),
    );
  });

  it.each(['events?', 'events/export?format=csv&'])(
    'nor is one found by asking for it: %s',
    async (path) => {
      for (const network of [CAFE, '0.0.0.0/0', `${CAFE.slice(0, -1)}0/29`]) {
        const asked = await server.get(ofTeam(`/${path}network=${network}`), {
          from: THIEF,
          token: owner.token,
        });
        expect([network, ...codeOf(asked)]).toEqual([network, 403, 'ip_verification_required']);
      }
      const own = await server.get(ofTeam(`/${path}network=${THIEF}`), {
        from: THIEF,
        token: owner.token,
      });
      expect(own.status).toBe(200);
    },
  );

  it('one’s own is shown in full, though it be revoked', async () => {
    const id = await server.trust(valerie.id, THIEF);
    await server.db.query('UPDATE verified_ips SET revoked_at = gatehouse_now() WHERE id = $1', [
      id,
    ]);
    const { data } = (await server.get('/me/verified-ips', { from: THIEF, token: valerie.token }))
      .body;
    const [current, ...others] = [...data].sort((a, b) => b.current - a.current);
    expect(current).toMatchObject({ id, address: THIEF, current: true, masked: false });
    expect(others.map(({ masked }: { masked: boolean }) => masked)).toEqual([true, true, true]);
  });

  it('a masked one can be revoked by its id', async () => {
    const call = { from: THIEF, token: valerie.token };
    const { data } = (await server.get('/me/verified-ips', call)).body;
    const { id } = data.find(({ state }: { state: string }) => state === 'trusted');
    expect((await server.delete(`/me/verified-ips/${id}`, call)).status).toBe(204);
  });

  it('nor does a socket tell it, of a verification elsewhere either', async () => {
    const socket = await TestSocket.open(server, { token: valerie.token, from: THIEF });
    sockets.keep(socket);
    const { token, password } = valerie;
    const verified = await server.verify({ token, password });
    expect(verified.status).toBe(201);
    await socket.closed();
    const messages = socket.takeAll();
    expect(messages.map(({ action }) => action)).toContain('hello');
    expect(standsIn(JSON.stringify(messages))).toEqual([]);
  });

  it('until it is verified', async () => {
    const { token, password } = valerie;
    const verified = await server.verify({ token, password }, { from: THIEF });
    expect(verified.body.verifiedIp).toMatchObject({ address: THIEF, masked: false });
    const call = { from: THIEF, token: verified.body.token };
    const { data } = (await server.get('/me/verified-ips', call)).body;
    expect(data.map(({ masked }: { masked: boolean }) => masked)).toEqual(Array(4).fill(false));
  });
});

describe('F18: whose network counts as trusted', () => {
  const isMasked = async (from: string) => {
    const { data } = (await server.get('/me/verified-ips', { from, token: valerie.token })).body;
    return data.some(({ masked }: { masked: boolean }) => masked);
  };

  it('an unknown one does not', async () => {
    // The trusted proxy itself, without its header.
    expect(await isMasked('127.0.0.1')).toBe(true);
  });

  it('one that the strictest of several teams no longer trusts does not', async () => {
    await server.trust(valerie.id, CAFE, 10 * 86_400_000);
    expect(await isMasked(CAFE)).toBe(false);
    const strict = await server.addTeam();
    await server.setRule(strict, { trustDays: 7 });
    await server.join(strict, valerie.id);
    expect(await isMasked(CAFE)).toBe(true);
  });

  it('where no team enforces anything, nothing is hidden; one that does is enough', async () => {
    await server.setRule(teamId, { enabled: false });
    expect(await isMasked(THIEF)).toBe(false);
    const second = await server.addTeam();
    await server.join(second, valerie.id);
    expect(await isMasked(THIEF)).toBe(true);
    await server.db.query(
      `UPDATE app_rules SET modes = '{"computer.connect": "monitor", "friend.add": "off"}' WHERE team_id = $1`,
      [second],
    );
    expect(await isMasked(THIEF)).toBe(false);
  });
});
