import type { z } from 'zod';
import type { Impact, Simulation, UserSummary } from '@/lib/contract/resources';
import type { SimulationBody } from '@/lib/contract/schemas';
import { database } from '@/lib/platform/postgres/database';
import { ACTION_NAMES, type Action, TEAM_ACTIONS } from '@/lib/policy/actions';
import { addDays, dayOf } from '@/lib/policy/days';
import { FINDINGS } from '@/lib/policy/decide';
import { type Prompt, type Replay, replay, requestsIn } from '@/lib/policy/replay';
import { changeRule } from '@/lib/policy/rule-change';
import { modeOf, type Rule, ruleOf, strictestRule } from '@/lib/policy/rules';
import type { Actor, TeamOfActor } from '@/lib/service/gate/actor';
import { LIMITS, requirePoint } from '@/lib/service/gate/limits';
import { showTo } from '@/lib/service/gate/masks';
import {
  countPeople,
  countUsesByDay,
  type DoubtfulUse,
  findDoubtfulUses,
  findProofs,
  findRulesElsewhere,
  findUseDays,
  findUsedNetworks,
} from '@/lib/store/impact';
import { requirePossibleTrust } from './app-rules';

const NETWORKS = 50;
const PEOPLE = 500;
const NEVER_VERIFIED = 100;
/** A prompt is passed when its network is verified so long after a refusal. */
const PASSED_MS = 10 * 60 * 1000;

const pairOf = ({ userId, network }: { userId: string; network: string | null }) =>
  `${userId} ${network}`;
const peopleIn = (rows: readonly { userId: string }[]) => new Set(rows.map((r) => r.userId)).size;

/** What a team's members used in the last days, what was refused, and what enforcing everything would have meant. */
export async function showImpact(actor: Actor, team: TeamOfActor, days: number): Promise<Impact> {
  const span = { teamId: team.id, days };
  const { prisma } = database();
  const elsewhere = await findRulesElsewhere(prisma, team.id);
  const [doubtful, proofs, byDay, people, networks, used] = await Promise.all([
    findDoubtfulUses(prisma, span, shortestTrust([team.rule], elsewhere)),
    findProofs(prisma, span),
    countUsesByDay(prisma, span),
    countPeople(prisma, span),
    findUsedNetworks(prisma, span, NETWORKS),
    findUseDays(prisma, team.id),
  ]);
  const show = showTo(actor);
  const would = replay(doubtful, under(everythingEnforced(team.rule), elsewhere)).prompts;
  const asked = promptsGiven(doubtful, proofs);
  const passed = asked.filter(({ seconds }) => seconds !== null);
  const actions = [...new Set(byDay.map(({ action }) => action as Action))];
  return {
    period: periodOf(used, days),
    totals: {
      people: people.find(({ action }) => action === null)?.people ?? 0,
      prompts: asked.length,
      passed: passed.length,
      passedMedianSeconds: median(passed.flatMap(({ seconds }) => seconds ?? [])),
      notPassed: asked.length - passed.length,
      wouldPromptPeople: peopleIn(would),
      wouldPrompts: would.length,
    },
    actions: ACTION_NAMES.filter((action) => actions.includes(action)).map((action) => {
      const rows = byDay.filter((row) => row.action === action);
      const refused = rows.reduce((sum, row) => sum + row.refused, 0);
      const wouldHere = would.filter((prompt) => prompt.action === action);
      return {
        action,
        mode: modeOf(team.rule, action),
        uses: rows.reduce((sum, row) => sum + row.allowed, refused),
        people: people.find((row) => row.action === action)?.people ?? 0,
        refused,
        prompts: asked.filter((prompt) => prompt.action === action).length,
        passed: passed.filter((prompt) => prompt.action === action).length,
        wouldPrompts: wouldHere.length,
        wouldPromptPeople: peopleIn(wouldHere),
      };
    }),
    daily: byDay.map(({ day, action, allowed, refused }) => {
      const isOfRow = (prompt: { day: string; action: Action }) =>
        prompt.day === day && prompt.action === action;
      return {
        day,
        action: action as Action,
        allowed,
        refused,
        passed: passed.filter(isOfRow).length,
        wouldPrompt: would.filter(({ at, ...prompt }) => isOfRow({ ...prompt, day: dayOf(at) }))
          .length,
      };
    }),
    networks: networks.map((row) => show(row)),
    neverVerified: neverVerified(doubtful, proofs).map((row) => show(row)),
  };
}

