import { readdir, readFile } from 'node:fs/promises';
import type pg from 'pg';

export const SECONDS = Number(process.env.BENCH_SECONDS ?? 5);
export const ROUNDS = Number(process.env.BENCH_ROUNDS ?? 3);

export const print = (line: string) => process.stdout.write(`${line}\n`);

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

/** The value that a share of them (0 to 1) does not exceed. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length * share)] ?? Number.NaN;
}

/** The memory of a process that is in RAM, in KiB. */
export async function residentKb(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? Number.NaN);
}

/** User and system time of a process, from the kernel's own accounting in ticks of 10 ms. */
export async function cpuMs(pid: number): Promise<number> {
  const [user = 0, system = 0] = (await timesOf(pid)) ?? [];
  return (user + system) * 10;
}

/**
 * The same of PostgreSQL: of its postmaster, of every process that it has begun, and of those that have ended,
 * which the kernel adds to the postmaster.
 */
export async function postgresCpuMs(postmaster: number): Promise<number> {
  let ticks = 0;
  for (const name of await readdir('/proc')) {
    const pid = Number(name);
    const times = Number.isInteger(pid) ? await timesOf(pid) : null;
    if (!times) continue;
    const [user, system, endedUser, endedSystem, parent] = times;
    if (pid === postmaster) ticks += user + system + endedUser + endedSystem;
    else if (parent === postmaster) ticks += user + system;
  }
  return ticks * 10;
}

/** Of a process: user, system, and of its children that have ended, in ticks; and its parent. Null: it is gone. */
async function timesOf(pid: number) {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  const fields = stat.split(') ')[1]?.split(' ');
  if (!fields) return null;
  const at = (index: number) => Number(fields[index]);
  return [at(11), at(12), at(13), at(14), at(1)] as const;
}

/** The postmaster of a database on this machine. */
export async function postmasterOf(db: pg.Pool): Promise<number> {
  const { rows } = await db.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
  const parent = rows[0] && (await timesOf(rows[0].pid))?.[4];
  if (!parent) throw new Error('PostgreSQL does not run on this machine');
  return parent;
}
