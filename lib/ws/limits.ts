/** The limits of a socket. The numbers are the rule; they stand here alone. */
export const LIMITS = {
  socketsPerSession: 20,
  /** An office behind one address. */
  socketsPerNetwork: 2_000,
  /** A burst of candidates, and no more than a person needs after it. */
  messages: { burst: 100, perSecond: 20 },
  /** Messages that wait for those before them; beyond, nothing more is read. */
  queuedMessages: 16,
  /** Messages that are not of the protocol, until the socket is closed. */
  faults: 10,
  /** What an offer may wait before it is looked at; after that nobody waits for it. */
  offerWaitMs: 5_000,
  /** What a reader that is too slow may leave unread. */
  unreadBytes: 1_024 * 1_024,
  /** From the request to the open socket. */
  upgradeMs: 8_000,
  /** How long the socket that speaks for a computer may take to answer before another takes its place. */
  incumbentMs: 3_000,
  /**
   * Upgrades and greetings that ask the database at once: when all come back together, others get in too,
   * and each network has its turn. All sockets of a session may wait, with those that replace them.
   */
  upgrades: { concurrent: 4, waitMs: 3_000, waitingEach: 40, waiting: 4_000 },
  greetings: { concurrent: 4, waitMs: 30_000, waitingEach: 40, waiting: 20_000 },
  pingMs: 25_000,
  /** Pings without an answer, until the socket is closed. */
  missedPings: 2,
  /** How long the other end may take to answer a close. */
  closeMs: 1_000,
} as const;
