import { z } from 'zod';
import { GatehouseError, invalidField } from '@/lib/contract/errors';
import { FIRST_PAGE, type Paging } from '@/lib/contract/paging';
import type { Page } from '@/lib/contract/resources';
import {
  type ChangeProviderBody,
  type CreateProviderBody,
  OidcSettings,
  type Provider,
  SamlIdpSettings,
  type SsoSettings,
} from '@/lib/contract/sso';
import { env } from '@/lib/platform/env';
import { database, isUniqueViolation } from '@/lib/platform/postgres/database';
import { seal, unseal } from '@/lib/platform/sealed';
import { isBrowserUrl } from '@/lib/policy/outgoing-url';
import {
  changesOf,
  describeProvider,
  isOtherProvider,
  losesKey,
  type Speaker,
} from '@/lib/policy/provider-change';
import { createKeyPair, keyOf, parseIdpCertificate } from '@/lib/saml/certificates';
import { createOwnMetadata, parseIdpMetadata } from '@/lib/saml/metadata';
import type { SamlRefusalReason } from '@/lib/saml/refusal';
import { createAuthnRequest } from '@/lib/saml/request';
import type { SamlSettings } from '@/lib/saml/settings';
import { act } from '@/lib/service/gate/act';
import type { Actor } from '@/lib/service/gate/actor';
import type { GatePass } from '@/lib/service/gate/gate';
import { LIMITS, requirePoint } from '@/lib/service/gate/limits';
import { pageOf } from '@/lib/service/paging';
import { endSsoFlows } from '@/lib/store/sso/flows';
import {
  endWhatRestsOn,
  findSsoOfUser,
  forgetSsoIdentities,
  type WhatRested,
} from '@/lib/store/sso/identities';
import {
  countMembersOfDomains,
  createProvider as create,
  deleteProvider,
  findProvider,
  findProviders,
  lockProvider,
  type StoredProvider,
  setProvider,
} from '@/lib/store/sso/providers';
import { lockTeam } from '@/lib/store/teams';
import { presentDomain } from './domains';
import { tellOwnersOfSso } from './news';
import { discoverOidc } from './oidc-discovery';
import { notForBrowsers, readOutgoing } from './outgoing';
import { absolute, endpointsOf, isProviderIdOf, newProviderId, samlEndpoints } from './reserved';

/** Its own for each provider: a sealed secret opens in its own row alone. */
const secretPurpose = (id: string) => `sso connection ${id}`;

/** The identity providers of a team, by name. @throws invalid_request */
export async function listProviders(
  actor: Actor,
  teamId: string,
  paging: Paging = FIRST_PAGE,
): Promise<Page<Provider>> {
  const { data: rows, nextCursor } = await pageOf(
    {
      name: `sso-connections ${teamId}`,
      sortKey: 'text',
      find: (slice) => findProviders(database().prisma, teamId, slice),
      positionOf: ({ name, id }) => ({ key: name, id }),
      present: (row) => row,
    },
    paging,
  );
  const data = await Promise.all(rows.map((row) => presentProvider(row, actor.now)));
  return { data, nextCursor };
}

/** One of them. @throws not_found */
export async function showProvider(actor: Actor, teamId: string, id: string): Promise<Provider> {
  return presentProvider(await requireProvider(teamId, id), actor.now);
}

/** The enabled identity providers by which the reader is known. */
export function listOwnSso(actor: Actor): Promise<{ id: string; name: string }[]> {
  return findSsoOfUser(database().prisma, actor.user.id);
}

/**
 * Adds an identity provider: what it says of itself is read and judged before anything is stored.
 * @throws invalid_request, conflict, url_not_allowed, provider_unavailable, too_many_requests
 */
