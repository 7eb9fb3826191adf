import type { IncomingMessage } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import WebSocket from 'ws';
import { z } from 'zod';
import { parseText } from '@/lib/client/parse-text';
import type { Loss, OpenWire, Socket, WireEnd } from '@/lib/client/socket';
import { CLOSE_CODES, SOCKET_PATH } from '@/lib/contract/protocol';
import { describeNetworkError } from './network-error';
import { printable } from './printable';
import type { Family } from './transport';

/** The server pings every 25 s; silent for longer than two of those, it is not there any more. */
const SILENCE_MS = 60_000;
const CLOSING_MS = 1_000;
/** What the server was told last needs its time there. */
const CONFIRMING_MS = 3_000;
const RECEIVED_BYTES_MAX = 1_024 * 1_024;
const REFUSAL_BYTES_MAX = 64 * 1_024;
const RETRY_AFTER_MAX_MS = 5 * 60_000;

export type WireServer = {
  url: URL;
  /** A session's token, or a computer's key. */
  token: string;
  /** By which addresses it is reached; null: whichever answer first. */
  family?: Family | null;
};

/**
 * The WebSocket of a program, known by a token.
 * @param serverOf asked at each try: a session's token may have been replaced meanwhile
 */
export function wireTo(serverOf: () => WireServer, silenceMs = SILENCE_MS): OpenWire {
  return ({ message, end }) => {
    const { url: origin, token, family } = serverOf();
    const url = new URL(SOCKET_PATH, origin);
    url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
    const ws = new WebSocket(url, {
      headers: { authorization: `Bearer ${token}` },
      perMessageDeflate: false,
      family: family ?? 0,
      maxPayload: RECEIVED_BYTES_MAX,
    });
    let silence: NodeJS.Timeout | undefined;
    /** The server was heard; it must be again before long. */
    const listen = () => {
      clearTimeout(silence);
      silence = setTimeout(() => ws.terminate(), silenceMs);
    };
    let failure: string | undefined;
    ws.on('error', (error) => {
      failure = describeNetworkError(error, origin);
    });
    ws.on('open', listen);
    ws.on('ping', listen);
    ws.on('message', (data, isBinary) => {
      listen();
      if (!isBinary) message(String(data));
    });
    ws.on('unexpected-response', (_, answer) => {
      void readRefusal(answer, origin).then((refusal) => {
        end(refusal);
        ws.terminate();
      });
    });
    ws.on('close', (code) => {
      clearTimeout(silence);
      const detail = failure ?? CLOSED[code] ?? `The server closed the connection (${code}).`;
      end({ code, status: null, detail });
    });
    return {
      send: (text) => {
        const isOpen = ws.readyState === WebSocket.OPEN;
        if (isOpen) ws.send(text);
        return isOpen;
      },
      close: async () => {
        if (ws.readyState === WebSocket.CLOSED) return;
        const closed = new Promise((resolve) => ws.once('close', resolve));
        ws.close(1000);
        const cut = setTimeout(() => ws.terminate(), CLOSING_MS);
        await closed;
        clearTimeout(cut);
      },
    };
  };
}

/**
 * Takes leave of the server.
 * @param confirmed what is waited for before, but not for long: a server drops what it had no time for
 */
export async function takeLeave(socket: Socket, confirmed: Promise<unknown>): Promise<void> {
  await Promise.race([confirmed, delay(CONFIRMING_MS, null, { ref: false })]);
  await socket.close();
}

/** When it is tried again, and why. */
export function describeLoss({ detail, retryInMs }: Loss): string {
  const seconds = Math.max(1, Math.round(retryInMs / 1_000));
  return `next try in ${seconds} s. ${detail ?? 'The server does not answer in time.'}`;
}

/** How a socket ended, in words, where the server said nothing else. */
const CLOSED: Record<number, string> = {
  [CLOSE_CODES.restart]: 'The server restarts.',
  [CLOSE_CODES.try_later]: 'The server asks to try later.',
  [CLOSE_CODES.too_many]: 'The server asks to slow down.',
  [CLOSE_CODES.protocol_error]:
    'The server did not understand this program: they may be of different versions.',
  [CLOSE_CODES.replaced]:
    'Another program speaks for this computer with the same key. Stop one of the two; if the other is not yours, make a new host key on the Team Computers page.',
  [CLOSE_CODES.no_heartbeat]: 'The server heard nothing for too long.',
  1005: 'The connection was lost.',
  1006: 'The connection was lost.',
};

const Problem = z.object({ detail: z.string() });

/** What the server says in place of a WebSocket. */
async function readRefusal(answer: IncomingMessage, { origin }: URL): Promise<WireEnd> {
  const { statusCode: status = 0, headers } = answer;
  const seconds = Number(headers['retry-after']);
  const fallback = headers.location
    ? `${origin} sends to ${printable(headers.location)}: give that address.`
    : `${origin} answers ${status} where Gatehouse should be: check the address.`;
  const problem = parseText(
    (value) => Problem.safeParse(value).data ?? null,
    await readText(answer).catch(() => ''),
  );
  return {
    code: status === 401 ? CLOSE_CODES.unauthenticated : 1006,
    status,
    detail: problem === null ? fallback : printable(problem.detail, 500),
    retryAfterMs: seconds > 0 ? Math.min(RETRY_AFTER_MAX_MS, seconds * 1_000) : 0,
  };
}

async function readText(answer: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of answer) {
    text += chunk;
    if (text.length > REFUSAL_BYTES_MAX) break;
  }
  return text;
}
