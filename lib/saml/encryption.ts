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

/** How the key may be wrapped: by RSA-OAEP, whose older name fixes the hash of its mask (XML Encryption 1.1, 5.5.2). */
const KEY_TRANSPORTS: Record<string, (string | null)[]> = {
  [`${NS.encryption}rsa-oaep-mgf1p`]: [null],
  [`${NS.encryption11}rsa-oaep`]: [
    null,
    `${NS.encryption11}mgf1sha1`,
    `${NS.encryption11}mgf1sha256`,
    `${NS.encryption11}mgf1sha512`,
  ],
};
const DIGESTS = [null, `${NS.signature}sha1`, `${NS.encryption}sha256`, `${NS.encryption}sha512`];
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
  const masksKnown = KEY_TRANSPORTS[attributeOf(method, 'Algorithm') ?? ''];
  const digests = childrenNamed(method, NS.signature, 'DigestMethod');
  const masks = childrenNamed(method, NS.encryption11, 'MGF');
  if (digests.length > 1 || masks.length > 1) return false;
  const [digest = null] = digests.map((element) => attributeOf(element, 'Algorithm'));
  const [mask = null] = masks.map((element) => attributeOf(element, 'Algorithm'));
  return DIGESTS.includes(digest) && (masksKnown?.includes(mask) ?? false);
}

/** @returns the text of the assertion, as yet proven by nothing. @throws Refused */
export function decryptAssertion(assertion: Element, privateKey: string): Promise<string> {
  // What is allowed was checked above; the library's own list has no room for CBC.
  const options = {
    key: privateKey,
    disallowDecryptionWithInsecureAlgorithm: false,
    warnInsecureAlgorithm: false,
  };
  return refusedAs('encrypted_assertion_invalid', () =>
    decryptAsync(assertion.toString(), options),
  );
}
