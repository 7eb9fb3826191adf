import { createHash, randomUUID } from 'node:crypto';
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { newConnection } from '@/bin/wrtc';
import { FromComputer } from '@/lib/contract/channel';
import { CHANNEL_LABEL } from '@/lib/contract/protocol';
import { ownServer, TEST_SECRET, type TestUser } from '../support/harness';
import { Program } from '../support/program';
import { TestSocket } from '../support/socket-client';

// The program of a Team Computer as it is run, against the server as it is run, and a client with a real
// peer connection.

const server = ownServer();
let teamId: string;
let owner: TestUser;

const cleanUps: (() => Promise<unknown> | unknown)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});
beforeAll(async () => {
  ({ teamId, owner } = await server.setUp());
});

/** The program of a computer of its own, once it is online. */
async function startHost(args: string[] = [], key?: string) {
  const computer = await server.addHost(teamId, 'Workstation');
  const program = runHost(args, key ?? computer.key);
  await program.says(`Online as Workstation at ${server.origin}`);
  return { ...computer, program };
}

function runHost(args: string[], key: string): Program {
  const program = Program.start('gatehouse-host', ['--url', server.origin, ...args], {
    GATEHOUSE_HOST_KEY: key,
  });
  cleanUps.push(() => program.end('SIGKILL'));
  return program;
}

async function isOnline(computerId: string): Promise<boolean> {
  const { body } = await server.get('/computers', { token: owner.token });
  return body.data.find(({ id }: { id: string }) => id === computerId)?.online;
}

async function openSocket(): Promise<TestSocket> {
  const socket = await TestSocket.open(server, { token: owner.token });
  cleanUps.push(() => socket.ws.terminate());
  await socket.next('hello');
  return socket;
}

/** A client's peer, and what its channel brings. */
async function makePeer() {
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
  const until = async (isDone: () => boolean) => {
    while (!isDone()) await new Promise<void>((resolve) => (wake = resolve));
  };
  const seen = (type: FromComputer['type']) => received.filter((one) => one.type === type);
  return { peer, channel, received, opened, closed, until, seen };
}

/** Connects a client to a computer, and waits until it sees the computer. */
async function connect(socket: TestSocket, computerId: string) {
  const client = await makePeer();
  const { peer } = client;
  const candidates: RTCIceCandidate[] = [];
  let say = (candidate: RTCIceCandidate): unknown => candidates.push(candidate);
  peer.onicecandidate = ({ candidate }) => {
    if (candidate) say(candidate);
  };
  const { sdp } = await peer.createOffer();
  const attemptId = socket.offer(computerId, { type: 'offer', sdp });
  await peer.setLocalDescription({ type: 'offer', sdp: sdp ?? '' });
  const { connectionId } = await socket.next('offer_received', (p) => p.attemptId === attemptId);
  const answer = await socket.next('answer_relay', (p) => p.attemptId === attemptId);
  expect(answer.approved).toBe(true);
  await peer.setRemoteDescription(answer.data as unknown as RTCSessionDescriptionInit);
  say = (candidate) => socket.send('candex', { attemptId, data: candidate.toJSON() });
  for (const candidate of candidates) say(candidate);
  let isOpen = false;
  void client.opened.then(() => {
    isOpen = true;
  });
  const relay = async () => {
    while (!isOpen) {
      const { data } = await socket.next('candex_relay', (p) => p.attemptId === attemptId);
      await peer.addIceCandidate(data as RTCIceCandidateInit);
    }
  };
  await Promise.race([client.opened, relay().then(() => client.opened)]);
  await client.until(() => client.seen('facts').length > 0);
  return { ...client, attemptId, connectionId };
}

