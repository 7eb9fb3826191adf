import { scaleBand, scaleLinear } from 'd3-scale';
import { stack } from 'd3-shape';
import { numberText } from '@/components/ui/count-text';
import { dateText } from '@/components/ui/time-text';

/** One day of UTC: requests let through and refused, and prompts that enforcing everything would add. */
export type Day = { day: string; allowed: number; wouldPrompt: number; refused: number };

/** From the axis up, so that what matters stands out at the top. */
const SERIES = [
  { key: 'allowed', name: 'Let through', fill: 'fill-accent/35', dot: 'bg-accent/35' },
  { key: 'wouldPrompt', name: 'Would be asked', fill: 'fill-soon', dot: 'bg-soon' },
  { key: 'refused', name: 'Refused', fill: 'fill-blocked', dot: 'bg-blocked' },
] as const;

/** Of the drawing, which is stretched to what room there is; its words stand beside it. */
const SIZE = 100;

/** Days as stacked bars, drawn by the server; the same as a table for who can’t see them. */
export function DaysChart({ days }: { days: readonly Day[] }) {
  const x = scaleBand(
    days.map(({ day }) => day),
    [0, SIZE],
  ).padding(days.length > 40 ? 0.15 : 0.25);
  const most = Math.max(1, ...days.map((day) => day.allowed + day.wouldPrompt + day.refused));
  const y = scaleLinear([0, most], [SIZE, 0]).nice(4);
  const ticks = y.ticks(3).filter(Number.isInteger);
  const layers = stack<Day, (typeof SERIES)[number]['key']>().keys(SERIES.map(({ key }) => key))([
    ...days,
  ]);
  const [first, last] = [days[0], days[days.length - 1]];
  return (
    <figure>
      <figcaption className="mb-3 flex flex-wrap gap-x-4 gap-y-1 text-[0.8125rem] text-muted">
        {SERIES.map(({ key, name, dot }) => (
          <span key={key} className="inline-flex items-center gap-1.5">
            <span aria-hidden className={`size-2.5 rounded-xs ${dot} forced-color-adjust-none`} />
            {name}
          </span>
        ))}
      </figcaption>
      <div aria-hidden className="grid grid-cols-[auto_minmax(0,1fr)] gap-x-2 text-xs text-muted">
        <div className="relative h-40 tabular-nums">
          <span className="invisible">{numberText(ticks[ticks.length - 1] ?? 0)}</span>
          {ticks.map((tick) => (
            <span
              key={tick}
              className="absolute right-0 -translate-y-1/2 leading-none"
              style={{ top: `${y(tick)}%` }}
            >
              {numberText(tick)}
            </span>
          ))}
        </div>
        <svg
          aria-hidden
          viewBox={`0 0 ${SIZE} ${SIZE}`}
          preserveAspectRatio="none"
          className="h-40 w-full overflow-visible forced-color-adjust-none"
        >
          {ticks.map((tick) => (
            <line
              key={tick}
              x2={SIZE}
              y1={y(tick)}
              y2={y(tick)}
              vectorEffect="non-scaling-stroke"
              className="stroke-line"
            />
          ))}
          {layers.map((layer, index) => (
            <g key={layer.key} className={SERIES[index]?.fill}>
              {layer.map(({ 0: from, 1: to, data }) =>
                to > from ? (
                  <rect
                    key={data.day}
                    x={x(data.day)}
                    // What happened once on a busy day must be seen too.
                    y={Math.min(y(to), y(from) - 1.5)}
                    width={x.bandwidth()}
                    height={Math.max(1.5, y(from) - y(to))}
                  >
                    <title>{dayWords(data)}</title>
                  </rect>
                ) : null,
              )}
            </g>
          ))}
        </svg>
        {first && last ? (
          <div className="col-start-2 mt-1 flex justify-between">
            <span>{dateText(Date.parse(first.day))}</span>
            <span>{dateText(Date.parse(last.day))}</span>
          </div>
        ) : null}
      </div>
      <details className="mt-2">
        <summary className="cursor-pointer rounded-sm text-[0.8125rem] text-accent-ink">
          The same as a table
        </summary>
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard */}
        <section aria-label="Days" tabIndex={0} className="mt-2 max-h-80 overflow-y-auto">
          <table className="w-full text-left text-[0.8125rem] tabular-nums">
            <thead>
              <tr className="border-b border-line text-muted">
                <th scope="col" className="py-1.5 font-medium">
                  Day (UTC)
                </th>
                {SERIES.map(({ key, name }) => (
                  <th key={key} scope="col" className="py-1.5 text-right font-medium">
                    {name}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {days.toReversed().map((day) => (
                <tr key={day.day} className="border-b border-line last:border-0">
                  <th scope="row" className="py-1.5 font-normal">
                    {dateText(Date.parse(day.day))}
                  </th>
                  {SERIES.map(({ key }) => (
                    <td key={key} className="py-1.5 text-right">
                      {numberText(day[key])}
                    </td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </section>
      </details>
    </figure>
  );
}

function dayWords(day: Day): string {
  const counts = SERIES.map(({ key, name }) => `${name}: ${numberText(day[key])}`).join(', ');
  return `${dateText(Date.parse(day.day))}: ${counts}`;
}
