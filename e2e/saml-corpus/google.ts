import { type CorpusProvider, IDS, inLines } from './provider';

/** Google Workspace: metadata that has run out by its own word, and one address for both bindings. */
export const GOOGLE: CorpusProvider = {
  name: 'Google Workspace',
  entityId: 'https://accounts.google.com/o/saml2?idpid=C01abcdef',
  ssoUrl: 'https://accounts.google.com/o/saml2/idp?idpid=C01abcdef',
  ssoBinding: 'redirect',
  sloUrl: null,
  signing: ['present', 'next'],
  signsResponse: true,
  signature: { prefix: 'ds' },
  metadata: ({ present, next }) =>
    `<?xml version="1.0" encoding="UTF-8" standalone="no"?>
<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" entityID="${GOOGLE.entityId}" validUntil="2020-01-01T00:00:00.000Z">
  <md:IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">
    <md:KeyDescriptor use="signing">
      <ds:KeyInfo xmlns:ds="http://www.w3.org/2000/09/xmldsig#">
        <ds:X509Data>
          <ds:X509Certificate>${inLines(present)}</ds:X509Certificate>
          <ds:X509Certificate>${inLines(next)}</ds:X509Certificate>
        </ds:X509Data>
      </ds:KeyInfo>
    </md:KeyDescriptor>
    <md:NameIDFormat>urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress</md:NameIDFormat>
    <md:SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect" Location="${GOOGLE.ssoUrl}"/>
    <md:SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST" Location="${GOOGLE.ssoUrl}"/>
  </md:IDPSSODescriptor>
</md:EntityDescriptor>`,
  assertion: ({ requestId, acsUrl, audience, now, soon, email }) =>
    `<saml2:Assertion xmlns:saml2="urn:oasis:names:tc:SAML:2.0:assertion" ID="${IDS.assertion}" IssueInstant="${now}" Version="2.0"><saml2:Issuer>${GOOGLE.entityId}</saml2:Issuer><saml2:Subject><saml2:NameID Format="urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress">${email}</saml2:NameID><saml2:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer"><saml2:SubjectConfirmationData InResponseTo="${requestId}" NotOnOrAfter="${soon}" Recipient="${acsUrl}"/></saml2:SubjectConfirmation></saml2:Subject><saml2:Conditions NotBefore="${now}" NotOnOrAfter="${soon}"><saml2:AudienceRestriction><saml2:Audience>${audience}</saml2:Audience></saml2:AudienceRestriction></saml2:Conditions><saml2:AttributeStatement><saml2:Attribute Name="mail"><saml2:AttributeValue xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="xs:anyType">${email}</saml2:AttributeValue></saml2:Attribute></saml2:AttributeStatement><saml2:AuthnStatement AuthnInstant="${now}" SessionIndex="${IDS.assertion}"><saml2:AuthnContext><saml2:AuthnContextClassRef>urn:oasis:names:tc:SAML:2.0:ac:classes:unspecified</saml2:AuthnContextClassRef></saml2:AuthnContext></saml2:AuthnStatement></saml2:Assertion>`,
  response: ({ requestId, acsUrl, now }, assertion) =>
    `<?xml version="1.0" encoding="UTF-8" standalone="no"?><saml2p:Response xmlns:saml2p="urn:oasis:names:tc:SAML:2.0:protocol" Destination="${acsUrl}" ID="${IDS.response}" InResponseTo="${requestId}" IssueInstant="${now}" Version="2.0"><saml2:Issuer xmlns:saml2="urn:oasis:names:tc:SAML:2.0:assertion">${GOOGLE.entityId}</saml2:Issuer><saml2p:Status><saml2p:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Success"/></saml2p:Status>${assertion}</saml2p:Response>`,
};
