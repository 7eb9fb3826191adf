import { afterAll, beforeAll, inject } from 'vitest';
import { TestServer } from './test-server';

export * from './test-server';

TestServer.postgresUrl = () => inject('postgresUrl');

/**
 * A server with an empty database, from before the tests of a file, or of a `describe`, until after them. It
 * is the one that the test files of this worker use one after the other: for those that neither set
 * anything nor end the process. Its `DNS_SERVERS` is nobody's until a test listens there.
 */
export function sharedServer(): TestServer {
  const server = new TestServer();
  beforeAll(async () => {
    await takeShared(server);
  });
  afterAll(() => server.stop());
  return server;
}

/** For what starts more than a server, and ends it. */
export async function takeShared(server = new TestServer()): Promise<TestServer> {
  const answer = await fetch(`${inject('sharedServers')}/${process.env.VITEST_POOL_ID}`);
  if (!answer.ok) throw new Error(await answer.text());
  await server.share(await answer.json());
  return server;
}

/** A further instance on another's database, for the same origin, for as long as that is there. */
export function serverBeside(first: TestServer, env: Record<string, string> = {}): TestServer {
  const server = new TestServer();
  beforeAll(async () => {
    await server.startBeside(first, env);
  });
  afterAll(() => server.stop());
  return server;
}

/** As `sharedServer`, a process of their own. */
export function ownServer(env: Record<string, string> = {}): TestServer {
  const server = new TestServer();
  beforeAll(async () => {
    await server.start(env);
  });
  afterAll(() => server.stop());
  return server;
}
