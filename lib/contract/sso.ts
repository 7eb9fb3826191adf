import { z } from 'zod';
import { ACTION_NAMES } from '@/lib/policy/actions';
import { PROMPTS_AGAIN } from '@/lib/policy/issuer';
import { ROLES } from '@/lib/policy/roles';
import { SSO_DOMAINS_MAX, SSO_REFUSALS, type SsoRefusal } from '@/lib/policy/sso';
import { METADATA_MAX } from './limits';
import { NewSession, replacedToken, Time, VerifiedIp } from './resources';
import { line, password, token } from './schemas';

/** Single sign-on: what programs send and receive. */

const url = z.string().trim().min(1, 'Required').max(500);
const secret = z.string().min(1, 'Required').max(500);
const certificate = z.string().min(1).max(10_000);
/** As long as what is read of an address: one limit for one thing. */
const metadata = z.string().max(METADATA_MAX, `At most ${METADATA_MAX / 1_024} KiB`);
/** An address that browsers alone visit may be of any host. */
const ssoBinding = z.enum(['redirect', 'post']);

const Oidc = z.strictObject({
  kind: z.literal('oidc'),
  /** Its `/.well-known/openid-configuration` is read. */
  issuer: url,
  clientId: line(200),
  clientSecret: secret,
  scopes: z
    .string()
    .trim()
    .regex(
      /^[\x21\x23-\x5b\x5d-\x7e]+(?: [\x21\x23-\x5b\x5d-\x7e]+)*$/,
      'Names, with a blank between two',
    )
    .max(200)
    .default('openid email profile'),
});

const Saml = z.strictObject({
  kind: z.literal('saml'),
  /** The provider's own description: its text, or where it can be read; else each member by itself. */
  metadata: metadata.optional(),
  metadataUrl: url.optional(),
  /** With metadata of several providers: which of them is meant. */
  idpEntityId: line(500).optional(),
  ssoUrl: url.optional(),
  /** How a browser brings our request there; by redirect, where nothing else is said. */
  ssoBinding: ssoBinding.optional(),
  sloUrl: url.optional(),
  certificates: z.array(certificate).max(10).optional(),
  /** Whether the response must be signed beside its assertion, which always must. */
  wantsSignedResponse: z.boolean().default(false),
  /** Whether a response that answers no request of ours may log in. */
  allowsIdpInitiated: z.boolean().default(false),
});

const common = {
  /** As `POST /teams/{teamId}/sso-reservations` gave it; without it, one is made. */
  id: z.string().max(64).optional(),
  name: line(80),
  /** Off, nobody is led to it, and it can be tested. */
  enabled: z.boolean().default(true),
  justInTimeRole: z.enum(ROLES).exclude(['owner']).nullable().default(null),
  /** Believes an email of which the provider does not say that it is verified. SAML never says so. */
  believesEmail: z.boolean().default(false),
};

export const CreateProviderBody = z.discriminatedUnion('kind', [
  Oidc.extend(common),
  Saml.extend(common),
]);

/** What may change later; a member left out stays. The kind never changes. */
export const ChangeProviderBody = z
  .strictObject({
    name: line(80).optional(),
    enabled: z.boolean().optional(),
    justInTimeRole: z.enum(ROLES).exclude(['owner']).nullable().optional(),
    /** Believes a provider that does not ask again. Weakens re-authentication; a reason is needed. */
    acceptsStaleLogIn: z.boolean().optional(),
    /** As at the start. Whoever may set his address there becomes whom this team has invited. */
    /** Believes its addresses though it does not say that they are verified; a reason is needed. */
    believesEmail: z.boolean().optional(),
    reason: line(500).optional(),
    issuer: url.optional(),
    clientId: line(200).optional(),
    clientSecret: secret.optional(),
    scopes: Oidc.shape.scopes.unwrap().optional(),
    metadata: metadata.optional(),
    metadataUrl: url.optional(),
    idpEntityId: line(500).optional(),
    ssoUrl: url.optional(),
    ssoBinding: ssoBinding.optional(),
    sloUrl: url.nullable().optional(),
    certificates: z.array(certificate).min(1).max(10).optional(),
    wantsSignedResponse: z.boolean().optional(),
    allowsIdpInitiated: z.boolean().optional(),
    /**
     * Says that another provider takes this one's place: what rests on the one before ends, and everybody is
     * known anew.
     */
    replacesProvider: z.literal(true).optional(),
  })
  .refine(
    (body) => Object.keys(body).some((key) => key !== 'reason' && key !== 'replacesProvider'),
    'Nothing to change',
  );

