import { randomBytes } from 'node:crypto';
import type pg from 'pg';
import { callFrom } from './request';

export type DemoTeam = {
  password: string;
  owner: { email: string };
  valerie: { email: string; token: string };
  computerId: string;
};

/** Where the people of the demo are. */
export const HOME = '127.0.0.4';
const OFFICE = '127.0.0.10';

const MEMBERS = [
  {
    name: 'Valerie Vance',
    email: 'valerie@harbour.test',
    role: 'member',
    habits: [HOME, '203.0.113.24', '2001:db8:12:7::'],
  },
  {
    name: 'Ada Osei',
    email: 'ada@harbour.test',
    role: 'admin',
    habits: ['198.51.100.17', '2001:db8:40:1::'],
  },
  { name: 'Ben Larsen', email: 'ben@harbour.test', role: 'member', habits: ['198.51.100.88'] },
  {
    name: 'Chiara Romano',
    email: 'chiara@harbour.test',
    role: 'member',
    habits: ['203.0.113.9', '192.0.2.77', '192.0.2.140'],
  },
  { name: 'Dmitri Petrov', email: 'dmitri@harbour.test', role: 'member', habits: ['192.0.2.18'] },
] as const;

const COMPUTERS = ['Render station', 'Build server', 'Reception desk'];

/** A repeatable sequence, so that every demo looks alike. */
function* numbers(): Generator<number, never> {
  for (let state = 20_261_122; ; ) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    yield state / 2 ** 32;
  }
}

/**
 * Makes the team by the front door (set-up, invitations, computers), then writes its past into the
 * database: log-ins, verified networks, connections and a few refusals over ninety days.
 */
export async function seed(origin: string, setupToken: string, db: pg.Pool): Promise<DemoTeam> {
  const password = 'harbour lights at dusk';
  const owner = { name: 'Olga Brandt', email: 'olga@harbour.test' };
  const { token, team, user } = await callFrom(origin, OFFICE)('POST /setup', {
    body: { setupToken, team: { name: 'Harbour Studio' }, owner: { ...owner, password } },
  });
  const asOwner = callFrom(origin, OFFICE, token);
  const params = { teamId: team.id };

  const users = new Map<string, string>([[owner.email, user.id]]);
  let valerieToken = '';
  for (const { name, email, role, habits } of MEMBERS) {
    const invited = await asOwner('POST /teams/{teamId}/invites', {
      params,
      body: { email, role },
    });
    const from = habits[0].startsWith('127.') ? habits[0] : '127.0.0.20';
    const joined = await callFrom(origin, from)('POST /invites/accept', {
      body: { token: invited.token ?? '', name, password },
    });
    users.set(email, joined.user.id);
    if (email === MEMBERS[0].email) valerieToken = joined.token;
  }
  const computers: string[] = [];
  for (const name of COMPUTERS) {
    const { computer } = await asOwner('POST /teams/{teamId}/computers', {
      params,
      body: { name },
    });
    computers.push(computer.id);
  }
  await callFrom(
    origin,
    HOME,
    valerieToken,
  )('POST /friends', {
    body: { email: MEMBERS[3].email },
  });
  await writePast(db, team.id, users, computers);
  return {
    password,
    owner,
    valerie: { email: MEMBERS[0].email, token: valerieToken },
    computerId: computers[0] ?? '',
  };
}

async function writePast(
  db: pg.Pool,
  teamId: string,
  users: Map<string, string>,
  computers: string[],
): Promise<void> {
  const random = numbers();
  const pick = <T>(list: readonly T[]): T =>
    list[Math.floor(random.next().value * list.length)] as T;
  const networkOf = (address: string) =>
    address.includes(':') ? `${address}/64` : `${address}/32`;

  for (const { email, habits } of MEMBERS) {
    const userId = users.get(email);
    const { rows } = await db.query(
      `INSERT INTO sessions (user_id, token_hash, client, created_at, last_seen_at, last_seen_address, expires_at)
       VALUES ($1, $2, $3, gatehouse_now() - interval '12 days', gatehouse_now() - interval '3 hours', $4,
         gatehouse_now() + interval '18 days') RETURNING id`,
      [
        userId,
        randomBytes(32),
        pick(['Gatehouse for macOS', 'Gatehouse for Windows', 'Browser']),
        habits[0],
      ],
    );
    const sessionId: string = rows[0].id;
    for (const [index, address] of habits.entries()) {
      // The first is fresh, the second ends soon, the third has run out or was taken away.
      const days = [3 + random.next().value * 20, 84 + random.next().value * 5, 95][index] ?? 40;
      const isRevoked = index === 2 && email.startsWith('chiara');
      const shown = address.endsWith('::') ? `${address}5e:1` : address;
      await db.query(
        `INSERT INTO verified_ips (user_id, network, address, method, verified_at, last_used_at, revoked_at)
         VALUES ($1, $2, $3, 'password', gatehouse_now() - interval '1 day' * $4,
           gatehouse_now() - interval '1 day' * $5, CASE WHEN $6 THEN gatehouse_now() - interval '4 days' END)
         ON CONFLICT (user_id, network) DO NOTHING`,
        [userId, networkOf(address), shown, days, index * 9 + random.next().value * 3, isRevoked],
      );
      await db.query(
        `INSERT INTO audit_events (at, type, actor_kind, actor_id, network, address, reason, request_id)
         VALUES (gatehouse_now() - interval '1 day' * $1, 'network.verified', 'user', $2, $3, $4, 'password', 'demo')`,
        [days, userId, networkOf(address), shown],
      );
    }
    for (let day = 90; day > 0; day -= 1 + Math.floor(random.next().value * 3)) {
      const address = pick(habits);
      const isRefused = random.next().value < 0.04;
      const strange = `203.0.113.${100 + Math.floor(random.next().value * 100)}`;
      const at = day - random.next().value * 0.6;
      await db.query(
        `INSERT INTO audit_events (at, type, team_id, actor_kind, actor_id, session_id, action, network, address, finding, after, request_id)
         VALUES (gatehouse_now() - interval '1 day' * $1, $2, $3, 'user', $4, $5, 'computer.connect', $6, $7, $8, $9, 'demo')`,
        [
          at,
          isRefused ? 'gate.refused' : 'connection.requested',
          teamId,
          userId,
          sessionId,
          networkOf(isRefused ? strange : address),
          isRefused ? strange : address,
          isRefused ? 'unknown' : 'trusted',
          isRefused ? null : { computerId: pick(computers) },
        ],
      );
      await db.query(
        `INSERT INTO sightings (session_id, network, user_id, address, first_seen_at, last_seen_at, count, verified, would_block, would_block_at)
         VALUES ($1, $2, $3, $4, gatehouse_now() - interval '1 day' * $5, gatehouse_now() - interval '1 day' * $5, $6, $7, $8,
           CASE WHEN NOT $7 THEN gatehouse_now() - interval '1 day' * $5 END)
         ON CONFLICT (session_id, network) DO UPDATE SET count = sightings.count + excluded.count,
           last_seen_at = excluded.last_seen_at`,
        [
          sessionId,
          networkOf(isRefused ? strange : address),
          userId,
          isRefused ? strange : address,
          at,
          1 + Math.floor(random.next().value * 30),
          !isRefused,
          isRefused ? { 'api.read': 1 + Math.floor(random.next().value * 5) } : {},
        ],
      );
    }
  }
  await db.query(
    `UPDATE computers SET last_seen_at = gatehouse_now() - interval '1 hour' * (5 + 30 * random()) WHERE team_id = $1`,
    [teamId],
  );
}
