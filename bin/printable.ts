/**
 * Text from elsewhere (a user's name, a process's name, a server's answer) made safe for a terminal:
 * without the control and format characters by which it could move the cursor, hide, or pose as a line of
 * the program's own.
 */
export function printable(text: string, lengthMax = 200): string {
  return text
    .replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]+/gu, ' ')
    .trim()
    .slice(0, lengthMax);
}
