/**
 * Identity providers as they are: what their metadata looks like, and how they write a response. Made by hand
 * in their manner, with keys of the tests, so that nothing here is anybody's file. A new one is a file beside
 * these and its line in `lib/saml/corpus.test.ts`.
 */
export type CorpusProvider = {
  /** As people call it. */
  name: string;
  /** What must be read out of its metadata. */
  entityId: string;
  ssoUrl: string;
  ssoBinding: 'redirect' | 'post';
  sloUrl: string | null;
  /** Which of the keys sign, by its metadata. */
  signing: (keyof CorpusKeys)[];
  metadata: (keys: CorpusKeys) => string;
  /** As it is before anything is signed. */
  assertion: (values: CorpusValues) => string;
  response: (values: CorpusValues, assertion: string) => string;
  /** Whether the response is signed too; the assertion always is, or the provider must be set to it. */
  signsResponse: boolean;
  /** How its signatures are written. */
  signature: { prefix: string; inclusivePrefixes?: string[] };
};

/** Certificates, base64 of DER. */
export type CorpusKeys = { present: string; next: string; encryption: string; authority: string };

export type CorpusValues = {
  requestId: string;
  acsUrl: string;
  audience: string;
  /** Instants, RFC 3339. */
  now: string;
  soon: string;
  email: string;
};

export const IDS = {
  response: '_r0f3c1d2e4b5a69788796a5b4c3d2e1f0',
  assertion: '_a9d8c7b6a5f4e3d2c1b0a9f8e7d6c5b4',
};

/** Base64 as files hold it, in lines. */
export const inLines = (base64: string, length = 76) =>
  (base64.match(new RegExp(`.{1,${length}}`, 'g')) ?? []).join('\n');
