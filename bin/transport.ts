import http from 'node:http';
import https from 'node:https';
import { setTimeout as delay } from 'node:timers/promises';
import type { ApiAnswer, ApiRequest } from '@/lib/client/api';
import { describeNetworkError } from './network-error';

const ANSWER_WITHIN_MS = 30_000;
/** A server that says “try later” is asked again so often, and waited for so long each time. */
const TRIES = 4;
const WAIT_MAX_SECONDS = 5;

/** No answer of Gatehouse came. The message says what to do. */
export class Unreachable extends Error {
  override readonly name = 'Unreachable';
}

/** Of addresses: a machine may reach one server by both, and stand on two networks at once. */
export type Family = 4 | 6;

/** Where a call goes, and how. */
export type Server = {
  /** The origin. */
  url: string;
  token?: string;
  /** The one that is to be used; null: whichever answers first. */
  family?: Family | null;
  /** Told the one that was used. */
  onFamily?: (family: Family) => void;
  /** The address of this machine to come from. */
  localAddress?: string;
};

/**
 * One call, and again when the server asks to come later.
 * @throws Unreachable
 */
export async function request(server: Server, sent: ApiRequest): Promise<ApiAnswer> {
  for (let tries = 1; ; tries++) {
    const { status, headers, text } = await requestOnce(server, sent);
    if (status === 503 && tries < TRIES) {
      const seconds = Number(headers['retry-after']) || 1;
      await delay(Math.min(WAIT_MAX_SECONDS, seconds) * 1_000);
      continue;
    }
    if (status === 204) return { status, body: undefined };
    const body = parseJson(text);
    const isDone = status >= 200 && status < 300;
    if (body === null || !(isDone || typeof body.code === 'string')) {
      throw new Unreachable(
        `${server.url} answers ${status} where Gatehouse should be: check the address.`,
      );
    }
    return { status, body };
  }
}

type Answer = { status: number; headers: http.IncomingHttpHeaders; text: string };

/** A redirect is an answer: to follow it would carry the token elsewhere. */
async function requestOnce(
  { url, token, family, onFamily, localAddress }: Server,
  { method, path, headers, body }: ApiRequest,
): Promise<Answer> {
  const target = new URL(path, url);
  const { request: send } = target.protocol === 'https:' ? https : http;
  try {
    return await new Promise<Answer>((resolve, reject) => {
      const sent = send(target, {
        method,
        agent: false,
        family: family ?? 0,
        ...(localAddress !== undefined && { localAddress }),
        signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
        headers: {
          ...headers,
          ...(token !== undefined && { Authorization: `Bearer ${token}` }),
          ...(body !== undefined && { 'Content-Length': Buffer.byteLength(body) }),
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
      sent.end(body);
    });
  } catch (error) {
    throw new Unreachable(describeNetworkError(error, target));
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
