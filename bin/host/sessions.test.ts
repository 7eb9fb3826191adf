import { afterEach, expect, it } from 'vitest';
import type { Outgoing } from '@/lib/client/socket';
import { FromComputer } from '@/lib/contract/channel';
import type { LiveConnection, ServerMessage, ServerPayloads } from '@/lib/contract/messages';
import { CHANNEL_LABEL } from '@/lib/contract/protocol';
import { newConnection } from '../wrtc';
import type { Policy } from './approval';
import { Sessions } from './sessions';

// Two real peers in one process; what stands between them is a list of messages.

const cleanUps: (() => void)[] = [];
afterEach(() => {
  for (const cleanUp of cleanUps.splice(0)) cleanUp();
});

type Approve = (question: string, signal: AbortSignal) => Promise<boolean | null>;

/** The sessions of a computer, as the server meets them. */
function makeComputer(policy: Policy = 'all', ask: Approve = async () => true) {
  const sent: Outgoing[] = [];
  const lines: string[] = [];
  let isLinked = true;
  let wake = (): void => undefined;
  let relay = (_: Outgoing): void => undefined;
  const sessions = new Sessions({
    policy,
    approval: { canAsk: true, ask } as never,
    send: (message) => {
      if (!isLinked) return false;
      sent.push(message);
      relay(message);
      wake();
      return true;
    },
    say: (line) => {
      lines.push(line);
      wake();
    },
  });
  cleanUps.push(() => void sessions.closeAll('the test is over'));
  const tell = <A extends ServerMessage['action']>(action: A, payload: ServerPayloads[A]) =>
    sessions.receive({ version: 1, action, payload } as ServerMessage);
  const hello = (connections: LiveConnection[] = []) =>
    tell('hello', {
      connections,
      stunUrls: [],
      client: { address: null, network: null, trusted: false, reason: null },
    });
  hello();
  return {
    sessions,
    sent,
    lines,
    tell,
    hello,
    offer: (attemptId: string, data: Record<string, unknown>, name = 'Valerie') =>
      tell('offer_relay', {
        attemptId,
        connectionId: `con_${attemptId}`,
        from: { userId: 'usr_1', name },
        data,
      }),
    cut: () => {
      isLinked = false;
      sessions.suspend();
    },
    mend: (connections: LiveConnection[]) => {
      isLinked = true;
      hello(connections);
    },
    relayTo: (receive: (message: Outgoing) => void) => {
      relay = receive;
    },
    until: async (isDone: () => boolean) => {
      while (!isDone()) await new Promise<void>((resolve) => (wake = resolve));
    },
    answers: () =>
      sent.flatMap((message) =>
        message.action === 'answer' ? [[message.payload.attemptId, message.payload.approved]] : [],
      ),
    cancels: () =>
      sent.flatMap((message) =>
        message.action === 'offer_cancel' ? [message.payload.attemptId] : [],
      ),
  };
}
type Computer = ReturnType<typeof makeComputer>;

/** A client that has made its offer, and takes the answer when it comes. */
async function makeClient(computer: Computer, attemptId: string) {
  const peer = newConnection({});
  cleanUps.push(() => peer.close());
  const channel = peer.createDataChannel(CHANNEL_LABEL);
  const received: FromComputer[] = [];
  let wake = (): void => undefined;
  channel.onmessage = ({ data }) => {
    received.push(FromComputer.parse(JSON.parse(data)));
    wake();
  };
  const opened = new Promise<void>((resolve) => {
    channel.onopen = () => resolve();
  });
  const closed = new Promise<void>((resolve) => {
    channel.onclose = () => resolve();
  });
  peer.onicecandidate = ({ candidate }) => {
    if (candidate) {
      const data = { ...candidate.toJSON() };
      computer.tell('candex_relay', { attemptId, data });
    }
  };
  let answered: Promise<void> | null = null;
  computer.relayTo((message) => {
    if (message.action === 'answer' && message.payload.approved) {
      answered = peer.setRemoteDescription(message.payload.data as never);
    }
    if (message.action === 'candex') {
      const { data } = message.payload;
      void answered?.then(() => peer.addIceCandidate(data as RTCIceCandidateInit));
    }
  });
  const { sdp = '' } = await peer.createOffer();
  const data = { type: 'offer', sdp };
  return {
    peer,
    channel,
    opened,
    closed,
    received,
    data,
    connect: async () => {
      computer.offer(attemptId, data);
      await peer.setLocalDescription({ type: 'offer', sdp });
      await opened;
      await computer.until(() => computer.lines.includes('Valerie connected'));
    },
    until: async (isDone: () => boolean) => {
      while (!isDone()) await new Promise<void>((resolve) => (wake = resolve));
    },
  };
}

