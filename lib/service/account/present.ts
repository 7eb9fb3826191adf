import type { Challenge, VerifiedIp } from '@/lib/contract/resources';
import { maskText } from '@/lib/policy/masks';
import { trustedUntil, trustState } from '@/lib/policy/trust';
import type { StoredChallenge } from '@/lib/store/challenges';
import type { StoredVerifiedIp } from '@/lib/store/verified-ips';

/** `network` is that of the request, so that the row it comes from can be marked. */
export function presentVerifiedIp(
  row: StoredVerifiedIp,
  context: { trustDays: number; now: Date; network: string | null },
): Omit<VerifiedIp, 'masked'> {
  return {
    id: row.id,
    network: row.network,
    address: row.address,
    method: row.method,
    verifiedAt: row.verifiedAt.toISOString(),
    trustedUntil: trustedUntil(row.verifiedAt, context.trustDays).toISOString(),
    lastUsedAt: row.lastUsedAt.toISOString(),
    state: trustState(row, context.trustDays, context.now),
    current: row.network === context.network,
  };
}

/** @param from the network of whoever asks: nobody is told another one of a user's by a challenge's id */
export function presentChallenge(
  row: StoredChallenge & { now: Date },
  from: string | null,
): Challenge {
  const { recordedNetwork } = row;
  const isLeftOpen = recordedNetwork !== null && row.verifiedAt === null && row.now < row.expiresAt;
  return {
    id: row.id,
    status: row.verifiedAt ? 'verified' : row.now < row.expiresAt ? 'pending' : 'expired',
    action: row.action,
    network: row.network,
    expiresAt: row.expiresAt.toISOString(),
    ...(isLeftOpen && {
      recorded: {
        network: maskText(recordedNetwork, from),
        masked: recordedNetwork !== from,
      },
    }),
  };
}
