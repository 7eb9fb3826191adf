/** A failure to reach the server, in words: what it is and what to do. */
export function describeNetworkError(error: unknown, url: URL): string {
  const code = codeOf(error);
  const server = url.origin;
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') {
    return `The name ${url.hostname} can’t be found: check the address and this machine’s network.`;
  }
  if (code === 'ECONNREFUSED') return `Nothing answers at ${server}: is the server running?`;
  if (/^(?:ENETUNREACH|EHOSTUNREACH|ENETDOWN|EADDRNOTAVAIL)$/.test(code)) {
    return `There is no way to ${server} from here: check this machine’s network.`;
  }
  if (/TIMEOUT|ETIMEDOUT|ABORT_ERR/.test(code)) return `${server} does not answer in time.`;
  if (/CERT|SIGNATURE|UNABLE_TO/.test(code)) {
    return `The certificate of ${server} is not accepted (${code}). Check the address; for a certificate authority of your own, set NODE_EXTRA_CA_CERTS to its file.`;
  }
  if (/^(?:ERR_SSL|EPROTO)/.test(code)) {
    return `${server} does not speak TLS (${code}): check http:// or https://.`;
  }
  if (code === 'ECONNRESET' || code === 'EPIPE' || code === 'UND_ERR_SOCKET') {
    return `${server} cut the connection.`;
  }
  const message = error instanceof Error ? error.message : String(error);
  return `${server} can’t be reached: ${message}.`;
}

/** The system's code of an error, or of what caused it. */
function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return '';
  if (error.name === 'TimeoutError') return 'ETIMEDOUT';
  // What ends a request tells why by its cause.
  if (error.name === 'AbortError' && error.cause !== undefined) return codeOf(error.cause);
  const code = (error as NodeJS.ErrnoException).code;
  return typeof code === 'string' ? code : codeOf(error.cause);
}
