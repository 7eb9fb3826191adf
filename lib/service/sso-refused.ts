import { GatehouseError } from '@/lib/contract/errors';
import type { SsoFailure } from '@/lib/contract/sso';
import { SSO_FAILURE_TEXT } from '@/lib/contract/sso-failures';

/** @returns the error that a failed single sign-on is answered by */
export function ssoRefused(reason: SsoFailure): GatehouseError {
  return new GatehouseError('sso_refused', SSO_FAILURE_TEXT[reason], { extra: { reason } });
}
