/** RFC 9110, 12.5.3: named, or all are taken, and not refused by a weight of nothing. */
export function takesCoding(accepted: string | string[] | undefined, coding: string): boolean {
  const weights = new Map(
    `${accepted ?? ''}`.split(',').map((one) => {
      const [name = '', ...parameters] = one.split(';').map((part) => part.trim().toLowerCase());
      return [name, !parameters.some((parameter) => /^q=0(?:\.0*)?$/.test(parameter))];
    }),
  );
  return weights.get(coding) ?? weights.get('*') ?? false;
}
