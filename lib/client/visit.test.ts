import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { ServerMessage, ServerPayloads } from '@/lib/contract/messages';
import type { NewConnection } from './peer';
import type { Hello, Outgoing, Socket } from './socket';
import { Visit } from './visit';

/** What a browser gives, as far as a peer uses it. */
class FakeConnection {
  static made: FakeConnection[] = [];
  connectionState = 'new';
  remote: unknown[] = [];
  isClosed = false;
  onicecandidate: ((event: unknown) => void) | null = null;
  onconnectionstatechange: (() => void) | null = null;
  channel = {
    readyState: 'connecting',
    sent: [] as string[],
    onopen: () => undefined,
    onclose: () => undefined,
    onmessage: (_: { data: string }) => undefined,
    send: (text: string) => this.channel.sent.push(text),
  };
  constructor() {
    FakeConnection.made.push(this);
  }
  createDataChannel = () => this.channel;
  createOffer = async () => ({ type: 'offer', sdp: 'offer' });
  async setLocalDescription() {
    this.found('early');
  }
  async setRemoteDescription(description: unknown) {
    this.remote.push(description);
  }
  async addIceCandidate(candidate: unknown) {
    this.remote.push(candidate);
  }
  close() {
    this.isClosed = true;
  }
  found(candidate: string) {
    this.onicecandidate?.({ candidate: { candidate, toJSON: () => ({ candidate }) } });
  }
  open() {
    this.channel.readyState = 'open';
    this.channel.onopen();
  }
  say(message: object) {
    this.channel.onmessage({ data: JSON.stringify(message) });
  }
}

/** A socket that the test holds. */
class FakeSocket {
  hello: Hello | null = null;
  isSignedOut = false;
  sent: Outgoing[] = [];
  private listener: (message: ServerMessage) => void = () => undefined;
  private changed: () => void = () => undefined;
  send = (message: Outgoing) => {
    if (this.hello) this.sent.push(message);
    return this.hello !== null;
  };
  onMessage = (listener: typeof this.listener) => {
    this.listener = listener;
    return () => undefined;
  };
  onChange = (changed: () => void) => {
    this.changed = changed;
    return () => undefined;
  };
  say<A extends ServerMessage['action']>(action: A, payload: Partial<ServerPayloads[A]>) {
    this.listener({ version: 1, action, payload } as unknown as ServerMessage);
  }
  open(connections: { attemptId: string; state: string }[] = []) {
    const hello = { connections, stunUrls: [] } as unknown as Hello;
    this.hello = hello;
    this.changed();
    this.say('hello', hello);
  }
  lose() {
    this.hello = null;
    this.changed();
  }
  get actions() {
    return this.sent.map(({ action }) => action);
  }
  get attemptId() {
    const { payload } =
      this.sent.findLast(({ action }) => action === 'offer') ?? this.sent[0] ?? {};
    return payload?.attemptId ?? '';
  }
}

let socket: FakeSocket;
let session: Visit;
const peer = () => FakeConnection.made.at(-1) as FakeConnection;
const step = () => session.read().attempt.step;
const settled = () => vi.advanceTimersByTimeAsync(0);

const newVisit = (newConnection: () => unknown, repeats?: boolean) =>
  new Visit(socket as unknown as Socket, 'computer-1', newConnection as NewConnection, repeats);

beforeEach(() => {
  vi.useFakeTimers();
  FakeConnection.made = [];
  socket = new FakeSocket();
  session = newVisit(() => new FakeConnection());
});
afterEach(() => {
  vi.useRealTimers();
});

async function waiting() {
  const stop = session.start();
  socket.open();
  await settled();
  const { attemptId } = socket;
  socket.say('offer_received', { attemptId, online: true, expiresAt: '' });
  return { attemptId, stop };
}

async function connected() {
  const started = await waiting();
  const { attemptId } = started;
  socket.say('answer_relay', { attemptId, approved: true, data: { type: 'answer', sdp: 'a' } });
  await settled();
  peer().open();
  return started;
}

it('offers as soon as the server is there, under a name of its own', async () => {
  session.start();
  expect(socket.sent).toEqual([]);
  socket.open();
  await settled();
  expect(socket.sent).toMatchObject([
    { action: 'offer', payload: { to: 'computer-1', data: { type: 'offer', sdp: 'offer' } } },
  ]);
  expect(socket.attemptId).toMatch(/^[0-9a-f]{32}$/);
});

const ANSWER = { type: 'answer', sdp: 'a' };
const candidates = () =>
  socket.sent.flatMap(({ action, payload }) =>
    action === 'candex' ? [[payload.attemptId, payload.data.candidate]] : [],
  );

it('passes candidates on once there is a computer to take them, and takes them after the answer', async () => {
  const { attemptId } = await waiting();
  expect(socket.actions).toEqual(['offer']);
  socket.say('candex_relay', { attemptId, data: { candidate: 'theirs' } });
  expect(peer().remote).toEqual([]);
  socket.say('answer_relay', { attemptId, approved: true, data: ANSWER });
  await settled();
  expect(peer().remote).toEqual([ANSWER, { candidate: 'theirs' }]);
  peer().found('late');
  expect(candidates()).toEqual(['early', 'late'].map((candidate) => [attemptId, candidate]));
});

it('passes candidates on again after a loss, until the connection stands', async () => {
  const { attemptId } = await waiting();
  socket.say('answer_relay', { attemptId, approved: true, data: ANSWER });
  await settled();
  socket.lose();
  peer().found('late');
  socket.open([{ attemptId, state: 'accepted' }]);
  expect(candidates().map(([, candidate]) => candidate)).toEqual(['early', 'early', 'late']);
  peer().open();
  socket.lose();
  socket.open([{ attemptId, state: 'accepted' }]);
  expect(candidates()).toHaveLength(3);
});

