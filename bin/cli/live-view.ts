import type { LiveView } from '@/lib/client/live-view';
import type { MonitorView } from '@/lib/contract/channel';
import { printable } from '../printable';

const BAR_WIDTH = 20;
const CPUS_SHOWN = 16;

/** The live view as the lines of a screen of that size. */
export function drawScreen(
  computer: string,
  { facts, monitor, roundTripsMs }: LiveView,
  { columns, rows }: { columns: number; rows: number },
): string[] {
  const lines = [`${printable(computer)} · round trip ${formatMs(roundTripsMs)}`];
  if (facts) {
    const { system, architecture, program } = facts;
    lines.push([system, architecture, program].map((text) => printable(text)).join(' · '));
  }
  if (monitor) lines.push(...drawView(monitor));
  else lines.push('', 'Waiting for the first view…');
  const fitting = lines.slice(0, Math.max(1, rows - 2));
  return [...fitting, '', 'Ctrl-C disconnects'].map((line) => line.slice(0, columns));
}

function drawView({ uptimeSeconds, load, cpu, memory, processes }: MonitorView): string[] {
  const used = memory.totalBytes - memory.freeBytes;
  const isAll = cpu.length <= CPUS_SHOWN;
  const cpus = isAll
    ? cpu.map((share, index) => `cpu ${String(index).padStart(3)}  ${drawBar(share)}`)
    : [`${cpu.length} cpus  ${drawBar(average(cpu))}`];
  return [
    `up ${formatDuration(uptimeSeconds)} · load ${formatLoad(load)}`,
    '',
    ...cpus,
    `memory   ${drawBar(used / Math.max(1, memory.totalBytes))}  ${formatMemory(memory)}`,
    '',
    ...(processes.length > 0 ? ['    PID    CPU     MEMORY  NAME'] : []),
    ...processes.map((process) =>
      [
        String(process.pid).padStart(7),
        formatShare(process.cpu).padStart(6),
        formatBytes(process.memoryBytes).padStart(10),
        ` ${printable(process.name, 40)}`,
      ].join(' '),
    ),
  ];
}

/** The same as one line, for an output that is no terminal. */
export function describeLive({ monitor, roundTripsMs }: LiveView): string {
  if (!monitor) return `round trip ${formatMs(roundTripsMs)}`;
  return [
    `load ${formatLoad(monitor.load)}`,
    `cpu ${formatShare(average(monitor.cpu))}`,
    `memory ${formatMemory(monitor.memory)}`,
    `round trip ${formatMs(roundTripsMs)}`,
  ].join(' · ');
}

function drawBar(share: number): string {
  const full = Math.round(Math.min(1, Math.max(0, share)) * BAR_WIDTH);
  return `${'█'.repeat(full)}${'░'.repeat(BAR_WIDTH - full)} ${formatShare(share).padStart(5)}`;
}

const average = (shares: number[]) =>
  shares.reduce((sum, share) => sum + share, 0) / Math.max(1, shares.length);
const formatLoad = (load: number[]) => load.map((value) => value.toFixed(2)).join(' ');
const formatShare = (share: number) => `${Math.round(share * 100)} %`;
/** Of the latest; a dash while none was measured. */
const formatMs = (roundTripsMs: readonly number[]) => {
  const ms = roundTripsMs.at(-1);
  return ms === undefined ? '–' : `${ms.toFixed(ms < 10 ? 1 : 0)} ms`;
};
const formatMemory = ({ totalBytes, freeBytes }: MonitorView['memory']) =>
  `${formatBytes(totalBytes - freeBytes)} of ${formatBytes(totalBytes)}`;

function formatBytes(bytes: number): string {
  const gigabytes = bytes / 1_024 ** 3;
  return gigabytes >= 1 ? `${gigabytes.toFixed(1)} GB` : `${Math.round(bytes / 1_024 ** 2)} MB`;
}

function formatDuration(seconds: number): string {
  const minutes = Math.floor(seconds / 60);
  const [days, hours] = [Math.floor(minutes / 1_440), Math.floor(minutes / 60) % 24];
  const clock = `${hours}:${String(minutes % 60).padStart(2, '0')}`;
  return days > 0 ? `${days} d ${clock}` : clock;
}
