import { readdirSync, readFileSync } from 'node:fs';
import os from 'node:os';
import type { ComputerFacts, MonitorView } from '@/lib/contract/channel';
import { MONITOR_INTERVAL_MS } from '@/lib/contract/protocol';
import { version } from '@/package.json';
import { printable } from '../printable';

/**
 * What the program shows of its computer: figures and the names of processes. Never their arguments,
 * environment or files, and nothing that could change anything.
 */

const PROCESSES_SHOWN = 10;
const CPUS_SHOWN = 512;
/** Linux counts processor time in hundredths of a second and memory in pages, on all that Node runs on. */
const TICK_SECONDS = 1 / 100;
const PAGE_BYTES = 4_096;

export function readFacts(): ComputerFacts {
  return {
    type: 'facts',
    name: printable(os.hostname()),
    system: printable(`${os.type()} ${os.release()}`),
    architecture: os.arch(),
    cpus: os.cpus().length,
    memoryBytes: os.totalmem(),
    program: `gatehouse-host ${version}`,
  };
}

type Watcher = (view: MonitorView) => void;

/** The live view, taken once a second while anybody watches. */
export class Monitor {
  private readonly watchers = new Set<Watcher>();
  private timer: NodeJS.Timeout | undefined;

  /** @returns ends the watching */
  watch(watcher: Watcher): () => void {
    this.watchers.add(watcher);
    if (this.watchers.size === 1) this.start();
    return () => {
      this.watchers.delete(watcher);
      if (this.watchers.size === 0) clearInterval(this.timer);
    };
  }

  private start(): void {
    let before = takeSample();
    this.timer = setInterval(() => {
      const now = takeSample();
      const view = compare(before, now);
      before = now;
      for (const watcher of this.watchers) watcher(view);
    }, MONITOR_INTERVAL_MS);
  }
}

export type ProcessSample = { pid: number; name: string; cpuSeconds: number; memoryBytes: number };

/** Counters at one instant; two of them make a view. */
export type Sample = {
  /** Milliseconds since the epoch. */
  at: number;
  cpus: { busyMs: number; totalMs: number }[];
  processes: ProcessSample[];
};

export function takeSample(): Sample {
  const cpus = os.cpus().map(({ times }) => {
    const totalMs = times.user + times.nice + times.sys + times.idle + times.irq;
    return { busyMs: totalMs - times.idle, totalMs };
  });
  return { at: Date.now(), cpus, processes: readProcesses() };
}

/** The view between two samples, with what the system says of itself right now. */
export function compare(before: Sample, now: Sample): MonitorView {
  const [one = 0, five = 0, fifteen = 0] = os.loadavg();
  return {
    type: 'monitor',
    at: new Date(now.at).toISOString(),
    uptimeSeconds: os.uptime(),
    load: [one, five, fifteen],
    cpu: now.cpus.slice(0, CPUS_SHOWN).map((cpu, index) => {
      const { busyMs = 0, totalMs = 0 } = before.cpus[index] ?? {};
      return share(cpu.busyMs - busyMs, cpu.totalMs - totalMs);
    }),
    memory: { totalBytes: os.totalmem(), freeBytes: os.freemem() },
    processes: busiest(before, now),
  };
}

function busiest(before: Sample, now: Sample): MonitorView['processes'] {
  const seconds = Math.max(0.001, (now.at - before.at) / 1_000);
  const earlier = new Map(before.processes.map((process) => [process.pid, process.cpuSeconds]));
  return now.processes
    .map(({ pid, name, cpuSeconds, memoryBytes }) => {
      // One that has got the pid of another since has used less than that one had.
      const used = Math.max(0, cpuSeconds - (earlier.get(pid) ?? 0));
      return { pid, name, cpu: Math.round((used / seconds) * 1_000) / 1_000, memoryBytes };
    })
    .sort((a, b) => b.cpu - a.cpu || b.memoryBytes - a.memoryBytes)
    .slice(0, PROCESSES_SHOWN);
}

function share(part: number, whole: number): number {
  if (whole <= 0) return 0;
  return Math.round(Math.min(1, Math.max(0, part / whole)) * 1_000) / 1_000;
}

/** All processes, on Linux; elsewhere the system does not tell without running a program. */
function readProcesses(): ProcessSample[] {
  if (process.platform !== 'linux') return [];
  return readdirSync('/proc').flatMap((entry) => {
    if (!/^\d+$/.test(entry)) return [];
    const sample = parseProcessStat(readStat(entry));
    return sample ? [sample] : [];
  });
}

/** Empty when the process has ended since it was listed, or is hidden from us. */
function readStat(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return '';
  }
}

/** A line of /proc/<pid>/stat (proc_pid_stat(5)). The name may hold anything, parentheses and blanks too. */
export function parseProcessStat(text: string): ProcessSample | null {
  const match = /^(\d+) \((.*)\) \S (.*)$/s.exec(text.trim());
  if (!match) return null;
  // The fields from the 4th (ppid) on: utime and stime are the 14th and 15th, rss the 24th.
  const fields = match[3]?.split(' ').map(Number) ?? [];
  const [utime = Number.NaN, stime = Number.NaN] = fields.slice(10, 12);
  const cpuSeconds = (utime + stime) * TICK_SECONDS;
  const memoryBytes = Math.max(0, fields[20] ?? Number.NaN) * PAGE_BYTES;
  if (!Number.isFinite(cpuSeconds + memoryBytes)) return null;
  return { pid: Number(match[1]), name: printable(match[2] ?? ''), cpuSeconds, memoryBytes };
}
