import type { SsoFailure } from './sso';

/** What each failure of single sign-on says to the person it happened to, and what to do. */
export const SSO_FAILURE_TEXT: Readonly<Record<SsoFailure, string>> = {
  cancelled: 'The sign-in was cancelled at your identity provider.',
  provider_refused: 'Your identity provider refused the sign-in. Ask whoever manages it.',
  provider_unreachable: 'Your identity provider does not answer. Try again in a moment.',
  invalid_response:
    'The answer of your identity provider could not be accepted, so nothing was done. Ask an owner of your team to test the connection.',
  other_browser: 'This sign-in was begun in another browser. Begin again in this one.',
  expired: 'This sign-in took too long, or was used already. Begin again.',
  not_fresh:
    'Your identity provider did not ask you to sign in again, so this proves nothing about who is there. Sign out at the provider and try again, or ask an owner of your team.',
  other_account: 'You signed in at the provider as somebody else, so nothing was verified.',
  network_changed:
    'Your network changed while you signed in, so nothing was recorded. Try again from where you are now.',
  account_disabled: 'This account is disabled. Ask an owner of your team.',
  not_in_team:
    'Your account is no longer in the team of this connection. Ask an owner to invite you.',
  no_email: 'Your identity provider told no e-mail address that can be used.',
  email_not_verified: 'Your identity provider says that your e-mail address is not verified.',
  domain_not_proven:
    'Your e-mail domain is not one that this connection has proven. Ask an owner of your team.',
  account_elsewhere:
    'There is an account with your e-mail that is not in this team. Ask an owner of the team to invite you.',
  no_account: 'You have no account here yet. Ask an owner of your team to invite you.',
};

export function isSsoFailure(text: unknown): text is SsoFailure {
  return typeof text === 'string' && Object.hasOwn(SSO_FAILURE_TEXT, text);
}
