import { log } from '@/lib/platform/log';
import { type Db, transaction } from '@/lib/platform/postgres/database';
import { onShutdown } from '@/lib/platform/shutdown';
import { offUntil, type PlannedRule, unfoldPlan } from '@/lib/policy/rule-change';
import { type Rule, ruleOf } from '@/lib/policy/rules';
import { type LockedRule, lockDueRule, setRule } from '@/lib/store/app-rules';
import { type NewEvent, writeEvent } from '@/lib/store/audit';
import { revokeUnverifiedConnections } from '@/lib/store/connections';

/**
 * What becomes of rulesets by itself. The gate goes by a planned change from the instant at which it is due, by
 * the database's clock (lib/store/facts.ts); what is done here is what nobody asks for then: the row and the
 * activity say so, and the connections that it refuses end.
 */

const LOOK_MS = 5_000;

/** Writes down what is due, now and every few seconds, until the process stops. A failure waits for the next time. */
export function keepPlans(): void {
  let isRunning = false;
  const run = () => {
    if (isRunning) return;
    isRunning = true;
    writeAllDue()
      .catch((err: unknown) => log().warn({ err }, 'a planned change of App Rules is not written'))
      .finally(() => {
        isRunning = false;
      });
  };
  run();
  const timer = setInterval(run, LOOK_MS);
  timer.unref();
  onShutdown('planned rules', () => clearInterval(timer));
}

async function writeAllDue(): Promise<void> {
  let isWritten: boolean;
  do {
    isWritten = await transaction(async (tx) => {
      const due = await lockDueRule(tx);
      if (due) await writeDuePlan(tx, due);
      return due !== null;
    });
  } while (isWritten);
}

/**
 * Writes down a planned change that is due; nothing where none is.
 * @param locked by this transaction
 * @returns the ruleset as it is now
 */
export async function writeDuePlan(tx: Db, locked: LockedRule): Promise<PlannedRule> {
  const { id, teamId, now, ...before } = locked;
  const after = unfoldPlan(before, now);
  if (after.planned === before.planned) return after;
  await setRule(tx, id, after, null, null);
  await endWhatIsRefused(tx, teamId, after.rule);
  await writeEvent(tx, BY_ITSELF, { teamId, ...ruleEvent(id, before, after) });
  return after;
}

const BY_ITSELF = {
  actorKind: 'system',
  actorId: null,
  actorLabel: null,
  sessionId: null,
  computerId: null,
  network: null,
  address: null,
  unknownReason: null,
  requestId: null,
} as const;

/** Ends the connections that a ruleset refuses. */
export async function endWhatIsRefused(tx: Db, teamId: string, rule: Rule): Promise<void> {
  const { mode, trustDays } = ruleOf(rule, 'computer.connect');
  if (mode === 'enforce') await revokeUnverifiedConnections(tx, teamId, trustDays);
}

/** What the activity keeps of a change. */
export function ruleEvent(
  ruleId: string,
  before: PlannedRule,
  after: PlannedRule,
): Pick<NewEvent, 'type' | 'before' | 'after'> {
  return { type: 'rule.changed', before: view(ruleId, before), after: view(ruleId, after) };
}

function view(ruleId: string, planned: PlannedRule) {
  const until = offUntil(planned)?.toISOString();
  return { ruleId, ...planned.rule, ...(until !== undefined && { offUntil: until }) };
}
