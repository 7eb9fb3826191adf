import { methodOf, type Place, requestPath } from '@/lib/contract/call-path';
import type { AnswerOf, BodyOf, Call, ListCall, Method, RowOf } from '@/lib/contract/endpoints';
import type { ErrorCode } from '@/lib/contract/errors';
import { PAGE_ROWS_MAX } from '@/lib/contract/paging';
import type { Page } from '@/lib/contract/resources';

/** A refusal of the server: the problem document, as an error. */
export class ApiError extends Error {
  readonly status: number;
  readonly code: ErrorCode | 'network';
  readonly problem: Record<string, unknown>;

  constructor(
    status: number,
    code: ErrorCode | 'network',
    detail: string,
    problem: Record<string, unknown>,
  ) {
    super(detail);
    this.name = 'ApiError';
    this.status = status;
    this.code = code;
    this.problem = problem;
  }
}

/** What a call is made with, beside its name. */
export type Sent<C extends Call> = Place<C> &
  (BodyOf<C> extends undefined ? { body?: undefined } : { body: BodyOf<C> });
export type SentArgument<C extends Call> =
  Record<never, never> extends Sent<C> ? [Sent<C>?] : [Sent<C>];

/** Calls the API. @returns the answer; undefined for 204 @throws ApiError */
export type CallApi = <C extends Call>(name: C, ...sent: SentArgument<C>) => Promise<AnswerOf<C>>;

/** One request, as it is to go out. */
export type ApiRequest = {
  method: Method;
  /** With its query. */
  path: string;
  headers: Record<string, string>;
  body?: string;
};
/** What came back; the body of JSON, and undefined where there was none. */
export type ApiAnswer = { status: number; body: unknown };

/**
 * Carries a request to the server, with the credential, and its answer back. What it throws is thrown by the
 * call.
 */
export type Transport = (request: ApiRequest) => Promise<ApiAnswer>;

/** The API over a transport. */
export function apiOver(transport: Transport): CallApi {
  return async <C extends Call>(name: C, ...[sent]: SentArgument<C>) => {
    const { body, ...place } = sent ?? ({} as Sent<C>);
    const answer = await transport({
      method: methodOf(name),
      path: requestPath(name, place as Place<C>),
      headers: body === undefined ? {} : { 'Content-Type': 'application/json' },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    if (answer.status < 200 || answer.status > 299) throw toApiError(answer.body, answer.status);
    return answer.body as AnswerOf<C>;
  };
}

/** A problem document, by HTTP or over the WebSocket, as an error. */
export function toApiError(body: unknown, status: number): ApiError {
  const problem = (body ?? {}) as Record<string, unknown>;
  return new ApiError(
    status,
    (problem.code as ErrorCode | undefined) ?? 'internal_error',
    typeof problem.detail === 'string' ? problem.detail : 'Something went wrong. Try again.',
    problem,
  );
}

/** A whole list, page after page. @throws ApiError */
export async function listAll<C extends ListCall>(
  call: CallApi,
  name: C,
  place: Place<NoInfer<C>>,
): Promise<RowOf<C>[]> {
  const rows: RowOf<C>[] = [];
  let cursor: string | undefined;
  do {
    const asked = { ...place, query: { limit: PAGE_ROWS_MAX, ...place.query, cursor } };
    const page = (await call(name, ...([asked] as unknown as SentArgument<C>))) as Page<RowOf<C>>;
    rows.push(...page.data);
    cursor = page.nextCursor ?? undefined;
  } while (cursor !== undefined);
  return rows;
}
