import type { ServerResponse } from 'node:http';
import { presentProblem } from '@/lib/contract/problem';
import { putPageOff, watchPutOff } from '@/lib/platform/client-store';
import { knownError } from '@/lib/service/known-error';

/**
 * A page that can't be made now, since the database can't be asked or its session asks too often, is no
 * fault: programs that watch or repeat a request must be told so, as at a call.
 */
const PUT_OFF: ReadonlySet<string> = new Set(['unavailable', 'too_many_requests']);

/** Does what a page needs; what puts it off is noted for its answer. @throws what the work throws */
export async function orPutOff<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const known = knownError(error);
    const { status, headers } = presentProblem(known, '');
    if (PUT_OFF.has(known.code)) putPageOff({ status, retryAfter: headers['Retry-After'] ?? '2' });
    throw error;
  }
}

/** Has a page that was put off answered so, and not as a fault. For the request under way. */
export function answerPutOff(res: ServerResponse): void {
  const findPutOff = watchPutOff();
  const writeHead = res.writeHead.bind(res) as (...args: unknown[]) => ServerResponse;
  res.writeHead = (status: unknown, ...rest: unknown[]) => {
    const putOff = status === 500 ? findPutOff() : null;
    if (!putOff) return writeHead(status, ...rest);
    res.setHeader('Retry-After', putOff.retryAfter);
    return writeHead(putOff.status, ...rest);
  };
}