export async function addProvider(
  actor: Actor,
  pass: GatePass,
  teamId: string,
  body: z.infer<typeof CreateProviderBody>,
): Promise<Provider> {
  if (body.id !== undefined && !isProviderIdOf(teamId, body.id)) throw notReserved();
  await requirePoint(LIMITS.ssoSetUp, actor.user.id);
  const { settings, secret } =
    body.kind === 'oidc'
      ? { settings: await oidcSettings(body), secret: body.clientSecret }
      : await newSamlSettings(body, actor.now);
  const id = body.id ?? newProviderId(teamId);
  const added = await act(actor, pass, async (tx, audit) => {
    await lockTeam(tx, teamId);
    const row = await create(tx, {
      id,
      teamId,
      kind: body.kind,
      name: body.name,
      settings,
      sealedSecret: seal(secret, secretPurpose(id)),
      justInTimeRole: body.justInTimeRole,
      believesEmail: body.believesEmail,
      enabled: body.enabled,
    });
    await audit({ type: 'sso.connection_added', teamId, after: auditView(row) });
    return row;
  }).catch((error: unknown) => {
    if (isUniqueViolation(error)) throw conflict('This provider has been added already.');
    throw error;
  });
  tellOwnersOfSso(actor, teamId, {
    did: `added “${added.name}” for single sign-on`,
    changes: describeProvider(auditView(added)),
  });
  return presentProvider(added, actor.now);
}

/**
 * Changes an identity provider; the other owners are told. Believing it beyond its word (that does
 * not ask again, or does not say which addresses are verified) needs a reason. Another provider in its place (by name, or by keys of which none was there) needs to be said: what
 * rests on the one before ends, and the new one knows nobody yet, since its subjects are not those. It ends too
 * with any key that is taken away, which may have proven it.
 * @throws not_found, invalid_request, conflict, url_not_allowed, provider_unavailable,
 * too_many_requests
 */
export async function changeProvider(
  actor: Actor,
  pass: GatePass,
  teamId: string,
  id: string,
  body: z.infer<typeof ChangeProviderBody>,
): Promise<Provider> {
  const found = await requireProvider(teamId, id);
  requireOwnMembers(found.kind, body);
  await requirePoint(LIMITS.ssoSetUp, actor.user.id);
  const settings = await changedSettings(settingsOf(found), body);
  requireReason(found, body);
  const { after, changes } = await act(actor, pass, async (tx, audit) => {
    await lockTeam(tx, teamId);
    const before = await lockProvider(tx, id, teamId);
    if (!before) throw noProvider();
    // What is written rests on what was read: another owner's change would be undone unseen.
    if (JSON.stringify(before.settings) !== JSON.stringify(found.settings)) {
      throw conflict('Somebody else has just changed this provider. Look at it, and try again.');
    }
    if (body.enabled === false && before.domains.some(({ isRequired }) => isRequired)) {
      throw conflict(
        'Single sign-on through this provider is required for a domain. End that first.',
      );
    }
    const [was, is] = [speakerOf(settingsOf(before)), speakerOf(settings)];
    const isOther = isOtherProvider(was, is);
    if (isOther && !body.replacesProvider) throw otherProvider();
    const ended = isOther || losesKey(was, is) ? await endWhatRestsOn(tx, id) : null;
    if (isOther) await forgetSsoIdentities(tx, id);
    const after = await setProvider(tx, id, {
      settings,
      ...(body.name !== undefined && { name: body.name }),
      ...(body.enabled !== undefined && { enabled: body.enabled }),
      ...(body.justInTimeRole !== undefined && { justInTimeRole: body.justInTimeRole }),
      ...(body.acceptsStaleLogIn !== undefined && { acceptsStaleLogIn: body.acceptsStaleLogIn }),
      ...(body.believesEmail !== undefined && { believesEmail: body.believesEmail }),
      ...(body.clientSecret !== undefined && {
        sealedSecret: seal(body.clientSecret, secretPurpose(id)),
      }),
    });
    const views = {
      before: auditView(before),
      after: {
        ...auditView(after),
        isSecretChanged: body.clientSecret !== undefined,
        isOtherProvider: isOther,
        ...ended,
      },
    };
    const changes = changesOf(views.before, views.after);
    if (changes.length > 0) await endSsoFlows(tx, id);
    await audit({ type: 'sso.connection_changed', teamId, reason: body.reason ?? null, ...views });
    return { after, changes: ended ? [...changes, describeEnded(ended)] : changes };
  });
  // Of a name alone nobody is told: whom we believe is the same.
  if (after.name === found.name ? changes.length > 0 : changes.length > 1) {
    const { reason } = body;
    tellOwnersOfSso(actor, teamId, { did: `changed “${after.name}”`, changes, reason });
  }
  return presentProvider(after, actor.now);
}

