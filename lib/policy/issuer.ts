/**
 * What an OpenID provider calls itself, and what it can prove. Its tokens name it exactly as it is written, so
 * nothing is made of it: what OpenID Connect Discovery 1.0 (section 2) does not allow is refused, with what
 * to write instead.
 */

const WELL_KNOWN = '/.well-known/openid-configuration';

/** @returns what is wrong with an issuer that somebody typed, and the cure; null: nothing that its text shows */
export function findIssuerFault(text: string): string | null {
  if (!/^[a-z][a-z0-9+.-]*:/i.test(text)) {
    return `An issuer is a whole address. Did you mean https://${text.slice(0, 200)}?`;
  }
  // Of another scheme: whether it may be asked is not decided here.
  if (!/^https?:/i.test(text)) return null;
  if (text.includes(WELL_KNOWN)) {
    const issuer = text.slice(0, text.indexOf(WELL_KNOWN));
    return `This is where the issuer describes itself. The issuer is what stands before: ${issuer.slice(0, 200)}`;
  }
  if (/[?#]/.test(text)) return 'An issuer has no ? and no #. Leave away what follows.';
  if (/[{}]/.test(text)) return 'Put the id of your tenant in place of what stands in braces.';
  const path = text.replace(/^[^:]*:\/\/[^/]*/, '');
  if (/\/\.{1,2}(?:\/|$)|%2e/i.test(path)) return 'An issuer’s path holds no /./ or /../.';
  return null;
}

/** By which `prompt` a provider is told to ask its user again. */
export const PROMPTS_AGAIN = ['login', 'select_account'] as const;
export type PromptAgain = (typeof PROMPTS_AGAIN)[number];

const GOOGLE = 'https://accounts.google.com';

/**
 * Google knows no `prompt=login`, and answers it by an error; others say what they know.
 * @param supported what the provider says; undefined: it does not
 */
export function promptAgainOf(
  issuer: string,
  supported: readonly string[] | undefined,
): PromptAgain {
  if (issuer === GOOGLE) return 'select_account';
  return supported && !supported.includes('login') && supported.includes('select_account')
    ? 'select_account'
    : 'login';
}
