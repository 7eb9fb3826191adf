import { promisify } from 'node:util';
import { decrypt } from 'xml-encryption';
import { refuse, refusedAs } from './refusal';
import { allElements, attributeOf, NS } from './xml';

/**
 * Assertions encrypted for us. Encryption proves nothing: everybody has our public key, so what comes out
 * must be signed. With CBC, whoever learns which changed ciphertexts fail early reads the text byte by
 * byte; so everything that fails before the signature inside is checked fails alike.
 */

const CONTENT = [
  'http://www.w3.org/2009/xmlenc11#aes256-gcm',
  'http://www.w3.org/2009/xmlenc11#aes128-gcm',
  `${NS.encryption}aes256-cbc`,
  `${NS.encryption}aes128-cbc`,
];
const KEY = `${NS.encryption}rsa-oaep-mgf1p`;
const KEY_DIGEST = `${NS.signature}sha1`;
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
    const isKnown = namespaceURI === NS.encryption || namespaceURI === NS.signature;
    if (!isKnown || !PARTS.test(localName)) refuse('unexpected_element');
  }
  const data = only('EncryptedData');
  const key = only('EncryptedKey');
  if (data.parentNode !== assertion) refuse('unexpected_element');
  for (const method of inside.filter(({ localName }) => localName === 'EncryptionMethod')) {
    const algorithm = attributeOf(method, 'Algorithm') ?? '';
    const isAllowed = method.parentNode === key ? algorithm === KEY : CONTENT.includes(algorithm);
    if (!isAllowed) refuse('encryption_algorithm');
  }
  for (const digest of inside.filter(({ localName }) => localName === 'DigestMethod')) {
    if (attributeOf(digest, 'Algorithm') !== KEY_DIGEST) refuse('encryption_algorithm');
  }
}

/** @returns the text of the assertion, as yet proven by nothing. @throws Refused */
export function decryptAssertion(assertion: Element, privateKey: string): Promise<string> {
  const options = { key: privateKey, disallowDecryptionWithInsecureAlgorithm: true };
  return refusedAs('encrypted_assertion_invalid', () =>
    decryptAsync(assertion.toString(), options),
  );
}
