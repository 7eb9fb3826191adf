import { expect, it } from 'vitest';
import { FromComputer } from '@/lib/contract/channel';
import { compare, Monitor, parseProcessStat, readFacts, type Sample, takeSample } from './monitor';

/** A line as Linux writes it; utime, stime and rss are what counts. */
const stat = (name: string, utime = 250, stime = 50, pages = 3) =>
  `4242 (${name}) S 1 4242 4242 0 -1 4194560 9 0 0 0 ${utime} ${stime} 0 0 20 0 1 0 100 999 ${pages} 18446744073709551615 1 1 0\n`;

it.each(['node', 'a b', 'we) S (ird', ')', '('])('reads a process named %j', (name) => {
  expect(parseProcessStat(stat(name))).toEqual({
    pid: 4242,
    name,
    cpuSeconds: 3,
    memoryBytes: 3 * 4_096,
  });
});

it('shows no control characters of a name', () => {
  expect(parseProcessStat(stat('\u001b[2Jx\ny'))?.name).toBe('[2Jx y');
});

it.each(['', 'x', '1 (a', '1 (a) S', '1 (a) S one two'])('reads nothing from %j', (text) => {
  expect(parseProcessStat(text)).toBeNull();
});

const sample = (change: Partial<Sample> = {}): Sample => ({
  at: 10_000,
  cpus: [
    { busyMs: 0, totalMs: 0 },
    { busyMs: 500, totalMs: 1_000 },
  ],
  processes: [],
  ...change,
});

it('shows what was used between two samples', () => {
  const busy = (pid: number, cpuSeconds: number) => ({
    pid,
    name: `p${pid}`,
    cpuSeconds,
    memoryBytes: pid,
  });
  const before = sample({ processes: [busy(1, 100), busy(2, 5), busy(3, 50)] });
  const now = sample({
    at: 12_000,
    cpus: [
      { busyMs: 250, totalMs: 1_000 },
      { busyMs: 500, totalMs: 2_000 },
    ],
    // The 1st idled, the 2nd worked, the 3rd is another one under its number, the 4th is new.
    processes: [busy(1, 100), busy(2, 7), busy(3, 1), busy(4, 1)],
  });
  const view = compare(before, now);
  expect(view.cpu).toEqual([0.25, 0]);
  expect(view.processes.map(({ pid, cpu }) => [pid, cpu])).toEqual([
    [2, 1],
    [4, 0.5],
    [3, 0],
    [1, 0],
  ]);
});

it('shows the ten busiest', () => {
  const processes = Array.from({ length: 30 }, (_, pid) => ({
    pid,
    name: 'p',
    cpuSeconds: pid,
    memoryBytes: 0,
  }));
  const view = compare(sample(), sample({ at: 11_000, processes }));
  expect(view.processes.map(({ pid }) => pid)).toEqual([29, 28, 27, 26, 25, 24, 23, 22, 21, 20]);
});

it('what it shows of this machine is what the protocol allows', () => {
  expect(FromComputer.parse(readFacts())).toBeTruthy();
  expect(FromComputer.parse(compare(takeSample(), takeSample()))).toBeTruthy();
});

it('gives one view to all who watch', async () => {
  const monitor = new Monitor();
  const ends: (() => void)[] = [];
  const next = () => new Promise((resolve) => ends.push(monitor.watch(resolve)));
  const [one, other] = await Promise.all([next(), next()]);
  for (const end of ends) end();
  expect(one).toBe(other);
});
