import { once } from 'node:events';
import { createServer, type RequestListener, request } from 'node:http';
import { duplexPair } from 'node:stream';

/**
 * The gated call that most come for, and a page: between them they load what answers calls and pages,
 * open a connection to the database and prepare Prisma. Nobody asks, so nothing is done.
 */
const FIRST = [
  ['POST', '/api/v1/computers/warm-up/connections'],
  ['GET', '/login'],
] as const;
const NOBODY = `Bearer gate_${'A'.repeat(43)}`;

/**
 * Asks before anybody else can: what a process answers first takes longer by a second and more, in which
 * whoever is behind it waits. By no port, and from no address.
 */
export async function warmUp(handle: RequestListener): Promise<void> {
  const server = createServer(handle);
  for (const [method, path] of FIRST) {
    const [ours, theirs] = duplexPair();
    server.emit('connection', theirs);
    const asked = request({
      createConnection: () => ours,
      method,
      path,
      headers: { host: 'localhost', connection: 'close', authorization: NOBODY },
    }).end();
    const [answer] = await once(asked, 'response');
    await once(answer.resume(), 'end');
  }
}
