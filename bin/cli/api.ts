import http from 'node:http';
import https from 'node:https';
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

/** Of addresses: a machine may reach one server by both, and stand on two networks at once. */
export type Family = 4 | 6;

/** Where a call goes. */
export type Server = {
  /** The origin. */
  url: string;
  token?: string;
  /** The one that is to be used; null: whichever answers first. */
  family?: Family | null;
  /** Told the one that was used. */
  onFamily?: (family: Family) => void;
};

export type Method = 'GET' | 'POST' | 'DELETE';

/**
 * One call of the API.
 * @param path below `/api/v1`
 * @returns the body; undefined for 204
 * @throws Refusal; Failure when the server can't be reached
 */
export async function callApi<T>(
  server: Server,
  method: Method,
  path: string,
  body?: unknown,
): Promise<T> {
  for (let tries = 1; ; tries++) {
    const { status, headers, text } = await request(server, method, path, body);
    if (status === 503 && tries < TRIES) {
      const seconds = Number(headers['retry-after']) || 1;
      await delay(Math.min(WAIT_MAX_SECONDS, seconds) * 1_000);
      continue;
    }
    if (status === 204) return undefined as T;
    const answer = parseJson(text);
    if (status >= 200 && status < 300 && answer !== null) return answer as T;
    if (answer === null || typeof answer.code !== 'string') {
      throw new Failure(
        EXIT.unreachable,
        `${server.url} answers ${status} where Gatehouse should be: check the address.`,
      );
    }
    throw new Refusal(status, answer);
  }
}

type Answer = { status: number; headers: http.IncomingHttpHeaders; text: string };

/** A redirect is an answer: to follow it would carry the token elsewhere. */
async function request(
  { url, token, family, onFamily }: Server,
  method: Method,
  path: string,
  body: unknown,
): Promise<Answer> {
  const target = new URL(`/api/v1${path}`, url);
  const { request: send } = target.protocol === 'https:' ? https : http;
  const text = body === undefined ? undefined : JSON.stringify(body);
  try {
    return await new Promise<Answer>((resolve, reject) => {
      const sent = send(target, {
        method,
        agent: false,
        family: family ?? 0,
        signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
        headers: {
          ...(token !== undefined && { Authorization: `Bearer ${token}` }),
          ...(text !== undefined && {
            'Content-Type': 'application/json',
            'Content-Length': Buffer.byteLength(text),
          }),
        },
      });
      sent.once('error', reject);
      sent.once('response', (answer) => {
        onFamily?.(answer.socket.remoteFamily === 'IPv6' ? 6 : 4);
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.once('error', reject);
        answer.once('end', () => {
          const { statusCode: status = 0, headers } = answer;
          resolve({ status, headers, text: Buffer.concat(chunks).toString() });
        });
      });
      sent.end(text);
    });
  } catch (error) {
    throw new Failure(EXIT.unreachable, describeNetworkError(error, target));
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
