import { ACTIONS, type TeamAction } from '@/lib/policy/actions';
import { CONNECTION_STATES, isLive } from '@/lib/policy/connection-state';
import { DEFAULT_RULE } from '@/lib/policy/rules';
import { SESSION_IDLE_DAYS } from '@/lib/policy/session';

/**
 * Facts that several statements ask for, each said once. The attack: a fact is said in five places, made
 * stricter in four, and the thief comes by the fifth.
 */

/** The trust in a verified network stands: not revoked, not run out, and not of another clock's future. */
export const trustStands = (alias: string, days: string) =>
  `${alias}.revoked_at IS NULL AND ${alias}.verified_at <= gatehouse_now()
    AND ${alias}.verified_at > gatehouse_now() - interval '24 hours' * ${days}::int`;

/** How many days the networks of a user are trusted: as the strictest of the teams says (lib/policy/rules.ts) that has IP Verification on. */
export function trustDaysOf(userId: string): string {
  const { enabled, trustDays } = ruleAt('r');
  return `(
  SELECT coalesce(min(coalesce(${trustDays}, ${DEFAULT_RULE.trustDays})) FILTER (WHERE coalesce(${enabled}, true)),
    min(${trustDays}), ${DEFAULT_RULE.trustDays})
  FROM memberships o LEFT JOIN app_rules r ON r.team_id = o.team_id AND r.is_default WHERE o.user_id = ${userId})`;
}

/** A session is live: not ended, not run out, and not idle for too long. */
export const sessionLives = (alias: string, now = 'gatehouse_now()') =>
  `${alias}.ended_at IS NULL AND ${alias}.expires_at > ${now}
    AND ${alias}.last_seen_at > ${now} - interval '${SESSION_IDLE_DAYS * 24} hours'`;

/**
 * A socket belongs to its session, not to the token it was opened with; but once the token was replaced,
 * only on the network where its owner re-authenticated. Else a thief's socket would outlive his token.
 */
export const socketStands = (session: string, tokenHash: string, network: string) =>
  `(${session}.token_hash = ${tokenHash} OR ${session}.authenticated_network = ${network})`;

/** By what a user can prove who sits there, as two columns: his password, or a provider that knows him. @param user alias */
export const meansOf = (user: string) => `
  ${user}.password_hash IS NOT NULL AND NOT gatehouse_requires_sso(${user}.id, ${user}.email) AS "hasPassword",
  EXISTS (SELECT 1 FROM sso_identities i JOIN sso_connections k ON k.id = i.connection_id AND k.enabled
    JOIN memberships m ON m.team_id = k.team_id AND m.user_id = i.user_id
    WHERE i.user_id = ${user}.id) AS "hasSso"`;

/** A computer is open to a member of its team: to all, or he is named. @param grants or those that were locked */
export const isOpenTo = (computer: string, userId: string, grants = 'computer_grants') =>
  `(${computer}.access = 'all' OR EXISTS (
    SELECT 1 FROM ${grants} g WHERE g.computer_id = ${computer}.id AND g.user_id = ${userId}))`;

/** A user may connect to a computer: it is there, of a team of his, and open to him. */
export const mayConnect = (computer: string, userId: string) =>
  `(${computer}.removed_at IS NULL
    AND EXISTS (SELECT 1 FROM memberships m WHERE m.team_id = ${computer}.team_id AND m.user_id = ${userId})
    AND ${isOpenTo(computer, userId)})`;

/** A computer's key may be used from an address: from anywhere, or it lies in one of the named networks. */
export const hostMayComeFrom = (address: string, alias = 'p') =>
  `(${alias}.host_networks = '{}'
    OR coalesce(${address}::text::inet <<= ANY(${alias}.host_networks::inet[]), false))`;

/** The states of a connection that has not ended, as the indices of live ones have them: `state IN …`. */
export const LIVE_STATES = `(${CONNECTION_STATES.filter(isLive)
  .map((state) => `'${state}'`)
  .join(', ')})`;

/** A connection waits for its computer, and may still be answered. */
export const waitsForHost = (connection: string) =>
  `${connection}.state = 'waiting_for_host' AND ${connection}.expires_at > gatehouse_now()`;

/** A connection is live: one that nobody answered in time is not, whether or not anybody wrote it down. */
export const connectionLives = (connection: string) =>
  `(${connection}.state = 'accepted' OR ${waitsForHost(connection)})`;

/**
 * What a ruleset says at an instant. A planned change counts from the moment it is due, by this clock alone:
 * whether a job has written it down, and on which instance one asks, makes no difference.
 * @param rule the alias of `app_rules`
 */
export function ruleAt(rule: string, now = 'gatehouse_now()') {
  const member = (stored: string, planned: string) =>
    `(CASE WHEN ${rule}.planned_at <= ${now} THEN coalesce(${planned}, ${rule}.${stored}) ELSE ${rule}.${stored} END)`;
  return {
    enabled: member('enabled', `(${rule}.planned->>'enabled')::boolean`),
    trustDays: member('trust_days', `(${rule}.planned->>'trustDays')::int`),
    modes: member('modes', `${rule}.modes || (${rule}.planned->'actions')`),
  };
}

/** The same, as the columns of a `RuleRow`. */
export function ruleColumns(rule: string, now?: string): string {
  const { enabled, trustDays, modes } = ruleAt(rule, now);
  return `${enabled} AS enabled, ${trustDays} AS "trustDays", ${modes} AS modes`;
}

/** The mode that a ruleset gives an action, were it on. @param rule the alias of `app_rules` */
export function modeIn(rule: string, action: TeamAction): string {
  return `coalesce(${ruleAt(rule).modes}->>'${action}', '${ACTIONS[action].mode}')`;
}
