import type { SsoFailure } from './sso';

/** What each failure of single sign-on says to the person it happened to, and what to do. */
export const SSO_FAILURE_TEXT: Readonly<Record<SsoFailure, string>> = {
  cancelled: 'The sign-in was cancelled at your identity provider.',
  provider_refused: 'Your identity provider refused the sign-in. Ask whoever manages it.',
  provider_unreachable: 'Your identity provider does not answer. Try again in a moment.',
  invalid_response:
    'The answer of your identity provider could not be accepted, so nothing was done. Ask an owner of your team to test it.',
  too_large:
    'The answer of your identity provider is longer than is read here, mostly because it names very many groups. Ask whoever manages it to send fewer.',
  other_browser: 'This sign-in was begun in another browser. Begin again in this one.',
  expired: 'This sign-in took too long, or was used already. Begin again.',
  not_fresh:
    'Your identity provider did not ask you to sign in again, so this proves nothing about who is there. Sign out at the provider and try again, or ask an owner of your team.',
  other_account: 'You signed in at the provider as somebody else, so nothing was verified.',
  network_changed:
    'Your network changed while you signed in, so nothing was recorded. Try again from where you are now.',
  account_disabled: 'This account is disabled. Ask an owner of your team.',
  not_in_team:
    'Your account is no longer in the team of this identity provider. Ask an owner to invite you.',
  no_email: 'Your identity provider told no email address that can be used.',
  email_not_verified:
    'Your identity provider says that your email address is not verified. Verify it there, then sign in again.',
  email_verification_unknown:
    'Your identity provider does not say whether your email address is verified, so it can’t tell here who you are. Ask an owner of your team to look at its settings (“Believe its email addresses”).',
  proof_needed: 'There is already an account with your email. Prove that it is yours.',
  begin_here:
    'There is already an account with your email. The first sign-in has to begin here: enter your email on the sign-in page, and go to your identity provider from there.',
  link_void:
    'This link does not work any more: a newer one was sent, or it was used. Ask for another.',
  domain_not_proven:
    'Your email domain is not one that was proven for this identity provider. Ask an owner of your team.',
  account_elsewhere:
    'There is an account with your email that is not in this team. Ask an owner of the team to invite you.',
  no_account: 'You have no account here yet. Ask an owner of your team to invite you.',
};

export function isSsoFailure(text: unknown): text is SsoFailure {
  return typeof text === 'string' && Object.hasOwn(SSO_FAILURE_TEXT, text);
}

/**
 * What was wrong with a SAML response, for an owner who tests a provider: the cause, and what to set. By the
 * words of lib/saml/refusal.ts; those that only an attack brings about have none.
 */
const SAML_CAUSE_TEXT: Readonly<Record<string, string>> = {
  too_large: 'The response is longer than is read. Let the provider send fewer groups.',
  status_not_success: 'The provider says that it did not sign anybody in. Its own log says why.',
  response_not_signed:
    'The response is not signed as a whole, which is asked of this provider. Set it to sign the response, or let the assertion’s signature do.',
  assertion_not_signed:
    'The assertion is not signed. Set the provider to sign the assertion; that of the response alone does not do.',
  signature_algorithm:
    'The signature is of a kind that is not accepted. Set the provider to RSA with SHA-256 (or SHA-512), not SHA-1.',
  digest_algorithm: 'The digest is of a kind that is not accepted. Set the provider to SHA-256.',
  canonicalization: 'Set the provider to exclusive canonicalization (xml-exc-c14n).',
  transforms:
    'The signature transforms what it signs in a way that is not accepted. Set the provider to exclusive canonicalization alone.',
  signature_invalid:
    'The signature fits none of the provider’s certificates. If it has changed its key, read its metadata again.',
  encryption_algorithm:
    'The assertion is encrypted in a way that is not accepted. Set the provider to AES with RSA-OAEP, or not to encrypt.',
  encrypted_assertion_invalid:
    'The encrypted assertion can’t be opened, or is not signed inside. Give the provider the present metadata of Gatehouse.',
  issuer: 'The response names another issuer than the provider’s entity id.',
  destination:
    'The response is for another address. Give the provider its reply URL (ACS) of Gatehouse.',
  recipient:
    'The assertion is for another address. Give the provider its reply URL (ACS) of Gatehouse.',
  audience: 'The assertion is for another audience. Give the provider its entity id of Gatehouse.',
  in_response_to: 'The response answers another request, or none.',
  not_yet_valid: 'By the provider’s clock this is in the future. One of the two clocks is wrong.',
  expired: 'By the provider’s clock this has run out. One of the two clocks is wrong.',
  subject: 'The assertion names nobody (NameID).',
  subject_transient:
    'The provider gives another name for a person each time (transient). Set the NameID to a persistent one, or to the email address.',
  authn_statement: 'The assertion does not say that anybody signed in (AuthnStatement).',
  attributes: 'The attributes can’t be read. They must not be encrypted by themselves.',
};

/** @param cause as it stands in the address of the page; nothing of it is shown but what is known */
export function samlCauseText(cause: unknown): string | null {
  if (typeof cause !== 'string') return null;
  return Object.hasOwn(SAML_CAUSE_TEXT, cause) ? (SAML_CAUSE_TEXT[cause] ?? null) : null;
}
