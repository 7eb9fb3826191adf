import { type CorpusProvider, IDS, inLines } from './provider';

/**
 * Shibboleth: metadata that people wrote, with comments, instructions, the namespace of `xml` declared, an
 * attribute authority, and keys that say what they are for in four ways.
 */
export const SHIBBOLETH: CorpusProvider = {
  name: 'Shibboleth',
  entityId: 'https://idp.example.edu/idp/shibboleth',
  ssoUrl: 'https://idp.example.edu/idp/profile/SAML2/Redirect/SSO',
  ssoBinding: 'redirect',
  sloUrl: 'https://idp.example.edu/idp/profile/SAML2/Redirect/SLO',
  signing: ['present', 'next'],
  signsResponse: true,
  signature: { prefix: 'ds', inclusivePrefixes: ['xsd'] },
  metadata: ({ present, next, encryption }) =>
    `<?xml version="1.0" encoding="UTF-8"?>
<!--
     This is example metadata only. Do *NOT* supply it as is without review.
-->
<?xml-stylesheet type="text/xsl" href="metadata.xsl"?>
<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" xmlns:ds="http://www.w3.org/2000/09/xmldsig#" xmlns:shibmd="urn:mace:shibboleth:metadata:1.0" xmlns:xml="http://www.w3.org/XML/1998/namespace" xmlns:mdui="urn:oasis:names:tc:SAML:metadata:ui" xmlns:req-attr="urn:oasis:names:tc:SAML:protocol:ext:req-attr" validUntil="2099-01-01T00:00:00.000Z" entityID="${SHIBBOLETH.entityId}">
    <IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol urn:oasis:names:tc:SAML:1.1:protocol urn:mace:shibboleth:1.0" req-attr:supportsRequestedAttributes="true">
        <Extensions>
            <shibmd:Scope regexp="false">example.edu</shibmd:Scope>
            <mdui:UIInfo>
                <mdui:DisplayName xml:lang="en" lang="en">A Name for the IdP at idp.example.edu &amp; others</mdui:DisplayName>
                <mdui:Logo height="80" width="80">https://idp.example.edu/Path/To/Logo.png?a=1&amp;b=2</mdui:Logo>
            </mdui:UIInfo>
        </Extensions>
        <!-- First signing certificate is BackChannel, the Second is FrontChannel -->
        <KeyDescriptor use="signing">
            <ds:KeyInfo>
                    <ds:KeyName>idp.example.edu</ds:KeyName>
                    <ds:X509Data>
                        <ds:X509Certificate>
${inLines(present, 64)}
                        </ds:X509Certificate>
                    </ds:X509Data>
            </ds:KeyInfo>
        </KeyDescriptor>
        <KeyDescriptor use="signing">
            <ds:KeyInfo>
                    <ds:X509Data>
                        <ds:X509Certificate>
${inLines(next, 64)}
                        </ds:X509Certificate>
                    </ds:X509Data>
            </ds:KeyInfo>
        </KeyDescriptor>
        <KeyDescriptor use="encryption">
            <ds:KeyInfo>
                    <ds:X509Data>
                        <ds:X509Certificate>
${inLines(encryption, 64)}
                        </ds:X509Certificate>
                    </ds:X509Data>
            </ds:KeyInfo>
        </KeyDescriptor>
        <ArtifactResolutionService Binding="urn:oasis:names:tc:SAML:1.0:bindings:SOAP-binding" Location="https://idp.example.edu:8443/idp/profile/SAML1/SOAP/ArtifactResolution" index="1"/>
        <!--
        <SingleLogoutService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect" Location="https://commented.example.edu/SLO"/>
        -->
        <SingleLogoutService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect" Location="${SHIBBOLETH.sloUrl}"/>
        <SingleSignOnService Binding="urn:mace:shibboleth:1.0:profiles:AuthnRequest" Location="https://idp.example.edu/idp/profile/Shibboleth/SSO"/>
        <SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST" req-attr:supportsRequestedAttributes="true" Location="https://idp.example.edu/idp/profile/SAML2/POST/SSO"/>
        <SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect" Location="${SHIBBOLETH.ssoUrl}"/>
    </IDPSSODescriptor>
    <AttributeAuthorityDescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:1.1:protocol">
        <AttributeService Binding="urn:oasis:names:tc:SAML:1.0:bindings:SOAP-binding" Location="https://idp.example.edu:8443/idp/profile/SAML1/SOAP/AttributeQuery"/>
    </AttributeAuthorityDescriptor>
</EntityDescriptor>
`,
  assertion: ({ requestId, acsUrl, audience, now, soon, email }) =>
    `<saml2:Assertion ID="${IDS.assertion}" IssueInstant="${now}" Version="2.0" xmlns:saml2="urn:oasis:names:tc:SAML:2.0:assertion" xmlns:xsd="http://www.w3.org/2001/XMLSchema"><saml2:Issuer>${SHIBBOLETH.entityId}</saml2:Issuer><saml2:Subject><saml2:NameID Format="urn:oasis:names:tc:SAML:2.0:nameid-format:persistent" NameQualifier="${SHIBBOLETH.entityId}" SPNameQualifier="${audience}">AAdzZWNyZXQx</saml2:NameID><saml2:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer"><saml2:SubjectConfirmationData Address="198.51.100.9" InResponseTo="${requestId}" NotOnOrAfter="${soon}" Recipient="${acsUrl}"/></saml2:SubjectConfirmation></saml2:Subject><saml2:Conditions NotBefore="${now}" NotOnOrAfter="${soon}"><saml2:AudienceRestriction><saml2:Audience>${audience}</saml2:Audience></saml2:AudienceRestriction></saml2:Conditions><saml2:AuthnStatement AuthnInstant="${now}" SessionIndex="${IDS.response}"><saml2:SubjectLocality Address="198.51.100.9"/><saml2:AuthnContext><saml2:AuthnContextClassRef>urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport</saml2:AuthnContextClassRef></saml2:AuthnContext></saml2:AuthnStatement><saml2:AttributeStatement><saml2:Attribute FriendlyName="mail" Name="urn:oid:0.9.2342.19200300.100.1.3" NameFormat="urn:oasis:names:tc:SAML:2.0:attrname-format:uri"><saml2:AttributeValue xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="xsd:string">${email}</saml2:AttributeValue></saml2:Attribute><saml2:Attribute FriendlyName="eduPersonTargetedID" Name="urn:oid:1.3.6.1.4.1.5923.1.1.1.10" NameFormat="urn:oasis:names:tc:SAML:2.0:attrname-format:uri"><saml2:AttributeValue><saml2:NameID Format="urn:oasis:names:tc:SAML:2.0:nameid-format:persistent">AAdzZWNyZXQx</saml2:NameID></saml2:AttributeValue></saml2:Attribute></saml2:AttributeStatement></saml2:Assertion>`,
  response: ({ requestId, acsUrl, now }, assertion) =>
    `<?xml version="1.0" encoding="UTF-8"?>
<saml2p:Response Destination="${acsUrl}" ID="${IDS.response}" InResponseTo="${requestId}" IssueInstant="${now}" Version="2.0" xmlns:saml2p="urn:oasis:names:tc:SAML:2.0:protocol" xmlns:xsd="http://www.w3.org/2001/XMLSchema"><saml2:Issuer xmlns:saml2="urn:oasis:names:tc:SAML:2.0:assertion">${SHIBBOLETH.entityId}</saml2:Issuer><saml2p:Status><saml2p:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Success"/></saml2p:Status>${assertion}</saml2p:Response>`,
};
