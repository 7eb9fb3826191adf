import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import WebSocket from 'ws';
import { PROTOCOL_VERSION, SOCKET_PATH } from '@/lib/contract/protocol';

type Payload = Record<string, unknown> & {
  attemptId?: string;
  data?: Record<string, unknown> & { key?: string };
};
type Message = { action: string; payload: Payload };

/** What an offer carries: as much as that of a browser's data channel. */
const OFFER = { type: 'offer', sdp: 'a'.repeat(450) };

/** The server answered with an error. */
export class Refused extends Error {}

/** A socket that talks: a client's, a Team Computer's, or one of the echo server. */
export class Peer {
  readonly #waiting = new Map<string, { resolve: () => void; reject: (error: Error) => void }>();
  /** Told of every message, beside whoever waits for it. */
  onMessage: (message: Message) => void = () => undefined;

  private constructor(private readonly socket: WebSocket) {
    socket.on('message', (data) => this.#receive(JSON.parse(data.toString())));
    socket.on('error', (error) => this.#failAll(error));
    socket.on('close', (code) => this.#failAll(new Error(`a socket was closed with ${code}`)));
  }

  /** @param credentials its headers; null: the echo server asks for none, and greets nobody */
  static async open(port: number, credentials: Record<string, string> | null): Promise<Peer> {
    const socket = new WebSocket(`ws://127.0.0.1:${port}${SOCKET_PATH}`, {
      perMessageDeflate: false,
      headers: credentials ?? {},
    });
    const peer = new Peer(socket);
    const isGreeted = credentials === null ? Promise.resolve() : peer.wait('hello');
    await Promise.all([once(socket, 'open'), isGreeted]);
    return peer;
  }

  send(action: string, payload: Payload): void {
    this.socket.send(JSON.stringify({ version: PROTOCOL_VERSION, action, payload }));
  }

  /** Waits for the message of that key. @throws Refused, or another error when the socket closes */
  wait(key: string): Promise<void> {
    return new Promise((resolve, reject) => this.#waiting.set(key, { resolve, reject }));
  }

  /** Offers a connection, and waits until the gate has let it through. */
  async offer(computerId: string, attemptId: string = randomUUID()): Promise<void> {
    this.send('offer', { attemptId, to: computerId, data: OFFER });
    await this.wait(attemptId);
  }

  /** Sends a candidate, and waits until it comes back. */
  async exchange(attemptId: string): Promise<void> {
    const key = randomUUID();
    this.send('candex', { attemptId, data: { key } });
    await this.wait(key);
  }

  close(): void {
    this.socket.close();
  }

  #receive(message: Message): void {
    this.onMessage(message);
    const key = keyOf(message);
    const waiting = this.#waiting.get(key);
    this.#waiting.delete(key);
    if (message.action !== 'error') waiting?.resolve();
    else if (waiting) waiting.reject(new Refused(String(message.payload.code)));
    // Not every refusal says what it was of.
    else this.#failAll(new Refused(String(message.payload.code)));
  }

  #failAll(error: Error): void {
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
  }
}

/** What a message is waited for by. */
function keyOf({ action, payload }: Message): string {
  if (action === 'hello') return action;
  if (action === 'answer_relay') return answerKey(payload.attemptId ?? '');
  return payload.data?.key ?? payload.attemptId ?? '';
}

/** What the answer to an offer is waited for by. */
export const answerKey = (attemptId: string) => `answer to ${attemptId}`;
