import { refuse } from './refusal';
import { allElements, attributeOf, childrenNamed, elementsIn, is, NS, textOf } from './xml';

/**
 * What a signature may look like, before anybody computes it. The attacks: a signature that refers to
 * another element than the one it stands in; two `SignedInfo`, one computed and one read; transforms that
 * cut away what was changed; SHA-1, whose collisions can be bought.
 */

/** RSA alone: the library knows neither RSA-SHA384 nor ECDSA. */
export const SIGNATURE_ALGORITHMS: ReadonlyMap<string, 'sha256' | 'sha512'> = new Map([
  ['http://www.w3.org/2001/04/xmldsig-more#rsa-sha256', 'sha256'],
  ['http://www.w3.org/2001/04/xmldsig-more#rsa-sha512', 'sha512'],
]);
const DIGESTS = [
  'http://www.w3.org/2001/04/xmlenc#sha256',
  'http://www.w3.org/2001/04/xmlenc#sha512',
];
const ENVELOPED = `${NS.signature}enveloped-signature`;
const KEY_INFO =
  /^(?:X509(?:Data|Certificate|SubjectName|IssuerSerial|IssuerName|SerialNumber|SKI)|KeyName|KeyValue|RSAKeyValue|Modulus|Exponent)$/;

/**
 * Checks the signature that stands in an element, all but its arithmetic. The certificate in its `KeyInfo`
 * is not looked at: whoever signs can put his own there.
 * @returns whether there is one
 * @throws Refused
 */
export function checkSignature(signed: Element): boolean {
  const [signature, ...more] = childrenNamed(signed, NS.signature, 'Signature');
  if (signature === undefined) return false;
  if (more.length > 0) refuse('signature_structure');
  const [info, value, keyInfo, ...rest] = elementsIn(signature);
  if (!info || !value || rest.length > 0) refuse('signature_structure');
  if (!is(info, NS.signature, 'SignedInfo') || !is(value, NS.signature, 'SignatureValue')) {
    refuse('signature_structure');
  }
  if (keyInfo) checkKeyInfo(keyInfo);
  if (!/^[A-Za-z0-9+/=\s]+$/.test(textOf(value))) refuse('signature_structure');
  checkSignedInfo(info, signed);
  return true;
}

function checkSignedInfo(info: Element, signed: Element): void {
  const [canonicalization, method, reference, ...rest] = elementsIn(info);
  if (!canonicalization || !method || !reference || rest.length > 0) {
    refuse('signature_structure');
  }
  requireNamed(canonicalization, 'CanonicalizationMethod');
  requireNamed(method, 'SignatureMethod');
  requireNamed(reference, 'Reference');
  if (attributeOf(canonicalization, 'Algorithm') !== NS.exclusive) refuse('canonicalization');
  onlyInclusiveNamespaces(canonicalization);
  if (!SIGNATURE_ALGORITHMS.has(attributeOf(method, 'Algorithm') ?? '')) {
    refuse('signature_algorithm');
  }
  if (elementsIn(method).length > 0) refuse('signature_structure');
  checkReference(reference, signed);
}

function checkReference(reference: Element, signed: Element): void {
  if (attributeOf(reference, 'URI') !== `#${attributeOf(signed, 'ID')}`) refuse('reference');
  const [transforms, method, value, ...rest] = elementsIn(reference);
  if (!transforms || !method || !value || rest.length > 0) refuse('signature_structure');
  requireNamed(transforms, 'Transforms');
  requireNamed(method, 'DigestMethod');
  requireNamed(value, 'DigestValue');
  if (!DIGESTS.includes(attributeOf(method, 'Algorithm') ?? '')) refuse('digest_algorithm');
  if (elementsIn(method).length > 0) refuse('signature_structure');
  if (!/^[A-Za-z0-9+/=\s]+$/.test(textOf(value))) refuse('signature_structure');
  const [enveloped, exclusive, ...more] = elementsIn(transforms);
  if (!enveloped || !exclusive || more.length > 0) refuse('transforms');
  if (!isTransform(enveloped, ENVELOPED) || !isTransform(exclusive, NS.exclusive)) {
    refuse('transforms');
  }
  if (elementsIn(enveloped).length > 0) refuse('transforms');
  onlyInclusiveNamespaces(exclusive);
}

function isTransform(element: Element, algorithm: string): boolean {
  return is(element, NS.signature, 'Transform') && attributeOf(element, 'Algorithm') === algorithm;
}

function onlyInclusiveNamespaces(element: Element): void {
  const [list, ...more] = elementsIn(element);
  if (more.length > 0) refuse('transforms');
  if (list && (!is(list, NS.exclusive, 'InclusiveNamespaces') || elementsIn(list).length > 0)) {
    refuse('transforms');
  }
}

function checkKeyInfo(keyInfo: Element): void {
  requireNamed(keyInfo, 'KeyInfo');
  for (const element of allElements(keyInfo).slice(1)) {
    if (element.namespaceURI !== NS.signature || !KEY_INFO.test(element.localName)) {
      refuse('signature_structure');
    }
  }
}

function requireNamed(element: Element, name: string): void {
  if (!is(element, NS.signature, name)) refuse('signature_structure');
}
