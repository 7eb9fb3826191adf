import { randomBytes, randomUUID } from 'node:crypto';
import type pg from 'pg';
import { HOME, OFFICE } from './places';
import type { CallFrom } from './request';

export type DemoTeam = {
  password: string;
  owner: { email: string };
  valerie: { email: string };
  /** The one that is to live. */
  computer: { id: string; name: string; hostKey: string };
};

const OWNER = {
  name: 'Olga Brandt',
  email: 'olga@harbour.test',
  habits: [OFFICE, '2001:db8:40:7::5e:1'],
};
const VALERIE = {
  name: 'Valerie Vance',
  email: 'valerie@harbour.test',
  role: 'member',
  habits: [HOME, '203.0.113.24', '2001:db8:12:7::5e:1'],
} as const;
const CHIARA = {
  name: 'Chiara Romano',
  email: 'chiara@harbour.test',
  role: 'member',
  habits: ['203.0.113.9', '192.0.2.77', '192.0.2.140'],
} as const;
const MEMBERS = [
  VALERIE,
  {
    name: 'Ada Osei',
    email: 'ada@harbour.test',
    role: 'admin',
    habits: ['198.51.100.17', '2001:db8:40:1::5e:1'],
  },
  { name: 'Ben Larsen', email: 'ben@harbour.test', role: 'member', habits: ['198.51.100.88'] },
  CHIARA,
  { name: 'Dmitri Petrov', email: 'dmitri@harbour.test', role: 'member', habits: ['192.0.2.18'] },
] as const;

const COMPUTERS = ['Render station', 'Build server', 'Reception desk'];
const PROGRAMS = ['Gatehouse for macOS', 'Gatehouse for Windows', 'Browser'];

/** When the team was made. A sign-in lasts 30 days, and is known for 30 more, so that two are seen of each. */
const TEAM_DAYS = 92;
const SIGN_INS_DAYS = [57, 26] as const;

/** A repeatable sequence, so that every demo looks alike. */
function* numbers(): Generator<number, never> {
  for (let state = 20_261_122; ; ) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    yield state / 2 ** 32;
  }
}

/**
 * Makes the team by the front door (setup, invitations, computers, friends), moves that back to when the team
 * began, and then writes what has happened since, in the order of time.
 *
 * @param db as the owner of the tables: what happened can't be moved by anybody else
 */
export async function seed(from: CallFrom, setupToken: string, db: pg.Client): Promise<DemoTeam> {
  const password = 'harbour lights at dusk';
  const { name, email } = OWNER;
  const { token, team, user } = await from(OFFICE)('POST /setup', {
    body: { setupToken, team: { name: 'Harbour Studio' }, owner: { name, email, password } },
  });
  const asOwner = from(OFFICE, token);
  const params = { teamId: team.id };

  const users = new Map<string, string>([[email, user.id]]);
  const tokens = new Map<string, string>();
  for (const { name, email, role, habits } of MEMBERS) {
    const invited = await asOwner('POST /teams/{teamId}/invites', {
      params,
      body: { email, role },
    });
    const joined = await from(habits[0])('POST /invites/accept', {
      body: { token: invited.token ?? '', name, password },
    });
    users.set(email, joined.user.id);
    tokens.set(email, joined.token);
  }
  const computers: DemoTeam['computer'][] = [];
  for (const name of COMPUTERS) {
    const { computer, hostKey } = await asOwner('POST /teams/{teamId}/computers', {
      params,
      body: { name },
    });
    computers.push({ id: computer.id, name, hostKey });
  }
  const [living] = computers;
  if (!living) throw new Error('The demo has no computer.');
  const asValerie = from(HOME, tokens.get(VALERIE.email));
  const asChiara = from(CHIARA.habits[0], tokens.get(CHIARA.email));
  await asValerie('POST /friends', { body: { email: CHIARA.email } });
  const asked = await asChiara('GET /friends', {});
  await asChiara('POST /friends/{id}/accept', {
    params: { id: asked.data[0]?.id ?? '' },
    body: {},
  });

  await moveBack(db);
  const past = pastOf(
    team.id,
    users,
    computers.map(({ id }) => id),
  );
  for (const { daysAgo, sql, values } of past.sort((a, b) => b.daysAgo - a.daysAgo)) {
    await db.query(sql, [daysAgo, ...values]);
  }
  await db.query(
    `UPDATE computers SET last_seen_at = gatehouse_now() - interval '1 hour' * (3 + 61 * random()) WHERE team_id = $1`,
    [team.id],
  );
  return { password, owner: OWNER, valerie: VALERIE, computer: living };
}

/** What the front door has just made, it made when the team began. */
async function moveBack(db: pg.Client): Promise<void> {
  const columns = {
    audit_events: ['at'],
    users: ['created_at'],
    teams: ['created_at'],
    memberships: ['created_at'],
    computers: ['created_at'],
    invites: ['created_at', 'expires_at', 'accepted_at'],
    friendships: ['created_at', 'accepted_at'],
  };
  await db.query('ALTER TABLE audit_events DISABLE TRIGGER audit_events_append_only');
  for (const [table, names] of Object.entries(columns)) {
    const changes = names.map((name) => `${name} = ${name} - interval '${TEAM_DAYS} days'`);
    await db.query(`UPDATE ${table} SET ${changes.join(', ')}`);
  }
  await db.query('ALTER TABLE audit_events ENABLE TRIGGER audit_events_append_only');
  // By now they have run out, and nobody keeps them.
  await db.query('DELETE FROM sessions');
  await db.query('DELETE FROM verified_ips');
}

/** A statement; its first value is how long ago it is. */
type Past = { daysAgo: number; sql: string; values: unknown[] };

const AGO = `gatehouse_now() - interval '1 day' * $1`;