it('a client sees the facts first, then the live view, and gets its echo back', async () => {
  const computer = makeComputer();
  const client = await makeClient(computer, 'attempt-1');
  await client.connect();
  client.channel.send(JSON.stringify({ type: 'echo', id: 7 }));
  const types = () => client.received.map(({ type }) => type);
  await client.until(() => types().includes('monitor') && types().includes('echo'));
  expect(types()[0]).toBe('facts');
  expect(client.received).toContainEqual({ type: 'echo', id: 7 });
  expect(computer.lines).toEqual(['Valerie connected']);
  expect(computer.answers()).toEqual([['attempt-1', true]]);
  expect(computer.sent[0]?.action).toBe('answer');
});

it('a client that leaves is gone here, and the server is told', async () => {
  const computer = makeComputer();
  const client = await makeClient(computer, 'attempt-1');
  await client.connect();
  client.peer.close();
  await computer.until(() => computer.cancels().length > 0);
  expect(computer.cancels()).toEqual(['attempt-1']);
  expect(computer.lines).toEqual(['Valerie connected', 'Valerie disconnected (they left)']);
});

it('a connection that the server ends is closed, in words', async () => {
  const computer = makeComputer();
  const client = await makeClient(computer, 'attempt-1');
  await client.connect();
  computer.tell('connection_closed', {
    attemptId: 'attempt-1',
    connectionId: 'con_attempt-1',
    reason: 'network_revoked',
  });
  await client.closed;
  expect(computer.cancels()).toEqual([]);
  expect(computer.lines[1]).toBe('Valerie disconnected (the network is no longer trusted)');
});

it.each([
  ['nothing', {}],
  ['no SDP', { type: 'offer', sdp: 'garbage' }],
  ['a number', { type: 'offer', sdp: 5 }],
  ['an answer', { type: 'answer', sdp: 'v=0' }],
  ['half an SDP', { type: 'offer', sdp: 'v=0\r\nm=application 9 UDP/DTLS/SCTP x\r\n' }],
  ['a camera', { type: 'offer', sdp: 'v=0\r\nm=video 9 UDP/TLS/RTP/SAVPF 96\r\n' }],
])('an offer that is %s is declined, and the next one is served', async (_, data) => {
  const computer = makeComputer();
  computer.offer('attempt-0', data);
  await computer.until(() => computer.answers().length > 0);
  expect(computer.answers()).toEqual([['attempt-0', false]]);
  const client = await makeClient(computer, 'attempt-1');
  await client.connect();
  expect(computer.answers()[1]).toEqual(['attempt-1', true]);
});

it('candidates that are nonsense, or of nobody, do no harm', async () => {
  const computer = makeComputer();
  const client = await makeClient(computer, 'attempt-1');
  const connected = client.connect();
  for (const attemptId of ['attempt-1', 'attempt-9']) {
    for (const data of [{}, { candidate: 5 }, { candidate: 'x' }, { candidate: '', sdpMid: '7' }]) {
      computer.tell('candex_relay', { attemptId, data });
    }
  }
  await connected;
});

it.each([
  ['text that is no JSON', () => 'x'],
  ['an unknown type', () => '{"type":"run","command":"id"}'],
  ['a list', () => '[]'],
  ['bytes', () => new Uint8Array([1, 2, 3])],
  ['too much at once', () => JSON.stringify({ type: 'echo', id: 1, pad: 'x'.repeat(20_000) })],
])('%s is passed over at first, and closes the channel when it goes on', async (_, make) => {
  const computer = makeComputer();
  const client = await makeClient(computer, 'attempt-1');
  await client.connect();
  client.channel.send(make() as string);
  client.channel.send(JSON.stringify({ type: 'echo', id: 1 }));
  await client.until(() => client.received.some(({ type }) => type === 'echo'));
  for (let i = 0; i < 10; i++) client.channel.send(make() as string);
  await client.closed;
  await computer.until(() => computer.cancels().length > 0);
});

it('a flood of echoes closes the channel', async () => {
  const computer = makeComputer();
  const client = await makeClient(computer, 'attempt-1');
  await client.connect();
  for (let i = 0; i < 500; i++) client.channel.send(JSON.stringify({ type: 'echo', id: i }));
  await client.closed;
  expect(client.received.length).toBeLessThan(150);
});

it('policy none declines everybody', async () => {
  const computer = makeComputer('none');
  computer.offer('attempt-1', {});
  await computer.until(() => computer.answers().length > 0);
  expect(computer.answers()).toEqual([['attempt-1', false]]);
  expect(computer.lines).toEqual(['Valerie was declined (this computer accepts nobody)']);
});

