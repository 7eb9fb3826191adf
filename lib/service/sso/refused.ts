import { GatehouseError } from '@/lib/contract/errors';
import type { SsoFailure } from '@/lib/contract/sso';
import { SSO_FAILURE_TEXT } from '@/lib/contract/sso-failures';

/**
 * @param cause what exactly was wrong with the provider's answer, for an owner who tests a connection
 * @returns the error that a failed single sign-on is answered by
 */
export function ssoRefused(reason: SsoFailure, cause: string | null = null): GatehouseError {
  const extra = cause === null ? { reason } : { reason, cause };
  return new GatehouseError('sso_refused', SSO_FAILURE_TEXT[reason], { extra });
}
