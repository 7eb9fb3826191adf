import { log } from './log';
import { shared } from './shared';

/** How long a thing that was said is counted, before it is said again. */
const QUIET_MS = 1_000;

type Quiet = { further: number; last: object };

/**
 * Says a thing that is to be expected under load: at once, and then once a second with how often it
 * happened meanwhile. Whoever can bring it about must not be able to fill the log by it.
 */
export class RareLog {
  readonly #quiet = new Map<string, Quiet>();

  /** @param say writes one line */
  constructor(private readonly say: (message: string, fields: object) => void) {}

  /** @param message one of few, and none of a caller's choice */
  note(message: string, fields: object = {}): void {
    const quiet = this.#quiet.get(message);
    if (quiet) {
      quiet.further += 1;
      quiet.last = fields;
      return;
    }
    this.say(message, fields);
    this.#wait(message);
  }

  #wait(message: string): void {
    const quiet: Quiet = { further: 0, last: {} };
    this.#quiet.set(message, quiet);
    setTimeout(() => {
      this.#quiet.delete(message);
      if (quiet.further === 0) return;
      this.say(message, { ...quiet.last, times: quiet.further });
      this.#wait(message);
    }, QUIET_MS).unref();
  }
}

/** The one of this process, into its log. */
export function logRarely(message: string, fields: object = {}): void {
  shared('rare-log', () => new RareLog((text, details) => log().warn(details, text))).note(
    message,
    fields,
  );
}

/** How long a thing that must be mended is said once. */
const MENDING_MS = 10 * 60 * 1_000;

/** What is wrong, and what to write. */
type Words = { message: string; cure: string };

/**
 * Says a thing at most once in ten minutes: every request of a wrong set-up gives cause for the same
 * line, and so can any caller who wants to fill the log.
 *
 * @param nowMs a clock that never goes back
 * @returns what says it; the keys must be few, and none of a caller's choice
 */
export function createRareWarning(
  warn: (words: Words) => void,
  nowMs: () => number = () => performance.now(),
): (key: string, findWords: () => Words | null) => void {
  const quietUntilMs = new Map<string, number>();
  return (key, findWords) => {
    if (nowMs() < (quietUntilMs.get(key) ?? Number.NEGATIVE_INFINITY)) return;
    quietUntilMs.set(key, nowMs() + MENDING_MS);
    const words = findWords();
    if (words) warn(words);
  };
}
