import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { freePort, PASSWORD, serverFile, TestServer, type TestUser } from '../support/harness';
import type { TestSocket } from '../support/socket-client';
import { connect, Sockets } from '../support/socket-scene';

// Several processes on one port. The attacks: a right that is ended by one of them, and used on a socket that
// another holds; and a worker that dies, or a stop, by which what was acknowledged is lost.

vi.setConfig({ testTimeout: 120_000 });

const childrenOf = (pid: number): number[] =>
  readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number);

const isRunning = (pid: number) => existsSync(`/proc/${pid}`);

/** Which of the processes holds the server's end of a connection, by the kernel's own tables. */
function holderOf(pids: number[], port: number, clientPort: number): number | undefined {
  const hex = (value: number) => value.toString(16).toUpperCase().padStart(4, '0');
  const [, inode] =
    new RegExp(`:${hex(port)} \\w+:${hex(clientPort)} (?:\\S+ +){6}(\\d+)`).exec(
      readFileSync('/proc/net/tcp', 'utf8'),
    ) ?? [];
  return pids.find((pid) =>
    readdirSync(`/proc/${pid}/fd`).some(
      (fd) => linkOf(`/proc/${pid}/fd/${fd}`) === `socket:[${inode}]`,
    ),
  );
}

function linkOf(file: string): string | null {
  try {
    return readlinkSync(file);
  } catch {
    return null;
  }
}

describe('two workers on one port', () => {
  let server: TestServer;
  let teamId: string;
  let owner: TestUser;
  const sockets = new Sockets();
  beforeAll(async () => {
    server = await TestServer.start({ WORKERS: '2' });
    teamId = await server.addTeam();
    owner = await server.addUser({ teamId, role: 'owner' });
  });
  afterAll(async () => {
    await sockets.close();
    await server?.stop();
  });

  const workers = () => childrenOf(server.pid);
  /** A socket, and which worker holds it. */
  async function open(token: string): Promise<{ socket: TestSocket; worker: number }> {
    const socket = await sockets.open(server, { token });
    const worker = holderOf(workers(), server.port, socket.localPort);
    if (worker === undefined) throw new Error('no worker holds the socket');
    return { socket, worker };
  }

  /** Sockets of one session or computer, opened until each worker holds one. */
  async function oneEach(token: string): Promise<Map<number, TestSocket>> {
    const held = new Map<number, TestSocket>();
    for (let tries = 0; held.size < 2; tries += 1) {
      if (tries === 20) throw new Error('one worker takes them all');
      const { socket, worker } = await open(token);
      held.set(worker, socket);
    }
    return held;
  }

  it('are two, and the first process answers nobody', async () => {
    expect(workers()).toHaveLength(2);
    const held = await oneEach(owner.token);
    expect([...held.keys()].sort()).toEqual(workers().sort());
  });

  it('a session that is ended has its sockets closed in both', async () => {
    const user = await server.addUser({ teamId });
    const held = await oneEach(user.token);
    expect((await server.delete('/sessions/current', { token: user.token })).status).toBe(204);
    for (const socket of held.values()) await socket.closed();
    expect((await server.get('/me', { token: user.token })).status).toBe(401);
  });

  it('wrong passwords are counted in both together', async () => {
    const user = await server.addUser({ teamId });
    const statuses: number[] = [];
    for (let tries = 0; tries < 12; tries += 1) {
      const body = { email: user.email, password: `wrong ${tries}` };
      statuses.push((await server.post('/sessions', { body })).status);
    }
    expect(statuses.slice(0, 10)).toEqual(Array(10).fill(401));
    expect(statuses.slice(10)).toEqual([429, 429]);
  });

  it('a worker that is killed is replaced, and its computers come back', async () => {
    const computer = await server.addHost(teamId);
    const { socket: host, worker: killed } = await open(computer.key);
    const clients = await oneEach(owner.token);
    const [client] = [...clients].flatMap(([worker, one]) => (worker === killed ? [] : [one]));
    if (!client) throw new Error('no socket in the other worker');
    process.kill(killed, 'SIGKILL');
    await host.closed();
    const again = await vi.waitFor(() => sockets.open(server, { token: computer.key }), 30_000);
    expect(client.closeCode).toBeNull();
    await connect(client, again, computer.id);
    await vi.waitFor(() => expect(workers()).toHaveLength(2), 30_000);
    expect(workers()).not.toContain(killed);
    await vi.waitFor(async () => {
      const { socket, worker } = await open(owner.token);
      await socket.close();
      expect(clients.has(worker)).toBe(false);
    }, 90_000);
    expect(server.log).toContain('a worker has ended, and another takes its place');
  });

  it('SIGTERM: what runs is answered, and no process is left', async () => {
    const pids = workers();
    const computerId = await server.addComputer(teamId);
    const made = Array.from({ length: 20 }, () =>
      server.post(`/computers/${computerId}/connections`, { token: owner.token, body: {} }),
    );
    const first = await made[0];
    expect(first?.status).toBe(201);
    await server.kill('SIGTERM');
    for (const answer of await Promise.all(made)) expect(answer.status).toBe(201);
    expect(server.exitCode).toBe(0);
    expect(pids.filter(isRunning)).toEqual([]);
    expect(await server.count('connections WHERE computer_id = $1', [computerId])).toBe(20);
  });
});

describe('two workers on the embedded database', () => {
  const directory = mkdtempSync(path.join(tmpdir(), 'gatehouse-workers-'));
  chmodSync(directory, 0o755);
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  it('one setup link, which works; a Ctrl-C to all of them ends all, and the database', async () => {
    const port = await freePort();
    const dataDir = path.join(directory, 'data');
    const child = spawn(process.execPath, [serverFile()], {
      env: {
        ...process.env,
        NODE_ENV: 'production',
        PORT: String(port),
        DATA_DIR: dataDir,
        WORKERS: '2',
      },
      stdio: ['ignore', 'pipe', 'inherit'],
      detached: true,
    });
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk;
    });
    await vi.waitFor(() => expect(output).toContain('Create it here'), 60_000);
    const links = [...output.matchAll(/setup#(\S+)/g)];
    expect(links).toHaveLength(1);
    const made = await fetch(`http://localhost:${port}/api/v1/setup`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        setupToken: links[0]?.[1],
        team: { name: 'Harbour' },
        owner: { name: 'Valerie', email: 'valerie@example.com', password: PASSWORD },
      }),
    });
    expect(made.status).toBe(201);
    const pids = childrenOf(child.pid ?? 0);
    const ended = once(child, 'exit');
    process.kill(-(child.pid ?? 0), 'SIGINT');
    expect(await ended).toEqual([0, null]);
    expect(pids.filter(isRunning)).toEqual([]);
    expect(existsSync(path.join(dataDir, 'postgres', 'postmaster.pid'))).toBe(false);
    expect(output).not.toMatch(/"level":"(error|fatal)"/);
  });
});
