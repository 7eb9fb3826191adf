import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type NewConnection, Peer, wayIn } from './peer';

/** What WebRTC gives, as far as a peer uses it. */
class FakeConnection {
  connectionState = 'new';
  taken: unknown[] = [];
  isClosed = false;
  onicecandidate: ((event: unknown) => void) | null = null;
  onconnectionstatechange: (() => void) | null = null;
  constructor(readonly settings: RTCConfiguration) {}
  createAnswer = async () => ({ type: 'answer', sdp: 'answer' });
  setLocalDescription = async () => this.find('early');
  setRemoteDescription = async (description: unknown) => void this.taken.push(description);
  addIceCandidate(candidate: unknown) {
    if (candidate === null) throw new TypeError('no candidate');
    this.taken.push(candidate);
    return Promise.resolve();
  }
  close() {
    this.isClosed = true;
  }
  find(candidate: string) {
    this.onicecandidate?.({ candidate: { candidate, toJSON: () => ({ candidate }) } });
  }
  become(state: string) {
    this.connectionState = state;
    this.onconnectionstatechange?.();
  }
}

let fake: FakeConnection;
const candidate = vi.fn();
const lost = vi.fn();

function newPeer(stunUrls: string[] = []): Peer {
  const newConnection = (settings: RTCConfiguration) => {
    fake = new FakeConnection(settings);
    return fake;
  };
  return new Peer(newConnection as unknown as NewConnection, stunUrls, { candidate, lost });
}

beforeEach(() => {
  vi.useFakeTimers();
  vi.clearAllMocks();
});
afterEach(() => vi.useRealTimers());

it('asks the STUN servers that it is told, and none otherwise', () => {
  newPeer();
  expect(fake.settings).toEqual({ iceServers: [] });
  newPeer(['stun:a', 'stun:b']);
  expect(fake.settings).toEqual({ iceServers: [{ urls: ['stun:a', 'stun:b'] }] });
});

it.each([{}, { type: 'answer', sdp: 'v=0' }, { type: 'offer', sdp: 5 }])(
  'makes no answer to %j',
  async (offer) => {
    await expect(newPeer().makeAnswer(offer)).rejects.toThrow(TypeError);
    expect(fake.taken).toEqual([]);
  },
);

it('answers, and passes candidates on only after that was said', async () => {
  const peer = newPeer();
  const offer = { type: 'offer', sdp: 'offer' };
  peer.addCandidate({ candidate: 'theirs' });
  expect(await peer.makeAnswer(offer)).toEqual({ type: 'answer', sdp: 'answer' });
  expect(fake.taken).toEqual([offer, { candidate: 'theirs' }]);
  expect(candidate).not.toHaveBeenCalled();
  peer.release();
  fake.find('late');
  expect(candidate.mock.calls).toEqual([[{ candidate: 'early' }], [{ candidate: 'late' }]]);
});

it('does without a candidate that is none', async () => {
  const peer = newPeer();
  await peer.makeAnswer({ type: 'offer', sdp: 'offer' });
  peer.addCandidate(null as never);
  peer.addCandidate({ candidate: 'good' });
  expect(fake.taken.slice(1)).toEqual([{ candidate: 'good' }]);
});

it.each(['failed', 'closed'])('is lost when the connection is %s, once', (state) => {
  const peer = newPeer();
  fake.become(state);
  fake.become('failed');
  peer.lose('closed');
  expect(lost.mock.calls).toEqual([[state]]);
  expect(fake.isClosed).toBe(true);
});

it('changes networks: disconnected for a moment it is not lost, for long it is', () => {
  newPeer();
  fake.become('disconnected');
  vi.advanceTimersByTime(14_000);
  fake.become('connected');
  vi.advanceTimersByTime(60_000);
  expect(lost).not.toHaveBeenCalled();
  fake.become('disconnected');
  vi.advanceTimersByTime(15_000);
  expect(lost.mock.calls).toEqual([['failed']]);
});

it('tells nothing after it was closed', () => {
  const peer = newPeer();
  peer.release();
  fake.become('disconnected');
  peer.close();
  fake.find('late');
  vi.advanceTimersByTime(60_000);
  fake.become('closed');
  expect(candidate).not.toHaveBeenCalled();
  expect(lost).not.toHaveBeenCalled();
});

describe('the way between the two ends', () => {
  const ends = { localCandidateId: 'mine', remoteCandidateId: 'theirs' };
  const report = (mine: string, theirs: string) =>
    new Map(
      Object.entries({
        other: { type: 'candidate-pair', localCandidateId: 'relay', remoteCandidateId: 'theirs' },
        pair: { type: 'candidate-pair', ...ends },
        mine: { type: 'local-candidate', candidateType: mine },
        theirs: { type: 'remote-candidate', candidateType: theirs },
        way: { type: 'transport', selectedCandidatePairId: 'pair' },
      }),
    );

  it.each([
    ['host', 'srflx', 'direct'],
    ['relay', 'host', 'relayed'],
    ['host', 'relay', 'relayed'],
  ])('%s to %s is %s', (mine, theirs, way) => {
    expect(wayIn(report(mine, theirs))).toBe(way);
  });

  it('is not known while none was chosen', () => {
    expect(wayIn(new Map([['way', { type: 'transport' }]]))).toBeNull();
  });
});
