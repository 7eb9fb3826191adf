import { createHash, X509Certificate } from 'node:crypto';
import { generateServiceProviderMetadata } from '@node-saml/node-saml';
import { isBrowserUrl } from '@/lib/policy/outgoing-url';
import { type IdpCertificate, parseIdpCertificate } from './certificates';
import { orRefusal, refuse, type SamlRefusal } from './refusal';
import type { OwnSamlSettings, SsoBinding } from './settings';
import { allElements, attributeOf, is, NS, parseLenientXml } from './xml';

/**
 * Metadata, ours and a provider's. Theirs is read for four things alone: who it is, by which keys it signs,
 * where browsers sign in and out. Whatever else it holds is passed over, also where it is odd, since
 * nothing depends on it: files of ADFS and Shibboleth are full of what no message may have.
 */

const BINDINGS: Readonly<Record<string, SsoBinding>> = {
  'urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect': 'redirect',
  'urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST': 'post',
};
const PROTOCOL = 'urn:oasis:names:tc:SAML:2.0:protocol';
const MAX_ENTITY_ID = 500;
const MAX_CERTIFICATES = 10;

export type IdpMetadata = {
  entityId: string;
  ssoUrl: string;
  /** How requests are brought to `ssoUrl`: by redirect, where the provider takes that. */
  ssoBinding: SsoBinding;
  /** Takes log-out responses by the HTTP-Redirect binding; null: none does. */
  sloUrl: string | null;
  /** At least one that can be used, expired ones among them: the admin should hear of those. */
  certificates: IdpCertificate[];
};

/**
 * An identity provider's description of itself (SAML 2.0 metadata). Its signature is not looked at: it is
 * believed because of where it was read, or who uploaded it.
 * @param wanted the entity id of the one that is meant, where the document holds several
 */
export function parseIdpMetadata(
  xml: string,
  wanted: string | null = null,
): Promise<IdpMetadata | SamlRefusal> {
  return orRefusal(() => {
    const { entityId, provider } = findProvider(parseLenientXml(xml), wanted);
    if (entityId.length > MAX_ENTITY_ID) refuse('not_metadata');
    // Entra's description for all tenants: a pattern, which no response will ever name as its issuer.
    if (/[{}]/.test(entityId)) refuse('entity_id_pattern');
    const signOn = endpoints(provider, 'SingleSignOnService');
    const chosen =
      signOn.find(({ binding }) => binding === 'redirect') ?? signOn[0] ?? refuse('sign_on_url');
    const signOut = endpoints(provider, 'SingleLogoutService').find(
      ({ binding }) => binding === 'redirect',
    );
    return {
      entityId,
      ssoUrl: chosen.url,
      ssoBinding: chosen.binding,
      sloUrl: signOut?.answerUrl ?? null,
      certificates: signingCertificates(provider),
    };
  });
}

/** What the provider is told of us; the same text as long as nothing changes. */
export function createOwnMetadata(own: OwnSamlSettings): string {
  return generateServiceProviderMetadata({
    issuer: own.entityId,
    callbackUrl: own.acsUrl,
    logoutCallbackUrl: own.sloUrl,
    privateKey: own.privateKey,
    publicCerts: own.certificate,
    decryptionPvk: own.privateKey,
    decryptionCert: own.certificate,
    identifierFormat: null,
    wantAssertionsSigned: true,
    generateUniqueId: () => `_${createHash('sha256').update(own.certificate).digest('hex')}`,
  });
}

/** The one entity that is an identity provider, or the one that is meant. */
function findProvider(
  root: Element,
  wanted: string | null,
): { entityId: string; provider: Element } {
  const found = allElements(root)
    .filter((element) => is(element, NS.metadata, 'EntityDescriptor'))
    .flatMap((entity) => {
      const entityId = attributeOf(entity, 'entityID')?.trim();
      const provider = children(entity, NS.metadata, 'IDPSSODescriptor').find(speaksSaml2);
      return entityId && provider ? [{ entityId, provider }] : [];
    });
  const [only, ...more] = found;
  if (!only) return refuse('not_metadata');
  if (more.length === 0) return only;
  return found.find(({ entityId }) => entityId === wanted) ?? refuse('several_providers');
}

/** Where it does not say, it is taken to: older versions stand in elements of their own. */
function speaksSaml2(provider: Element): boolean {
  const protocols = attributeOf(provider, 'protocolSupportEnumeration');
  return protocols === null || protocols.split(/\s+/).includes(PROTOCOL);
}

type Endpoint = { binding: SsoBinding; url: string; answerUrl: string };

/** The addresses of a service to which a browser can be sent; others are passed over. */
function endpoints(provider: Element, service: string): Endpoint[] {
  return children(provider, NS.metadata, service).flatMap((element) => {
    const binding = BINDINGS[attributeOf(element, 'Binding') ?? ''];
    const url = attributeOf(element, 'Location')?.trim() ?? '';
    const answerUrl = attributeOf(element, 'ResponseLocation')?.trim() || url;
    const isUsable = isBrowserUrl(url) && isBrowserUrl(answerUrl);
    return binding !== undefined && isUsable ? [{ binding, url, answerUrl }] : [];
  });
}

/** The certificates of the keys that sign. Who issued one of them, in the same list, signs nothing here. */
function signingCertificates(provider: Element): IdpCertificate[] {
  const found = new Map<string, IdpCertificate>();
  for (const key of children(provider, NS.metadata, 'KeyDescriptor')) {
    if ((attributeOf(key, 'use') ?? 'signing') !== 'signing') continue;
    const listed = allElements(key)
      .filter((element) => is(element, NS.signature, 'X509Certificate'))
      .map((element) => parseIdpCertificate(element.textContent ?? ''))
      .filter((certificate): certificate is IdpCertificate => !('refused' in certificate));
    for (const certificate of listed) {
      if (!listed.some((other) => other !== certificate && hasIssued(certificate, other))) {
        found.set(certificate.fingerprint, certificate);
      }
    }
  }
  if (found.size === 0 || found.size > MAX_CERTIFICATES) refuse('certificate');
  return [...found.values()];
}

function hasIssued(issuer: IdpCertificate, certificate: IdpCertificate): boolean {
  const authority = new X509Certificate(issuer.pem);
  return authority.ca && new X509Certificate(certificate.pem).checkIssued(authority);
}

/** Of this name; text between them is passed over. */
function children(parent: Element, namespace: string, name: string): Element[] {
  const found: Element[] = [];
  for (let node = parent.firstChild; node; node = node.nextSibling) {
    if (node.nodeType === node.ELEMENT_NODE && is(node as Element, namespace, name)) {
      found.push(node as Element);
    }
  }
  return found;
}
