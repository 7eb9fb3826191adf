import { createSign, randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import { deflateRawSync } from 'node:zlib';
import { DOMParser, XMLSerializer } from '@xmldom/xmldom';
import { ExclusiveCanonicalization, SignedXml } from 'xml-crypto';
import {
  type EncryptionAlgorithm,
  type EncryptOptions,
  encrypt,
  type KeyEncryptionAlgorithm,
} from 'xml-encryption';

/** SAML messages as an identity provider writes them, signed and encrypted with real keys. */

export type Keys = { privateKey: string; certificate: string };

export type AssertionValues = {
  id: string;
  issuer: string;
  /** Written into the XML as it is, so that an attack can hold markup. */
  subject: string;
  format: string;
  recipient: string;
  audience: string;
  inResponseTo: string | null;
  now: Date;
  authnInstant: Date | null;
  sessionIndex: string;
  attributes: Record<string, string[]>;
};

export type ResponseValues = {
  id: string;
  issuer: string;
  destination: string;
  inResponseTo: string | null;
  now: Date;
  status: string;
};

export const SUCCESS = 'urn:oasis:names:tc:SAML:2.0:status:Success';
export const PERSISTENT = 'urn:oasis:names:tc:SAML:2.0:nameid-format:persistent';

const LIFE_MS = 5 * 60 * 1000;

export function newId(): string {
  return `_${randomBytes(20).toString('hex')}`;
}

export function escapeXml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}

export function assertionXml(values: AssertionValues): string {
  const { now, inResponseTo, authnInstant } = values;
  const end = new Date(now.getTime() + LIFE_MS).toISOString();
  const attributes = Object.entries(values.attributes)
    .map(
      ([name, all]) =>
        `<saml:Attribute Name="${escapeXml(name)}" NameFormat="urn:oasis:names:tc:SAML:2.0:attrname-format:basic">${all
          .map((value) => `<saml:AttributeValue>${escapeXml(value)}</saml:AttributeValue>`)
          .join('')}</saml:Attribute>`,
    )
    .join('');
  return [
    `<saml:Assertion xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="${values.id}" Version="2.0" IssueInstant="${now.toISOString()}">`,
    `<saml:Issuer>${escapeXml(values.issuer)}</saml:Issuer>`,
    `<saml:Subject><saml:NameID Format="${values.format}">${values.subject}</saml:NameID>`,
    `<saml:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer">`,
    `<saml:SubjectConfirmationData${attribute('InResponseTo', inResponseTo)} NotOnOrAfter="${end}" Recipient="${escapeXml(values.recipient)}"/>`,
    `</saml:SubjectConfirmation></saml:Subject>`,
    `<saml:Conditions NotBefore="${now.toISOString()}" NotOnOrAfter="${end}">`,
    `<saml:AudienceRestriction><saml:Audience>${escapeXml(values.audience)}</saml:Audience></saml:AudienceRestriction>`,
    `</saml:Conditions>`,
    `<saml:AuthnStatement${attribute('AuthnInstant', authnInstant?.toISOString() ?? null)} SessionIndex="${values.sessionIndex}">`,
    `<saml:AuthnContext><saml:AuthnContextClassRef>urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport</saml:AuthnContextClassRef></saml:AuthnContext>`,
    `</saml:AuthnStatement>`,
    attributes && `<saml:AttributeStatement>${attributes}</saml:AttributeStatement>`,
    `</saml:Assertion>`,
  ].join('');
}

/** @param content an assertion, plain, signed or encrypted; empty: none */
export function responseXml(values: ResponseValues, content: string): string {
  return [
    `<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" ID="${values.id}" Version="2.0" IssueInstant="${values.now.toISOString()}" Destination="${escapeXml(values.destination)}"${attribute('InResponseTo', values.inResponseTo)}>`,
    `<saml:Issuer xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion">${escapeXml(values.issuer)}</saml:Issuer>`,
    `<samlp:Status><samlp:StatusCode Value="${values.status}"/></samlp:Status>`,
    content,
    `</samlp:Response>`,
  ].join('');
}

export type LogoutValues = {
  id: string;
  issuer: string;
  destination: string;
  now: Date;
  subject: string;
  format: string;
  sessionIndexes: string[];
};

export function logoutRequestXml(values: LogoutValues): string {
  const end = new Date(values.now.getTime() + LIFE_MS).toISOString();
  return [
    `<samlp:LogoutRequest xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="${values.id}" Version="2.0" IssueInstant="${values.now.toISOString()}" NotOnOrAfter="${end}" Destination="${escapeXml(values.destination)}">`,
    `<saml:Issuer>${escapeXml(values.issuer)}</saml:Issuer>`,
    `<saml:NameID Format="${values.format}">${values.subject}</saml:NameID>`,
    ...values.sessionIndexes.map((index) => `<samlp:SessionIndex>${index}</samlp:SessionIndex>`),
    `</samlp:LogoutRequest>`,
  ].join('');
}

export type SigningOptions = {
  signatureAlgorithm?: string;
  digestAlgorithm?: string;
  transforms?: string[];
  canonicalization?: string;
  /** Put into `KeyInfo`. */
  certificate?: string;
  /** Of the signature's own elements; empty: none. */
  prefix?: string;
  /** Prefixes that are canonicalised as they are, for types written as text (`xsi:type="xs:string"`). */
  inclusivePrefixes?: string[];
};

