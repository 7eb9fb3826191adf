import type { Action } from './actions';
import { decide, FINDINGS, type Finding } from './decide';
import type { EffectiveRule } from './rules';

/**
 * What another rule would have meant: what happened is gone through again, in time, with the gate's own
 * decision. Counted are prompts and not requests, since an owner decides by how often people will be asked: a
 * poller that asks 4,000 times a day is one prompt.
 */

/** Of how many days, today among them, one may ask what a rule would have meant. */
export const REPLAY_DAYS = [7, 30, 90] as const;

/** What one person did on one day, from one network, as the gate found it. */
export type RecordedUse = {
  userId: string;
  /** Null: it could not be established. */
  network: string | null;
  action: Action;
  finding: Finding;
  /** What the trust rested on; null: on nothing. */
  verifiedAt: Date | null;
  firstAt: Date;
  lastAt: Date;
  count: number;
};

/** One time that somebody would have been asked who he is. */
export type Prompt = { userId: string; network: string; action: Action; at: Date };

export type Replay<Use extends RecordedUse = RecordedUse> = {
  prompts: Prompt[];
  /** What is behind a prompt, and what none could have let through, since it came from nowhere. */
  blocked: Use[];
};

/**
 * Goes through uses under a rule. After a prompt its network counts as verified, from then on.
 * @param uses of any people, in any order
 * @param ruleOf the rule that decides a use
 */
export function replay<Use extends RecordedUse>(
  uses: readonly Use[],
  ruleOf: (use: Use) => EffectiveRule,
): Replay<Use> {
  const verified = new Map<string, Date>();
  const prompts: Prompt[] = [];
  const blocked = new Set<Use>();
  for (const { use, at } of momentsOf(uses)) {
    const { userId, network, action } = use;
    const key = `${userId} ${network}`;
    const { verdict } = decide({
      now: at,
      network,
      trust: trustOf(use, verified.get(key)),
      rule: ruleOf(use),
    });
    if (verdict === 'allow') continue;
    blocked.add(use);
    if (network === null) continue;
    verified.set(key, at);
    prompts.push({ userId, network, action, at });
  }
  return { prompts, blocked: [...blocked] };
}

/** The first and the last of each use: between them lies at most a day, and no trust is shorter. */
function momentsOf<Use extends RecordedUse>(uses: readonly Use[]): { use: Use; at: Date }[] {
  return uses
    .flatMap((use) => [
      { use, at: use.firstAt },
      ...(use.lastAt > use.firstAt ? [{ use, at: use.lastAt }] : []),
    ])
    .sort((a, b) => a.at.getTime() - b.at.getTime());
}

/** The later of what was recorded and what a prompt of the replay has verified. What was revoked counts no more. */
function trustOf({ finding, verifiedAt }: RecordedUse, replayed: Date | undefined) {
  const stood = FINDINGS[finding] || finding === 'expired' ? verifiedAt : null;
  const latest = stood && replayed ? (stood > replayed ? stood : replayed) : (stood ?? replayed);
  return latest ? { verifiedAt: latest, revokedAt: null } : null;
}

/** How many requests these are. */
export const requestsIn = (uses: readonly { count: number }[]) =>
  uses.reduce((sum, { count }) => sum + count, 0);