/** Sign-ins, verified networks, connections and a few refusals, of everybody. */
function pastOf(teamId: string, users: Map<string, string>, computers: readonly string[]): Past[] {
  const random = numbers();
  const chance = () => random.next().value;
  const pick = <T>(list: readonly T[]): T => list[Math.floor(chance() * list.length)] as T;
  const past: Past[] = [];
  const add = (daysAgo: number, sql: string, ...values: unknown[]) =>
    past.push({ daysAgo, sql, values });

  for (const { email, habits } of [OWNER, ...MEMBERS]) {
    const userId = users.get(email);
    const event = (daysAgo: number, type: string, address: string, more: object = {}) => {
      const members: [string, unknown][] = Object.entries({
        type,
        actor_kind: 'user',
        actor_id: userId,
        network: networkOf(address),
        address,
        request_id: 'demo',
        ...more,
      });
      const places = members.map((_, index) => `$${index + 2}`);
      const names = members.map(([name]) => name);
      add(
        daysAgo,
        `INSERT INTO audit_events (at, ${names.join(', ')}) VALUES (${AGO}, ${places.join(', ')})`,
        ...members.map(([, value]) => value),
      );
    };

    const signIns = SIGN_INS_DAYS.map((days, index) => {
      const daysAgo = days + chance();
      const isLast = index === SIGN_INS_DAYS.length - 1;
      const endDaysAgo = isLast ? null : (SIGN_INS_DAYS[index + 1] ?? 0) + 1.5;
      // The last use is anywhere between a few minutes and two days ago.
      const seenDaysAgo = endDaysAgo ?? chance() ** 3 * 2 + 0.02;
      const sessionId = `ses_${randomUUID().replaceAll('-', '')}`;
      add(
        daysAgo,
        `INSERT INTO sessions (id, user_id, token_hash, client, created_at, authenticated_at, authenticated_network,
           last_seen_at, last_seen_address, expires_at, ended_at)
         VALUES ($2, $3, $4, $5, ${AGO}, ${AGO}, $6, gatehouse_now() - interval '1 day' * $7, $8,
           ${AGO} + interval '30 days', gatehouse_now() - interval '1 day' * $9)`,
        sessionId,
        userId,
        randomBytes(32),
        pick(PROGRAMS),
        networkOf(habits[0] ?? ''),
        seenDaysAgo,
        habits[0],
        endDaysAgo,
      );
      event(daysAgo, 'session.started', habits[0] ?? '', {
        session_id: sessionId,
        reason: 'password',
      });
      return { sessionId, daysAgo, seenDaysAgo };
    });

    const verifiedDaysAgo = habits.map((address, index) => {
      // The first is fresh, the second ends soon, the third has run out or was taken away.
      const daysAgo = [SIGN_INS_DAYS[1] + chance() * 0.5, 84 + chance() * 5, 91][index] ?? 40;
      const isRevoked = index === 2 && email === CHIARA.email;
      add(
        daysAgo,
        `INSERT INTO verified_ips (user_id, network, address, method, verified_at, last_used_at, revoked_at)
         VALUES ($2, $3, $4, 'password', ${AGO}, gatehouse_now() - interval '1 day' * $5,
           CASE WHEN $6 THEN gatehouse_now() - interval '4 days' END)`,
        userId,
        networkOf(address),
        address,
        index * 9 + chance() * 3,
        isRevoked,
      );
      event(daysAgo, 'network.verified', address, { reason: 'password' });
      return daysAgo;
    });

    for (let day = TEAM_DAYS - 1; day > 0.3; day -= 0.4 + chance() * 3) {
      const isRefused = chance() < 0.05;
      const known = habits.filter((_, index) => (verifiedDaysAgo[index] ?? 0) > day);
      const strange = `203.0.113.${100 + Math.floor(chance() * 100)}`;
      const address = isRefused || known.length === 0 ? strange : pick(known);
      const isTrusted = address !== strange;
      const computerId = pick(computers);
      const session = signIns.find((one) => one.daysAgo > day && one.seenDaysAgo <= day);
      const about = {
        team_id: teamId,
        session_id: session?.sessionId ?? null,
        action: 'computer.connect',
        finding: isTrusted ? 'trusted' : 'unknown',
      };
      if (!isTrusted) {
        event(day, 'gate.refused', address, about);
      } else {
        const connectionId = `con_${randomUUID().replaceAll('-', '')}`;
        const after = { connectionId, computerId };
        event(day, 'connection.requested', address, { ...about, after });
        event(day - 0.01 - chance() * 0.2, 'connection.ended', address, {
          team_id: teamId,
          after: { ...after, state: 'closed' },
        });
      }
      if (!session) continue;
      // What is only recorded: pages that were read from there.
      const wouldBlock = isTrusted ? {} : { 'api.read': 1 + Math.floor(chance() * 5) };
      add(
        day,
        `INSERT INTO sightings (session_id, network, user_id, address, first_seen_at, last_seen_at, count, verified,
           would_block, would_block_at)
         VALUES ($2, $3, $4, $5, ${AGO}, ${AGO}, $6, $7, $8, CASE WHEN NOT $7 THEN ${AGO} END)
         ON CONFLICT (session_id, network) DO UPDATE SET count = sightings.count + excluded.count,
           last_seen_at = excluded.last_seen_at`,
        session.sessionId,
        networkOf(address),
        userId,
        address,
        1 + Math.floor(chance() * 30),
        isTrusted,
        wouldBlock,
      );
    }
  }
  return past;
}

/** As trust is kept: an IPv4 address, or an IPv6 /64. */
function networkOf(address: string): string {
  if (!address.includes(':')) return `${address}/32`;
  return `${address.split(':').slice(0, 4).join(':')}::/64`;
}