/** By what a provider is looked at before it is added. */
export const CheckProviderBody = z.discriminatedUnion('kind', [
  Oidc.pick({ kind: true, issuer: true }),
  Saml.pick({
    kind: true,
    metadata: true,
    metadataUrl: true,
    idpEntityId: true,
    ssoUrl: true,
    sloUrl: true,
    certificates: true,
  }),
]);

/** What is looked at, in this order. */
export const PROVIDER_FINDINGS = [
  'reachable',
  'description',
  'issuer',
  'pkce',
  'fresh',
  'certificate',
] as const;
export type ProviderFinding = (typeof PROVIDER_FINDINGS)[number];

export const ProviderCheck = z.object({
  /** Whether it can be added as it is. */
  isUsable: z.boolean(),
  findings: z.array(
    z.object({ finding: z.enum(PROVIDER_FINDINGS), isWell: z.boolean(), text: z.string() }),
  ),
});
export type ProviderCheck = z.infer<typeof ProviderCheck>;

export const AddSsoDomainBody = z.strictObject({ domain: line(253) });
export const ChangeSsoRequirementBody = z.strictObject({
  /** The domains whose members may no longer use passwords; all others may. */
  domainIds: z.array(z.string().max(64)).max(SSO_DOMAINS_MAX),
  /** The one owner who may still. */
  breakGlassUserId: z.string().max(64).nullable(),
});

export const LogInMethodsBody = z.strictObject({
  email: z.string().min(1, 'Required').max(320, 'At most 320 characters'),
});

export const StartSsoFlowBody = z.strictObject({
  purpose: z.enum(['log_in', 'verify', 'test']),
  connectionId: z.string().max(64),
  /** With `verify`: whose challenge; without it, the session that asks is re-authenticated. */
  challengeId: z.string().max(200).optional(),
  returnPath: z.string().max(2_000).optional(),
});
/** Proves the account that a log-in waits for: by its password, or by the token of the mailed link. */
export const JoinSsoBody = z.union([z.strictObject({ password }), z.strictObject({ token })]);
export const CompleteSsoFlowBody = z.strictObject({ ticket: z.string().min(1).max(200) });

export const OidcSettings = z.object({
  kind: z.literal('oidc'),
  issuer: z.string(),
  clientId: z.string(),
  scopes: z.string(),
  /** By which the provider signs its ID tokens; no other is accepted. */
  signingAlgorithm: z.string(),
  tokenAuthMethod: z.enum(['client_secret_basic', 'client_secret_post']),
  /** By which `prompt` it is told to ask its user again. Not `login`: it may let pass who is signed in. */
  promptAgain: z.enum(PROMPTS_AGAIN),
});
export type OidcSettings = z.infer<typeof OidcSettings>;

export const SamlIdpSettings = z.object({
  kind: z.literal('saml'),
  idpEntityId: z.string(),
  ssoUrl: z.string(),
  ssoBinding,
  sloUrl: z.string().nullable(),
  certificates: z.array(z.string()),
  wantsSignedResponse: z.boolean(),
  allowsIdpInitiated: z.boolean(),
  /** Our own, for this provider. */
  spCertificate: z.string(),
});
export type SamlIdpSettings = z.infer<typeof SamlIdpSettings>;

export const SsoSettings = z.discriminatedUnion('kind', [OidcSettings, SamlIdpSettings]);
export type SsoSettings = z.infer<typeof SsoSettings>;

export const SsoDomain = z.object({
  id: z.string(),
  domain: z.string(),
  provenAt: Time.nullable(),
  isRequired: z.boolean(),
  /** The DNS record that proves it. */
  record: z.object({ type: z.literal('TXT'), name: z.string(), value: z.string() }),
});
export type SsoDomain = z.infer<typeof SsoDomain>;

