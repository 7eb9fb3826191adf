import { refuse } from './refusal';
import { checkSignature } from './signature';
import { allElements, attributeOf, childrenNamed, elementsIn, is, NS } from './xml';

/**
 * What a response may look like. The attack is signature wrapping: the signed element is moved where
 * nobody reads, and an unsigned one put where it was. A signature finds its element by identifier, a
 * reader finds his by position; here both can only mean the same, since every element has one place, and
 * there is one assertion in the whole document.
 */

const SUCCESS = 'urn:oasis:names:tc:SAML:2.0:status:Success';

export type ResponseParts = {
  response: Element;
  isSigned: boolean;
  /** An `Assertion`, or an `EncryptedAssertion`. */
  assertion: Element;
  isEncrypted: boolean;
};

/** @throws Refused */
export function checkResponse(response: Element): ResponseParts {
  if (!is(response, NS.protocol, 'Response')) refuse('not_a_response');
  checkVersion(response);
  const all = allElements(response);
  const assertions = all.filter(({ localName }) => /^(?:encrypted)?assertion$/i.test(localName));
  if (assertions.length > 1) refuse('several_assertions');
  const status = onlyChild(response, NS.protocol, 'Status', 'status_not_success');
  const code = onlyChild(status, NS.protocol, 'StatusCode', 'status_not_success');
  if (attributeOf(code, 'Value') !== SUCCESS) refuse('status_not_success');
  const [assertion] = assertions;
  if (assertion === undefined) return refuse('assertion_missing');
  onlyThese(response, [
    [NS.assertion, 'Issuer'],
    [NS.signature, 'Signature'],
    [NS.protocol, 'Status'],
    [NS.assertion, assertion.localName],
  ]);
  if (assertion.parentNode !== response) refuse('unexpected_element');
  const isEncrypted = is(assertion, NS.assertion, 'EncryptedAssertion');
  if (!isEncrypted) checkAssertion(assertion);
  checkSignaturePlaces(all, [response, assertion]);
  const isSigned = checkSignature(response);
  return { response, isSigned, assertion, isEncrypted };
}

/** The shape of an assertion, signed or out of what was signed; not yet what it says. @throws Refused */
export function checkAssertion(assertion: Element): void {
  if (!is(assertion, NS.assertion, 'Assertion')) refuse('unexpected_element');
  checkVersion(assertion);
  onlyThese(
    assertion,
    [
      [NS.assertion, 'Issuer'],
      [NS.signature, 'Signature'],
      [NS.assertion, 'Subject'],
      [NS.assertion, 'Conditions'],
      [NS.assertion, 'AuthnStatement'],
    ],
    [[NS.assertion, 'AttributeStatement']],
  );
  const inside = allElements(assertion).slice(1);
  if (inside.some(({ localName }) => /^(?:encrypted)?assertion$/i.test(localName))) {
    refuse('several_assertions');
  }
  checkSignaturePlaces(inside, [assertion]);
}

/** Signatures stand directly in what they sign, one in each; nothing else is called like their parts. */
export function checkSignaturePlaces(all: Element[], signed: Element[]): void {
  const places = new Set<Node | null>();
  for (const element of all) {
    if (element.localName !== 'Signature') continue;
    const parent = element.parentNode;
    const isInPlace = signed.some((place) => place === parent) && !places.has(parent);
    if (!isInPlace || element.namespaceURI !== NS.signature) refuse('signature_structure');
    places.add(parent);
  }
}

/** @throws Refused version; reference, for a message that no signature could name */
export function checkVersion(message: Element): void {
  if (attributeOf(message, 'Version') !== '2.0') refuse('version');
  if (!attributeOf(message, 'ID')) refuse('reference');
}

type Name = readonly [namespace: string, name: string];

/** Each of `once` at most once, any number of `many`, and nothing else. @throws Refused */
export function onlyThese(parent: Element, once: Name[], many: Name[] = []): void {
  const seen = new Set<string>();
  for (const child of elementsIn(parent)) {
    if (many.some(([namespace, name]) => is(child, namespace, name))) continue;
    const isKnown = once.some(([namespace, name]) => is(child, namespace, name));
    if (!isKnown || seen.has(child.localName)) {
      refuse(child.localName === 'Signature' ? 'signature_structure' : 'unexpected_element');
    }
    seen.add(child.localName);
  }
}

/** @throws Refused with this reason, unless there is exactly one */
export function onlyChild(
  parent: Element,
  namespace: string,
  name: string,
  reason: Parameters<typeof refuse>[0],
): Element {
  const [child, ...more] = childrenNamed(parent, namespace, name);
  return child && more.length === 0 ? child : refuse(reason);
}
