/** Limits that forms know as well. */

/** Characters of a SAML provider's metadata. */
export const METADATA_MAX = 256 * 1_024;
