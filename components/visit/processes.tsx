import { classNames } from '@/components/ui/class-names';
import { Section } from '@/components/ui/section';
import { Skeleton } from '@/components/ui/skeleton';
import { byteText, percentText } from '@/components/visit/quantity-text';
import type { MonitorView } from '@/lib/contract/channel';

/** The busiest processes of the computer; nothing can be done to them from here. */
export function Processes({ monitor }: { monitor: MonitorView | null }) {
  return (
    <Section title="Busiest processes">
      <div className="overflow-hidden rounded-lg border border-line bg-surface">
        <table className="w-full table-fixed border-collapse text-left font-mono text-[0.8125rem]">
          <caption className="sr-only">Busiest processes, the busiest first</caption>
          <thead>
            <tr className="border-b border-line bg-canvas text-xs text-muted">
              <HeadCell className="w-20 text-right">PID</HeadCell>
              <HeadCell>Name</HeadCell>
              <HeadCell className="w-20 text-right">CPU</HeadCell>
              <HeadCell className="w-24 text-right">Memory</HeadCell>
            </tr>
          </thead>
          <tbody>{monitor ? <Rows processes={monitor.processes} /> : <WaitingRow />}</tbody>
        </table>
      </div>
    </Section>
  );
}

function Rows({ processes }: { processes: MonitorView['processes'] }) {
  if (processes.length === 0) {
    return (
      <tr>
        <td colSpan={4} className="px-4 py-3 font-sans text-muted">
          The computer’s system does not tell.
        </td>
      </tr>
    );
  }
  return processes.map(({ pid, name, cpu, memoryBytes }) => (
    <tr key={pid}>
      <td className="px-2 py-1 text-right text-muted sm:px-4">{pid}</td>
      <th scope="row" className="truncate px-2 py-1 font-normal sm:px-4" title={name}>
        {name}
      </th>
      <td className="px-2 py-1 text-right sm:px-4">{percentText(cpu)}</td>
      <td className="px-2 py-1 text-right sm:px-4">{byteText(memoryBytes)}</td>
    </tr>
  ));
}

function WaitingRow() {
  return (
    <tr>
      <td colSpan={4} className="px-4 py-3">
        <Skeleton className="h-4 w-48" />
      </td>
    </tr>
  );
}

function HeadCell({ className, children }: { className?: string; children: string }) {
  return (
    <th scope="col" className={classNames('px-2 py-2 font-sans font-medium sm:px-4', className)}>
      {children}
    </th>
  );
}
