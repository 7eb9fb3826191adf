import type { ReactNode } from 'react';
import { classNames } from '@/components/ui/class-names';
import { MASKS } from '@/lib/policy/masks';

/** An address in a sentence or a name: one that is hidden, in words. */
export function addressWords(value: string): string {
  if (value === MASKS[4]) return 'a hidden IPv4 network';
  return value === MASKS[6] ? 'a hidden IPv6 network' : value;
}

/** May be broken after each colon, and nowhere within a group. */
function atColons(text: string): ReactNode[] {
  // biome-ignore lint/suspicious/noArrayIndexKey: groups never change places
  return text.split(/(?<=:)/).flatMap((group, at) => [<wbr key={at} />, group]);
}

/**
 * An IP address or a network, monospaced. An IPv6 network is shown under its address, because there
 * the network, not the address, is what is trusted; an IPv4 /32 says nothing new and is left out.
 */
export function Address({
  value,
  network,
  size = 'md',
}: {
  value: string | null;
  network?: string | null;
  size?: 'md' | 'lg';
}) {
  if (value === null) return <span className="text-muted">unknown</span>;
  if (value === MASKS[4]) return <span className="text-muted">IPv4, hidden</span>;
  if (value === MASKS[6]) return <span className="text-muted">IPv6, hidden</span>;
  const showsNetwork = network && network !== value && network !== `${value}/32`;
  return (
    <span className="inline-flex min-w-0 flex-col font-mono tabular-nums" translate="no">
      <span
        className={classNames(
          'wrap-break-word',
          size === 'lg' ? 'text-base font-medium' : 'text-[0.8125rem]',
        )}
      >
        {atColons(value)}
      </span>
      {showsNetwork ? (
        <span className="text-xs wrap-break-word text-muted">{atColons(network)}</span>
      ) : null}
    </span>
  );
}
