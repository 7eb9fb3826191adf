import { Card, Section } from '@/components/ui/section';
import { Skeleton } from '@/components/ui/skeleton';
import { byteText, percentText } from '@/components/visit/quantity-text';
import type { MonitorView } from '@/lib/contract/channel';

/** Bars beyond these would say less than their number does. */
const PROCESSORS_SHOWN = 32;

/** How busy the processors and how full the memory are. */
export function Load({ monitor }: { monitor: MonitorView | null }) {
  return (
    <Section title="Processors and memory">
      <Card className="flex flex-col gap-4">
        {monitor ? <Bars monitor={monitor} /> : <Skeleton className="h-16 w-full" />}
      </Card>
    </Section>
  );
}

function Bars({ monitor: { cpu, memory } }: { monitor: MonitorView }) {
  const usedBytes = Math.max(0, memory.totalBytes - memory.freeBytes);
  const unshown = cpu.length - PROCESSORS_SHOWN;
  return (
    <>
      <div className="grid grid-cols-[repeat(auto-fit,minmax(9rem,1fr))] gap-x-6 gap-y-2">
        {cpu.slice(0, PROCESSORS_SHOWN).map((share, index) => (
          <Bar
            // biome-ignore lint/suspicious/noArrayIndexKey: a processor is known by its number
            key={index}
            label={`Processor ${index + 1}`}
            share={share}
            text={percentText(share)}
          />
        ))}
      </div>
      {unshown > 0 ? <p className="text-muted">and {unshown} more processors</p> : null}
      <Bar
        label="Memory"
        share={memory.totalBytes > 0 ? usedBytes / memory.totalBytes : 0}
        text={`${byteText(usedBytes)} of ${byteText(memory.totalBytes)}`}
      />
    </>
  );
}

function Bar({ label, share, text }: { label: string; share: number; text: string }) {
  const percent = Math.round(Math.min(1, share) * 100);
  return (
    <div>
      <div aria-hidden className="flex justify-between gap-2 text-[0.8125rem] tabular-nums">
        <span className="text-muted">{label}</span>
        <span>{text}</span>
      </div>
      <meter
        className="sr-only"
        aria-label={label}
        max={100}
        value={percent}
        aria-valuetext={text}
      />
      <div aria-hidden className="mt-1 h-1.5 overflow-hidden rounded-full bg-sunken">
        <div
          className="h-full rounded-full bg-accent transition-[width] duration-500"
          style={{ width: `${percent}%` }}
        />
      </div>
    </div>
  );
}
