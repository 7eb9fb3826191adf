import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type ForwardingProxy, startProxy } from '../support/forwarding-proxy';
import {
  CAFE,
  freePort,
  HOME,
  ownServer,
  PASSWORD,
  type TestServer,
  type TestUser,
  THIEF,
} from '../support/harness';
import { Program } from '../support/program';

const OTHER = '2001:db8:1:2::9';
const OTHER_NETWORK = '2001:db8:1:2::/64';

// The client as it is run, behind a trusted proxy that says where it is.

const server = ownServer();
let proxy: ForwardingProxy;
let teamId: string;
let owner: TestUser;
let computer: { id: string; key: string };
let host: Program;
let directory: string;

const running: Program[] = [];
beforeAll(async () => {
  ({ teamId, owner } = await server.setUp());
  proxy = await startProxy(server, HOME);
  computer = await server.addHost(teamId, 'Workstation');
  host = Program.start('gatehouse-host', ['--url', server.origin], {
    GATEHOUSE_HOST_KEY: computer.key,
  });
  await host.says('Online as Workstation');
});
beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'gatehouse-cli-'));
  proxy.address = HOME;
  proxy.addressOf = () => null;
});
afterEach(async () => {
  for (const program of running.splice(0)) await program.end('SIGKILL');
  await rm(directory, { recursive: true, force: true });
});
afterAll(async () => {
  await host.end();
  proxy.close();
});

const env = () => ({ XDG_CONFIG_HOME: directory, GATEHOUSE_URL: proxy.origin });
const file = () => path.join(directory, 'gatehouse/session.json');
const stored = async () => JSON.parse(await readFile(file(), 'utf8'));

function start(args: string[], input?: string): Program {
  const program = Program.start('gatehouse', args, env(), input);
  running.push(program);
  return program;
}

function startOnTerminal(args: string[]): Program {
  const program = Program.startOnTerminal('gatehouse', args, env());
  running.push(program);
  return program;
}

/** Runs it to its end. */
async function run(args: string[], input?: string) {
  const program = start(args, input);
  return { exitCode: await program.ended(), stdout: program.stdout, stderr: program.stderr };
}

async function logIn(user: TestUser): Promise<void> {
  const { exitCode, stderr } = await run(['login', '--email', user.email], `${user.password}\n`);
  expect([exitCode, stderr]).toEqual([0, '']);
}

/** A user who is signed in here, from home. */
async function signedIn(options: Parameters<TestServer['addUser']>[0] = {}): Promise<TestUser> {
  const user = await server.addUser({ teamId, ...options });
  await logIn(user);
  return user;
}

describe('signing in', () => {
  it('by a password from the input keeps the session where nobody else can read it', async () => {
    const { exitCode, stdout, stderr } = await run(
      ['login', '--url', proxy.origin, '--email', owner.email],
      `${PASSWORD}\n`,
    );
    expect([exitCode, stderr]).toEqual([0, '']);
    expect(stdout).toContain(`Signed in as Olga Owner <${owner.email}> at ${proxy.origin}.`);
    expect(stdout).toContain(`This network (${HOME}/32) is verified until 20`);
    expect((await stat(file())).mode & 0o777).toBe(0o600);
    expect((await stat(path.dirname(file()))).mode & 0o777).toBe(0o700);
    expect(await readdir(path.dirname(file()))).toEqual(['session.json']);
    const { token } = await stored();
    const me = await server.get('/me', { token });
    expect(me.body.user.email).toBe(owner.email);
    const sessions = await server.get('/sessions', { token });
    const client = sessions.body.data.find(({ current }: { current: boolean }) => current).client;
    expect(client).toMatch(/^gatehouse on \S/);
  });

  it('on a terminal asks for both, and shows no password', async () => {
    const user = await server.addUser({ teamId });
    const program = startOnTerminal(['login']);
    await program.says('Email: ');
    program.type(`${user.email}\r`);
    await program.says('Password: ');
    program.type(`${user.password}\r`);
    expect(await program.ended()).toBe(0);
    expect(program.output).toContain(`Signed in as ${user.name}`);
    expect(program.output).not.toContain(user.password);
  });

  it('with a wrong password is refused with exit 3, and keeps nothing', async () => {
    const user = await server.addUser({ teamId });
    const { exitCode, stderr } = await run(['login', '--email', user.email], 'wrong\n');
    expect(exitCode).toBe(3);
    expect(stderr.trim().split('\n')).toHaveLength(1);
    await expect(stat(file())).rejects.toThrow('ENOENT');
  });

  it('again ends the session that was kept before', async () => {
    const user = await signedIn();
    const { token } = await stored();
    await logIn(user);
    expect((await stored()).token).not.toBe(token);
    expect((await server.get('/me', { token })).status).toBe(401);
  });

  it('out ends the session on the server and here', async () => {
    await signedIn();
    const { token } = await stored();
    const { exitCode, stdout } = await run(['logout']);
    expect([exitCode, stdout]).toEqual([0, 'Signed out.\n']);
    expect((await server.get('/me', { token })).status).toBe(401);
    const after = await run(['whoami']);
    expect(after.exitCode).toBe(3);
    expect(after.stderr).toBe('You are signed out. Run: gatehouse login\n');
  });

  it('a session that ended elsewhere is said to be over, with exit 3', async () => {
    const user = await signedIn();
    await server.db.query('DELETE FROM sessions WHERE user_id = $1', [user.id]);
    for (const command of [['whoami'], ['connect', 'Workstation']]) {
      const { exitCode, stderr } = await run(command);
      expect([exitCode, stderr]).toEqual([3, 'You are signed out. Run: gatehouse login\n']);
    }
  });

  it('a file that others can read is not used', async () => {
    await mkdir(path.dirname(file()), { recursive: true });
    const session = { url: proxy.origin, token: owner.token, email: owner.email };
    await writeFile(file(), JSON.stringify(session), { mode: 0o644 });
    const { exitCode, stderr } = await run(['whoami']);
    expect(exitCode).toBe(2);
    expect(stderr).toContain(`chmod 600 ${file()}`);
  });

  it('to a server that is not there fails with exit 4', async () => {
    const url = `http://localhost:${await freePort()}`;
    const args = ['login', '--url', url, '--email', owner.email];
    const { exitCode, stderr } = await run(args, `${PASSWORD}\n`);
    expect(exitCode).toBe(4);
    expect(stderr).toBe(`Nothing answers at ${url}: is the server running?\n`);
  });
});