it('takes an answer that comes twice once', async () => {
  const { attemptId } = await waiting();
  for (let times = 0; times < 2; times++) {
    socket.say('answer_relay', { attemptId, approved: true, data: ANSWER });
  }
  await settled();
  expect(peer().remote).toEqual([ANSWER]);
});

it('shows what the computer says, and measures by echoes', async () => {
  await connected();
  expect(step()).toBe('connected');
  await vi.advanceTimersByTimeAsync(1_000);
  expect(peer().channel.sent).toEqual(['{"type":"echo","id":1}', '{"type":"echo","id":2}']);
  await vi.advanceTimersByTimeAsync(30);
  peer().say({ type: 'echo', id: 2 });
  peer().say({ type: 'echo', id: 2 });
  peer().say({ type: 'song' });
  peer().channel.onmessage({ data: '{' });
  expect(session.read().live.roundTripsMs).toEqual([30]);
});

it('a passed prompt repeats the offer under a new name', async () => {
  session.start();
  socket.open();
  await settled();
  const first = socket.attemptId;
  const client = { address: '9.9.9.9', network: '9.9.9.9/32' };
  socket.say('error', { code: 'ip_verification_required', attemptId: first, client });
  expect(step()).toBe('verifying');
  expect(peer().isClosed).toBe(false);
  session.promptClosed(true);
  await settled();
  expect(socket.actions).toEqual(['offer', 'offer']);
  expect(socket.attemptId).not.toBe(first);
  expect(FakeConnection.made.map(({ isClosed }) => isClosed)).toEqual([true, false]);
});

it('one that is told when to go on does not take that from the server', async () => {
  session = newVisit(() => new FakeConnection(), false);
  session.start();
  socket.open();
  await settled();
  const client = { address: '9.9.9.9', network: '9.9.9.9/32' };
  const { attemptId } = socket;
  socket.say('error', { code: 'ip_verification_required', attemptId, client } as never);
  socket.say('ip_verified', { network: '9.9.9.9/32' });
  expect(step()).toBe('verifying');
  session.promptClosed(true);
  await settled();
  expect(socket.actions).toEqual(['offer', 'offer']);
});

it('an end is confirmed by what the server says of it', async () => {
  const { attemptId } = await connected();
  session.leave();
  socket.say('connection_closed', { attemptId: 'attempt-of-another', reason: 'closed' });
  expect([...session.unconfirmed]).toEqual([attemptId]);
  socket.say('connection_closed', { attemptId, reason: 'closed' });
  expect(session.unconfirmed.size).toBe(0);
});

it('an end of which the server heard nothing is told again, and needs no word where it is unknown', async () => {
  const { attemptId } = await connected();
  session.leave();
  socket.lose();
  socket.open([{ attemptId, state: 'accepted' }]);
  expect(socket.actions.slice(-2)).toEqual(['offer_cancel', 'offer_cancel']);
  socket.open([]);
  expect(session.unconfirmed.size).toBe(0);
});

it('leaving closes the connection and tells the server', async () => {
  const { attemptId, stop } = await connected();
  stop();
  expect(peer().isClosed).toBe(true);
  expect(socket.sent.at(-1)).toMatchObject({ action: 'offer_cancel', payload: { attemptId } });
});

it('what the server could not be told, it is told when it is back', async () => {
  const { attemptId } = await connected();
  socket.lose();
  expect(step()).toBe('connected');
  session.leave();
  socket.open([{ attemptId, state: 'accepted' }]);
  expect(socket.sent.at(-1)).toMatchObject({ action: 'offer_cancel', payload: { attemptId } });
});

it('an offer that may not have arrived is given up and made again', async () => {
  session.start();
  socket.open();
  await settled();
  const first = socket.attemptId;
  socket.lose();
  socket.open([{ attemptId: first, state: 'waiting_for_host' }]);
  await settled();
  expect(socket.actions).toEqual(['offer', 'offer_cancel', 'offer']);
  expect(socket.sent[1]?.payload.attemptId).toBe(first);
});

it('a revocation closes the connection at once, and the server needs no word', async () => {
  const { attemptId } = await connected();
  const before = socket.sent.length;
  socket.say('connection_closed', { attemptId, reason: 'network_revoked' });
  expect(session.read().attempt).toMatchObject({ ending: { kind: 'network_revoked' } });
  expect(peer().isClosed).toBe(true);
  expect(socket.sent.length).toBe(before);
});

it('a channel that closes leaves the server a moment to say why', async () => {
  const { attemptId } = await connected();
  peer().channel.onclose();
  expect(step()).toBe('connected');
  socket.say('connection_closed', { attemptId, reason: 'closed' });
  expect(session.read().attempt).toMatchObject({ ending: { kind: 'closed' } });
});

it('a channel that closes without a word is lost, and the server is told', async () => {
  await connected();
  peer().channel.onclose();
  await vi.advanceTimersByTimeAsync(2_000);
  expect(session.read().attempt).toMatchObject({ ending: { kind: 'lost' } });
  expect(socket.actions.at(-1)).toBe('offer_cancel');
});

it('two ends that find no way to each other give up', async () => {
  const { attemptId } = await waiting();
  socket.say('answer_relay', { attemptId, approved: true, data: { type: 'answer', sdp: 'a' } });
  await vi.advanceTimersByTimeAsync(20_000);
  expect(session.read().attempt).toMatchObject({ ending: { kind: 'unreachable' } });
});

it('a browser without WebRTC says so', async () => {
  session = newVisit(() => {
    throw new TypeError('RTCPeerConnection is not defined');
  });
  session.start();
  socket.open();
  await settled();
  expect(session.read().attempt).toMatchObject({ ending: { kind: 'unsupported' } });
});
