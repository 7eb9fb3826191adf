import type { Fixture } from '../api/refusals';
import { CAFE, HOME, type TestServer } from './harness';
import { newKeys } from './idp/saml-idp';

/** What stands in DNS for the domain of a scene that nobody has proven yet. */
export const SCENE_PROOF = 'gatehouse-verification=the proof of the scene';

let keys: ReturnType<typeof newKeys> | null = null;
/** One for all scenes: making a key takes its time. */
async function certificate(): Promise<string> {
  keys ??= newKeys();
  return (await keys).certificate;
}

/** A team of its own, with whatever paths and bodies may name, and its owner, who calls from home. */
export async function makeScene(server: TestServer) {
  const insert = async (sql: string, values: unknown[]): Promise<string> =>
    (await server.db.query(`INSERT INTO ${sql} RETURNING id`, values)).rows[0].id;
  const find = async (sql: string, id: string): Promise<string> =>
    (await server.db.query(`SELECT id FROM ${sql}`, [id])).rows[0].id;
  const teamId = await server.addTeam();
  const caller = await server.addUser({ teamId, role: 'owner' });
  const member = await server.addUser({ teamId });
  const computerId = await server.addComputer(teamId);
  const providerId = await server.addProvider(teamId);
  const addDomain = (name: string, provenAt: string) =>
    insert(
      `sso_domains (team_id, connection_id, domain, proof, proven_at)
       VALUES ($1, $2, $3, 'the proof of the scene', ${provenAt})`,
      [teamId, providerId, `${name}-${providerId.slice(-10).toLowerCase()}.example.org`],
    );
  const fixtures: Record<Fixture, string> = {
    teamId,
    memberId: member.id,
    ruleId: await find('app_rules WHERE team_id = $1', teamId),
    computerId,
    inviteId: await insert(
      `invites (team_id, email, role, token_hash, invited_by, expires_at)
       VALUES ($1, 'invited@example.com', 'member', decode(md5($1), 'hex'), $2,
         gatehouse_now() + interval '7 days')`,
      [teamId, caller.id],
    ),
    memberVerifiedIpId: await find('verified_ips WHERE user_id = $1', member.id),
    memberNetwork: `${HOME}/32`,
    ownVerifiedIpId: await server.trust(caller.id, CAFE),
    ownSessionId: (await server.addSession(caller.id)).sessionId,
    ownConnectionId: await insert(
      `connections (computer_id, user_id, session_id, network, expires_at)
       VALUES ($1, $2, $3, '${HOME}/32', gatehouse_now() + interval '1 hour')`,
      [computerId, caller.id, caller.sessionId],
    ),
    friendRequestId: await insert('friendships (requester_id, email) VALUES ($1, $2)', [
      member.id,
      caller.email,
    ]),
    challengeId: await insert(
      `challenges (id, user_id, session_id, network, address, action, expires_at)
       VALUES (md5($1), $1, $2, '${HOME}/32', '${HOME}', 'friend.add',
         gatehouse_now() + interval '10 minutes')`,
      [caller.id, caller.sessionId],
    ),
    providerId,
    ssoDomainId: await addDomain('new', 'NULL'),
    provenDomainId: await addDomain('proven', 'gatehouse_now()'),
    eventFilterId: await insert(
      `event_filters (team_id, name, query) VALUES ($1, 'Refusals', '{"type": ["gate.refused"]}')`,
      [teamId],
    ),
    certificate: await certificate(),
    callerId: caller.id,
    password: caller.password,
  };
  return { teamId, caller, fixtures };
}

export type Scene = Awaited<ReturnType<typeof makeScene>>;

/** All that a call may change. What a refusal writes (challenge, audit row) and what is seen of use are not of it. */
export async function readState(server: TestServer): Promise<unknown> {
  const tables = {
    teams: '',
    memberships: '',
    app_rules: '',
    invites: '',
    computers: '',
    event_filters: '',
    computer_grants: '',
    // An attempt that runs out meanwhile does so by itself.
    connections: `- 'ended_at' || jsonb_build_object('state', replace(t.state::text, 'expired', 'waiting_for_host'))`,
    friendships: '',
    users: '',
    sso_connections: '',
    sso_domains: '',
    sso_identities: '',
    password_resets: '',
    verified_ips: `- 'last_used_at' - 'address'`,
    sessions: `- 'last_seen_at' - 'last_seen_address'`,
  };
  const parts = Object.entries(tables).map(
    ([table, without]) =>
      `(SELECT md5(string_agg(row, '' ORDER BY row)) FROM (SELECT (to_jsonb(t) ${without})::text AS row FROM ${table} t) r) AS ${table}`,
  );
  const { rows } = await server.db.query(
    `SELECT ${parts.join(', ')}, (SELECT count(*)::int FROM audit_events WHERE type <> 'gate.refused') AS acts`,
  );
  return rows[0];
}