describe('looking', () => {
  it('whoami says who is signed in, and where', async () => {
    const user = await signedIn();
    const { exitCode, stdout } = await run(['whoami']);
    expect(exitCode).toBe(0);
    expect(stdout).toContain(`${user.name} <${user.email}> at ${proxy.origin}`);
    expect(stdout).toContain('Team: Harbour (member)');
    expect(stdout).toContain(`Network: ${HOME}/32, verified until`);
    proxy.address = THIEF;
    const elsewhere = await run(['whoami', '--json']);
    expect(JSON.parse(elsewhere.stdout)).toMatchObject({
      user: { email: user.email },
      client: { network: `${THIEF}/32`, trusted: false },
    });
  });

  it('computers lists those one may connect to', async () => {
    await signedIn();
    const { stdout } = await run(['computers']);
    expect(stdout).toMatch(new RegExp(`Workstation +online +now +${computer.id}`));
    const { data } = JSON.parse((await run(['computers', '--json'])).stdout);
    expect(data).toContainEqual(expect.objectContaining({ id: computer.id, online: true }));
  });

  it('C3: computers lists all of them, however many pages that takes', async () => {
    const other = await server.addTeam();
    await signedIn({ teamId: other });
    await server.db.query(
      `INSERT INTO computers (team_id, name, host_key_hash)
       SELECT $1, 'Render ' || i, sha256(($1 || i)::bytea) FROM generate_series(1, 230) i`,
      [other],
    );
    const { data } = JSON.parse((await run(['computers', '--json'])).stdout);
    expect(new Set(data.map(({ name }: { name: string }) => name)).size).toBe(230);
  });

  it('ips lists and revokes', async () => {
    const user = await signedIn();
    await server.trust(user.id, CAFE);
    const before = await run(['ips']);
    expect(before.stdout).toContain(`${HOME}/32 (this one)`);
    const revoked = await run(['ips', 'revoke', CAFE]);
    expect([revoked.exitCode, revoked.stdout]).toEqual([0, `${CAFE}/32 is no longer verified.\n`]);
    const { data } = JSON.parse((await run(['ips', '--json'])).stdout);
    const states = data.map(({ network, state }: Record<string, string>) => [network, state]);
    expect(Object.fromEntries(states)).toMatchObject({
      [`${CAFE}/32`]: 'revoked',
      [`${HOME}/32`]: 'trusted',
    });
    expect((await run(['ips', 'revoke', THIEF])).exitCode).toBe(1);
  });

  it('verify confirms the password, verifies the network, and keeps the new token', async () => {
    const user = await signedIn();
    const { token } = await stored();
    proxy.address = CAFE;
    const { exitCode, stdout } = await run(['verify'], `${user.password}\n`);
    expect(exitCode).toBe(0);
    expect(stdout).toContain(`This network (${CAFE}/32) is verified until`);
    expect((await stored()).token).not.toBe(token);
    expect((await stat(file())).mode & 0o777).toBe(0o600);
    expect((await run(['whoami'])).stdout).toContain(`${CAFE}/32, verified until`);
  });
});