const oidcEndpoints = z.object({ redirectUrl: z.string(), backChannelLogOutUrl: z.string() });
const samlEndpoints = z.object({
  entityId: z.string(),
  acsUrl: z.string(),
  sloUrl: z.string(),
  metadataUrl: z.string(),
});

/** An id for a provider that is yet to be added, and what the provider must be told then, by its kind. */
export const ReservedProvider = z.object({
  id: z.string(),
  endpoints: z.object({ oidc: oidcEndpoints, saml: samlEndpoints }),
});
export type ReservedProvider = z.infer<typeof ReservedProvider>;

export const Provider = z.object({
  id: z.string(),
  name: z.string(),
  enabled: z.boolean(),
  settings: SsoSettings,
  justInTimeRole: z.enum(ROLES).nullable(),
  acceptsStaleLogIn: z.boolean(),
  believesEmail: z.boolean(),
  domains: z.array(SsoDomain),
  createdAt: Time,
  /** What the provider must be told. */
  endpoints: z.union([oidcEndpoints, samlEndpoints]),
  /** How many members of the team have their email at one of its proven domains. */
  members: z.int(),
  /** What an admin should look after: a certificate that has run out, a domain that is not proven. */
  warnings: z.array(z.string()),
});
export type Provider = z.infer<typeof Provider>;

export const SsoRequirement = z.object({
  breakGlassUserId: z.string().nullable(),
  domains: z.array(
    z.object({
      id: z.string(),
      domain: z.string(),
      connectionName: z.string(),
      isRequired: z.boolean(),
    }),
  ),
});
export type SsoRequirement = z.infer<typeof SsoRequirement>;

/** How an email address logs in, told by its domain alone. */
export const LogInMethods = z.discriminatedUnion('method', [
  z.object({ method: z.literal('password') }),
  z.object({
    method: z.literal('sso'),
    connection: z.object({ id: z.string(), name: z.string() }),
  }),
]);
export type LogInMethods = z.infer<typeof LogInMethods>;

export const StartedSsoFlow = z.object({
  expiresAt: Time,
  /** Where to send the browser; null: next-auth's sign-in for this provider tells it (OpenID Connect). */
  url: z.string().nullable(),
});
export type StartedSsoFlow = z.infer<typeof StartedSsoFlow>;

/** Why single sign-on did not do what was asked. */
export const SSO_FAILURES = [
  'cancelled',
  'provider_refused',
  'provider_unreachable',
  'invalid_response',
  'too_large',
  'other_browser',
  'expired',
  'not_fresh',
  'other_account',
  'network_changed',
  /** There is an account with this email: the flow waits on `/sso/join` until its browser proves it. */
  'proof_needed',
  'begin_here',
  'link_void',
] as const;
export type SsoFailure = (typeof SSO_FAILURES)[number] | SsoRefusal;

/** What a test found: nothing was stored. */
export const SsoTest = z.object({
  claims: z.record(z.string(), z.unknown()),
  subject: z.string(),
  email: z.string().nullable(),
  /** What a log-in would have done. */
  outcome: z.enum(['known', 'join', 'create', ...SSO_REFUSALS]),
  isFresh: z.boolean(),
});
export type SsoTest = z.infer<typeof SsoTest>;

/** A log-in whose account was proven. The session's token goes into the browser's cookie alone. */
export const JoinedSso = NewSession.omit({ token: true });
export type JoinedSso = z.infer<typeof JoinedSso>;

/** What a completed flow has done. */
export const CompletedSsoFlow = z.discriminatedUnion('purpose', [
  z.object({
    purpose: z.literal('verify'),
    token: replacedToken,
    verifiedIp: VerifiedIp,
    action: z.enum(ACTION_NAMES).nullable(),
  }),
  z.object({
    purpose: z.literal('test'),
    token: replacedToken,
    connectionId: z.string(),
    test: SsoTest,
  }),
]);
export type CompletedSsoFlow = z.infer<typeof CompletedSsoFlow>;
