import type { Outgoing } from '@/lib/client/socket';
import type { ServerMessage, ServerPayloads } from '@/lib/contract/messages';
import { printable } from '../printable';
import { describeReason } from '../reasons';
import type { Approval, Policy } from './approval';
import { Monitor, readFacts } from './monitor';
import { HostSession, type Offer } from './session';

/** Beyond these, offers are declined: each costs memory and a view a second. */
const SESSIONS_MAX = 16;

export type SessionsOptions = {
  policy: Policy;
  approval: Approval;
  send: (message: Outgoing) => boolean;
  /** Prints a line for a person. */
  say: (line: string) => void;
};

type Entry = { session: HostSession; name: string; dropped: AbortController };

/** All connections of this computer, as the server tells of them and as they are. */
export class Sessions {
  private readonly entries = new Map<string, Entry>();
  private readonly facts = readFacts();
  private readonly monitor = new Monitor();
  private stunUrls: string[] = [];
  private isEnding = false;
  /** What to do when the server confirms that a connection is over. */
  private readonly farewells = new Map<string, () => void>();

  constructor(private readonly options: SessionsOptions) {}

  /** Takes a message of the server's that concerns connections; others are left alone. */
  receive(message: ServerMessage): void {
    const { action, payload } = message;
    if (action === 'hello') this.compare(payload);
    if (action === 'offer_relay' && !this.isEnding) this.consider(payload);
    if (action === 'candex_relay') {
      this.entries.get(payload.attemptId)?.session.addCandidate(payload.data);
    }
    if (action === 'connection_closed') {
      this.finish(payload.attemptId, describeReason(payload.reason));
    }
    if (action === 'connection_closed' || action === 'error') {
      this.farewells.get(String(payload.attemptId))?.();
    }
  }

  /** The link to the server was lost. What runs from peer to peer goes on. */
  suspend(): void {
    for (const { session } of this.entries.values()) session.suspend();
  }

  /**
   * Ends them all, for good, and tells the server, as far as it can be told.
   * @returns settled once the server has confirmed it
   */
  async closeAll(reason: string): Promise<void> {
    this.isEnding = true;
    const confirmed = [...this.entries.keys()].map((attemptId) => {
      this.finish(attemptId, reason);
      const isTold = this.options.send({ action: 'offer_cancel', payload: { attemptId } });
      return isTold && new Promise<void>((resolve) => this.farewells.set(attemptId, resolve));
    });
    await Promise.all(confirmed);
  }

  /** What the server knows is what is live: what it no longer has has ended, what we lack is given up. */
  private compare({ connections, stunUrls }: ServerPayloads['hello']): void {
    this.stunUrls = stunUrls;
    const live = new Map(connections.map(({ attemptId, state }) => [attemptId, state]));
    for (const [attemptId, { session }] of [...this.entries]) {
      const state = live.get(attemptId);
      if (state === undefined) this.finish(attemptId, describeReason('unseen'));
      else session.resume(state);
      this.forgetIfOver(attemptId);
    }
    for (const [attemptId, state] of live) {
      if (state !== 'accepted' || this.entries.has(attemptId)) continue;
      this.options.send({ action: 'offer_cancel', payload: { attemptId } });
    }
  }

  private consider(offer: Offer) {
    const known = this.entries.get(offer.attemptId);
    if (known) return known.session.resume('waiting_for_host');
    const entry = this.enter(offer);
    this.decide(entry).catch((error: unknown) => this.decline(entry, String(error)));
  }

  private enter(offer: Offer): Entry {
    const { attemptId, from } = offer;
    const { send, say } = this.options;
    const name = printable(from.name, 80) || 'Somebody';
    const session = new HostSession(offer, {
      stunUrls: this.stunUrls,
      facts: this.facts,
      monitor: this.monitor,
      send,
      onOpen: () => say(`${name} connected`),
      onEnd: (end) => {
        this.finish(attemptId, describeReason(end));
        send({ action: 'offer_cancel', payload: { attemptId } });
      },
    });
    const entry = { session, name, dropped: new AbortController() };
    this.entries.set(attemptId, entry);
    return entry;
  }

  private async decide(entry: Entry): Promise<void> {
    const { policy, approval } = this.options;
    if (this.entries.size > SESSIONS_MAX) {
      return this.decline(entry, `${SESSIONS_MAX} connections are open already`);
    }
    if (policy === 'none') return this.decline(entry, 'this computer accepts nobody');
    if (policy === 'ask') {
      if (!approval.canAsk) return this.decline(entry, 'there is no terminal to ask on');
      const question = `${entry.name} asks to connect. Allow?`;
      const isAllowed = await approval.ask(question, entry.dropped.signal);
      if (isAllowed === null) return;
      if (!isAllowed) return this.decline(entry, 'refused here');
    }
    const isAccepted = await entry.session.accept();
    if (!isAccepted) this.decline(entry, 'the offer was not understood');
  }

  private decline({ session, name }: Entry, why: string): void {
    session.decline();
    this.options.say(`${name} was declined (${why})`);
    this.forgetIfOver(session.offer.attemptId);
  }

  private finish(attemptId: string, reason: string): void {
    const entry = this.entries.get(attemptId);
    if (!entry) return;
    this.entries.delete(attemptId);
    entry.dropped.abort();
    entry.session.close();
    if (entry.session.isDeclined) return;
    const what = entry.session.wasOpen ? 'disconnected' : 'did not connect';
    this.options.say(`${entry.name} ${what} (${reason})`);
  }

  private forgetIfOver(attemptId: string): void {
    if (this.entries.get(attemptId)?.session.isOver) this.entries.delete(attemptId);
  }
}
