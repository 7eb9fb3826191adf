/** Joins class names and drops the absent ones. Later classes don't override earlier ones. */
export function classNames(...parts: readonly (string | false | null | undefined)[]): string {
  return parts.filter(Boolean).join(' ');
}
