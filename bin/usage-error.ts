/** The command can't be done as it was given. The message says what to change. */
export class UsageError extends Error {
  override readonly name = 'UsageError';

  /** What the argument parser of Node complains about, in its words. */
  static of(error: unknown): UsageError {
    const message = error instanceof Error ? error.message : String(error);
    return new UsageError(`${message.split(/\.\s|\.$/)[0]}. See --help.`);
  }
}

/**
 * The server's address as a person gave it.
 * @throws UsageError
 */
export function parseServerUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url?.protocol !== 'https:' && url?.protocol !== 'http:') {
    throw new UsageError(
      'The address of the server looks like https://gatehouse.example.com: give it with --url.',
    );
  }
  if (url.username || url.password || url.pathname !== '/' || url.search || url.hash) {
    throw new UsageError(
      `The address of the server has no path and no log-in: --url ${url.protocol}//${url.host}`,
    );
  }
  return url;
}

/** Whether what is sent there can be read on the way. */
export function isUnprotected(url: URL): boolean {
  const isThisMachine = /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/.test(url.hostname);
  return url.protocol === 'http:' && !isThisMachine;
}
