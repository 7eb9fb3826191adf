/**
 * The attack: a sibling subdomain may set no `__Host-` cookie, so it sets one whose name begins with a
 * byte that some reader takes for white space (0xA0 and others pass `String.prototype.trim`). The
 * browser sends it beside ours or in its place, and the reader takes the thief's session for its user's.
 *
 * So there is one reading: blanks are SP and HTAB, a name is a token (RFC 6265, 4.1.1), and what has no
 * such name is no cookie. A library's reader answers an object, in which two of one name are one: whoever
 * refuses a second could not see it.
 */
export type Cookie = { name: string; value: string };

const NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

/** The cookies of a `Cookie` header, in its order, each as often as it stands there. */
export function parseCookies(header: string): Cookie[] {
  return header.split(';').flatMap((pair) => {
    const end = pair.indexOf('=');
    const name = trimBlanks(end === -1 ? pair : pair.slice(0, end));
    return NAME.test(name)
      ? [{ name, value: end === -1 ? '' : trimBlanks(pair.slice(end + 1)) }]
      : [];
  });
}

/** By http and by https. Another's may mean something to Next (a draft, a test). */
const OURS = /^(?:__(?:Host|Secure)-)?gatehouse\./;

/** The same header with our own cookies alone, for readers with rules of their own; null: none is left. */
export function cleanCookies(header: string): string | null {
  const cookies = parseCookies(header)
    .filter(({ name }) => OURS.test(name))
    .map(({ name, value }) => `${name}=${value}`);
  return cookies.length === 0 ? null : cookies.join('; ');
}

function trimBlanks(text: string): string {
  let start = 0;
  let end = text.length;
  while (text[start] === ' ' || text[start] === '\t') start += 1;
  while (text[end - 1] === ' ' || text[end - 1] === '\t') end -= 1;
  return text.slice(start, end);
}
