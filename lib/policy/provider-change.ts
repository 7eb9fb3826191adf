/**
 * What a change of an identity provider is called. The attack: whoever may change a provider puts keys
 * of his own where the provider's were, under the same name, and signs in as any member; and nobody sees
 * that anything changed. So every setting stands in the activity, before and after, and keys of which none
 * was there before are another provider.
 */

/** By what a provider is known: the name that it calls itself, and the keys that are believed. */
export type Speaker = {
  /** The issuer, or the entity id. */
  name: string;
  /** SHA-256 of its public keys; null: they are read anew at each log-in, from where the name says. */
  keys: readonly string[] | null;
};

/**
 * Whether another provider takes this one's place, by name or by keys. Providers announce their next key
 * before they use it, so keys that change without one in common were not changed by the provider.
 */
export function isOtherProvider(before: Speaker, after: Speaker): boolean {
  if (before.name !== after.name) return true;
  const [known, next] = [before.keys, after.keys];
  return known !== null && next !== null && !next.some((key) => known.includes(key));
}

/**
 * Whether a key is believed no more. The attack: a key of his own beside the provider's, then the provider's
 * taken away, or found and taken away itself: what it has proven would stand. Which key has proven what is
 * not kept, so nothing that rests on the provider does.
 */
export function losesKey(before: Speaker, after: Speaker): boolean {
  return (before.keys ?? []).some((key) => !after.keys?.includes(key));
}

/** A provider as the activity holds it. Never a secret. */
export type ProviderView = Readonly<Record<string, unknown>>;

const LABELS: Readonly<Record<string, string>> = {
  name: 'Name',
  issuer: 'Issuer',
  clientId: 'Client id',
  scopes: 'Scopes',
  signingAlgorithm: 'Signing algorithm',
  tokenAuthMethod: 'How the client secret is sent',
  promptAgain: 'How it is told to ask again',
  idpEntityId: 'Entity id',
  ssoUrl: 'Sign-on URL',
  ssoBinding: 'How requests are sent there',
  sloUrl: 'Log-out URL',
};

/** Not told of a new provider: they say nothing of whom it believes. */
const DETAILS = ['name', 'ssoBinding', 'signingAlgorithm', 'tokenAuthMethod', 'promptAgain'];

const SWITCHES: Readonly<Record<string, { on: string; off: string }>> = {
  enabled: {
    on: 'Switched on: its domains sign in through it',
    off: 'Switched off: nobody signs in through it',
  },
  acceptsStaleLogIn: {
    on: 'It need not ask again any more: whoever sits at a browser that is signed in there can verify a network',
    off: 'It has to ask again before a network is verified',
  },
  believesEmail: {
    on: 'Its email addresses are believed though it does not say that they are verified: whoever may set his own there can get an account under somebody else’s address, or ask to join one',
    off: 'Its email addresses count only where it says that they are verified',
  },
  wantsSignedResponse: {
    on: 'The whole response must be signed',
    off: 'Only the assertion must be signed, no longer the whole response',
  },
  allowsIdpInitiated: {
    on: 'Sign-ins may begin at the provider',
    off: 'Sign-ins may no longer begin at the provider',
  },
};

/**
 * What a change changed, a sentence each without its full stop. What only one of the two views has is passed
 * over: older events know less.
 */
export function changesOf(before: ProviderView, after: ProviderView): string[] {
  const changes = Object.keys(after)
    .filter((key) => key in before && !isSame(before[key], after[key]))
    .map((key) => changeOf(key, before[key], after[key]));
  if (after.isSecretChanged === true) changes.push('The client secret was replaced');
  if (after.isOtherProvider === true) {
    changes.push(
      'Another provider: the sessions and verified networks that rested on the one before ended, and it knows nobody yet',
    );
  }
  return changes;
}

/** What a change of the requirement changed, a sentence each without its full stop. */
export function requirementChanges(before: ProviderView, after: ProviderView): string[] {
  const [was, is] = [before.domains, after.domains];
  if (!isList(was) || !isList(is)) return [];
  const changes = [
    ...is
      .filter((domain) => !was.includes(domain))
      .map((domain) => `Passwords are no longer taken from addresses at ${domain}`),
    ...was
      .filter((domain) => !is.includes(domain))
      .map((domain) => `Passwords are taken again from addresses at ${domain}`),
  ];
  if (before.breakGlassUserId !== after.breakGlassUserId) {
    changes.push(
      after.breakGlassUserId === null
        ? 'No owner is named any more who keeps a password'
        : 'Another owner keeps a password beside single sign-on',
    );
  }
  return changes;
}

/** What a provider is when it is added, in the same words. */
export function describeProvider(view: ProviderView): string[] {
  return Object.entries(LABELS)
    .filter(([key]) => !DETAILS.includes(key) && isText(view[key]))
    .map(([key, label]) => `${label}: ${view[key]}`)
    .concat(isList(view.certificates) ? view.certificates.map((one) => `Certificate: ${one}`) : [])
    .concat(view.believesEmail === true ? [SWITCHES.believesEmail?.on ?? ''] : []);
}

function changeOf(key: string, before: unknown, after: unknown): string {
  const turned = SWITCHES[key];
  if (turned) return after === true ? turned.on : turned.off;
  if (key === 'certificates' && isList(before) && isList(after)) return keyChange(before, after);
  if (key === 'justInTimeRole') {
    return after === null
      ? 'No accounts are made at a first sign-in any more'
      : `Accounts are made at a first sign-in, as ${after} (before: ${before ?? 'none'})`;
  }
  return `${LABELS[key] ?? key}: ${after ?? 'none'} (it was ${before ?? 'none'})`;
}

function keyChange(before: readonly string[], after: readonly string[]): string {
  const added = after.filter((one) => !before.includes(one));
  const removed = before.filter((one) => !after.includes(one));
  const parts = [...added.map((one) => `added ${one}`), ...removed.map((one) => `removed ${one}`)];
  return `Certificates: ${parts.join(', ')}`;
}

const isText = (value: unknown): value is string => typeof value === 'string';
const isList = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.every(isText);

function isSame(before: unknown, after: unknown): boolean {
  if (!isList(before) || !isList(after)) return before === after;
  return before.length === after.length && after.every((one) => before.includes(one));
}
