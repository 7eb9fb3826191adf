import { promisify } from 'node:util';
import { decrypt } from 'xml-encryption';
import { refuse, refusedAs } from './refusal';
import { allElements, attributeOf, childrenNamed, NS } from './xml';

/**
 * Assertions encrypted for us. Encryption proves nothing: everybody has our public key, so what comes out
 * must be signed. With CBC, whoever learns which changed ciphertexts fail early reads the text byte by
 * byte; so everything that fails before the signature inside is checked fails alike.
 */

const CONTENT = [
  `${NS.encryption11}aes256-gcm`,
  `${NS.encryption11}aes128-gcm`,
  `${NS.encryption}aes256-cbc`,
  `${NS.encryption}aes128-cbc`,
];

const OAEP_SHA1 = `${NS.encryption}rsa-oaep-mgf1p`;
const OAEP = `${NS.encryption11}rsa-oaep`;

/** How the key may be wrapped: by RSA-OAEP, with one hash for the digest and the mask, since Node knows one. */
const KEY_TRANSPORTS: { algorithm: string; digests: (string | null)[]; mask: string | null }[] = [
  { algorithm: OAEP_SHA1, digests: [null, `${NS.signature}sha1`], mask: null },
  {
    algorithm: OAEP,
    digests: [`${NS.encryption}sha256`],
    mask: `${NS.encryption11}mgf1sha256`,
  },
  {
    algorithm: OAEP,
    digests: [`${NS.encryption}sha512`],
    mask: `${NS.encryption11}mgf1sha512`,
  },
];
const PARTS =
  /^(?:Encrypted(?:Data|Key)|EncryptionMethod|Cipher(?:Data|Value)|DigestMethod|KeyInfo|RetrievalMethod|ReferenceList|DataReference|X509\w+|KeyName)$/;

const decryptAsync = promisify(decrypt);

/** @throws Refused encryption_algorithm, unexpected_element */
export function checkEncryptedAssertion(assertion: Element): void {
  const inside = allElements(assertion).slice(1);
  const only = (name: string) => {
    const [found, ...more] = inside.filter(({ localName }) => localName === name);
    return found && more.length === 0 ? found : refuse('unexpected_element');
  };
  for (const { localName, namespaceURI } of inside) {
    const isPart =
      namespaceURI === NS.encryption11
        ? localName === 'MGF'
        : (namespaceURI === NS.encryption || namespaceURI === NS.signature) &&
          PARTS.test(localName);
    if (!isPart) refuse('unexpected_element');
  }
  const data = only('EncryptedData');
  const key = only('EncryptedKey');
  if (data.parentNode !== assertion) refuse('unexpected_element');
  for (const element of inside) {
    const { localName, parentNode } = element;
    if (localName === 'EncryptionMethod') {
      const isAllowed =
        parentNode === key
          ? isKeyTransport(element)
          : CONTENT.includes(attributeOf(element, 'Algorithm') ?? '');
      if (!isAllowed) refuse('encryption_algorithm');
    }
    const isOfMethod = localName === 'DigestMethod' || localName === 'MGF';
    if (isOfMethod && parentNode?.parentNode !== key) refuse('encryption_algorithm');
  }
}

function isKeyTransport(method: Element): boolean {
  const algorithm = attributeOf(method, 'Algorithm');
  const digests = childrenNamed(method, NS.signature, 'DigestMethod');
  const masks = childrenNamed(method, NS.encryption11, 'MGF');
  if (digests.length > 1 || masks.length > 1) return false;
  const [digest = null] = digests.map((element) => attributeOf(element, 'Algorithm'));
  const [mask = null] = masks.map((element) => attributeOf(element, 'Algorithm'));
  return KEY_TRANSPORTS.some(
    (known) =>
      known.algorithm === algorithm && known.digests.includes(digest) && known.mask === mask,
  );
}

/** @returns the text of the assertion, as yet proven by nothing. @throws Refused */
export function decryptAssertion(assertion: Element, privateKey: string): Promise<string> {
  const options = { key: privateKey, disallowDecryptionWithInsecureAlgorithm: true };
  const text = inWordsOfLibrary(assertion.toString());
  return refusedAs('encrypted_assertion_invalid', () => decryptAsync(text, options));
}

/**
 * xml-encryption knows RSA-OAEP by its older name alone, uses the digest's hash for the mask too, and looks
 * for SHA-2 under names that the standard does not give it.
 */
function inWordsOfLibrary(xml: string): string {
  return xml
    .replaceAll(`"${OAEP}"`, `"${OAEP_SHA1}"`)
    .replaceAll(`"${NS.encryption}sha`, `"${NS.signature}sha`);
}
