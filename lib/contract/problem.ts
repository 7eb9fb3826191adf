import { ERROR_CODES, type ErrorCode, type GatehouseError } from './errors';

export type Problem = {
  type: string;
  title: string;
  status: number;
  detail: string;
  code: ErrorCode;
  requestId: string;
  [member: string]: unknown;
};

/** A problem document as a status, headers and body, for answers written without a `Response`. */
export type ProblemAnswer = { status: number; headers: Record<string, string>; body: Problem };

/** Turns an error into a problem document (RFC 9457). What the error only logs stays out. */
export function presentProblem(
  error: Pick<GatehouseError, 'code' | 'detail'> & Partial<GatehouseError>,
  requestId: string,
): ProblemAnswer {
  const { status, title } = ERROR_CODES[error.code];
  // Programs read `errors` of every invalid request, also where the fault is in no one field.
  const errors =
    error.code === 'invalid_request' ? [{ path: '', message: error.detail }] : undefined;
  return {
    status,
    headers: {
      'Content-Type': 'application/problem+json',
      'Cache-Control': 'no-store',
      'X-Request-Id': requestId,
      ...error.headers,
    },
    body: {
      ...(errors && { errors }),
      ...error.extra,
      type: `urn:gatehouse:error:${error.code}`,
      title,
      status,
      detail: error.detail,
      code: error.code,
      requestId,
    },
  };
}
