import type { CloseReason } from '@/lib/contract/protocol';
import { log } from '@/lib/platform/log';

/** What is counted, for whoever operates the server. Numbers alone: no addresses, no names. */
export type Counted =
  | 'opened'
  | 'closed'
  | 'messages'
  | 'refused_upgrades'
  | 'rejected_messages'
  | 'refused_offers'
  | 'binary_frames'
  | 'message_rate'
  | 'slow_readers'
  | 'silent_sockets'
  | 'sockets_per_session'
  | 'sockets_per_network'
  | 'half_open'
  | 'bus_losses'
  /** What is not WebSocket, by the code that `ws` closes with. */
  | 'ws_1002'
  | 'ws_1007'
  | 'ws_1008'
  | 'ws_1009'
  | `close_${CloseReason}`;

const REPORT_MS = 60_000;

/** Counts what happens to sockets, and writes the totals to the log once a minute while they change. */
export class Counters {
  readonly #counts = new Map<Counted, number>();
  #isReported = true;
  readonly #timer = setInterval(() => this.report(), REPORT_MS).unref();

  add(what: Counted): void {
    this.#counts.set(what, (this.#counts.get(what) ?? 0) + 1);
    this.#isReported = false;
  }

  report(): void {
    if (this.#isReported) return;
    this.#isReported = true;
    log().info({ sockets: Object.fromEntries(this.#counts) }, 'socket counters');
  }

  stop(): void {
    clearInterval(this.#timer);
    this.report();
  }
}