/**
 * What a change of a team's Default ruleset would have meant.
 * @throws too_many_requests, invalid_request
 */
export async function simulate(
  actor: Actor,
  team: TeamOfActor,
  { settings, days }: z.infer<typeof SimulationBody>,
): Promise<Simulation> {
  requirePossibleTrust(settings.trustDays, 'settings.trustDays');
  await requirePoint(LIMITS.simulate, team.id);
  const span = { teamId: team.id, days };
  const { prisma } = database();
  const proposed = changeRule(team.rule, settings);
  const elsewhere = await findRulesElsewhere(prisma, team.id);
  const [doubtful, proofs, used] = await Promise.all([
    findDoubtfulUses(prisma, span, shortestTrust([team.rule, proposed], elsewhere)),
    findProofs(prisma, span),
    findUseDays(prisma, team.id),
  ]);
  const before = replay(doubtful, under(team.rule, elsewhere));
  const after = replay(doubtful, under(proposed, elsewhere));
  return {
    period: periodOf(used, days),
    before: counted(before),
    after: counted(after),
    perAction: ACTION_NAMES.map((action) => ({
      action,
      before: counted(ofAction(before, action)),
      after: counted(ofAction(after, action)),
    })).filter(({ before, after }) => before.blockedUses + after.blockedUses > 0),
    people: peopleAsked(before.prompts, after.prompts, doubtful, proofs).map((row) =>
      showTo(actor)(row),
    ),
    notSimulated: [
      ...(used.since && used.since > periodOf(used, days).from
        ? [`Uses before ${used.since} were not recorded.`]
        : []),
      ...(elsewhere.size > 0
        ? ['Connections of members of other teams too may have been to computers of those teams.']
        : []),
    ],
  };
}

/** In days, by any rule that may decide a use. */
const shortestTrust = (rules: readonly Rule[], elsewhere: ReadonlyMap<string, Rule[]>) =>
  Math.min(...[...rules, ...[...elsewhere.values()].flat()].map(({ trustDays }) => trustDays));

/** The rule that decides a use: for connecting that of the team, else the strictest of all teams of its user. */
function under(rule: Rule, elsewhere: ReadonlyMap<string, Rule[]>) {
  return ({ userId, action }: { userId: string; action: Action }) =>
    action === 'computer.connect'
      ? ruleOf(rule, action)
      : strictestRule([rule, ...(elsewhere.get(userId) ?? [])], action);
}

const everythingEnforced = (rule: Rule): Rule =>
  changeRule(rule, {
    enabled: true,
    actions: Object.fromEntries(TEAM_ACTIONS.map((action) => [action, 'enforce'])),
  });

const ofAction = ({ prompts, blocked }: Replay, action: Action): Replay => ({
  prompts: prompts.filter((prompt) => prompt.action === action),
  blocked: blocked.filter((use) => use.action === action),
});

const counted = ({ prompts, blocked }: Replay) => ({
  prompts: prompts.length,
  people: peopleIn(prompts),
  blockedUses: requestsIn(blocked),
});

type Proof = { userId: string; network: string; at: Date };

function grouped<Row>(rows: readonly Row[], keyOf: (row: Row) => string): Map<string, Row[]> {
  const groups = new Map<string, Row[]>();
  for (const row of rows) {
    const group = groups.get(keyOf(row));
    if (group) group.push(row);
    else groups.set(keyOf(row), [row]);
  }
  return groups;
}

