import { type Profile, SAML, ValidateInResponseTo } from '@node-saml/node-saml';
import { pemOf } from './certificates';

/** What we are to an identity provider: a service provider with keys of its own, one for each. */
export type OwnSamlSettings = {
  entityId: string;
  /** Where responses are posted: the assertion consumer service. */
  acsUrl: string;
  /** Where log-out requests come, by redirect or post. */
  sloUrl: string;
  /** PEM. Signs what we send, opens what is encrypted for us. */
  privateKey: string;
  /** PEM. */
  certificate: string;
};

/** How a browser brings a request to the provider (SAML 2.0 bindings 3.4, 3.5). */
export type SsoBinding = 'redirect' | 'post';

export type SamlSettings = OwnSamlSettings & {
  idp: {
    entityId: string;
    /** Takes requests, by which binding the request itself decides. */
    ssoUrl: string;
    /** Takes log-out responses by the HTTP-Redirect binding; null: it has none. */
    sloUrl: string | null;
    /** PEM or base64 of DER. Any of them may have signed: providers announce the next before they use it. */
    certificates: string[];
  };
  /** Whether the response must be signed beside its assertion, which always must. */
  wantsSignedResponse: boolean;
};

/** An identifier that a caller gives to its request: unguessable, and a name that XML allows. */
const REQUEST_ID = /^[A-Za-z_][A-Za-z0-9_.-]{15,127}$/;

/**
 * Stops where node-saml has checked the signatures and hands on what was signed. Its own reading would
 * take a second parser and this machine's clock, and leave out recipient, destination and issuer.
 */
class NodeSaml extends SAML {
  protected override async processValidlySignedAssertionAsync(this: SAML, signedXml: string) {
    return { profile: { ...NOBODY, getAssertionXml: () => signedXml }, loggedOut: false };
  }

  protected override async processValidlySignedPostRequestAsync(this: SAML) {
    return { profile: NOBODY, loggedOut: true };
  }
}

const NOBODY: Profile = { issuer: '', nameID: '', nameIDFormat: '' };

/**
 * node-saml for one message. It keeps nothing: what answers which request is the caller's knowledge.
 */
export function nodeSaml(
  settings: SamlSettings,
  message: {
    id?: string;
    forceAuthn?: boolean;
    wantsSignedResponse?: boolean;
    isPosted?: boolean;
  } = {},
): NodeSaml {
  const { id } = message;
  if (id !== undefined && !REQUEST_ID.test(id)) throw new TypeError('not an id for a SAML message');
  return new NodeSaml({
    issuer: settings.entityId,
    callbackUrl: settings.acsUrl,
    entryPoint: settings.idp.ssoUrl,
    logoutUrl: settings.idp.sloUrl ?? '',
    idpCert: settings.idp.certificates.map(pemOf),
    privateKey: settings.privateKey,
    signatureAlgorithm: 'sha256',
    digestAlgorithm: 'sha256',
    identifierFormat: null,
    disableRequestedAuthnContext: true,
    forceAuthn: message.forceAuthn ?? false,
    // A form holds the request as it is; an address holds it deflated.
    skipRequestCompression: message.isPosted ?? false,
    wantAssertionsSigned: true,
    wantAuthnResponseSigned: message.wantsSignedResponse ?? settings.wantsSignedResponse,
    validateInResponseTo: ValidateInResponseTo.never,
    ...(id === undefined ? {} : { generateUniqueId: () => id }),
  });
}
