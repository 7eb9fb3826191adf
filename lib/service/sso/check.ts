import type { z } from 'zod';
import { isGatehouseError } from '@/lib/contract/errors';
import type { CheckProviderBody, ProviderCheck, ProviderFinding } from '@/lib/contract/sso';
import { parseIdpCertificate } from '@/lib/saml/certificates';
import type { Actor } from '@/lib/service/gate/actor';
import { LIMITS, requirePoint } from '@/lib/service/gate/limits';
import { discoverOidc } from './oidc-discovery';
import { requireNewIdp } from './providers';

/**
 * What a provider says of itself, before anything is stored: line by line what is well and what is not.
 * @throws too_many_requests
 */
export async function checkProvider(
  actor: Actor,
  body: z.infer<typeof CheckProviderBody>,
): Promise<ProviderCheck> {
  await requirePoint(LIMITS.ssoSetUp, actor.user.id);
  try {
    return { isUsable: true, findings: await findingsOf(body, actor.now) };
  } catch (error) {
    if (!isGatehouseError(error)) throw error;
    if (!CHECKED.some((code) => code === error.code)) throw error;
    const [fault] = (error.extra.errors ?? []) as { message: string }[];
    const finding = error.code === 'invalid_request' ? 'description' : 'reachable';
    return {
      isUsable: false,
      findings: [{ finding, isWell: false, text: fault?.message ?? error.detail }],
    };
  }
}

/** Refusals that are results. */
const CHECKED = ['invalid_request', 'url_not_allowed', 'provider_unavailable'] as const;

async function findingsOf(
  body: z.infer<typeof CheckProviderBody>,
  now: Date,
): Promise<ProviderCheck['findings']> {
  if (body.kind === 'oidc') {
    const { issuer, checksPkce, promptAgain } = await discoverOidc(body.issuer, {
      isTyped: true,
    });
    return [
      well('reachable', 'Its OpenID configuration was read.'),
      well('issuer', `It calls itself ${issuer}.`),
      checksPkce === false
        ? warned('pkce', 'It does not say that it checks PKCE by SHA-256. It is sent all the same.')
        : well('pkce', checksPkce ? 'It checks PKCE.' : 'It says nothing of PKCE, which is sent.'),
      promptAgain === 'login'
        ? well('fresh', 'It can be asked for a fresh sign-in. The test will show whether it does.')
        : warned('fresh', 'It can’t be told to ask for a password again.'),
    ];
  }
  const { idpEntityId, certificates } = await requireNewIdp(body);
  const hasExpired = certificates
    .map(parseIdpCertificate)
    .some((certificate) => 'refused' in certificate || certificate.expiresAt < now);
  return [
    well('reachable', 'Its metadata was read.'),
    well('issuer', `It calls itself ${idpEntityId}.`),
    hasExpired
      ? warned('certificate', 'A certificate of it has run out.')
      : well('certificate', `Certificates: ${certificates.length}.`),
  ];
}

const well = (finding: ProviderFinding, text: string) => ({ finding, isWell: true, text });
const warned = (finding: ProviderFinding, text: string) => ({ finding, isWell: false, text });