/** What a provider is believed beyond its word weakens the gate: who allows it says why. @throws invalid_request */
function requireReason(
  found: StoredProvider,
  { acceptsStaleLogIn, believesEmail, reason }: z.infer<typeof ChangeProviderBody>,
): void {
  if (reason !== undefined) return;
  if (acceptsStaleLogIn && !found.acceptsStaleLogIn) {
    throw invalidField('reason', 'Say why a provider that does not ask again is believed.');
  }
  if (believesEmail && !found.believesEmail) {
    throw invalidField(
      'reason',
      'Say why email addresses are believed that nobody says are verified.',
    );
  }
}

/**
 * Removes an identity provider. The sessions that it began end, the networks that it verified are no longer
 * trusted, and nobody is known by it any more.
 * @throws not_found
 */
export async function removeProvider(
  actor: Actor,
  pass: GatePass,
  teamId: string,
  id: string,
): Promise<void> {
  const removed = await act(actor, pass, async (tx, audit) => {
    await lockTeam(tx, teamId);
    const before = await lockProvider(tx, id, teamId);
    if (!before) throw noProvider();
    const ended = await endWhatRestsOn(tx, id);
    await deleteProvider(tx, id);
    await audit({
      type: 'sso.connection_removed',
      teamId,
      before: auditView(before),
      after: { ...ended },
    });
    return { before, ended };
  });
  const { before, ended } = removed;
  tellOwnersOfSso(actor, teamId, {
    did: `removed “${before.name}” from single sign-on`,
    changes: [...describeProvider(auditView(before)), describeEnded(ended)],
  });
}

/** What ended with a provider, in words for owners. */
function describeEnded({ endedSessions, revokedNetworks }: WhatRested): string {
  const sessions = `${endedSessions} ${endedSessions === 1 ? 'session' : 'sessions'} that it began ended`;
  const networks =
    revokedNetworks === 1 ? 'network that it verified is' : 'networks that it verified are';
  return `${sessions}, and ${revokedNetworks} ${networks} trusted no more`;
}

/** Whose subjects these are, and who may speak of them. */
function speakerOf(settings: SsoSettings): Speaker {
  return settings.kind === 'oidc'
    ? { name: settings.issuer, keys: null }
    : { name: settings.idpEntityId, keys: settings.certificates.map(keyOf) };
}

function otherProvider(): GatehouseError {
  return new GatehouseError(
    'conflict',
    'This is another provider: another name, or certificates of which none was known here. Its word is not that of the present one. Add it as a provider of its own and remove this one; or say that it takes this one’s place: then all sessions and verified networks that rest on the present one end, and everybody joins anew.',
    { extra: { reason: 'other_provider' } },
  );
}

const MEMBERS = {
  oidc: ['issuer', 'clientId', 'clientSecret', 'scopes'],
  saml: [
    'metadata',
    'metadataUrl',
    'idpEntityId',
    'ssoUrl',
    'ssoBinding',
    'sloUrl',
    'certificates',
    'wantsSignedResponse',
    'allowsIdpInitiated',
  ],
} as const;

/** @throws invalid_request for what a provider of this kind does not have */
function requireOwnMembers(kind: 'oidc' | 'saml', body: z.infer<typeof ChangeProviderBody>): void {
  const foreign = MEMBERS[kind === 'oidc' ? 'saml' : 'oidc'].find(
    (name) => body[name] !== undefined,
  );
  if (foreign) throw invalidField(foreign, 'A provider of this kind has no such setting.');
}

/** As they were stored, perhaps before there was a choice. */
const StoredSettings = z.discriminatedUnion('kind', [
  OidcSettings.extend({ promptAgain: OidcSettings.shape.promptAgain.default('login') }),
  SamlIdpSettings.extend({ ssoBinding: SamlIdpSettings.shape.ssoBinding.default('redirect') }),
]);

/** The settings of a stored provider, as its kind says. @throws ZodError for what no release has stored */
export function settingsOf({
  kind,
  settings,
}: Pick<StoredProvider, 'kind' | 'settings'>): SsoSettings {
  return StoredSettings.parse({ ...(settings as object), kind });
}

