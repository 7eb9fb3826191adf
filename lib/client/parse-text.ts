/**
 * What came as a JSON text, as `read` takes it.
 * @param read null for what is not of its shape, as a later version may say more than we know
 */
export function parseText<T>(read: (value: unknown) => T | null, text: unknown): T | null {
  if (typeof text !== 'string') return null;
  try {
    return read(JSON.parse(text));
  } catch {
    return null;
  }
}
