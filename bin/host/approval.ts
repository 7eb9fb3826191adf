import { createInterface } from 'node:readline/promises';

export const POLICIES = ['all', 'ask', 'none'] as const;
/** Whom the computer accepts: whomever the server lets through, whom the person at it allows, or nobody. */
export type Policy = (typeof POLICIES)[number];

/** Asks the person at the terminal, one question at a time. */
export class Approval {
  private turn: Promise<unknown> = Promise.resolve();

  /** Whether there is somebody to ask. */
  get canAsk(): boolean {
    return process.stdin.isTTY === true && process.stdout.isTTY === true;
  }

  /**
   * @param signal drops the question when there is no point in it any more
   * @returns the answer; null: it was dropped
   */
  ask(question: string, signal: AbortSignal): Promise<boolean | null> {
    const answer = this.turn.then(() => askNow(question, signal));
    this.turn = answer.catch(() => null);
    return answer;
  }
}

async function askNow(question: string, signal: AbortSignal): Promise<boolean | null> {
  if (signal.aborted) return null;
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  // The line reader takes Ctrl-C for itself while it asks.
  terminal.once('SIGINT', () => process.kill(process.pid, 'SIGINT'));
  // The end of the input (Ctrl-D) is no yes, and would leave the question open for ever.
  const ended = new Promise<string>((resolve) => terminal.once('close', () => resolve('')));
  try {
    const reply = terminal.question(`${question} [y/N] `, { signal });
    return /^\s*y(?:es)?\s*$/i.test(await Promise.race([reply, ended]));
  } catch (error) {
    if (!signal.aborted) throw error;
    process.stdout.write('\n');
    return null;
  } finally {
    terminal.close();
  }
}
