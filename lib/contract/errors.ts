/**
 * Every code a program may meet, with its HTTP status and title (RFC 9457).
 * A code is reused unless a program must tell the difference.
 */
export const ERROR_CODES = {
  invalid_request: { status: 400, title: 'The request is not valid' },
  url_not_allowed: { status: 400, title: 'This address can’t be used' },
  unauthenticated: { status: 401, title: 'Sign in first' },
  invalid_credentials: { status: 401, title: 'Wrong email or password' },
  ip_verification_required: { status: 403, title: 'Verify this network first' },
  client_address_unknown: { status: 403, title: 'Your address can’t be established' },
  network_not_allowed: { status: 403, title: 'Not from this network' },
  reauthentication_required: { status: 403, title: 'Confirm your password first' },
  forbidden: { status: 403, title: 'Not allowed' },
  cross_site_request: { status: 403, title: 'Request from another site' },
  sso_required: { status: 403, title: 'Sign in through your company' },
  sso_refused: { status: 403, title: 'Single sign-on did not work' },
  invalid_setup_token: { status: 403, title: 'Wrong setup token' },
  not_found: { status: 404, title: 'Not found' },
  method_not_allowed: { status: 405, title: 'Method not allowed' },
  request_timeout: { status: 408, title: 'The request took too long' },
  other_user: { status: 409, title: 'Somebody else is signed in here now' },
  conflict: { status: 409, title: 'Not possible in the present state' },
  already_set_up: { status: 409, title: 'Already set up' },
  last_owner: { status: 409, title: 'A team needs an owner' },
  payload_too_large: { status: 413, title: 'The body is too large' },
  unsupported_media_type: { status: 415, title: 'Send application/json' },
  misdirected_request: { status: 421, title: 'Wrong host' },
  upgrade_required: { status: 426, title: 'Open a WebSocket' },
  too_many_requests: { status: 429, title: 'Too many requests' },
  too_many_headers: { status: 431, title: 'Too many header lines' },
  internal_error: { status: 500, title: 'Something went wrong here' },
  provider_unavailable: { status: 502, title: 'The identity provider does not answer' },
  unavailable: { status: 503, title: 'Temporarily unavailable' },
} as const satisfies Record<string, { status: number; title: string }>;

export type ErrorCode = keyof typeof ERROR_CODES;

export type ErrorOptions = {
  /** Further members of the problem document; public. */
  extra?: Record<string, unknown>;
  /** Further response headers; public. */
  headers?: Record<string, string>;
  /** What the log may hold and a caller may not see. */
  log?: unknown;
};

/** The one error of the house. `detail` is shown to the caller; `log` never is. */
export class GatehouseError extends Error {
  readonly code: ErrorCode;
  readonly detail: string;
  readonly extra: Record<string, unknown>;
  readonly headers: Record<string, string>;
  readonly log: unknown;

  constructor(code: ErrorCode, detail: string, options: ErrorOptions = {}) {
    super(`${code}: ${detail}`);
    this.name = 'GatehouseError';
    this.code = code;
    this.detail = detail;
    this.extra = options.extra ?? {};
    this.headers = options.headers ?? {};
    this.log = options.log;
  }
}

/**
 * What is wrong with one field of a request.
 * @param path of the field, with dots; '' is the whole request
 * @param message what stands at the field
 * @param detail the same, for who sees no fields
 */
export function invalidField(
  path: string,
  message: string,
  detail = message,
  code: ErrorCode = 'invalid_request',
): GatehouseError {
  return new GatehouseError(code, detail, { extra: { errors: [{ path, message }] } });
}

/** `instanceof` fails between the two copies of a module (server.ts and Next's bundle); the name doesn't. */
export function isGatehouseError(error: unknown): error is GatehouseError {
  return error instanceof Error && error.name === 'GatehouseError' && 'code' in error;
}
