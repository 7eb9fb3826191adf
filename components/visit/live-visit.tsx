import { Facts } from '@/components/ui/facts';
import { Section } from '@/components/ui/section';
import { Skeleton } from '@/components/ui/skeleton';
import { Load } from '@/components/visit/load';
import { Processes } from '@/components/visit/processes';
import { Protection } from '@/components/visit/protection';
import { byteText, durationText } from '@/components/visit/quantity-text';
import { RoundTrip } from '@/components/visit/round-trip';
import type { LiveView } from '@/lib/client/live-view';

/** What the computer shows of itself, second by second. Nothing of it is read out by itself. */
export function LiveVisit({ live: { facts, monitor, roundTripsMs, way } }: { live: LiveView }) {
  const waiting = <Skeleton className="h-4 w-40" />;
  const items = [
    { term: 'Name', value: facts?.name },
    { term: 'System', value: facts && `${facts.system}, ${facts.architecture}` },
    { term: 'Processors', value: facts?.cpus },
    { term: 'Memory', value: facts && byteText(facts.memoryBytes) },
    { term: 'Running for', value: monitor && durationText(monitor.uptimeSeconds) },
    { term: 'Load', value: monitor && loadText(monitor.load) },
  ];
  return (
    <>
      <Protection way={way} />
      <div className="mt-8 grid gap-x-6 gap-y-8 lg:grid-cols-2">
        <div>
          <Section title="Computer">
            <Facts items={items.map(({ term, value }) => ({ term, value: value ?? waiting }))} />
          </Section>
        </div>
        <div>
          <RoundTrip roundTripsMs={roundTripsMs} />
        </div>
      </div>
      <div className="mt-8">
        <Load monitor={monitor} />
        <Processes monitor={monitor} />
      </div>
    </>
  );
}

function loadText(load: readonly number[]) {
  return (
    <span className="tabular-nums">
      {load.map((value) => value.toFixed(2)).join(' · ')}{' '}
      <span className="text-muted">over 1, 5 and 15 minutes</span>
    </span>
  );
}
