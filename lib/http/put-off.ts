import type { ServerResponse } from 'node:http';
import { presentProblem } from '@/lib/contract/problem';
import { currentRequestId, putPageOff, watchPutOff } from '@/lib/platform/client-store';
import { knownError, logFailure } from '@/lib/service/known-error';

/**
 * A page that can't be made now, since the database can't be asked or its session asks too often, is no
 * fault: programs that watch or repeat a request must be told so, as at a call.
 */
const PUT_OFF: ReadonlySet<string> = new Set(['unavailable', 'too_many_requests']);

/**
 * Does what a page needs; what puts it off is noted for its answer, and logged in a line: Next writes the
 * stack of whatever is thrown.
 * @throws what the work throws
 */
export async function orPutOff<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const known = knownError(error);
    const { status, headers } = presentProblem(known, '');
    if (!PUT_OFF.has(known.code)) throw error;
    putPageOff({ status, retryAfter: headers['Retry-After'] ?? '2' });
    logFailure(error, { requestId: currentRequestId() ?? '' });
    known.stack = known.message;
    // Beyond this a page of Next's is told nothing of an error.
    throw Object.assign(known, { digest: known.code });
  }
}

type AnyCall = (...args: never[]) => unknown;
type Sending = 'writeHead' | 'write' | 'end' | 'flushHeaders';

/**
 * Has a page that was put off answered so, for the request under way. Next answers 500, or, as what is
 * under a `loading.tsx` comes after the beginning was sent, 200: so a page is sent when all of it is there.
 */
export function answerPutOff(res: ServerResponse): void {
  const findPutOff = watchPutOff();
  const { writeHead, write, end, flushHeaders }: Record<Sending, AnyCall> = res;
  let head: never[] = [];
  const parts: never[][] = [];
  const isHeld = () =>
    !res.headersSent && `${res.getHeader('content-type')}`.startsWith('text/html');
  const release = () => {
    const putOff = findPutOff();
    if (putOff) res.setHeader('Retry-After', putOff.retryAfter);
    const [status = res.statusCode, ...rest] = head;
    writeHead.apply(res, [putOff?.status ?? status, ...rest] as never[]);
    for (const part of parts) write.apply(res, part);
  };
  Object.assign(res, {
    writeHead(...args: never[]) {
      if (!isHeld()) return writeHead.apply(res, args);
      head = args;
      return res;
    },
    flushHeaders() {
      if (!isHeld()) flushHeaders.apply(res);
    },
    write(...args: never[]) {
      if (!isHeld()) return write.apply(res, args);
      parts.push(args);
      return true;
    },
    end(...args: never[]) {
      if (isHeld()) release();
      return end.apply(res, args);
    },
  });
}
