import { classNames } from '@/components/ui/class-names';

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
  const showsNetwork = network && network !== value && network !== `${value}/32`;
  return (
    <span className="inline-flex min-w-0 flex-col font-mono tabular-nums" translate="no">
      <span
        className={classNames(
          'wrap-anywhere',
          size === 'lg' ? 'text-base font-medium' : 'text-[0.8125rem]',
        )}
      >
        {value}
      </span>
      {showsNetwork ? <span className="text-xs wrap-anywhere text-muted">{network}</span> : null}
    </span>
  );
}