describe('connecting', () => {
  it('shows the computer, and leaves after the time that was given', async () => {
    const user = await signedIn();
    const said = host.output.length;
    const { exitCode, stdout, stderr } = await run(['connect', 'workstation', '--seconds', '2']);
    expect(exitCode).toBe(0);
    expect(stderr).toContain('Waiting for Workstation to answer.');
    expect(stderr).toContain('Workstation accepted. Connecting.');
    expect(stderr).toContain('Connected to Workstation.');
    expect(stderr).toContain('Disconnected from Workstation.');
    expect(stdout).toMatch(/load [\d.]+ .* memory [\d.]+ (?:GB|MB) of .* round trip [\d.]+ ms/);
    await host.says(`${user.name} connected`, said);
    await host.says(`${user.name} disconnected`, said);
    const { rows } = await server.db.query('SELECT state FROM connections WHERE user_id = $1', [
      user.id,
    ]);
    expect(rows).toEqual([{ state: 'closed' }]);
  });

  it('leaves by Ctrl-C, from a terminal too, which is then as it was', async () => {
    await signedIn();
    const program = start(['connect', computer.id]);
    await program.says('round trip');
    expect(await program.end('SIGINT')).toBe(0);
    const drawn = startOnTerminal(['connect', computer.id]);
    await drawn.says('Ctrl-C disconnects');
    await drawn.says(/NAME[\s\S]*NAME/);
    drawn.type('\u0003');
    expect(await drawn.ended()).toBe(0);
    expect(drawn.output.lastIndexOf('\u001b[?1049l')).toBeGreaterThan(
      drawn.output.lastIndexOf('\u001b[?1049h'),
    );
  });

  it('from a new network asks for the password on a terminal, and goes on', async () => {
    const user = await signedIn();
    const { token } = await stored();
    proxy.address = CAFE;
    const program = startOnTerminal(['connect', 'Workstation', '--seconds', '1']);
    await program.says(`This network (${CAFE}/32) is not verified yet.`);
    await program.says(`Password of ${user.email}`);
    program.type('wrong\r');
    await program.says(/That is not the password[\s\S]*Password of/);
    program.type(`${user.password}\r`);
    await program.says('Connected to Workstation.');
    expect(await program.ended()).toBe(0);
    expect(program.output).not.toContain(user.password);
    expect((await stored()).token).not.toBe(token);
    expect((await run(['whoami'])).stdout).toContain(`${CAFE}/32, verified until`);
  });

  it('from a new network without a terminal names the page, and goes on once it is passed', async () => {
    const user = await signedIn();
    proxy.address = CAFE;
    const program = start(['connect', 'Workstation', '--seconds', '1']);
    await program.says(/\/verify\/\S+/);
    const [, challengeId = ''] = /\/verify\/(\S+)/.exec(program.stderr) ?? [];
    expect(program.stderr).toContain('Confirm that it is you, on this network, until 20');
    const passed = await server.verifyOnPage(challengeId, user.password, CAFE);
    expect(passed.status).toBe(201);
    await program.says('Verified.');
    await program.says('Connected to Workstation.');
    expect(await program.ended()).toBe(0);
  });

  it('from a new network is not let in by a challenge that was passed elsewhere', async () => {
    const user = await signedIn();
    proxy.address = THIEF;
    const program = start(['connect', 'Workstation', '--seconds', '1']);
    await program.says(/\/verify\/\S+/);
    const [, challengeId = ''] = /\/verify\/(\S+)/.exec(program.stderr) ?? [];
    const elsewhere = await server.verifyOnPage(challengeId, user.password, CAFE);
    expect(elsewhere.body.challenge.status).toBe('pending');
    await server.db.query('UPDATE challenges SET expires_at = gatehouse_now() WHERE id = $1', [
      challengeId,
    ]);
    expect(await program.ended()).toBe(5);
    expect(program.stderr).toContain('The time to confirm has run out.');
    expect(program.stderr).not.toContain('Connected');
  });

  it('P1: a password that goes out by another network is asked for once, where what follows goes that way too', async () => {
    const user = await signedIn();
    proxy.address = CAFE;
    const program = startOnTerminal(['connect', 'Workstation', '--seconds', '1']);
    await program.says(`Password of ${user.email}`);
    proxy.address = OTHER;
    program.type(`${user.password}\r`);
    await program.says(`${OTHER_NETWORK} is verified now, ${CAFE}/32 is not.`);
    await program.says('Connected to Workstation.');
    expect(await program.ended()).toBe(0);
    expect(program.output.split('Password of')).toHaveLength(2);
  });

  it('P1: the password is never asked for a third time, and the person is told what to do', async () => {
    const user = await signedIn();
    proxy.address = CAFE;
    proxy.addressOf = (path) => (path.endsWith('/verifications') ? OTHER : null);
    const program = startOnTerminal(['connect', 'Workstation', '--seconds', '1']);
    await program.says(`Password of ${user.email}`);
    program.type(`${user.password}\r`);
    await program.says(/is verified now[\s\S]*Password of/);
    program.type(`${user.password}\r`);
    expect(await program.ended()).toBe(5);
    expect(program.output.split('Password of')).toHaveLength(3);
    expect(program.output).toContain('leaves by several networks in turn');
    expect(program.output).toContain('gatehouse verify');
  });

  it('P1: it goes on by the other family of addresses where that network is verified, and asks nothing', async () => {
    const user = await signedIn();
    const port = Number(new URL(proxy.origin).port);
    const other = await startProxy(server, OTHER, { host: '::1', port });
    try {
      await server.trust(user.id, OTHER);
      proxy.address = CAFE;
      const preload = path.join(import.meta.dirname, '../support/two-families.mjs');
      const program = Program.start('gatehouse', ['connect', 'Workstation', '--seconds', '1'], {
        ...env(),
        NODE_OPTIONS: `--import ${preload}`,
      });
      running.push(program);
      await program.says(`from ${OTHER_NETWORK} too, which is verified`);
      await program.says('Connected to Workstation.');
      expect(await program.ended()).toBe(0);
      expect(program.output).not.toContain('/verify/');
      expect(
        await server.count('connections WHERE user_id = $1 AND network = $2', [
          user.id,
          OTHER_NETWORK,
        ]),
      ).toBe(1);
    } finally {
      other.close();
    }
  });

  it('that is revoked ends with exit 7, and says why', async () => {
    const user = await signedIn();
    const program = start(['connect', 'Workstation']);
    await program.says('round trip');
    const revoked = await server.delete(`/teams/${teamId}/members/${user.id}/verified-ips`, {
      token: owner.token,
    });
    expect(revoked.status).toBe(204);
    expect(await program.ended()).toBe(7);
    expect(program.stderr).toContain('the network is no longer trusted');
  });

  it('that is declined ends with exit 6', async () => {
    await signedIn();
    const { key } = await server.addHost(teamId, 'Closed');
    const closed = Program.start('gatehouse-host', ['--url', server.origin, '--accept', 'none'], {
      GATEHOUSE_HOST_KEY: key,
    });
    running.push(closed);
    await closed.says('Online as Closed');
    const { exitCode, stderr } = await run(['connect', 'Closed']);
    expect(exitCode).toBe(6);
    expect(stderr).toContain('Closed is not connected: the computer declined.');
  });

  it('to an offline computer waits for it', async () => {
    await signedIn();
    const { key } = await server.addHost(teamId, 'Late');
    const program = start(['connect', 'Late', '--seconds', '1']);
    await program.says('Late is offline. Waiting for it until 20');
    const late = Program.start('gatehouse-host', ['--url', server.origin], {
      GATEHOUSE_HOST_KEY: key,
    });
    running.push(late);
    await program.says('Connected to Late.');
    expect(await program.ended()).toBe(0);
  });

  it('lasts while the server is killed and started again', async () => {
    await signedIn();
    const program = start(['connect', 'Workstation', '--seconds', '8']);
    await program.says('Connected to Workstation.');
    const said = host.output.length;
    await server.kill('SIGKILL');
    await program.says('The server is away, next try in');
    await server.launch();
    expect(await program.ended()).toBe(0);
    await host.says('Online as Workstation', said);
  });

  it('to a computer that there is not fails with exit 1', async () => {
    await signedIn();
    const { exitCode, stderr } = await run(['connect', 'Nowhere']);
    expect(exitCode).toBe(1);
    expect(stderr).toContain('There is no computer Nowhere');
  });
});

it.each([
  [['fly'], 'There is no command fly'],
  [['connect'], 'Which computer?'],
  [['connect', 'x', '--seconds', '-1'], '--seconds'],
  [['whoami', '--email', 'x'], 'whoami takes no --email'],
  [['login', '--nope'], 'Unknown option'],
  [['ips', 'remove', 'x'], 'gatehouse ips revoke'],
])('wrong arguments %j: one line, exit 2', async (args, line) => {
  const { exitCode, stdout, stderr } = await run(args);
  expect([exitCode, stdout]).toEqual([2, '']);
  expect(stderr).toContain(line);
  expect(stderr.trim().split('\n')).toHaveLength(1);
});
