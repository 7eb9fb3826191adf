import { inject } from 'vitest';
import { TestServer } from './test-server';

export * from './test-server';

TestServer.postgresUrl = () => inject('postgresUrl');

/**
 * A server with an empty database, that the test files of this worker use one after the other: for those
 * that neither set anything nor end the process. Its `DNS_SERVERS` is nobody's until a test listens there.
 */
export async function sharedServer(): Promise<TestServer> {
  const answer = await fetch(`${inject('sharedServers')}/${process.env.VITEST_POOL_ID}`);
  if (!answer.ok) throw new Error(await answer.text());
  return TestServer.share(await answer.json());
}
