import { createHash, verify } from 'node:crypto';
import { ExclusiveCanonicalization } from 'xml-crypto';
import { pemOf } from './certificates';
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
const DIGESTS: ReadonlyMap<string, 'sha256' | 'sha512'> = new Map([
  ['http://www.w3.org/2001/04/xmlenc#sha256', 'sha256'],
  ['http://www.w3.org/2001/04/xmlenc#sha512', 'sha512'],
]);
/** Of prefixes that are canonicalised as they are; each is looked for at each element. */
const MAX_PREFIX_LIST = 500;
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

/**
 * The arithmetic of a checked signature, first what is cheap: a forger has no key, so his signature is wrong
 * whatever it is over, and nothing of his message is canonicalised. The library says so too, but looks at
 * the whole message first, which takes it a fifth of a second for 50 KB.
 * @param certificates of which any may have signed
 * @throws Refused signature_invalid
 */
export function requireRightSignature(signed: Element, certificates: readonly string[]): void {
  const [signature] = childrenNamed(signed, NS.signature, 'Signature');
  const [info, value] = signature ? elementsIn(signature) : [];
  const [canonicalization, method, reference] = info ? elementsIn(info) : [];
  const [transforms, digestMethod, digestValue] = reference ? elementsIn(reference) : [];
  const exclusive = transforms ? elementsIn(transforms)[1] : undefined;
  if (
    !info ||
    !value ||
    !canonicalization ||
    !method ||
    !digestMethod ||
    !digestValue ||
    !exclusive
  ) {
    throw new TypeError('not a checked signature');
  }

  const algorithm = SIGNATURE_ALGORITHMS.get(attributeOf(method, 'Algorithm') ?? '');
  const said = Buffer.from(canonical(info, canonicalization));
  const bytes = Buffer.from(textOf(value), 'base64');
  const isSigned = certificates.some((one) => verify(algorithm, said, pemOf(one), bytes));
  if (!isSigned) refuse('signature_invalid');

  const digest = createHash(DIGESTS.get(attributeOf(digestMethod, 'Algorithm') ?? '') ?? 'sha256')
    .update(canonical(signed, exclusive, { isEnveloped: true }))
    .digest();
  if (!digest.equals(Buffer.from(textOf(digestValue), 'base64'))) refuse('signature_invalid');
}

/**
 * An element in its exclusive canonical form.
 * @param method names the prefixes that are taken as they are
 */
function canonical(element: Element, method: Element, { isEnveloped = false } = {}): string {
  const inclusiveNamespacesPrefixList = prefixList(method);
  const ancestorNamespaces =
    inclusiveNamespacesPrefixList.length > 0 ? namespacesAround(element) : [];
  // Of its own: the library writes into it.
  const copy = element.cloneNode(true) as Element;
  const [signature] = isEnveloped ? childrenNamed(copy, NS.signature, 'Signature') : [];
  if (signature) copy.removeChild(signature);
  return new ExclusiveCanonicalization().process(copy, {
    inclusiveNamespacesPrefixList,
    ancestorNamespaces,
  });
}

/** The namespaces that stand around an element, the nearest of each prefix, without its own. */
function namespacesAround(element: Element): { prefix: string; namespaceURI: string }[] {
  const own = Array.from(element.attributes).map(({ name }) => name);
  const found = new Map<string, string>();
  for (let node = element.parentNode; node?.nodeType === 1; node = node.parentNode) {
    for (const { name, value } of Array.from((node as Element).attributes)) {
      const isNew = name.startsWith('xmlns:') && !found.has(name) && !own.includes(name);
      if (isNew) found.set(name, value);
    }
  }
  return [...found].map(([name, namespaceURI]) => ({
    prefix: name.slice('xmlns:'.length),
    namespaceURI,
  }));
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
  if (!DIGESTS.has(attributeOf(method, 'Algorithm') ?? '')) refuse('digest_algorithm');
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
  if (list && prefixList(element).join(' ').length > MAX_PREFIX_LIST) refuse('transforms');
}

function prefixList(element: Element): string[] {
  const [list] = elementsIn(element);
  const text = list ? (attributeOf(list, 'PrefixList') ?? '') : '';
  return text.split(/\s+/).filter(Boolean);
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
