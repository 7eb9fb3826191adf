import type { z } from 'zod';

/** What came as a JSON text; null for what is not of the schema, as a later version may say more than we know. */
export function parseText<T extends z.ZodType>(schema: T, text: unknown): z.infer<T> | null {
  if (typeof text !== 'string') return null;
  try {
    return schema.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null;
  }
}
