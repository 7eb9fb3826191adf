import { GatehouseError } from '@/lib/contract/errors';
import type { GateProblem } from '@/lib/contract/resources';
import { database } from '@/lib/platform/database';
import { env } from '@/lib/platform/env';
import type { Action } from '@/lib/policy/actions';
import {
  type Decision,
  decide,
  FINDINGS,
  type Finding,
  isWouldBeBlocked,
} from '@/lib/policy/decide';
import { isFresh } from '@/lib/policy/freshness';
import { ruleOf, strictestRule } from '@/lib/policy/rules';
import { writeEvent } from '@/lib/store/audit';
import { openChallenge } from '@/lib/store/challenges';
import type { Guard } from '@/lib/store/guard';
import { recordSighting } from '@/lib/store/sightings';
import type { Actor } from './actor';

/**
 * What a gated write must still find true when it commits: the session lives, and where the gate let
 * it through because of a trusted network, that trust stands (threats VER-18: the record is deleted
 * between the check and the act).
 */
export type GatePass = Guard & { action: Action; teamId: string | null; finding: Finding };

/**
 * Passes one action through the gate, for HTTP and WebSocket alike. A refusal opens a challenge and is
 * audited in the same statement; the session goes on. `never` passes: for the calls by which one gets
 * through the gate.
 * @throws ip_verification_required, client_address_unknown
 */
export async function passGate(actor: Actor, action: Action | 'never'): Promise<GatePass> {
  const guard = { sessionId: actor.session.id, userId: actor.user.id };
  if (action === 'never')
    return {
      ...guard,
      action: 'api.read',
      teamId: null,
      finding: 'unknown',
      trustId: null,
      trustDays: 0,
    };
  const computerTeam = actor.teams.find((team) => team.id === actor.computer?.teamId);
  const rule =
    action === 'computer.connect' && computerTeam
      ? ruleOf(computerTeam.rule, action)
      : strictestRule(
          actor.teams.map((team) => team.rule),
          action,
        );
  const decision = decide({
    now: actor.now,
    network: actor.client.network,
    trust: actor.trust,
    rule,
  });
  const teamId = action === 'computer.connect' ? (computerTeam?.id ?? null) : null;
  sight(actor, action, decision);
  if (decision.verdict === 'allow') {
    return {
      action,
      teamId,
      finding: decision.finding,
      ...guard,
      trustId: decision.mode === 'enforce' ? (actor.trust?.id ?? null) : null,
      trustDays: rule.trustDays,
    };
  }
  throw await refusal(actor, action, decision.finding, teamId);
}

/**
 * What a gated write answers that found, when it wanted to commit, that its pass no longer holds.
 * @throws unauthenticated, ip_verification_required
 */
export async function refuseLate(
  actor: Actor,
  pass: GatePass,
  why: 'session-ended' | 'trust-gone',
): Promise<never> {
  if (why === 'session-ended') throw unauthenticated();
  throw await refusal(actor, pass.action, 'revoked', pass.teamId);
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
    await writeEvent(database().prisma, {
      type: 'gate.refused',
      actorId: actor.user.id,
      sessionId: actor.session.id,
      teamId,
      action,
      finding,
      reason,
      requestId: actor.requestId,
    });
    return new GatehouseError(
      'client_address_unknown',
      'The server can’t establish the address you come from, so it refuses. This is a matter of its proxy settings: tell its operator the reason.',
      { extra: { action, reason } },
    );
  }
  const challenge = await openChallenge({
    userId: actor.user.id,
    sessionId: actor.session.id,
    network,
    address,
    action,
    finding,
    teamId,
    requestId: actor.requestId,
  });
  const problem: GateProblem = {
    action,
    client: { address, network },
    challenge: {
      id: challenge.id,
      url: new URL(`/verify/${challenge.id}`, env().appUrl).href,
      expiresAt: challenge.expiresAt.toISOString(),
    },
    methods: methodsOf(actor.user),
  };
  return new GatehouseError('ip_verification_required', DETAIL[finding] ?? DETAIL_UNKNOWN, {
    extra: problem,
    headers: {
      'WWW-Authenticate':
        'Bearer error="insufficient_user_authentication", error_description="Re-authenticate from this network", max_age=0',
    },
  });
}

/** By what an account can prove who sits there. */
export function methodsOf(user: { hasPassword: boolean; hasSso: boolean }): GateProblem['methods'] {
  return [
    ...(user.hasPassword ? (['password'] as const) : []),
    ...(user.hasSso ? (['sso'] as const) : []),
  ];
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
  const { network, address } = actor.client;
  if (network === null || address === null) return;
  recordSighting({
    sessionId: actor.session.id,
    userId: actor.user.id,
    network,
    address,
    at: actor.now,
    verified: FINDINGS[decision.finding],
    wouldBlock: isWouldBeBlocked(decision) ? action : null,
  });
}

/**
 * A security setting needs a full authentication at most 15 minutes ago, on the network that asks.
 * @throws reauthentication_required
 */
export function requireFresh(actor: Actor): void {
  const fresh = isFresh({
    now: actor.now,
    network: actor.client.network,
    authenticatedAt: actor.session.authenticatedAt,
    authenticatedNetwork: actor.session.authenticatedNetwork,
  });
  if (fresh) return;
  throw new GatehouseError(
    'reauthentication_required',
    'This is a security setting. Confirm your password, then repeat the change.',
    {
      extra: { methods: methodsOf(actor.user) },
      headers: {
        'WWW-Authenticate':
          'Bearer error="insufficient_user_authentication", error_description="Re-authenticate for a security setting", max_age=900',
      },
    },
  );
}
