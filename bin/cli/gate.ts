import { setTimeout as delay } from 'node:timers/promises';
import { PAGE_ROWS_MAX } from '@/lib/contract/paging';
import type { Challenge, GateProblem, Page, Verification } from '@/lib/contract/resources';
import { printable } from '../printable';
import { gateProblemOf, type Method, Refusal } from './api';
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

/**
 * Runs a call; when the gate refuses it, has the person pass the gate, and repeats it.
 * @throws Refusal of the call; Failure when the gate was not passed
 */
export async function throughGate<T>(
  client: Client,
  passage: Passage,
  run: () => Promise<T>,
): Promise<T> {
  for (;;) {
    try {
      return await run();
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      const problem = gateProblemOf(error.problem);
      if (problem) await passGate(client, passage, problem);
      else if (error.code === 'reauthentication_required') {
        await confirm(client, passage, error.message);
      } else throw error;
    }
  }
}

/** One call, repeated once the gate is passed, where the gate refuses it. @throws Refusal, Failure */
export function callThroughGate<T>(
  client: Client,
  method: Method,
  path: string,
  body?: unknown,
): Promise<T> {
  const passage: Passage = { asked: 0, hasMoved: false };
  return throughGate(client, passage, () => client.call<T>(method, path, body));
}

/** A whole list, page after page; each repeated as a call is. @throws Refusal, Failure */
export async function listThroughGate<T>(client: Client, path: string): Promise<Page<T>> {
  const data: T[] = [];
  let cursor: string | null = null;
  do {
    const next: string = cursor === null ? '' : `&cursor=${encodeURIComponent(cursor)}`;
    const asked = `${path}?limit=${PAGE_ROWS_MAX}${next}`;
    const page: Page<T> = await callThroughGate(client, 'GET', asked);
    data.push(...page.data);
    cursor = page.nextCursor;
  } while (cursor !== null);
  return { data, nextCursor: null };
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
  const other = challengeId === null ? '' : ', or nothing to confirm in a browser';
  for (let tries = 1; ; tries++) {
    const password = await askHidden(`Password of ${printable(client.session.email)}${other}: `);
    if (password === '') return false;
    try {
      const verification = await verify(client, password, challengeId);
      if (verification?.challenge?.recorded) {
        const { challenge, verifiedIp } = verification;
        note(
          `The password went out by another network: ${printable(verifiedIp.network)} is verified now, ${printable(challenge.network)} is not. Trying again the way that the password went.`,
        );
      }
      return true;
    } catch (error) {
      const isWrong = error instanceof Refusal && error.code === 'invalid_credentials';
      if (!isWrong || tries === PASSWORD_TRIES) throw error;
      note('That is not the password. Try again.');
    }
  }
}

/**
 * Proves by password that it is them, which verifies the network that this request comes from. The new
 * token takes the place of the old one.
 * A challenge that was passed or has run out meanwhile is no obstacle: the proof stands without it.
 * @throws Refusal
 */
export async function verify(
  client: Client,
  password: string,
  challengeId: string | null,
): Promise<Verification | null> {
  try {
    const body = { password, ...(challengeId !== null && { challengeId }) };
    const verification = await client.call<Verification>('POST', '/verifications', body);
    if (verification.token !== undefined) client.keepToken(verification.token);
    client.keepFamily();
    return verification;
  } catch (error) {
    if (!(error instanceof Refusal) || challengeId === null) throw error;
    const { status } = (error.problem.challenge ?? {}) as { status?: unknown };
    if (error.code === 'conflict' && status === 'verified') return null;
    if (error.code !== 'conflict' && error.code !== 'not_found') throw error;
    return verify(client, password, null);
  }
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
    const path = `/challenges/${encodeURIComponent(id)}`;
    return await client.call<Challenge>('GET', path);
  } catch (error) {
    // What ran out long ago is forgotten; while the server is away, it may still be passed.
    if (error instanceof Refusal && error.code === 'not_found') return { status: 'expired' };
    const isAway = error instanceof Failure && error.exitCode === EXIT.unreachable;
    if (isAway || (error instanceof Refusal && error.status === 503)) return { status: 'pending' };
    throw error;
  }
}
