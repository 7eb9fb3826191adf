import type { ServerResponse } from 'node:http';

/**
 * What every answer bears: pages, calls, files and refusals, whoever writes them. The attacks: a page of
 * ours in a frame of somebody else's, where its user presses what he does not see; an answer that a
 * browser takes for a script, or that another site loads into its own process; and a first visit by
 * http, which anybody on the way can answer.
 *
 * @param isSecure whether people come by https
 */
export function answerHeaders(isSecure: boolean): Readonly<Record<string, string>> {
  return {
    // Of a page its own, with what that may load.
    'Content-Security-Policy': `default-src 'none'; frame-ancestors 'none'`,
    'Cross-Origin-Opener-Policy': 'same-origin',
    'Cross-Origin-Resource-Policy': 'same-origin',
    'Permissions-Policy': 'camera=(), geolocation=(), microphone=()',
    'Referrer-Policy': 'same-origin',
    'X-Content-Type-Options': 'nosniff',
    'X-Frame-Options': 'DENY',
    ...(isSecure && { 'Strict-Transport-Security': 'max-age=31536000' }),
  };
}

/** Adds them at the last moment, where whoever wrote the answer has said nothing else. */
export function addAnswerHeaders(
  res: ServerResponse,
  headers: Readonly<Record<string, string>>,
): void {
  const writeHead = res.writeHead.bind(res) as (...args: unknown[]) => ServerResponse;
  res.writeHead = (...args: unknown[]) => {
    for (const [name, value] of Object.entries(headers)) {
      if (!res.hasHeader(name)) res.setHeader(name, value);
    }
    return writeHead(...args);
  };
}
