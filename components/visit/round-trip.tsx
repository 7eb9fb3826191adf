import { Card, Section } from '@/components/ui/section';
import { Skeleton } from '@/components/ui/skeleton';
import { millisecondText } from '@/components/visit/quantity-text';
import { ROUND_TRIPS_KEPT, roundTripStats } from '@/lib/client/live-view';

const HEIGHT = 32;
/** A quiet line must not fill the plot with its own noise. */
const LEAST_SCALE_MS = 4;

/** How long a message takes there and back, once a second. */
export function RoundTrip({ roundTripsMs }: { roundTripsMs: readonly number[] }) {
  const stats = roundTripStats(roundTripsMs);
  const scaleMs = Math.max(LEAST_SCALE_MS, ...roundTripsMs);
  return (
    <Section title="Round-trip time">
      <Card className="relative">
        <p className="absolute text-xs text-muted tabular-nums">{millisecondText(scaleMs)}</p>
        <svg
          role="img"
          aria-label="Round-trip time over the last minute"
          viewBox={`0 0 ${ROUND_TRIPS_KEPT - 1} ${HEIGHT}`}
          preserveAspectRatio="none"
          className="h-24 w-full lg:h-40 overflow-visible border-b border-line text-accent"
        >
          <polyline
            points={points(roundTripsMs, scaleMs)}
            fill="none"
            stroke="currentColor"
            strokeWidth="2"
            strokeLinejoin="round"
            strokeLinecap="round"
            vectorEffect="non-scaling-stroke"
          />
        </svg>
        <dl className="mt-3 flex flex-wrap gap-x-4 gap-y-1 tabular-nums">
          <Figure term="Now" ms={stats?.latestMs} />
          <Figure term="Least" ms={stats?.leastMs} />
          <Figure term="Median" ms={stats?.medianMs} />
        </dl>
      </Card>
    </Section>
  );
}

function Figure({ term, ms }: { term: string; ms: number | undefined }) {
  return (
    <div className="flex items-center gap-2">
      <dt className="text-muted">{term}</dt>
      <dd className="min-w-13 font-medium">
        {ms === undefined ? <Skeleton className="h-4 w-12" /> : <span>{millisecondText(ms)}</span>}
      </dd>
    </div>
  );
}

/** The latest at the right edge, so that the line moves as time does. */
function points(roundTripsMs: readonly number[], scaleMs: number): string {
  const start = ROUND_TRIPS_KEPT - roundTripsMs.length;
  return roundTripsMs
    .map((ms, index) => `${start + index},${(HEIGHT * (1 - ms / scaleMs)).toFixed(2)}`)
    .join(' ');
}
