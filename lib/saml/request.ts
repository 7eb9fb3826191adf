import { randomBytes } from 'node:crypto';
import { nodeSaml, type SamlSettings } from './settings';

/** An identifier for a request of ours: 160 random bits, as the flow keeps it. */
export function newSamlId(): string {
  return `_${randomBytes(20).toString('hex')}`;
}

/**
 * Where to send the browser: the provider's address with a signed request (HTTP-Redirect binding,
 * RSA-SHA256), answered by a post to our `acsUrl`.
 * @param forceAuthn asks the provider to ask its user again
 * @param relayState comes back as it is, unsigned: nothing may hang on it. At most 80 characters of
 *   A–Z, a–z, 0–9, `.`, `_` and `-`, which all programs encode alike
 * @throws TypeError for an id or a relay state of another form
 */
export async function createAuthnRequest(
  settings: SamlSettings,
  { id, forceAuthn, relayState = '' }: { id: string; forceAuthn: boolean; relayState?: string },
): Promise<{ url: string }> {
  if (!/^[A-Za-z0-9._-]{0,80}$/.test(relayState)) throw new TypeError('not a relay state');
  const saml = nodeSaml(settings, { id, forceAuthn });
  return { url: await saml.getAuthorizeUrlAsync(relayState, undefined, {}) };
}

/**
 * The same request as a form of the HTTP-POST binding, for providers that take no other: where to post it,
 * and what, with its signature in the XML.
 */
export async function createAuthnRequestForm(
  settings: SamlSettings,
  { id, forceAuthn }: { id: string; forceAuthn: boolean },
): Promise<{ action: string; samlRequest: string }> {
  const saml = nodeSaml(settings, { id, forceAuthn, isPosted: true });
  const { SAMLRequest } = await saml.getAuthorizeMessageAsync('');
  return { action: settings.idp.ssoUrl, samlRequest: String(SAMLRequest) };
}
