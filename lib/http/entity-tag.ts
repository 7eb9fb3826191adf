/** Whether `If-None-Match` names a tag: any of a list, weak ones too, or whatever there is (RFC 9110, 13.1.2). */
export function isNamed(names: string | undefined, etag: string): boolean {
  return (names ?? '')
    .split(',')
    .some((name) => ['*', etag].includes(name.trim().replace(/^W\//, '')));
}
