import { setTimeout as delay } from 'node:timers/promises';
import { ApiError } from '@/lib/client/api';
import { type AskGate, otherNetworkOf, verify as prove } from '@/lib/client/gate';
import type { Challenge, GateProblem, Verification } from '@/lib/contract/resources';
import { printable } from '../printable';
import { Unreachable } from '../transport';
import type { Client } from './client';
import { EXIT, Failure } from './failure';
import { askHidden, formatTime, isInteractive, note } from './terminal';

const PASSWORD_TRIES = 3;
/** So often the right password is asked for, for one thing: a third time would change nothing. */
const PROOFS = 2;
/** How often the server is asked about a challenge; less where it tells, since a word may get lost. */
const POLL_MS = 2_000;
const LISTENING_POLL_MS = 5_000;

/** What tells by itself that a challenge was passed, while it can. */
export type Listener = {
  /** Whether it would hear it now. */
  isListening: () => boolean;
  /** Settled once it heard it. */
  heard: Promise<unknown>;
};

/** What was tried so far to get one thing through the gate. */
export type Passage = { asked: number; hasMoved: boolean };

/** Asks the person at this terminal to get one thing through the gate. */
export function newAsker(client: Client): AskGate {
  const passage: Passage = { asked: 0, hasMoved: false };
  return async (refusal) => {
    if (refusal.code === 'client_address_unknown') throw refusal;
    if (refusal.code === 'reauthentication_required') {
      await confirm(client, passage, printable(refusal.message, 500));
    } else await passGate(client, passage, refusal.problem as unknown as GateProblem);
    return 'passed';
  };
}

/**
 * Has the person show that it is them, from this network: by password here, or in a browser.
 * @throws Failure when they did not
 */
export async function passGate(
  client: Client,
  passage: Passage,
  problem: GateProblem,
  listener: Listener | null = null,
): Promise<void> {
  const network = printable(problem.client.network);
  note(`This network (${network}) is not verified yet.`);
  if (await moveOn(client, passage)) return;
  const hasPassword = problem.methods.includes('password');
  if (isInteractive() && hasPassword && !client.prefersBrowser) {
    requireProofLeft(passage, network);
    const isPassed = await askForPassword(client, problem.challenge.id);
    if (isPassed) return;
  }
  await waitForBrowser(client, passage, problem, listener);
}

/**
 * Once: goes on by that family of addresses by which the server is reached from a verified network, if any.
 * The action and the password may have left by two.
 */
async function moveOn(client: Client, passage: Passage): Promise<boolean> {
  if (passage.hasMoved) return false;
  const network = await client.moveToVerified();
  if (network === null) return false;
  passage.hasMoved = true;
  note(
    `This machine reaches the server from ${printable(network)} too, which is verified: going on from there.`,
  );
  return true;
}

/** @throws Failure where another right password would change nothing */
function requireProofLeft(passage: Passage, network: string | null): void {
  passage.asked += 1;
  if (passage.asked <= PROOFS) return;
  throw new Failure(
    EXIT.notVerified,
    `${network === null ? 'Your password' : `${network} is not verified, though your password`} was right ${PROOFS} times: what this machine sends leaves by several networks in turn. Switch off the one that is not needed (a VPN, Wi-Fi beside a cable), then run the command again. To verify them one by one, run: gatehouse verify`,
  );
}

/** The password is too long ago for what was asked. @throws Failure */
async function confirm(client: Client, passage: Passage, why: string): Promise<void> {
  if (!isInteractive()) throw new Failure(EXIT.notVerified, `${why} Run: gatehouse verify`);
  note(why);
  requireProofLeft(passage, null);
  if (!(await askForPassword(client, null)))
    throw new Failure(EXIT.interrupted, 'Nothing was done.');
}

/** @returns whether the gate was passed; false: the person prefers the browser */
async function askForPassword(client: Client, challengeId: string | null): Promise<boolean> {
  const browser = challengeId === null ? '' : ', or nothing to confirm in a browser';
  for (let tries = 1; ; tries++) {
    const password = await askHidden(`Password of ${printable(client.session.email)}${browser}: `);
    if (password === '') return false;
    try {
      const verification = await verify(client, password, challengeId);
      const other = otherNetworkOf(verification);
      if (other) {
        note(
          `The password went out by another network: ${printable(other.recorded.network)} is verified now, ${printable(other.asked)} is not. Trying again the way that the password went.`,
        );
      }
      return true;
    } catch (error) {
      const isWrong = error instanceof ApiError && error.code === 'invalid_credentials';
      if (!isWrong || tries === PASSWORD_TRIES) throw error;
      note('That is not the password. Try again.');
    }
  }
}

/**
 * Proves by password that it is them, which verifies the network that this request comes from. The new
 * token takes the place of the old one.
 * @throws ApiError, Unreachable
 */
export async function verify(
  client: Client,
  password: string,
  challengeId: string | null,
): Promise<Verification | null> {
  const verification = await prove(client.call, password, challengeId ?? undefined);
  if (verification === null) return null;
  if (verification.token !== undefined) client.keepToken(verification.token);
  client.keepFamily();
  return verification;
}

/** Shows where the challenge is passed, and waits until it is. @throws Failure when it ran out */
async function waitForBrowser(
  client: Client,
  passage: Passage,
  { challenge }: GateProblem,
  listener: Listener | null,
): Promise<void> {
  note(`Confirm that it is you, on this network, until ${formatTime(challenge.expiresAt)}:`);
  note(`  ${printable(challenge.url, 2_000)}`);
  const heard = listener?.heard.then(() => true);
  let isToldOfOther = false;
  for (;;) {
    const pollMs = listener?.isListening() ? LISTENING_POLL_MS : POLL_MS;
    const isHeard = await Promise.race([delay(pollMs, false), ...(heard ? [heard] : [])]);
    if (isHeard) break;
    const { status, recorded } = await lookAt(client, challenge.id);
    if (status === 'verified') break;
    if (recorded && !isToldOfOther) {
      isToldOfOther = true;
      const network = recorded.masked ? 'another network' : printable(recorded.network);
      note(
        `That browser is on ${network}, which is verified now. This one is still open: open the page on this machine, or run: gatehouse verify`,
      );
      if (await moveOn(client, passage)) return;
    }
    if (status === 'expired') {
      throw new Failure(
        EXIT.notVerified,
        'The time to confirm has run out. Run the command again.',
      );
    }
  }
  note('Verified.');
}

async function lookAt(client: Client, id: string): Promise<Pick<Challenge, 'status' | 'recorded'>> {
  try {
    return await client.call('GET /challenges/{id}', { params: { id } });
  } catch (error) {
    // What ran out long ago is forgotten; while the server is away, it may still be passed.
    if (error instanceof ApiError && error.code === 'not_found') return { status: 'expired' };
    const isAway = error instanceof ApiError ? error.status === 503 : error instanceof Unreachable;
    if (isAway) return { status: 'pending' };
    throw error;
  }
}
