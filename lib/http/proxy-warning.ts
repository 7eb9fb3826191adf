import type { ClientAddress } from '@/lib/policy/client-address';

const QUIET_MS = 10 * 60 * 1_000;

/**
 * Says that a proxy was forgotten, and what to write: by such a proxy all users share one address.
 * At most once in ten minutes, since every request of such a set-up gives cause.
 *
 * @param trustedProxies the setting as it is
 * @param warn takes a sentence for the log
 * @param nowMs a clock that never goes back
 */
export function createProxyWarning(
  trustedProxies: string,
  warn: (sentence: string) => void,
  nowMs: () => number = () => performance.now(),
): (client: ClientAddress) => void {
  let quietUntilMs = Number.NEGATIVE_INFINITY;
  return (client) => {
    if (!client.forwardedByUnlisted || nowMs() < quietUntilMs) return;
    quietUntilMs = nowMs() + QUIET_MS;
    const setting = [trustedProxies.trim(), client.peer].filter(Boolean).join(',');
    warn(
      `A forwarding header came from ${client.peer}, which is not a trusted proxy, so the client's address is unknown and gated actions are refused. If it is your proxy and sets ${client.header}, start with TRUSTED_PROXIES=${setting}`,
    );
  };
}
