import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:https';
import { setTimeout as delay } from 'node:timers/promises';
import { WebSocket } from 'ws';
import { network, type TestServer } from '../support/test-server';

/** Instances behind a proxy that is reached by https. */
export type Scene = { instances: TestServer[]; host: string; port: number; authority: string };

/** Told of each check as it ends. */
type Tell = (check: string, result: string, isGood: boolean) => void;

const HOME = '127.0.0.11';
const THIEF = '127.0.0.66';

/** What a thief writes to be taken for somebody at home. */
const SPOOFS: Record<string, string | string[]>[] = [
  { 'x-forwarded-for': HOME },
  { 'x-forwarded-for': [HOME, HOME] },
  { 'X-Forwarded-For': `${HOME}, ${HOME}`, 'x-real-ip': HOME },
  { forwarded: `for=${HOME}`, 'x-client-ip': HOME, 'true-client-ip': HOME },
  { connection: 'x-forwarded-for', 'x-forwarded-for': HOME },
];

const CLIENTS = 16;
/** A 503 of Gatehouse's own, with `Retry-After`: an instance that has just begun is slow on a busy machine. */
const LATER = 'told to come back';
/** How long a proxy may take to see that an instance is back. */
const NOTICE_MS = 2_500;

type Ask = {
  from: string;
  token?: string;
  headers?: Record<string, string | string[]>;
  body?: unknown;
  agent?: Agent;
};

class Client {
  private readonly tls: { ca: string; servername: string };

  constructor(private readonly scene: Scene) {
    this.tls = { ca: readFileSync(scene.authority, 'utf8'), servername: scene.host };
  }

  newAgent(from: string): Agent {
    return new Agent({ keepAlive: true, maxSockets: 1, localAddress: from, ...this.tls });
  }

  // biome-ignore lint/suspicious/noExplicitAny: an answer of any call
  ask(method: string, path: string, ask: Ask): Promise<{ status: number; body: any }> {
    const { host, port } = this.scene;
    const payload = ask.body === undefined ? '' : JSON.stringify(ask.body);
    return new Promise((resolve, reject) => {
      const req = request(
        {
          ...this.tls,
          host: '127.0.0.1',
          port,
          method,
          path: `/api/v1${path}`,
          localAddress: ask.from,
          agent: ask.agent ?? false,
          headers: {
            host: `${host}:${port}`,
            ...(ask.token && { authorization: `Bearer ${ask.token}` }),
            ...(payload && {
              'content-type': 'application/json',
              'content-length': String(Buffer.byteLength(payload)),
            }),
            ...ask.headers,
          },
        },
        (res) => {
          let text = '';
          res.setEncoding('utf8').on('data', (chunk) => {
            text += chunk;
          });
          res.once('end', () => {
            const isJson = /json/.test(res.headers['content-type'] ?? '');
            resolve({ status: res.statusCode ?? 0, body: isJson ? JSON.parse(text) : text });
          });
          res.once('error', reject);
        },
      );
      req.once('error', reject);
      req.end(payload);
    });
  }

  /** The first messages of a socket that then makes an offer: its greeting and its answer. */
  async offer(from: string, token: string, computerId: string) {
    const { host, port } = this.scene;
    const ws = new WebSocket(`wss://127.0.0.1:${port}/api/v1/ws`, {
      ...this.tls,
      localAddress: from,
      headers: { host: `${host}:${port}`, authorization: `Bearer ${token}` },
    });
    // biome-ignore lint/suspicious/noExplicitAny: a message of any action
    const messages: any[] = [];
    ws.on('message', (data) => messages.push(JSON.parse(String(data))));
    await once(ws, 'open');
    const attemptId = randomUUID();
    const payload = { attemptId, to: computerId, data: { sdp: 'x' } };
    ws.send(JSON.stringify({ version: 1, action: 'offer', payload }));
    const of = (action: string) => messages.find((one) => one.action === action)?.payload;
    const end = Date.now() + 10_000;
    while (!of('hello') || !(of('offer_received') || of('error'))) {
      if (Date.now() > end) throw new Error(`a socket heard only ${JSON.stringify(messages)}`);
      await delay(20);
    }
    return { ws, hello: of('hello'), answer: of('error')?.code ?? 'offer_received' };
  }
}