describe('a computer whose program runs', () => {
  it('is online, and shows itself to a client: facts, echo, live view', async () => {
    const { id, program } = await startHost();
    expect(await isOnline(id)).toBe(true);
    const socket = await openSocket();
    const client = await connect(socket, id);
    client.channel.send(JSON.stringify({ type: 'echo', id: 7 }));
    await client.until(() => client.seen('echo').length > 0 && client.seen('monitor').length > 1);
    expect(client.received[0]).toMatchObject({ type: 'facts', cpus: expect.any(Number) });
    expect(client.seen('echo')).toEqual([{ type: 'echo', id: 7 }]);
    const view = client.seen('monitor').at(-1);
    expect(view).toMatchObject({ processes: expect.any(Array) });
    await program.says('Olga Owner connected');
  });

  it('says when a client leaves, and the connection is closed', async () => {
    const { id, program } = await startHost();
    const socket = await openSocket();
    const { attemptId, connectionId, peer } = await connect(socket, id);
    peer.close();
    await program.says('Olga Owner disconnected (they left)');
    await socket.next('connection_closed', (payload) => payload.attemptId === attemptId);
    const { body } = await server.get(`/connections/${connectionId}`, { token: owner.token });
    expect(body.connection.state).toBe('closed');
  });

  it('ends a connection whose network was revoked, and says why', async () => {
    const { id, program } = await startHost();
    const member = await server.addUser({ teamId, name: 'Valerie' });
    const socket = await TestSocket.open(server, { token: member.token });
    cleanUps.push(() => socket.ws.terminate());
    const client = await connect(socket, id);
    const path = `/teams/${teamId}/members/${member.id}/verified-ips`;
    const revoked = await server.delete(path, { token: owner.token });
    expect(revoked.status).toBe(204);
    await client.closed;
    await program.says('Valerie disconnected (the network is no longer trusted)');
    const { reason } = await socket.next(
      'connection_closed',
      (closed) => closed.attemptId === client.attemptId,
    );
    expect(reason).toBe('network_revoked');
  });

  it('closes a channel that brings garbage, and goes on', async () => {
    const { id, program } = await startHost();
    const socket = await openSocket();
    const client = await connect(socket, id);
    for (let i = 0; i < 20; i++) client.channel.send(`{"type":"run","command":"reboot ${i}"}`);
    await client.closed;
    const said = program.output.length;
    await connect(socket, id);
    await program.says('Olga Owner connected', said);
  });

  it('declines an offer that is none, and goes on', async () => {
    const { id, program } = await startHost();
    const socket = await openSocket();
    const attemptId = socket.offer(id, { type: 'offer', sdp: 'garbage' });
    const answer = await socket.next('answer_relay', (payload) => payload.attemptId === attemptId);
    expect(answer.approved).toBe(false);
    await program.says('Olga Owner was declined (the offer was not understood)');
    await connect(socket, id);
  });

  it('runs through the end of the server and its new start; the connection too', async () => {
    const { id, program } = await startHost();
    const client = await connect(await openSocket(), id);
    await server.kill('SIGKILL');
    await program.says('Connection lost, next try in');
    const said = program.output.length;
    const count = client.seen('monitor').length;
    await client.until(() => client.seen('monitor').length > count);
    await server.launch();
    await program.says('Online as Workstation', said);
    const later = client.seen('monitor').length;
    await client.until(() => client.seen('monitor').length > later + 1);
    expect(await isOnline(id)).toBe(true);
    expect(program.output).not.toContain('disconnected');
  });

  it('that was killed and started again gives up the connection that it lost', async () => {
    const { id, key, program } = await startHost();
    const socket = await openSocket();
    const { attemptId } = await connect(socket, id);
    await program.end('SIGKILL');
    const next = runHost([], key);
    await next.says('Online as Workstation');
    await socket.next('connection_closed', (payload) => payload.attemptId === attemptId);
  });

  it('is started again when WebRTC brings it down, and gives up what it lost', async () => {
    const { id, program } = await startHost();
    const socket = await openSocket();
    const { attemptId } = await connect(socket, id);
    const said = program.output.length;
    process.kill(program.innerPid, 'SIGSEGV');
    await program.says('WebRTC failed (SIGSEGV)');
    await program.says('Online as Workstation', said);
    await socket.next('connection_closed', (payload) => payload.attemptId === attemptId);
    await connect(socket, id);
  });

  it('ends by a signal: connections closed, offline, exit 0', async () => {
    const { id, program } = await startHost();
    const socket = await openSocket();
    const { attemptId, closed } = await connect(socket, id);
    expect(await program.end('SIGTERM')).toBe(0);
    await closed;
    await socket.next('connection_closed', (payload) => payload.attemptId === attemptId);
    expect(program.output).toContain('Olga Owner disconnected (this program ends)');
  });
});

describe('whom it accepts', () => {
  it('none: it is online, and declines', async () => {
    const { id, program } = await startHost(['--accept', 'none']);
    const socket = await openSocket();
    const attemptId = socket.offer(id);
    const answer = await socket.next('answer_relay', (payload) => payload.attemptId === attemptId);
    expect(answer.approved).toBe(false);
    await program.says('Olga Owner was declined (this computer accepts nobody)');
  });

  it('ask: whom the person at the terminal lets in, one after the other', async () => {
    const { id, key } = await server.addHost(teamId, 'Workstation');
    const program = Program.startOnTerminal(
      'gatehouse-host',
      ['--url', server.origin, '--accept', 'ask'],
      { GATEHOUSE_HOST_KEY: key },
    );
    cleanUps.push(() => program.end('SIGKILL'));
    await program.says('Online as Workstation');
    const socket = await openSocket();
    const withdrawn = socket.offer(id);
    await program.says('Olga Owner asks to connect. Allow? [y/N]');
    socket.send('offer_cancel', { attemptId: withdrawn });
    await program.says('Olga Owner did not connect (the request was withdrawn)');
    const refused = socket.offer(id);
    await program.says(/(?:Allow[\s\S]*){2}/);
    program.type('n\r');
    const answer = await socket.next('answer_relay', (payload) => payload.attemptId === refused);
    expect(answer.approved).toBe(false);
    const connected = connect(socket, id);
    await program.says(/(?:Allow[\s\S]*){3}/);
    program.type('y\r');
    await connected;
    await program.says('Olga Owner connected');
    program.type('\u0003');
    expect(await program.ended()).toBe(0);
  });

  it('ask, without a terminal: it declines', async () => {
    const { id, program } = await startHost(['--accept', 'ask']);
    const socket = await openSocket();
    const attemptId = socket.offer(id);
    const answer = await socket.next('answer_relay', (payload) => payload.attemptId === attemptId);
    expect(answer.approved).toBe(false);
    await program.says('Olga Owner was declined (there is no terminal to ask on)');
  });
});

