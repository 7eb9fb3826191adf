import { type ChildProcess, spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { chmod, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { WebSocket } from 'ws';
import { SOCKET_PATH } from '@/lib/contract/protocol';
import { root } from '@/scripts/setup.mjs';

// `npm run demo`: the story as it is printed can be done by whoever reads it, and nothing is left of it.

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const VALERIE = 'valerie@harbour.test';
const OLGA = 'olga@harbour.test';
const PASSWORD = 'harbour lights at dusk';

let scratch: string;
let demo: ChildProcess;
let said = '';
/** Of home, of the café and of the thief; below those that the system gives to whoever asks for any. */
let ports: number[];

beforeEach(async () => {
  scratch = await mkdtemp(path.join(tmpdir(), 'demo-'));
  await chmod(scratch, 0o755);
  const first = 20_000 + 3 * randomInt(3_000);
  ports = [first, first + 1, first + 2];
  said = '';
  demo = spawn(process.execPath, ['scripts/demo.mjs'], {
    cwd: root,
    env: { ...process.env, PORT: String(first), TMPDIR: scratch },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  for (const stream of [demo.stdout, demo.stderr]) {
    stream?.on('data', (chunk: Buffer) => {
      said += chunk;
    });
  }
});
afterEach(async () => {
  if (demo.exitCode === null && demo.signalCode === null) {
    const ended = once(demo, 'exit');
    demo.kill('SIGINT');
    await ended;
  }
  await rm(scratch, { recursive: true });
});

const untilSaid = (text: string) =>
  vi.waitFor(() => expect(said).toContain(text), { timeout: 100_000, interval: 50 });

/** Processes that the demo has started, or that work in its directory. Linux only. */
async function processesLeft(): Promise<string[]> {
  const left: string[] = [];
  for (const pid of await readdir('/proc').catch(() => [])) {
    if (!/^\d+$/.test(pid)) continue;
    const texts = await Promise.all(
      ['cmdline', 'environ'].map((name) =>
        readFile(`/proc/${pid}/${name}`, 'utf8').catch(() => ''),
      ),
    );
    if (texts.join('\0').includes(scratch)) left.push(texts[0] ?? '');
  }
  return left;
}

async function expectNothingLeft(): Promise<void> {
  const places = await readdir(scratch);
  expect(places.filter((name) => name.startsWith('gatehouse-'))).toEqual([]);
  expect(await processesLeft()).toEqual([]);
  for (const port of ports) {
    const [reason] = await once(connect(port, '127.0.0.1'), 'error');
    expect(reason).toMatchObject({ code: 'ECONNREFUSED' });
  }
}

type Answer = { status: number; body: Record<string, unknown>; location: string | null };

/** A browser: one jar for all ports of a host, and pages that ask in their own origin's name. */
class Browser {
  private readonly jar = new Map<string, string>();

  get cookie(): string {
    return [...this.jar].map(([name, value]) => `${name}=${value}`).join('; ');
  }

  async ask(
    port: number | undefined,
    method: string,
    target: string,
    sent?: object | URLSearchParams,
    origin = `http://localhost:${port}`,
  ): Promise<Answer> {
    const isForm = sent instanceof URLSearchParams;
    const answer = await fetch(`http://localhost:${port}${target}`, {
      method,
      redirect: 'manual',
      headers: {
        cookie: this.cookie,
        origin,
        ...(sent && !isForm && { 'content-type': 'application/json' }),
      },
      ...(sent && { body: isForm ? sent : JSON.stringify(sent) }),
    });
    for (const one of answer.headers.getSetCookie()) {
      const [, name = '', value = ''] = one.match(/^([^=]+)=([^;]*)/) ?? [];
      this.jar.set(name, value);
    }
    const text = await answer.text();
    const body = text.startsWith('{') ? JSON.parse(text) : {};
    return { status: answer.status, body, location: answer.headers.get('location') };
  }

  async signIn(port: number | undefined, email: string): Promise<Answer> {
    const { body } = await this.ask(port, 'GET', '/api/auth/csrf');
    const form = { csrfToken: String(body.csrfToken), email, password: PASSWORD, json: 'true' };
    return this.ask(port, 'POST', '/api/auth/callback/credentials', new URLSearchParams(form));
  }
}

it('the café: the session of one port is refused at another, and goes on once its person has confirmed', async () => {
  await untilSaid('Ctrl-C ends it');
  const [home, cafe, elsewhere] = ports;
  for (const port of [home, cafe]) expect(said).toContain(`http://localhost:${port} `);
  expect(said).toMatch(/6\.7\.8\.9 .*\n +→ 403 {2}ip_verification_required/);

  const browser = new Browser();
  expect((await browser.signIn(home, VALERIE)).status).toBe(200);
  const { body: computers } = await browser.ask(cafe, 'GET', '/api/v1/computers');
  const online = (computers.data as { id: string; online: boolean }[]).filter((one) => one.online);
  expect(online).toHaveLength(1);
  const connections = `/api/v1/computers/${online[0]?.id}/connections`;

  // By its own origin alone, as everywhere.
  const foreign = await browser.ask(cafe, 'POST', connections, {}, 'http://evil.test');
  expect(foreign).toMatchObject({ status: 403, body: { code: 'cross_site_request' } });
  const refused = await browser.ask(cafe, 'POST', connections, {});
  expect(refused).toMatchObject({
    status: 403,
    body: { code: 'ip_verification_required', client: { network: '9.9.9.9/32' } },
  });
  const challenge = refused.body.challenge as { id: string; url: string };
  expect(challenge.url).toBe(`http://localhost:${cafe}/verify/${challenge.id}`);
  expect((await new Browser().ask(cafe, 'GET', '/computers')).location).toBe(
    '/login?callbackUrl=%2Fcomputers',
  );

  const socket = new WebSocket(`ws://localhost:${cafe}${SOCKET_PATH}`, {
    origin: `http://localhost:${cafe}`,
    headers: { cookie: browser.cookie },
  });
  const told: unknown[] = [];
  socket.on('message', (data) => told.push(JSON.parse(String(data))));
  const client = { network: '9.9.9.9/32', trusted: false };
  const hello = { action: 'hello', payload: { client } };
  await vi.waitFor(() => expect(told[0]).toMatchObject(hello));
  const confirmed = await browser.ask(cafe, 'POST', '/api/v1/verifications', {
    password: PASSWORD,
    challengeId: challenge.id,
  });
  expect(confirmed.status).toBe(201);
  const passed = expect.objectContaining({ action: 'ip_verified' });
  await vi.waitFor(() => expect(told).toContainEqual(passed));
  socket.terminate();
  expect((await browser.ask(cafe, 'POST', connections, {})).status).toBe(201);
  expect((await browser.ask(elsewhere, 'POST', connections, {})).body).toMatchObject({
    code: 'ip_verification_required',
  });

  // A past in the order of time.
  const owner = new Browser();
  await owner.signIn(home, OLGA);
  const { body: me } = await owner.ask(home, 'GET', '/api/v1/me');
  const [team] = me.teams as { id: string }[];
  const times: string[] = [];
  for (let cursor: unknown = ''; typeof cursor === 'string'; ) {
    const query = cursor === '' ? 'limit=100' : `limit=100&cursor=${cursor}`;
    const { body } = await owner.ask(home, 'GET', `/api/v1/teams/${team?.id}/events?${query}`);
    times.push(...(body.data as { at: string }[]).map(({ at }) => at));
    cursor = body.nextCursor;
  }
  expect(times.length).toBeGreaterThan(200);
  expect(times).toEqual(times.toSorted().reverse());

  demo.kill('SIGINT');
  expect(await once(demo, 'exit')).toEqual([0, null]);
  await expectNothingLeft();
});

it('a Ctrl-C while it is prepared leaves nothing', async () => {
  await untilSaid('Preparing a team');
  demo.kill('SIGINT');
  await once(demo, 'exit');
  await expectNothingLeft();
});
