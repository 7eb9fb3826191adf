import { setTimeout as delay } from 'node:timers/promises';
import type { ErrorCode } from '@/lib/contract/errors';
import type { GateProblem } from '@/lib/contract/resources';
import { describeNetworkError } from '../network-error';
import { printable } from '../printable';
import { EXIT, Failure } from './failure';

const ANSWER_WITHIN_MS = 30_000;
/** A server that says “try later” is asked again so often, and waited for so long each time. */
const TRIES = 4;
const WAIT_MAX_SECONDS = 5;

/** A refusal of the server: the problem document, as an error. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly code: ErrorCode | undefined;

  constructor(
    readonly status: number,
    readonly problem: Record<string, unknown>,
  ) {
    const { code, detail } = problem;
    super(typeof detail === 'string' ? printable(detail, 500) : `The server answered ${status}.`);
    this.code = code as ErrorCode | undefined;
  }
}

/** What the gate asks for, where a problem is its refusal; else null. */
export function gateProblemOf(problem: Record<string, unknown>): GateProblem | null {
  return problem.code === 'ip_verification_required' ? (problem as unknown as GateProblem) : null;
}

export type Method = 'GET' | 'POST' | 'DELETE';

/**
 * One call of the API.
 * @param path below `/api/v1`
 * @returns the body; undefined for 204
 * @throws Refusal; Failure when the server can't be reached
 */
export async function callApi<T>(
  { url, token }: { url: string; token?: string },
  method: Method,
  path: string,
  body?: unknown,
): Promise<T> {
  for (let tries = 1; ; tries++) {
    const { status, headers, text } = await request(url, token, method, path, body);
    if (status === 503 && tries < TRIES) {
      const seconds = Number(headers.get('retry-after')) || 1;
      await delay(Math.min(WAIT_MAX_SECONDS, seconds) * 1_000);
      continue;
    }
    if (status === 204) return undefined as T;
    const answer = parseJson(text);
    if (status >= 200 && status < 300 && answer !== null) return answer as T;
    if (answer === null || typeof answer.code !== 'string') {
      throw new Failure(
        EXIT.unreachable,
        `${url} answers ${status} where Gatehouse should be: check the address.`,
      );
    }
    throw new Refusal(status, answer);
  }
}

async function request(
  url: string,
  token: string | undefined,
  method: Method,
  path: string,
  body: unknown,
) {
  try {
    const answer = await fetch(new URL(`/api/v1${path}`, url), {
      method,
      // A redirect would carry the token elsewhere.
      redirect: 'manual',
      signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
      headers: {
        ...(token !== undefined && { Authorization: `Bearer ${token}` }),
        ...(body !== undefined && { 'Content-Type': 'application/json' }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    return { status: answer.status, headers: answer.headers, text: await answer.text() };
  } catch (error) {
    throw new Failure(EXIT.unreachable, describeNetworkError(error, new URL(url)));
  }
}

function parseJson(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}
