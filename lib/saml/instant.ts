import { refuse } from './refusal';

const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)$/;

/** An `xs:dateTime` with its zone: without one, it is another instant on every machine. @throws Refused instant */
export function readInstant(text: string | null): Date {
  const instant = new Date(text !== null && INSTANT.test(text) ? text : Number.NaN);
  return Number.isNaN(instant.getTime()) ? refuse('instant') : instant;
}
