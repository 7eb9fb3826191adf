import { methodOf, type Place, requestPath } from '@/lib/contract/call-path';
import type { AnswerOf, BodyOf, Call } from '@/lib/contract/endpoints';
import type { ErrorCode } from '@/lib/contract/errors';
import { PAGE_USER_HEADER, PAGE_USER_META } from '@/lib/contract/page-user';

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

/**
 * Calls the API from the browser, known by the session cookie.
 * @returns the answer; undefined for 204
 * @throws ApiError; code `network` when no answer came
 */
export function call<C extends Call>(
  name: C,
  ...[sent]: Record<never, never> extends Sent<C> ? [Sent<C>?] : [Sent<C>]
): Promise<AnswerOf<C>> {
  const { body, ...place } = sent ?? ({} as Sent<C>);
  const pageUser = findPageUser();
  return requestJson(requestPath(name, place as Place<C>), {
    method: methodOf(name),
    headers: {
      ...(pageUser !== null && { [PAGE_USER_HEADER]: pageUser }),
      ...(body !== undefined && { 'Content-Type': 'application/json' }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
}

/** Whose page this is; null: nobody's, before the log-in. */
export function findPageUser(): string | null {
  const meta = document.querySelector<HTMLMetaElement>(`meta[name="${PAGE_USER_META}"]`);
  return meta?.content ?? null;
}

/** What stands in the page is somebody else's by now: nothing of it is to be gone on with. */
export function leaveOthersPage(): void {
  window.location.reload();
}

/**
 * One request whose answer is JSON.
 * @param isAnswer what counts as an answer; everything else is a refusal
 * @returns the body; undefined for 204
 * @throws ApiError; code `network` when no answer came
 */
export async function requestJson<T>(
  url: string,
  init: RequestInit,
  isAnswer = (response: Response) => response.ok,
): Promise<T> {
  let response: Response;
  try {
    response = await fetch(url, init);
  } catch {
    throw new ApiError(
      0,
      'network',
      'The server can’t be reached. Check your connection and try again.',
      {},
    );
  }
  if (response.status === 204) return undefined as T;
  const answer: unknown = await response.json().catch(() => ({}));
  if (isAnswer(response)) return answer as T;
  const problem = answer as Record<string, unknown>;
  if (problem.code === 'other_user') leaveOthersPage();
  throw new ApiError(
    response.status,
    (problem.code as ErrorCode | undefined) ?? 'internal_error',
    typeof problem.detail === 'string' ? problem.detail : 'Something went wrong. Try again.',
    problem,
  );
}
