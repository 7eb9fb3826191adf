/**
 * Where to go after a log-in. The attack: `//evil.test`, `/\evil.test`, `/%09/evil.test` and their like
 * look like paths and lead elsewhere, with the trust of a log-in just made.
 * @param origin our own, such as `https://gatehouse.example.com`
 * @returns a path of ours; `/` for anything doubtful
 */
export function parseReturnPath(text: string | null | undefined, origin: string): string {
  if (!text || text.length > 2000 || /[\p{Cc}\\]/u.test(text) || !text.startsWith('/')) return '/';
  try {
    const decoded = decodeURIComponent(text);
    if (/[\p{Cc}\\]/u.test(decoded) || text.startsWith('//')) return '/';
    const url = new URL(text, origin);
    if (url.origin !== origin || url.pathname.startsWith('//')) return '/';
    return url.pathname + url.search + url.hash;
  } catch {
    return '/';
  }
}
