import { ACTIONS, type TeamAction } from '@/lib/policy/actions';

/** Facts that several statements ask for, each said once. */

/** The trust in a verified network stands: not revoked, not run out, and not of another clock's future. */
export const trustStands = (alias: string, days: string) =>
  `${alias}.revoked_at IS NULL AND ${alias}.verified_at <= gatehouse_now()
    AND ${alias}.verified_at > gatehouse_now() - interval '24 hours' * ${days}::int`;

/** A computer's key may be used from an address: from anywhere, or it lies in one of the named networks. */
export const hostMayComeFrom = (address: string, alias = 'p') =>
  `(${alias}.host_networks = '{}'
    OR coalesce(${address}::text::inet <<= ANY(${alias}.host_networks::inet[]), false))`;

/** The mode that a ruleset gives an action, were it on. @param rule the alias of `app_rules` */
export function modeIn(rule: string, action: TeamAction): string {
  return `coalesce(${rule}.modes->>'${action}', '${ACTIONS[action].mode}')`;
}
