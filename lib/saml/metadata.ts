import { createHash } from 'node:crypto';
import { generateServiceProviderMetadata } from '@node-saml/node-saml';
import { type IdpCertificate, parseIdpCertificate } from './certificates';
import { orRefusal, refuse, type SamlRefusal } from './refusal';
import type { OwnSamlSettings } from './settings';
import {
  allElements,
  attributeOf,
  childrenNamed,
  is,
  MAX_XML_BYTES,
  NS,
  parseXml,
  textOf,
  xmlText,
} from './xml';

const REDIRECT = 'urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect';
const MAX_ENTITY_ID = 500;
const MAX_CERTIFICATES = 10;

export type IdpMetadata = {
  entityId: string;
  /** Takes requests by the HTTP-Redirect binding. */
  ssoUrl: string;
  /** Takes log-out responses by the HTTP-Redirect binding; null: none does. */
  sloUrl: string | null;
  /** At least one that can be used, expired ones among them: the admin should hear of those. */
  certificates: IdpCertificate[];
  wantsSignedRequests: boolean;
};

/**
 * An identity provider's description of itself (SAML 2.0 metadata). Its signature is not looked at: it is
 * believed because of where it was read, or who uploaded it. Addresses are https, or http on this machine.
 */
export function parseIdpMetadata(xml: string): Promise<IdpMetadata | SamlRefusal> {
  return orRefusal(() => {
    const root = parseXml(xmlText(Buffer.from(withoutComments(xml))));
    const entity = findEntity(root);
    const [provider, ...more] = childrenNamed(entity, NS.metadata, 'IDPSSODescriptor');
    if (provider === undefined) return refuse('not_metadata');
    if (more.length > 0) refuse('several_providers');
    const entityId = attributeOf(entity, 'entityID') ?? '';
    if (!entityId.trim() || entityId.length > MAX_ENTITY_ID) refuse('not_metadata');
    return {
      entityId,
      ssoUrl: redirectUrl(provider, 'SingleSignOnService') ?? refuse('sign_on_url'),
      sloUrl: redirectUrl(provider, 'SingleLogoutService'),
      certificates: signingCertificates(provider),
      wantsSignedRequests: /^(?:true|1)$/.test(
        attributeOf(provider, 'WantAuthnRequestsSigned') ?? '',
      ),
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

/** The one entity that is an identity provider: a federation's list has many, and none is meant more. */
function findEntity(root: Element): Element {
  const providers = allElements(root).filter(
    (element) =>
      is(element, NS.metadata, 'EntityDescriptor') &&
      childrenNamed(element, NS.metadata, 'IDPSSODescriptor').length > 0,
  );
  const [entity, ...more] = providers;
  if (more.length > 0) refuse('several_providers');
  return entity ?? refuse('not_metadata');
}

function redirectUrl(provider: Element, service: string): string | null {
  const endpoint = childrenNamed(provider, NS.metadata, service).find(
    (element) => attributeOf(element, 'Binding') === REDIRECT,
  );
  if (endpoint === undefined) return null;
  const location = attributeOf(endpoint, 'ResponseLocation') ?? attributeOf(endpoint, 'Location');
  return isWebAddress(location ?? '') ? location : refuse('sign_on_url');
}

function isWebAddress(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const url = new URL(text);
  if (url.username || url.password || url.hash) return false;
  return url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url.hostname));
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '[::1]' || /^127(?:\.\d+){3}$/.test(host);
}

/** The first certificate of each key that signs; what follows it in its list is who issued it. */
function signingCertificates(provider: Element): IdpCertificate[] {
  const found = new Map<string, IdpCertificate>();
  for (const key of childrenNamed(provider, NS.metadata, 'KeyDescriptor')) {
    if ((attributeOf(key, 'use') ?? 'signing') !== 'signing') continue;
    const holder = allElements(key).find((element) => is(element, NS.signature, 'X509Certificate'));
    const certificate = holder ? parseIdpCertificate(textOf(holder)) : null;
    if (certificate && !('refused' in certificate)) found.set(certificate.fingerprint, certificate);
  }
  if (found.size === 0 || found.size > MAX_CERTIFICATES) refuse('certificate');
  return [...found.values()];
}

/**
 * Metadata that people write has comments, and nothing in it is signed that we look at. The attack: half a
 * megabyte of `<!--`, from each of which a search for its end runs to the end of the text.
 * @throws Refused too_large, comment for one without an end
 */
function withoutComments(xml: string): string {
  if (xml.length > MAX_XML_BYTES) refuse('too_large');
  const kept: string[] = [];
  let from = 0;
  for (let start = xml.indexOf('<!--'); start >= 0; start = xml.indexOf('<!--', from)) {
    const end = xml.indexOf('-->', start + 4);
    if (end < 0) refuse('comment');
    kept.push(xml.slice(from, start));
    from = end + 3;
  }
  return kept.join('') + xml.slice(from);
}
