import { type AssertionFacts, checkIssuer, readAssertion } from './assertion';
import { emailsOf, nameOf } from './attributes';
import { checkEncryptedAssertion, decryptAssertion } from './encryption';
import { orRefusal, refuse, refusedAs, type SamlRefusal } from './refusal';
import { nodeSaml, type SamlSettings } from './settings';
import { checkSignature, requireRightSignature } from './signature';
import { checkAssertion, checkResponse, type ResponseParts } from './structure';
import {
  attributeOf,
  childrenNamed,
  decodeBase64,
  NS,
  parseXml,
  rootAttributeOf,
  xmlText,
} from './xml';

/** Whom a provider vouches for. */
export type SamlIdentity = AssertionFacts & {
  responseId: string;
  /** Seen once, never again: it is kept until `notOnOrAfter` where no request bounds its use. */
  assertionId: string;
  issuer: string;
  /** What it says of email addresses, each once, as far as they can be used; most say one. */
  emails: string[];
  name: string | null;
};

/**
 * Reads a response of the HTTP-POST binding (SAML 2.0 bindings 3.5, profiles 4.1.4). First its shape is
 * checked, so that one element can be meant, and whom it is for; then the arithmetic of its signatures, the
 * cheap part first; then node-saml does all of that again in its own way; then what it says is read, from
 * the signed bytes alone.
 *
 * @param expectedRequestId the request that the flow sent; null: an unasked response is expected, which
 *   is for providers that allow it
 * @param now the database's
 */
export function parseSamlResponse(
  settings: SamlSettings,
  message: { samlResponse: string; expectedRequestId: string | null; now: Date },
): Promise<SamlIdentity | SamlRefusal> {
  return orRefusal(async () => {
    const text = xmlText(decodeBase64(message.samlResponse));
    const parts = checkResponse(parseXml(text));
    const { response } = parts;
    checkEnvelope(parts, settings, message.expectedRequestId);
    if (parts.isSigned) requireRightSignature(response, settings.idp.certificates);
    const assertion = await openAssertion(parts, settings);
    const assertionId = attributeOf(assertion, 'ID') ?? refuse('reference');
    const signed = parseXml(await signedAssertion({ text, parts, assertion }, settings));
    checkAssertion(signed);
    if (attributeOf(signed, 'ID') !== assertionId) refuse('reference');
    const facts = readAssertion(signed, {
      settings,
      requestId: message.expectedRequestId,
      now: message.now,
    });
    return {
      ...facts,
      responseId: attributeOf(response, 'ID') ?? refuse('reference'),
      assertionId,
      issuer: settings.idp.entityId,
      emails: emailsOf(facts.attributes, facts),
      name: nameOf(facts.attributes),
    };
  });
}

/**
 * Which request a response says that it answers: for finding the flow, and proven by nothing until
 * `parseSamlResponse` has been told it. Read from the first tag alone: who has no flow costs no parse.
 * @returns null when it names none
 */
export function inResponseToOf(samlResponse: string): Promise<string | null | SamlRefusal> {
  return orRefusal(() => rootAttributeOf(xmlText(decodeBase64(samlResponse)), 'InResponseTo'));
}

/**
 * What stands around the assertion. Where the response is not signed, this only saves work: anybody can have
 * written it, so it may leave out what the signed assertion says anyway (SAML 2.0 core 3.2.2, profiles 4.1.4.2).
 */
function checkEnvelope(
  { response, isSigned, isEncrypted }: ResponseParts,
  settings: SamlSettings,
  expectedRequestId: string | null,
): void {
  if (settings.wantsSignedResponse && !isSigned) refuse('response_not_signed');
  const hasIssuer = childrenNamed(response, NS.assertion, 'Issuer').length > 0;
  if (hasIssuer || isSigned || isEncrypted) checkIssuer(response, settings);
  const destination = attributeOf(response, 'Destination');
  const isLeftOut = destination === null && !isSigned;
  if (!isLeftOut && destination !== settings.acsUrl) refuse('destination');
  if (attributeOf(response, 'InResponseTo') !== expectedRequestId) refuse('in_response_to');
}

/** The assertion itself, with a signature of its own whose arithmetic is not yet checked. */
async function openAssertion(
  { assertion, isEncrypted }: ResponseParts,
  settings: SamlSettings,
): Promise<Element> {
  if (!isEncrypted) {
    if (!checkSignature(assertion)) refuse('assertion_not_signed');
    requireRightSignature(assertion, settings.idp.certificates);
    return assertion;
  }
  checkEncryptedAssertion(assertion);
  const text = await decryptAssertion(assertion, settings.privateKey);
  return refusedAs('encrypted_assertion_invalid', async () => {
    const inside = parseXml(text.trim());
    checkAssertion(inside);
    if (!checkSignature(inside)) refuse('assertion_not_signed');
    requireRightSignature(inside, settings.idp.certificates);
    return inside;
  });
}

/** node-saml's verdict. @returns the bytes that were signed */
async function signedAssertion(
  { text, parts, assertion }: { text: string; parts: ResponseParts; assertion: Element },
  settings: SamlSettings,
): Promise<string> {
  const { isSigned, isEncrypted } = parts;
  const reason = isEncrypted ? 'encrypted_assertion_invalid' : 'signature_invalid';
  const { profile } = await refusedAs(reason, async () => {
    const saml = nodeSaml(settings, { wantsSignedResponse: isSigned && !isEncrypted });
    if (!isEncrypted) return saml.validatePostResponseAsync({ SAMLResponse: base64(text) });
    // The response's signature covers what was encrypted, so each is checked by itself.
    if (isSigned) await saml.validatePostRequestAsync({ SAMLRequest: base64(text) });
    const opened = parts.response.cloneNode(false) as Element;
    opened.appendChild(parts.response.ownerDocument.importNode(assertion, true));
    return saml.validatePostResponseAsync({ SAMLResponse: base64(opened.toString()) });
  });
  return profile?.getAssertionXml?.() || refuse(reason);
}

const base64 = (text: string) => Buffer.from(text).toString('base64');