/** The client secret, or our private key. */
export function secretOf({ id, sealedSecret }: StoredProvider): string {
  return unseal(sealedSecret, secretPurpose(id));
}

/** Everything that the SAML protocol needs for a provider. */
export function samlSettingsOf(provider: StoredProvider): SamlSettings {
  const settings = settingsOf(provider);
  if (settings.kind !== 'saml') throw new Error('not a SAML provider');
  return {
    ...samlEndpoints(provider.id),
    privateKey: secretOf(provider),
    certificate: settings.spCertificate,
    idp: {
      entityId: settings.idpEntityId,
      ssoUrl: settings.ssoUrl,
      sloUrl: settings.sloUrl,
      certificates: settings.certificates,
    },
    wantsSignedResponse: settings.wantsSignedResponse,
  };
}

/** Where a browser is sent to sign in by SAML: to the provider, or to a form of ours that it posts there. */
export async function samlRequestUrl(
  provider: StoredProvider,
  request: { requestId: string; asksAgain: boolean },
): Promise<string> {
  const settings = settingsOf(provider);
  if (settings.kind === 'saml' && settings.ssoBinding === 'post') {
    return absolute(`/api/v1/sso-connections/${provider.id}/saml/request`);
  }
  const { url } = await createAuthnRequest(samlSettingsOf(provider), {
    id: request.requestId,
    forceAuthn: request.asksAgain,
  });
  return url;
}

/** What the provider's administrator reads to set us up. @throws not_found */
export async function showSamlMetadata(id: string): Promise<string> {
  const provider = await findProvider(database().prisma, id, null);
  if (provider?.kind !== 'saml') throw noProvider();
  return createOwnMetadata(samlSettingsOf(provider));
}

function notReserved(): GatehouseError {
  return invalidField(
    'id',
    'Not reserved for this team',
    'This id was not reserved for this team.',
  );
}

async function oidcSettings(
  body: Pick<OidcSettings, 'issuer' | 'clientId' | 'scopes'>,
): Promise<OidcSettings> {
  if (!body.scopes.split(' ').includes('openid')) {
    throw invalidField('scopes', 'One of the scopes must be openid.');
  }
  const { clientId, scopes } = body;
  const {
    endpoints: _,
    namesItself: __,
    checksPkce: ___,
    ...found
  } = await discoverOidc(body.issuer, {
    isTyped: true,
  });
  return { kind: 'oidc', clientId, scopes, ...found };
}

type SamlSource = Partial<
  Pick<SamlIdpSettings, 'idpEntityId' | 'ssoUrl' | 'ssoBinding' | 'certificates'> & {
    sloUrl: string | null;
    metadata: string;
    metadataUrl: string;
  }
>;

async function newSamlSettings(
  body: SamlSource & Pick<SamlIdpSettings, 'wantsSignedResponse' | 'allowsIdpInitiated'>,
  now: Date,
): Promise<{ settings: SamlIdpSettings; secret: string }> {
  const idp = await requireNewIdp(body);
  const keys = await createKeyPair(env().appUrl.hostname, now);
  const settings: SamlIdpSettings = {
    kind: 'saml',
    ...idp,
    wantsSignedResponse: body.wantsSignedResponse,
    allowsIdpInitiated: body.allowsIdpInitiated,
    spCertificate: keys.certificate,
  };
  return { settings, secret: keys.privateKey };
}

/** All that a new SAML provider must be known by. @throws invalid_request, url_not_allowed, provider_unavailable */
export async function requireNewIdp(source: SamlSource): Promise<SamlIdp> {
  const { ssoUrl, idpEntityId, certificates, ssoBinding, sloUrl } = await readIdp(source);
  if (!ssoUrl || !idpEntityId || !certificates?.length) {
    throw invalidField(
      'metadata',
      'Give the provider’s metadata, or its entity id, sign-on URL and certificates.',
    );
  }
  const idp = {
    idpEntityId,
    ssoUrl,
    ssoBinding: ssoBinding ?? 'redirect',
    sloUrl: sloUrl ?? null,
    certificates,
  };
  requireSamlIdp(idp);
  return idp;
}

