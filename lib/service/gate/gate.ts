import { GatehouseError } from '@/lib/contract/errors';
import type { GateProblem } from '@/lib/contract/resources';
import { env } from '@/lib/platform/env';
import { database } from '@/lib/platform/postgres/database';
import type { Action, Mode } from '@/lib/policy/actions';
import {
  type Decision,
  decide,
  FINDINGS,
  type Finding,
  isWouldBeBlocked,
} from '@/lib/policy/decide';
import { hasPermission, type Permission } from '@/lib/policy/roles';
import { type EffectiveRule, type Rule, ruleOf, strictestRule } from '@/lib/policy/rules';
import { openChallenge } from '@/lib/store/challenges';
import type { Guard, Held } from '@/lib/store/guard';
import { recordSighting } from '@/lib/store/sightings';
import { type Tally, writeTallied } from '@/lib/store/tallies';
import { findMeans, type Means } from '@/lib/store/users';
import { recordUse } from '@/lib/store/uses';
import { type Actor, actorOrigin, isActorFresh, noTeam, notAllowed } from './actor';
import { REFUSALS_A_MINUTE, tooMany } from './limits';
import { doubtSharedMachine } from './own-machine';
import { countedPlace } from './places';

/** That the actor's role in a team allows something. */
export type Membership = { teamId: string; permission: Permission };

/**
 * What an act was allowed by, and must still be allowed by when it commits: the session lives, the role
 * allows it, and by the rules and the trust of that moment the gate lets it through (threats VER-18: the
 * record is deleted between the check and the act).
 */
export type GatePass = Guard & {
  /** `never`: a call by which one gets through the gate. */
  action: Action | 'never';
  /** The team whose rule decides alone: that of the computer that is asked for. */
  teamId: string | null;
  finding: Finding;
  /** The mode by which it was let through; with `trustDays`, the rule as it was read. */
  mode: Mode;
  membership: Membership | null;
};

/**
 * Passes one action through the gate, for HTTP and WebSocket alike. A refusal opens a challenge and is
 * audited in the same statement; the session goes on.
 * @param membership what else the act rests on
 * @throws ip_verification_required, client_address_unknown, too_many_requests
 */
export async function passGate(
  actor: Actor,
  action: Action | 'never',
  membership: Membership | null = null,
): Promise<GatePass> {
  const who = { sessionId: actor.session.id, userId: actor.user.id, membership };
  if (action === 'never') {
    const nothing = { teamId: null, finding: 'unknown', trustId: null, trustDays: 0 } as const;
    return { ...who, ...nothing, action, mode: 'off' };
  }
  const computerTeam = actor.teams.find((team) => team.id === actor.computer?.teamId);
  const teamId = action === 'computer.connect' ? (computerTeam?.id ?? null) : null;
  const rule = effectiveRuleOf(
    actor.teams.map((team) => ({ teamId: team.id, rule: team.rule })),
    action,
    teamId,
  );
  const decision = decide({
    now: actor.now,
    network: actor.client.network,
    trust: actor.trust,
    rule,
  });
  if (decision.verdict === 'challenge') {
    const seen = await doubted(actor);
    sight(seen, action, decision);
    throw await refusal(seen, action, decision.finding, teamId);
  }
  sight(actor, action, decision);
  const trustId = decision.mode === 'enforce' ? (actor.trust?.id ?? null) : null;
  const { finding, mode } = decision;
  return { ...who, action, teamId, finding, mode, trustId, trustDays: rule.trustDays };
}

/** Who could not verify this network either is told at once, and told why. */
async function doubted(actor: Actor): Promise<Actor> {
  if (!actor.client.mayBeProxy) return actor;
  const { prisma } = database();
  return { ...actor, client: await doubtSharedMachine(prisma, actor.client, actor.user.id) };
}

/** The rule that decides an action: of one team, or the strictest of all. */
function effectiveRuleOf(
  rules: { teamId: string; rule: Rule }[],
  action: Action,
  teamId: string | null,
): EffectiveRule {
  const one = rules.find((rule) => rule.teamId === teamId);
  if (one) return ruleOf(one.rule, action);
  return strictestRule(
    rules.map(({ rule }) => rule),
    action,
  );
}

/** Whether the gate may refuse this action at all. */
export function isGated({ action }: GatePass): boolean {
  return action !== 'never' && action !== 'api.read';
}

/** Why a pass no longer holds. */
export type PassGone =
  | { why: 'session-ended' | 'no-member' | 'no-permission' }
  | { why: 'gate'; finding: Finding };

/**
 * Judges a pass anew, by what its act has locked: a right that was there when the call was checked may be
 * gone by now.
 * @returns null while it holds
 */
export function judgePass(actor: Actor, pass: GatePass, held: Held): PassGone | null {
  if (!held.isSessionLive) return { why: 'session-ended' };
  if (pass.membership) {
    if (held.role === null) return { why: 'no-member' };
    if (!hasPermission(held.role, pass.membership.permission)) return { why: 'no-permission' };
  }
  if (pass.action === 'never' || !isGated(pass)) return null;
  const { verdict, finding } = decide({
    now: held.now,
    network: actor.client.network,
    trust: held.trust,
    rule: effectiveRuleOf(held.rules, pass.action, pass.teamId),
  });
  return verdict === 'challenge' ? { why: 'gate', finding } : null;
}

