import { askSpeaker } from '@/lib/service/computers/signalling';
import { LIMITS } from './limits';

type Question = {
  computerId: string;
  isAlive: Promise<boolean>;
  settle: (isAlive: boolean) => void;
};

/**
 * Asks whether the socket that speaks for a computer is still there, wherever it is.
 *
 * The attack: whoever copied a host key takes its computer's place by coming later. So a socket that
 * answers a ping keeps its place. And a computer that lost its network comes back while its old socket
 * still stands here: that one answers nobody, and is replaced once `LIMITS.incumbentMs` are over.
 */
export class Incumbents {
  readonly #questions = new Map<string, Question>();

  /** The same question, asked twice, is one. @throws when it can't be asked */
  isAlive(computerId: string, socketId: string): Promise<boolean> {
    const asked = this.#questions.get(socketId);
    if (asked) return asked.isAlive;
    let settle: Question['settle'] = () => undefined;
    const answer = new Promise<boolean>((resolve) => {
      settle = resolve;
    });
    const isAlive = this.#ask(computerId, socketId, answer, settle).finally(() =>
      this.#questions.delete(socketId),
    );
    this.#questions.set(socketId, { computerId, isAlive, settle });
    return isAlive;
  }

  async #ask(
    computerId: string,
    socketId: string,
    answer: Promise<boolean>,
    settle: Question['settle'],
  ): Promise<boolean> {
    if (!(await askSpeaker(computerId, socketId))) return false;
    // What was heard in time, while this process was busy, counts before the time that is over.
    const timer = setTimeout(() => setImmediate(settle, false), LIMITS.incumbentMs);
    return answer.finally(() => clearTimeout(timer));
  }

  /** It answered. */
  hearAnswer(socketId: string): void {
    this.#questions.get(socketId)?.settle(true);
  }

  /** A computer went offline: nobody speaks for it. */
  hearGone(computerId: string): void {
    for (const question of this.#questions.values()) {
      if (question.computerId === computerId) question.settle(false);
    }
  }
}