type SamlIdp = Pick<
  SamlIdpSettings,
  'idpEntityId' | 'ssoUrl' | 'ssoBinding' | 'sloUrl' | 'certificates'
>;

async function changedSettings(
  before: SsoSettings,
  body: z.infer<typeof ChangeProviderBody>,
): Promise<SsoSettings> {
  if (before.kind === 'oidc') {
    const { issuer = before.issuer, clientId = before.clientId, scopes = before.scopes } = body;
    const isSame = issuer === before.issuer && scopes === before.scopes;
    // The attack: the issuer is changed to the attacker's, which is then handed the other one's secret.
    if (issuer !== before.issuer && body.clientSecret === undefined) {
      throw invalidField('clientSecret', 'Another provider needs its own client secret.');
    }
    return isSame ? { ...before, clientId } : oidcSettings({ issuer, clientId, scopes });
  }
  const idp = await readIdp(body);
  const after: SamlIdpSettings = {
    ...before,
    idpEntityId: idp.idpEntityId ?? before.idpEntityId,
    ssoUrl: idp.ssoUrl ?? before.ssoUrl,
    ssoBinding: idp.ssoBinding ?? before.ssoBinding,
    sloUrl: idp.sloUrl === undefined ? before.sloUrl : idp.sloUrl,
    certificates: idp.certificates ?? before.certificates,
    wantsSignedResponse: body.wantsSignedResponse ?? before.wantsSignedResponse,
    allowsIdpInitiated: body.allowsIdpInitiated ?? before.allowsIdpInitiated,
  };
  requireSamlIdp(after);
  return after;
}

/** Some providers know their metadata by its own media type, some as XML, and refuse the other. */
const SAML_METADATA = 'application/samlmetadata+xml, application/xml, text/xml;q=0.9, */*;q=0.1';

/** What is known of a SAML provider: its metadata, where given, else what was typed. */
async function readIdp(source: SamlSource): Promise<SamlSource> {
  const xml =
    source.metadata ??
    (source.metadataUrl === undefined
      ? undefined
      : await readOutgoing(source.metadataUrl, SAML_METADATA, 'metadataUrl', 'SAML metadata'));
  if (xml === undefined) return source;
  const path = source.metadata === undefined ? 'metadataUrl' : 'metadata';
  const metadata = await parseIdpMetadata(xml, source.idpEntityId ?? null);
  if ('refused' in metadata) throw invalidField(path, metadataFault(metadata.refused));
  const { entityId: idpEntityId, ssoUrl, ssoBinding, sloUrl } = metadata;
  if (source.idpEntityId !== undefined && source.idpEntityId !== idpEntityId) {
    throw invalidField('idpEntityId', `This metadata is of ${idpEntityId.slice(0, 200)}.`);
  }
  const certificates = metadata.certificates.map(({ pem }) => pem);
  return { ...source, idpEntityId, ssoUrl, ssoBinding, sloUrl, certificates };
}

/** Why metadata can't be used, and what to do, for its owner. The word of the log stands behind it. */
function metadataFault(reason: SamlRefusalReason): string {
  return `${METADATA_FAULTS[reason] ?? 'This can’t be read as SAML metadata: it is broken, or another kind of file. Download it again from the provider.'} (${reason})`;
}

const METADATA_FAULTS: Partial<Record<SamlRefusalReason, string>> = {
  too_large:
    'This metadata is longer than is read (256 KiB, 5,000 tags). It may be of a whole federation: ask for that of your provider alone.',
  not_metadata:
    'This is not metadata of a SAML 2.0 identity provider. That of a service provider, such as Gatehouse’s own, goes the other way.',
  several_providers:
    'This metadata describes several identity providers. Say which one by its entity id, or ask for that of yours alone.',
  entity_id_pattern:
    'This metadata is for all tenants: its entity id holds a placeholder. Take that of your own tenant, from the application’s page at the provider.',
  sign_on_url:
    'This metadata names no address where a browser could sign in by HTTP-Redirect or HTTP-POST, over https.',
  certificate:
    'This metadata holds no signing certificate that can be used: an RSA key of 2048 bits or more is needed, and at most 10 of them.',
  doctype:
    'This is a web page, or holds a DTD, which is not read. Download the metadata file itself.',
};