/**
 * What a write answers that found, when it wanted to commit, that its pass no longer holds: what the call
 * would have been answered, had it come a moment later.
 * @throws unauthenticated, not_found, forbidden, ip_verification_required, client_address_unknown
 */
export async function refuseLate(actor: Actor, pass: GatePass, gone: PassGone): Promise<never> {
  switch (gone.why) {
    case 'session-ended':
      throw unauthenticated();
    case 'no-member':
      throw noTeam();
    case 'no-permission':
      throw notAllowed();
    case 'gate':
      throw await refusal(
        await doubted(actor),
        pass.action === 'never' ? 'api.read' : pass.action,
        gone.finding,
        pass.teamId,
      );
  }
}

/** One answer for no, unknown, expired and revoked tokens. */
export function unauthenticated(): GatehouseError {
  return new GatehouseError('unauthenticated', 'Sign in, then repeat the request.', {
    headers: { 'WWW-Authenticate': 'Bearer' },
  });
}

async function refusal(
  actor: Actor,
  action: Action,
  finding: Finding,
  teamId: string | null,
): Promise<GatehouseError> {
  const { address, network, reason } = actor.client;
  if (address === null || network === null) {
    const event = { type: 'gate.refused', teamId, action, finding } as const;
    const tally = await writeTallied(database().prisma, actorOrigin(actor), event);
    if (tally.count >= REFUSALS_A_MINUTE) return tooManyRefusals(tally);
    return new GatehouseError(
      'client_address_unknown',
      'The server can’t establish the address you come from, so it refuses. This is a matter of its proxy settings: tell its operator the reason.',
      { extra: { action, reason } },
    );
  }
  const challenge = await openChallenge(
    {
      userId: actor.user.id,
      sessionId: actor.session.id,
      network,
      address,
      action,
      finding,
      teamId,
      requestId: actor.requestId,
      place: countedPlace(actor.session.id, actor.client),
    },
    REFUSALS_A_MINUTE,
  );
  if ('count' in challenge) return tooManyRefusals(challenge);
  const problem: GateProblem = {
    action,
    client: { address, network },
    challenge: {
      id: challenge.id,
      url: new URL(`/verify/${challenge.id}`, env().appUrl).href,
      expiresAt: challenge.expiresAt.toISOString(),
    },
    methods: methodsOf(challenge),
  };
  return new GatehouseError('ip_verification_required', DETAIL[finding] ?? DETAIL_UNKNOWN, {
    extra: problem,
    headers: {
      'WWW-Authenticate':
        'Bearer error="insufficient_user_authentication", error_description="Re-authenticate from this network", max_age=0',
    },
  });
}

/** Whoever does not hear a refusal is sent away; the activity says how often he came. */
function tooManyRefusals({ waitSeconds }: Tally): GatehouseError {
  return tooMany(
    waitSeconds,
    'This was refused many times within a minute. Verify this network, then repeat the action.',
  );
}

export function methodsOf({ hasPassword, hasSso }: Means): GateProblem['methods'] {
  return [...(hasPassword ? (['password'] as const) : []), ...(hasSso ? (['sso'] as const) : [])];
}

/** By what an account can prove who sits there. Asked where it is said: no call that is let through needs it. */
export async function findMethods(userId: string): Promise<GateProblem['methods']> {
  return methodsOf(await findMeans(userId));
}

const DETAIL_UNKNOWN =
  'This network is not verified for your account. Confirm that it is you, then repeat the action.';
const DETAIL: Partial<Record<Finding, string>> = {
  expired:
    'The verification of this network has run out. Confirm that it is you, then repeat the action.',
  revoked:
    'The verification of this network was removed. Confirm that it is you, then repeat the action.',
};

function sight(actor: Actor, action: Action, decision: Decision): void {
  const { network, address, reason, peer } = actor.client;
  recordSighting({
    sessionId: actor.session.id,
    userId: actor.user.id,
    // Who makes his own address unknown leaves a trace all the same, by the peer.
    network: network ?? `peer ${peer}`,
    address: address ?? `${peer}`,
    reason,
    at: actor.now,
    verified: FINDINGS[decision.finding],
    wouldBlock: isWouldBeBlocked(decision) ? action : null,
  });
  recordUse({
    sessionId: actor.session.id,
    userId: actor.user.id,
    network,
    reason,
    action,
    finding: decision.finding,
    mode: decision.mode,
    verifiedAt: actor.trust?.verifiedAt ?? null,
    at: actor.now,
  });
}

/**
 * A security setting needs a full authentication at most 15 minutes ago, on the network that asks.
 * @throws reauthentication_required
 */
export async function requireFresh(actor: Actor): Promise<void> {
  if (isActorFresh(actor)) return;
  throw new GatehouseError(
    'reauthentication_required',
    'This is a security setting. Confirm your password, then repeat the change.',
    {
      extra: { methods: await findMethods(actor.user.id) },
      headers: {
        'WWW-Authenticate':
          'Bearer error="insufficient_user_authentication", error_description="Re-authenticate for a security setting", max_age=900',
      },
    },
  );
}
