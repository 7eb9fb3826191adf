import { createHash, X509Certificate } from 'node:crypto';
import { generate } from 'selfsigned';

export type IdpCertificate = {
  pem: string;
  /** SHA-256 over its DER, in hexadecimal with colons, as providers' consoles show it. */
  fingerprint: string;
  validFrom: Date;
  /** An expired certificate still counts, since providers outlive theirs; its admin should hear of it. */
  expiresAt: Date;
};

export type CertificateRefusal = {
  refused: 'not_a_certificate' | 'unsupported_key' | 'weak_key';
};

const MIN_RSA_BITS = 2048;

/**
 * A provider's signing certificate, in PEM or as the base64 that metadata holds. RSA of 2048 bits or more:
 * the signatures that can be checked are RSA's.
 */
export function parseIdpCertificate(text: string): IdpCertificate | CertificateRefusal {
  const certificate = readCertificate(text);
  if (certificate === null) return { refused: 'not_a_certificate' };
  const { asymmetricKeyType, asymmetricKeyDetails } = certificate.publicKey;
  if (asymmetricKeyType !== 'rsa') return { refused: 'unsupported_key' };
  if ((asymmetricKeyDetails?.modulusLength ?? 0) < MIN_RSA_BITS) return { refused: 'weak_key' };
  return {
    pem: certificate.toString(),
    fingerprint: certificate.fingerprint256,
    validFrom: new Date(certificate.validFrom),
    expiresAt: new Date(certificate.validTo),
  };
}

/** @throws TypeError for what `parseIdpCertificate` refuses: settings hold none of that */
export function pemOf(text: string): string {
  const certificate = parseIdpCertificate(text);
  if ('refused' in certificate) throw new TypeError(`certificate: ${certificate.refused}`);
  return certificate.pem;
}

/**
 * SHA-256 of the public key in a certificate, in hexadecimal: a certificate that is made out anew for the
 * same key is the same one here.
 * @throws TypeError for what `parseIdpCertificate` refuses
 */
export function keyOf(text: string): string {
  const { publicKey } = new X509Certificate(pemOf(text));
  return createHash('sha256')
    .update(publicKey.export({ type: 'spki', format: 'der' }))
    .digest('hex');
}

/**
 * Our own key and certificate for one provider, both PEM: RSA 2048, self-signed, for ten years. Providers
 * pin it and look at nothing in it.
 * @param commonName what their consoles show
 */
export async function createKeyPair(
  commonName: string,
  now: Date,
): Promise<{ privateKey: string; certificate: string }> {
  const notAfterDate = new Date(now);
  notAfterDate.setUTCFullYear(now.getUTCFullYear() + 10);
  const pair = await generate([{ name: 'commonName', value: commonName }], {
    keySize: MIN_RSA_BITS,
    algorithm: 'sha256',
    notBeforeDate: now,
    notAfterDate,
    extensions: [
      { name: 'basicConstraints', cA: false, critical: true },
      { name: 'keyUsage', digitalSignature: true, keyEncipherment: true, critical: true },
    ],
  });
  return { privateKey: pair.private, certificate: pair.cert };
}

function readCertificate(text: string): X509Certificate | null {
  const body = text.replace(/-----(?:BEGIN|END) CERTIFICATE-----/g, '').replace(/\s/g, '');
  if (body.length > 16_384 || !/^[A-Za-z0-9+/]+={0,2}$/.test(body)) return null;
  try {
    return new X509Certificate(Buffer.from(body, 'base64'));
  } catch {
    return null;
  }
}