/** Browsers alone visit these addresses: they may be inside, and at any port. */
function requireSamlIdp({ ssoUrl, sloUrl, certificates }: SamlIdp): void {
  for (const [path, url] of [
    ['ssoUrl', ssoUrl],
    ['sloUrl', sloUrl],
  ] as const) {
    if (url !== null && !isBrowserUrl(url)) throw notForBrowsers(path);
  }
  for (const certificate of certificates) {
    const parsed = parseIdpCertificate(certificate);
    if ('refused' in parsed) {
      throw invalidField(
        'certificates',
        `One of the certificates can’t be used (${parsed.refused}).`,
      );
    }
  }
}

async function requireProvider(teamId: string, id: string): Promise<StoredProvider> {
  const provider = await findProvider(database().prisma, id, teamId);
  if (!provider) throw noProvider();
  return provider;
}

async function presentProvider(row: StoredProvider, now: Date): Promise<Provider> {
  const settings = settingsOf(row);
  const proven = row.domains.filter(({ provenAt }) => provenAt !== null);
  return {
    id: row.id,
    name: row.name,
    enabled: row.enabled,
    settings,
    justInTimeRole: row.justInTimeRole,
    acceptsStaleLogIn: row.acceptsStaleLogIn,
    believesEmail: row.believesEmail,
    domains: row.domains.map(presentDomain),
    createdAt: row.createdAt.toISOString(),
    endpoints: endpointsOf(row.id)[settings.kind],
    members: await countMembersOfDomains(
      database().prisma,
      row.teamId,
      proven.map(({ domain }) => domain),
    ),
    warnings: warningsOf(row, settings, now),
  };
}

function warningsOf(row: StoredProvider, settings: SsoSettings, now: Date): string[] {
  const warnings: string[] = [];
  if (!row.domains.some(({ provenAt }) => provenAt !== null)) {
    warnings.push('No domain is proven yet, so nobody is led to this provider.');
  }
  if (settings.kind === 'oidc' && settings.promptAgain !== 'login' && !row.acceptsStaleLogIn) {
    warnings.push(
      'This provider can’t be told to ask for a password again. Members sign in through it, and that verifies the network they are on; in the prompt it proves something only where it tells of a fresh sign-in. Test the provider to see whether it does. If not, members pass the prompt by their password here, or you accept that it does not ask again.',
    );
  }
  if (settings.kind === 'saml' && !row.believesEmail) {
    warnings.push(
      'SAML does not say whether an email address is verified. So nobody whom this provider has not signed in here before gets in through it. If the provider lets nobody choose his own address, edit the provider and believe its email addresses.',
    );
  }
  if (settings.kind === 'saml') {
    const hasExpired = settings.certificates
      .map(parseIdpCertificate)
      .some((certificate) => 'refused' in certificate || certificate.expiresAt < now);
    if (hasExpired) {
      warnings.push('A certificate of the provider has run out. Ask it for the present one.');
    }
  }
  return warnings;
}

/** All that is believed and how, for the activity. Never a secret; certificates by their fingerprints. */
function auditView(row: StoredProvider) {
  const { id, name, kind, enabled, justInTimeRole, acceptsStaleLogIn, believesEmail } = row;
  const believed = { justInTimeRole, acceptsStaleLogIn, believesEmail };
  const common = { connectionId: id, name, kind, enabled, ...believed };
  const settings = settingsOf(row);
  if (settings.kind === 'oidc') return { ...common, ...settings };
  const { spCertificate: _, certificates, ...saml } = settings;
  return { ...common, ...saml, certificates: certificates.map(fingerprintOf) };
}

function fingerprintOf(certificate: string): string {
  const parsed = parseIdpCertificate(certificate);
  return 'refused' in parsed ? parsed.refused : parsed.fingerprint;
}

function conflict(message: string): GatehouseError {
  return new GatehouseError('conflict', message);
}

function noProvider(): GatehouseError {
  return new GatehouseError('not_found', 'There is no such provider in this team.');
}