/** Every check of one proxy before one or several instances. */
export async function checkProxy(scene: Scene, tell: Tell): Promise<void> {
  const [server] = scene.instances;
  if (!server) throw new Error('no instance');
  const client = new Client(scene);
  const teamId = await server.addTeam();
  const owner = await server.addUser({ teamId, role: 'owner', at: HOME });
  const valerie = await server.addUser({ teamId, at: HOME });
  const computerId = await server.addComputer(teamId);
  const connect = `/computers/${computerId}/connections`;
  const { token } = valerie;

  const seen = [];
  for (const from of [HOME, THIEF]) {
    const { body } = await client.ask('GET', '/client-address', { from, token });
    seen.push(body.address);
  }
  tell('address seen', seen.join(' '), seen.join() === [HOME, THIEF].join());

  const taken = [];
  const gate = [];
  for (const headers of SPOOFS) {
    const ask = { from: THIEF, token, headers };
    taken.push((await client.ask('GET', '/client-address', ask)).body.address);
    gate.push((await client.ask('POST', connect, { ...ask, body: {} })).status);
  }
  const isUnmoved = taken.every((one) => one === THIEF || one === null);
  tell('spoofed headers', [...new Set(taken.map((one) => one ?? 'unknown'))].join(', '), isUnmoved);
  tell(
    'gated call, stolen token',
    [...new Set(gate)].join(' '),
    gate.every((one) => one === 403),
  );
  const mine = await client.ask('POST', connect, { from: HOME, token, body: {} });
  tell('gated call, from home', String(mine.status), mine.status === 201);

  const home = await client.offer(HOME, token, computerId);
  const isHome = home.hello.client.network === network(HOME) && home.answer === 'offer_received';
  tell('socket, from home', `${home.hello.client.address} ${home.answer}`, isHome);
  const thief = await client.offer(THIEF, token, computerId);
  const isThief =
    thief.hello.client.network === network(THIEF) && thief.answer === 'ip_verification_required';
  tell('socket, stolen token', `${thief.hello.client.address} ${thief.answer}`, isThief);
  thief.ws.close();

  const page = { from: HOME, token: owner.token };
  const { body } = await client.ask('GET', `/teams/${teamId}/address-health`, page);
  // Clients are addresses of this machine here.
  const own = new Set(['only_private_clients', 'shared_loopback', 'shared_network']);
  const warnings = body.warnings
    .map(({ code }: { code: string }) => code)
    .filter((code: string) => !own.has(code));
  tell('addresses page warns of', warnings.join(' ') || 'nothing', warnings.length === 0);

  if (scene.instances.length > 1) await checkRestarts(scene, client, { teamId, connect }, tell);
  home.ws.close();
}

/** Every instance is restarted twice, in turn, under load: no call may be lost. */
async function checkRestarts(
  scene: Scene,
  client: Client,
  { teamId, connect }: { teamId: string; connect: string },
  tell: Tell,
): Promise<void> {
  const [server] = scene.instances;
  if (!server) throw new Error('no instance');
  const outcomes = new Map<string, number>();
  let isOver = false;
  const note = (outcome: string) => outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
  const clients = Array.from({ length: CLIENTS }, async (_, at) => {
    const { token } = await server.addUser({ teamId, at: HOME });
    const agent = client.newAgent(HOME);
    // Half of the calls act: a proxy may repeat none of those.
    for (let count = at; !isOver; count += 1) {
      const acts = count % 2 === 0;
      const ask = { from: HOME, token, agent, ...(acts && { body: {} }) };
      await client.ask(acts ? 'POST' : 'GET', acts ? connect : '/me', ask).then(
        ({ status, body }) =>
          note(body?.code === 'unavailable' ? LATER : `${acts ? 'POST' : 'GET'} ${status}`),
        (error) => note(`${acts ? 'POST' : 'GET'} ${error.code ?? error.message}`),
      );
      await delay(20);
    }
    agent.destroy();
  });
  for (let round = 0; round < 2; round += 1) {
    for (const instance of scene.instances) {
      await instance.kill('SIGTERM');
      await instance.launch();
      await instance.warmUp();
      await delay(NOTICE_MS);
    }
  }
  isOver = true;
  await Promise.all(clients);
  const isServed = ([outcome]: [string, number]) => /^(?:GET 200|POST 201)$/.test(outcome);
  const later = outcomes.get(LATER) ?? 0;
  outcomes.delete(LATER);
  const total = [...outcomes.values()].reduce((sum, count) => sum + count, 0);
  const lost = [...outcomes].filter((one) => !isServed(one));
  const count = lost.reduce((sum, [, times]) => sum + times, 0);
  const why = lost.map(([outcome, times]) => `${times} × ${outcome}`).join(', ');
  const result = `${count} of ${total} lost${why && `: ${why}`}${later > 0 ? `, ${later} ${LATER}` : ''}`;
  tell('two rolling restarts', result, count === 0 && total > 200);
}
