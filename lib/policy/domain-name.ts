import { trimUnseen } from './visible-text';

/** What a dot may be in other scripts; the name service takes all for one (UTS 46). */
const DOTS = /[\u3002\uff0e\uff61]/g;

/** Letters, marks and digits of any script, beside what an ASCII name has. Nothing that ends a host in a URL. */
const NAME = /^[\p{L}\p{M}\p{N}.-]{1,253}$/u;
const IS_ASCII = /^[\x21-\x7e]*$/;

/**
 * A domain as the name service has it: ASCII, lower case, without the dot of the root. `müller.example` is
 * the same domain as `xn--mller-kva.example`; a look-alike in another script is another, and reads so.
 * @returns null for what can't be one; its shape is its readers' to check
 */
export function toAsciiDomain(text: string): string | null {
  const name = trimUnseen(text.replace(DOTS, '.')).toLowerCase().replace(/\.$/, '');
  if (IS_ASCII.test(name)) return name;
  if (!NAME.test(name)) return null;
  try {
    return new URL(`http://${name}`).hostname;
  } catch {
    return null;
  }
}