describe('its key', () => {
  it('that was replaced ends it with exit 3, and what to do', async () => {
    const { id, program } = await startHost();
    const path = `/teams/${teamId}/computers/${id}/keys`;
    const rotated = await server.post(path, { token: owner.token, body: {} });
    expect(rotated.status).toBe(201);
    expect(await program.ended()).toBe(3);
    expect(program.stderr).toContain('This key is no longer valid');
    expect(program.stderr).toContain('Computers page');
  });

  it('that nobody has is refused with exit 3', async () => {
    const program = runHost([], `gatehost_${'A'.repeat(43)}`);
    expect(await program.ended()).toBe(3);
    expect(program.stderr).toContain('This key is no longer valid');
  });

  it('F9: that another program uses too: the first one stays, the other says why and goes on trying', async () => {
    const { id, key, program } = await startHost();
    const other = runHost([], key);
    await other.says('Another program speaks for this computer with the same key');
    await other.says('next try in 60 s');
    expect([program.isRunning, other.isRunning]).toEqual([true, true]);
    await connect(await openSocket(), id);
    await other.end();
  });

  it('is printed nowhere', async () => {
    const { id, key, program } = await startHost();
    await connect(await openSocket(), id);
    await program.end();
    expect(program.output).not.toContain(key.slice(9));
    expect(server.log).not.toContain(key.slice(9));
  });
});

describe('as the server hands it out', () => {
  const get = (file: string, headers: Record<string, string> = {}) =>
    fetch(new URL(file, server.origin), { headers });
  /** An empty directory with the program in it. */
  const fetchProgram = async () => {
    const directory = await mkdtemp(path.join(tmpdir(), 'gatehouse-host-'));
    cleanUps.push(() => rm(directory, { recursive: true }));
    await writeFile(path.join(directory, 'host.mjs'), await (await get('/host.mjs')).text());
    return directory;
  };

  it('anybody gets it, whole, known by its SHA-256, and nothing of this server is in it', async () => {
    const answer = await get('/host.mjs');
    const text = await answer.text();
    const sha256 = createHash('sha256').update(text).digest('hex');
    expect(answer.headers.get('content-type')).toBe('text/javascript; charset=utf-8');
    expect(await (await get('/host.mjs.sha256')).text()).toBe(`${sha256}  host.mjs\n`);
    const [etag, control] = ['etag', 'cache-control'].map((name) => answer.headers.get(name));
    expect([etag, control]).toEqual([`"${sha256}"`, 'public, no-cache']);
    const again = await get('/host.mjs', { 'if-none-match': `W/${etag}` });
    expect([again.status, await again.text()]).toEqual([304, '']);
    for (const own of [TEST_SECRET, server.origin, process.cwd(), 'DATABASE_URL']) {
      expect(text.includes(own), own).toBe(false);
    }
    const { body } = await server.post(`/teams/${teamId}/computers`, {
      token: owner.token,
      body: { name: 'New' },
    });
    const url = `${server.origin}/host.mjs`;
    expect(body.program).toEqual({ url, sha256, needs: expect.stringMatching(/^@[^@]+@[\d.]+$/) });
  });

  it('it runs from a directory that holds nothing else, once WebRTC is installed there', async () => {
    const { key } = await server.addHost(teamId, 'Workstation');
    const directory = await fetchProgram();
    const start = () => {
      const env = { GATEHOUSE_HOST_KEY: key };
      const program = Program.startServed(directory, ['--url', server.origin], env);
      cleanUps.push(() => program.end('SIGKILL'));
      return program;
    };
    const lacking = start();
    expect(await lacking.ended()).toBe(1);
    expect(lacking.stderr).toMatch(/\n {2}npm install --prefix \. --ignore-scripts @\S+@[\d.]+\n/);
    expect(lacking.stderr).not.toContain('    at ');
    await symlink(path.resolve('node_modules'), path.join(directory, 'node_modules'));
    await start().says(`Online as Workstation at ${server.origin}`);
  });
});

it.each([
  [[], 'Which server?'],
  [['--url', 'gatehouse.example.com'], 'looks like https://'],
  [['--url', 'https://gatehouse.example.com/x'], 'no path'],
  [['--url', 'https://gatehouse.example.com'], 'Which computer?'],
  [['--url', 'https://gatehouse.example.com', '--key', randomUUID()], 'no key of a computer'],
  [['--accept', 'some'], '--accept is all, ask or none'],
  [['--open'], 'Unknown option'],
])('wrong arguments %j: one line, exit 2', async (args, line) => {
  const program = Program.start('gatehouse-host', args, {});
  expect(await program.ended()).toBe(2);
  expect(program.stdout).toBe('');
  expect(program.stderr).toContain(line);
  expect(program.stderr.trim().split('\n')).toHaveLength(1);
});
