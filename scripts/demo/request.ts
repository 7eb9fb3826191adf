import { request } from '@/bin/transport';
import { ApiError, apiOver, type CallApi } from '@/lib/client/api';

/** The API from a given address of this machine: Linux answers on all of 127.0.0.0/8. */
export function callFrom(origin: string, localAddress: string, token?: string): CallApi {
  const server = { url: origin, family: 4 as const, localAddress, ...(token && { token }) };
  return apiOver((sent) => request(server, sent));
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