/** Signs the root element, with the signature after its first child, the issuer, as the schema wants it. */
export function sign(xml: string, privateKey: string, options: SigningOptions = {}): string {
  const exclusive = 'http://www.w3.org/2001/10/xml-exc-c14n#';
  const signer = new SignedXml({
    privateKey,
    publicCert: options.certificate,
    signatureAlgorithm:
      options.signatureAlgorithm ?? 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256',
    canonicalizationAlgorithm: options.canonicalization ?? exclusive,
    getKeyInfoContent: options.certificate ? SignedXml.getKeyInfoContent : () => null,
  });
  signer.addReference({
    xpath: '/*',
    digestAlgorithm: options.digestAlgorithm ?? 'http://www.w3.org/2001/04/xmlenc#sha256',
    transforms: options.transforms ?? [
      'http://www.w3.org/2000/09/xmldsig#enveloped-signature',
      exclusive,
    ],
    inclusiveNamespacesPrefixList: options.inclusivePrefixes ?? [],
  });
  signer.computeSignature(xml, {
    prefix: options.prefix ?? 'ds',
    location: { reference: '/*/*[1]', action: 'after' },
  });
  const signed = signer.getSignedXml();
  return options.inclusivePrefixes ? withPrefixesInPlace(signed, privateKey) : signed;
}

/**
 * The library writes the list of prefixes into the transform that removes the signature too, which nobody
 * else does: taken out, and what is signed signed again.
 */
function withPrefixesInPlace(xml: string, privateKey: string): string {
  const document = new DOMParser().parseFromString(xml, 'text/xml');
  const first = (root: Element, name: string) =>
    root.getElementsByTagNameNS('*', name)[0] as Element;
  const [signature] = Array.from(
    document.documentElement.getElementsByTagNameNS('*', 'Signature'),
  ).filter(({ parentNode }) => parentNode === document.documentElement);
  if (!signature) throw new Error('not signed');
  const info = first(signature, 'SignedInfo');
  const enveloped = first(info, 'Transform');
  while (enveloped.firstChild) enveloped.removeChild(enveloped.firstChild);
  const canonical = new ExclusiveCanonicalization().process(info.cloneNode(true) as Element, {});
  const value = createSign('sha256').update(canonical).sign(privateKey, 'base64');
  first(signature, 'SignatureValue').textContent = value;
  return new XMLSerializer().serializeToString(document);
}

const encryptAsync = promisify(encrypt);

type Hash = 'sha1' | 'sha256' | 'sha512';

/** @param certificate whose holder can open it */
export function encryptAssertion(
  xml: string,
  certificate: string,
  encryptionAlgorithm: EncryptionAlgorithm = 'http://www.w3.org/2009/xmlenc11#aes256-gcm',
  keyEncryptionAlgorithm: KeyEncryptionAlgorithm = 'http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p',
  keyEncryptionDigest: Hash = 'sha1',
): Promise<string> {
  return encryptedBy(xml, certificate, {
    encryptionAlgorithm,
    keyEncryptionAlgorithm,
    keyEncryptionDigest,
  });
}

/** The same with RSA-OAEP in its newer form, as Keycloak encrypts. */
export function encryptAssertionByOaep(
  xml: string,
  certificate: string,
  { digest, mask }: { digest: Hash; mask: Hash },
): Promise<string> {
  return encryptedBy(xml, certificate, {
    encryptionAlgorithm: 'http://www.w3.org/2009/xmlenc11#aes256-gcm',
    keyEncryptionAlgorithm: 'http://www.w3.org/2009/xmlenc11#rsa-oaep',
    keyEncryptionDigest: digest,
    keyEncryptionMgf: mask,
  });
}

async function encryptedBy(xml: string, certificate: string, algorithms: object): Promise<string> {
  const options = {
    rsa_pub: certificate,
    pem: certificate,
    disallowEncryptionWithInsecureAlgorithm: false,
    warnInsecureAlgorithm: false,
    ...algorithms,
  };
  // Its types know less than it does.
  const encrypted = await encryptAsync(xml, options as EncryptOptions);
  return `<saml:EncryptedAssertion xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion">${encrypted}</saml:EncryptedAssertion>`;
}

/** As forms carry it. */
export function base64(xml: string): string {
  return Buffer.from(xml).toString('base64');
}

/** As a signed redirect carries it, without the `?`. */
export function signedQuery(
  name: 'SAMLRequest' | 'SAMLResponse',
  xml: string,
  { privateKey }: Pick<Keys, 'privateKey'>,
  relayState?: string,
): string {
  const pairs = [
    [name, deflateRawSync(xml).toString('base64')],
    ...(relayState === undefined ? [] : [['RelayState', relayState]]),
    ['SigAlg', 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256'],
  ].map(([key = '', value = '']) => `${key}=${encodeURIComponent(value)}`);
  const signature = createSign('sha256').update(pairs.join('&')).sign(privateKey, 'base64');
  return [...pairs, `Signature=${encodeURIComponent(signature)}`].join('&');
}

function attribute(name: string, value: string | null): string {
  return value === null ? '' : ` ${name}="${escapeXml(value)}"`;
}