it('policy ask asks, by a name that can’t pose as anything else', async () => {
  const questions: string[] = [];
  const computer = makeComputer('ask', async (question) => {
    questions.push(question);
    return false;
  });
  computer.offer('attempt-1', {}, 'Val\u001b[2Jerie\n');
  await computer.until(() => computer.answers().length > 0);
  expect(questions).toEqual(['Val [2Jerie asks to connect. Allow?']);
  expect(computer.answers()).toEqual([['attempt-1', false]]);
});

it('a question about an offer that was withdrawn is dropped', async () => {
  let dropped = (): void => undefined;
  const isDropped = new Promise<void>((resolve) => {
    dropped = resolve;
  });
  const computer = makeComputer(
    'ask',
    (_, signal) =>
      new Promise((resolve) => {
        signal.addEventListener('abort', () => {
          dropped();
          resolve(null);
        });
      }),
  );
  computer.offer('attempt-1', {});
  computer.tell('connection_closed', {
    attemptId: 'attempt-1',
    connectionId: 'con_1',
    reason: 'cancelled',
  });
  await isDropped;
  expect(computer.answers()).toEqual([]);
  expect(computer.lines).toEqual(['Valerie did not connect (the request was withdrawn)']);
});

it('the seventeenth is declined while sixteen are there', async () => {
  const computer = makeComputer('ask', () => new Promise(() => undefined));
  for (let i = 1; i <= 17; i++) computer.offer(`attempt-${i}`, {});
  await computer.until(() => computer.answers().length > 0);
  expect(computer.answers()).toEqual([['attempt-17', false]]);
});

it('a session runs on while the server is away, and ends when the server no longer knows it', async () => {
  const computer = makeComputer();
  const client = await makeClient(computer, 'attempt-1');
  await client.connect();
  computer.cut();
  const count = client.received.length;
  await client.until(() => client.received.length > count);
  computer.mend([{ attemptId: 'attempt-1', connectionId: 'con_1', state: 'accepted' }]);
  const later = client.received.length;
  await client.until(() => client.received.length > later);
  expect(computer.cancels()).toEqual([]);
  computer.hello([]);
  await client.closed;
  expect(computer.lines.at(-1)).toBe('Valerie disconnected (it ended while the server was away)');
});

it('a running connection that it does not hold is given up; one that waits is left to its offer', () => {
  const computer = makeComputer();
  computer.hello([
    { attemptId: 'attempt-1', connectionId: 'con_1', state: 'accepted' },
    { attemptId: 'attempt-2', connectionId: 'con_2', state: 'waiting_for_host' },
  ]);
  expect(computer.cancels()).toEqual(['attempt-1']);
});

it('an answer that found no server is given when it is back', async () => {
  const computer = makeComputer();
  const client = await makeClient(computer, 'attempt-1');
  computer.cut();
  const connected = client.connect();
  computer.offer('attempt-2', {});
  await computer.until(() => computer.lines.length > 0);
  expect(computer.sent).toEqual([]);
  computer.mend([
    { attemptId: 'attempt-1', connectionId: 'con_1', state: 'waiting_for_host' },
    { attemptId: 'attempt-2', connectionId: 'con_2', state: 'waiting_for_host' },
  ]);
  await connected;
  expect(Object.fromEntries(computer.answers())).toEqual({ 'attempt-1': true, 'attempt-2': false });
});

it('an offer that comes twice is answered once', async () => {
  const computer = makeComputer();
  const client = await makeClient(computer, 'attempt-1');
  const connected = client.connect();
  computer.offer('attempt-1', client.data);
  await connected;
  computer.offer('attempt-1', client.data);
  expect(computer.answers()).toEqual([['attempt-1', true]]);
});

it('ends for good once the server has confirmed it, and takes no offers meanwhile', async () => {
  const computer = makeComputer();
  const client = await makeClient(computer, 'attempt-1');
  await client.connect();
  let isConfirmed = false;
  const ended = computer.sessions.closeAll('this program ends').then(() => {
    isConfirmed = true;
  });
  await client.closed;
  computer.offer('attempt-2', client.data);
  expect(computer.cancels()).toEqual(['attempt-1']);
  expect(isConfirmed).toBe(false);
  computer.tell('connection_closed', {
    attemptId: 'attempt-1',
    connectionId: 'con_1',
    reason: 'closed',
  });
  await ended;
  expect(computer.lines).toEqual(['Valerie connected', 'Valerie disconnected (this program ends)']);
  expect(computer.answers()).toEqual([['attempt-1', true]]);
});
