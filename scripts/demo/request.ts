import { request } from '@/bin/transport';
import { ApiError, apiOver, type CallApi } from '@/lib/client/api';

/** The API as it is called from somewhere: by the header that the server believes of this machine. */
export type CallFrom = (address: string, token?: string) => CallApi;

/** @param port of the server, past all doors */
export function callsTo(port: number): CallFrom {
  const server = { url: `http://localhost:${port}`, family: 4 as const };
  return (address, token) =>
    apiOver(({ headers, ...sent }) =>
      request(
        { ...server, ...(token && { token }) },
        { ...sent, headers: { ...headers, 'X-Forwarded-For': address } },
      ),
    );
}

/** The refusal that the story needs. @throws where there is another answer */
export async function refusal(answer: Promise<unknown>, status: number): Promise<ApiError> {
  const error = await answer.then(
    (done) => new Error(`Expected ${status}, got ${JSON.stringify(done)}`),
    (reason: unknown) => reason,
  );
  if (error instanceof ApiError && error.status === status) return error;
  throw error;
}
