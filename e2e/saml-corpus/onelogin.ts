import { type CorpusProvider, IDS, inLines } from './provider';

/** OneLogin: sign-on by POST, a log-out address that only a SOAP client could use, and no destination. */
export const ONELOGIN: CorpusProvider = {
  name: 'OneLogin',
  entityId: 'https://app.onelogin.com/saml/metadata/00000000-1111-2222-3333-444444444444',
  ssoUrl:
    'https://example.onelogin.com/trust/saml2/http-post/sso/00000000-1111-2222-3333-444444444444',
  ssoBinding: 'post',
  sloUrl: null,
  signing: ['present'],
  signsResponse: false,
  signature: { prefix: 'ds' },
  metadata: ({ present }) =>
    `<?xml version="1.0"?>
<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" entityID="${ONELOGIN.entityId}">
  <IDPSSODescriptor xmlns:ds="http://www.w3.org/2000/09/xmldsig#" protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">
    <KeyDescriptor use="signing">
      <ds:KeyInfo xmlns:ds="http://www.w3.org/2000/09/xmldsig#">
        <ds:X509Data>
          <ds:X509Certificate>
${inLines(present, 60)}
</ds:X509Certificate>
        </ds:X509Data>
      </ds:KeyInfo>
    </KeyDescriptor>
    <SingleLogoutService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect" Location=""/>
    <SingleLogoutService Binding="urn:oasis:names:tc:SAML:2.0:bindings:SOAP" Location="https://example.onelogin.com/trust/saml2/soap/slo/1"/>
    <NameIDFormat>urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress</NameIDFormat>
    <SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:SOAP" Location="https://example.onelogin.com/trust/saml2/soap/sso/1"/>
    <SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST" Location="${ONELOGIN.ssoUrl}"/>
  </IDPSSODescriptor>
</EntityDescriptor>
`,
  assertion: ({ requestId, acsUrl, audience, now, soon, email }) =>
    `<saml:Assertion xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" Version="2.0" ID="${IDS.assertion}" IssueInstant="${now}"><saml:Issuer>${ONELOGIN.entityId}</saml:Issuer><saml:Subject><saml:NameID Format="urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress">${email}</saml:NameID><saml:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer"><saml:SubjectConfirmationData NotOnOrAfter="${soon}" Recipient="${acsUrl}" InResponseTo="${requestId}"/></saml:SubjectConfirmation></saml:Subject><saml:Conditions NotBefore="${now}" NotOnOrAfter="${soon}"><saml:AudienceRestriction><saml:Audience>${audience}</saml:Audience></saml:AudienceRestriction></saml:Conditions><saml:AuthnStatement AuthnInstant="${now}" SessionNotOnOrAfter="${soon}" SessionIndex="${IDS.assertion}"><saml:AuthnContext><saml:AuthnContextClassRef>urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport</saml:AuthnContextClassRef></saml:AuthnContext></saml:AuthnStatement><saml:AttributeStatement><saml:Attribute NameFormat="urn:oasis:names:tc:SAML:2.0:attrname-format:basic" Name="User.email"><saml:AttributeValue xsi:type="xs:string">${email}</saml:AttributeValue></saml:Attribute><saml:Attribute NameFormat="urn:oasis:names:tc:SAML:2.0:attrname-format:basic" Name="memberOf"><saml:AttributeValue xsi:type="xs:string"/></saml:Attribute></saml:AttributeStatement></saml:Assertion>`,
  response: ({ requestId, now }, assertion) =>
    `<samlp:Response xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" ID="${IDS.response}" Version="2.0" IssueInstant="${now}" InResponseTo="${requestId}"><saml:Issuer>
  ${ONELOGIN.entityId}
</saml:Issuer><samlp:Status><samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Success"/></samlp:Status>${assertion}</samlp:Response>`,
};
