import type { IncomingMessage, ServerResponse } from 'node:http';
import { HOST_PROGRAM_PATH, HOST_PROGRAM_SUM_PATH } from '@/lib/contract/paths';
import { hostProgram } from '@/lib/platform/host-program';
import { pathOf } from './door';
import { isNamed } from './entity-tag';

/**
 * Answers who asks for the host program, or for its SHA-256 as `sha256sum -c` reads it: anybody, since a new
 * computer has no session. Whoever has it already asks by its hash, and is told whether it is the same.
 * @returns null: it is asked for neither
 */
export function findHostProgramAnswer(
  req: IncomingMessage,
): ((res: ServerResponse) => Promise<void>) | null {
  const path = pathOf(req);
  if (path !== HOST_PROGRAM_PATH && path !== HOST_PROGRAM_SUM_PATH) return null;
  return async (res) => {
    const { text, sha256 } = hostProgram();
    const isProgram = path === HOST_PROGRAM_PATH;
    const etag = `"${isProgram ? '' : 'sum-'}${sha256}"`;
    const headers = { ETag: etag, 'Cache-Control': 'public, no-cache' };
    if (isNamed(req.headers['if-none-match'], etag)) {
      res.writeHead(304, headers).end();
      return;
    }
    const body = isProgram ? text : Buffer.from(`${sha256}  host.mjs\n`);
    res.writeHead(200, {
      ...headers,
      'Content-Type': `text/${isProgram ? 'javascript' : 'plain'}; charset=utf-8`,
      'Content-Length': body.length,
    });
    res.end(body);
  };
}
