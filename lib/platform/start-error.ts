/**
 * Why the start can't go on. Each line is fit to be shown to whoever starts the server: the cause,
 * then the cure, without a secret in it.
 */
export class StartError extends Error {
  readonly lines: readonly string[];

  constructor(lines: readonly string[] | string, options?: ErrorOptions) {
    const all = typeof lines === 'string' ? [lines] : lines;
    super(all.join('\n'), options);
    this.name = 'StartError';
    this.lines = all;
  }
}
