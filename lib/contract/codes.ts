import type { Call, Endpoint } from './endpoints';
import type { ErrorCode } from './errors';

/** What the door answers to any request, whatever it asks for. */
export const DOOR_CODES: readonly ErrorCode[] = [
  'invalid_request',
  'not_found',
  'method_not_allowed',
  'request_timeout',
  'payload_too_large',
  'misdirected_request',
  'too_many_headers',
  'too_many_requests',
  'internal_error',
  'unavailable',
];

/** The refusals that follow from what a call asks for, and its own. */
export function codesOf(endpoint: Endpoint, call: Call): readonly ErrorCode[] {
  const { session, permission, gate = 'api.read', fresh, body, query, codes = [] } = endpoint;
  const isGated = session === 'required' && gate !== 'never' && gate !== 'api.read';
  const all: (ErrorCode | false)[] = [
    (body !== undefined || query !== undefined) && 'invalid_request',
    body !== undefined && 'unsupported_media_type',
    session === 'required' && 'unauthenticated',
    session !== 'none' && 'cross_site_request',
    session !== 'none' && 'other_user',
    permission !== undefined && 'forbidden',
    call.includes('{') && 'not_found',
    isGated && 'ip_verification_required',
    isGated && 'client_address_unknown',
    fresh === true && 'reauthentication_required',
    'too_many_requests',
    'unavailable',
    ...codes,
  ];
  return [...new Set(all.filter((code) => code !== false))];
}
