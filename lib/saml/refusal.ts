/** Why a SAML message is refused. For logs and for the admin who tests a provider; the thief learns none. */
export const SAML_REFUSALS = [
  // The text
  'too_large',
  'not_base64',
  'malformed',
  'doctype',
  'comment',
  'processing_instruction',
  'namespace',
  'duplicate_id',
  // The structure
  'not_a_response',
  'not_a_logout_request',
  'unexpected_element',
  'assertion_missing',
  'several_assertions',
  'version',
  'status_not_success',
  // The signatures
  'response_not_signed',
  'assertion_not_signed',
  'request_not_signed',
  'signature_structure',
  'signature_algorithm',
  'digest_algorithm',
  'canonicalization',
  'transforms',
  'reference',
  'signature_invalid',
  // Encryption
  'encryption_algorithm',
  'encrypted_assertion_invalid',
  // For whom, by whom, when
  'issuer',
  'destination',
  'recipient',
  'audience',
  'in_response_to',
  'confirmation',
  'conditions',
  'instant',
  'not_yet_valid',
  'expired',
  // Who
  'subject',
  'subject_transient',
  'authn_statement',
  'attributes',
  // Metadata
  'not_metadata',
  'several_providers',
  'entity_id_pattern',
  'sign_on_url',
  'certificate',
] as const;
export type SamlRefusalReason = (typeof SAML_REFUSALS)[number];
export type SamlRefusal = { refused: SamlRefusalReason };

class Refused extends Error {
  constructor(readonly reason: SamlRefusalReason) {
    super(reason);
  }
}

/** Ends the reading of a message from within. Callers outside this folder see a value, never this. */
export function refuse(reason: SamlRefusalReason): never {
  throw new Refused(reason);
}

/** What reading gives, or why it was refused. What is not a refusal is a fault of ours, and thrown. */
export async function orRefusal<T>(read: () => T | Promise<T>): Promise<T | SamlRefusal> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof Refused) return { refused: error.reason };
    throw error;
  }
}

/** Runs a library on what comes from outside: whatever it throws is a refusal of the message. */
export async function refusedAs<T>(reason: SamlRefusalReason, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch {
    return refuse(reason);
  }
}
