import type { Outgoing } from '@/lib/client/socket';

/** More than a connection ever says before it stands. */
const MESSAGES_MAX = 64;

/**
 * What one end of a connection has to say to the server before the connection stands, in order. It is kept,
 * and said again after a loss, since nobody knows what of it arrived.
 */
export class Outbox {
  private messages: Outgoing[] = [];
  private sent = 0;

  /** @param send tells whether it handed the message over */
  constructor(private readonly send: (message: Outgoing) => boolean) {}

  get isDelivered(): boolean {
    return this.sent === this.messages.length;
  }

  put(message: Outgoing): void {
    if (this.messages.length < MESSAGES_MAX) this.messages.push(message);
    this.flush();
  }

  /**
   * Says what was not said yet, as far as the link is open.
   * @param heard how many the server is known to have heard, whatever was said since
   */
  flush(heard = 0): void {
    this.sent = Math.max(this.sent, Math.min(heard, this.messages.length));
    for (; this.sent < this.messages.length; this.sent++) {
      const message = this.messages[this.sent];
      if (message && !this.send(message)) return;
    }
  }

  /** The link was lost: all of it is to be said again. */
  rewind(): void {
    this.sent = 0;
  }

  /** None of it matters any more. */
  clear(): void {
    this.messages = [];
    this.sent = 0;
  }
}