/** The prompts that were given, one a person, network and day; `seconds`: how long until it was passed, null: it wasn’t. */
function promptsGiven(doubtful: readonly DoubtfulUse[], proofs: readonly Proof[]) {
  const byPair = grouped(proofs, pairOf);
  const given = new Map<string, { day: string; action: Action; seconds: number | null }>();
  for (const use of doubtful.toSorted((a, b) => a.firstAt.getTime() - b.firstAt.getTime())) {
    const key = `${use.day} ${pairOf(use)}`;
    if (use.mode !== 'enforce' || FINDINGS[use.finding] || use.network === null) continue;
    if (given.has(key)) continue;
    const passedAt = byPair
      .get(pairOf(use))
      ?.find(({ at }) => at >= use.firstAt && at.getTime() <= use.lastAt.getTime() + PASSED_MS)?.at;
    const since = passedAt && (passedAt < use.lastAt ? use.firstAt : use.lastAt);
    given.set(key, {
      day: use.day,
      action: use.action,
      seconds: since ? Math.round((passedAt.getTime() - since.getTime()) / 1000) : null,
    });
  }
  return [...given.values()];
}

/** Whoever used a network and has not verified it since, most uses first. */
function neverVerified(doubtful: readonly DoubtfulUse[], proofs: readonly Proof[]) {
  const byPair = grouped(proofs, pairOf);
  const found = new Map<string, Impact['neverVerified'][number] & { masked: boolean }>();
  for (const use of doubtful) {
    const { userId, name, email, network, action, count, firstAt, lastAt } = use;
    if (network === null || FINDINGS[use.finding]) continue;
    if (byPair.get(pairOf(use))?.some(({ at }) => at >= firstAt)) continue;
    const key = `${pairOf(use)} ${action}`;
    const before = found.get(key);
    found.set(key, {
      masked: false,
      user: { id: userId, name, email },
      network,
      action,
      uses: count + (before?.uses ?? 0),
      firstAt: earlier(before?.firstAt, firstAt),
      lastAt: later(before?.lastAt, lastAt),
    });
  }
  return [...found.values()].sort((a, b) => b.uses - a.uses).slice(0, NEVER_VERIFIED);
}

const earlier = (a: string | undefined, b: Date) =>
  a && a < b.toISOString() ? a : b.toISOString();
const later = (a: string | undefined, b: Date) => (a && a > b.toISOString() ? a : b.toISOString());

function peopleAsked(
  before: readonly Prompt[],
  after: readonly Prompt[],
  doubtful: readonly DoubtfulUse[],
  proofs: readonly Proof[],
) {
  const byPair = grouped(proofs, pairOf);
  const usesOf = grouped(doubtful, ({ userId }) => userId);
  const beforeOf = grouped(before, ({ userId }) => userId);
  const afterOf = grouped(after, ({ userId }) => userId);
  return [...new Set([...afterOf.keys(), ...beforeOf.keys()])]
    .map((userId) => ({
      uses: usesOf.get(userId) ?? [],
      before: beforeOf.get(userId)?.length ?? 0,
      after: afterOf.get(userId)?.length ?? 0,
    }))
    .sort((a, b) => b.after - a.after || b.before - a.before)
    .slice(0, PEOPLE)
    .flatMap(({ uses, ...times }) => {
      const [first] = uses;
      if (!first) return [];
      const unproven = uses.filter(({ finding }) => !FINDINGS[finding]);
      const networks = [...grouped(unproven, ({ network }) => network ?? '')].flatMap(
        ([network, rows]) => {
          if (network === '') return [];
          const firstAt = new Date(Math.min(...rows.map((row) => row.firstAt.getTime())));
          const verifiedSince =
            byPair
              .get(pairOf({ userId: first.userId, network }))
              ?.some(({ at }) => at >= firstAt) ?? false;
          return { network, firstAt: firstAt.toISOString(), uses: requestsIn(rows), verifiedSince };
        },
      );
      return { user: userOf(first), ...times, networks };
    });
}

const userOf = ({ userId, name, email }: DoubtfulUse): UserSummary => ({ id: userId, name, email });

function periodOf({ today, since }: { today: string; since: string | null }, days: number) {
  return { from: addDays(today, 1 - days), to: today, days, dataSince: since };
}

function median(values: readonly number[]): number | null {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? null;
}
