import { expect, it } from 'vitest';
import type { LiveView } from '@/lib/client/live-view';
import type { MonitorView } from '@/lib/contract/channel';
import { describeLive, drawScreen } from './live-view';

const GB = 1_024 ** 3;
const monitor: MonitorView = {
  type: 'monitor',
  at: '2026-11-22T12:00:00.000Z',
  uptimeSeconds: 3 * 86_400 + 4 * 3_600 + 5 * 60,
  load: [0.5, 0.25, 1],
  cpu: [0.5, 0],
  memory: { totalBytes: 16 * GB, freeBytes: 12 * GB },
  processes: [{ pid: 42, name: 'node', cpu: 0.34, memoryBytes: 120 * 1_024 ** 2 }],
};
const live: LiveView = {
  facts: {
    type: 'facts',
    name: 'ws-1',
    system: 'Linux 6.1',
    architecture: 'x64',
    cpus: 2,
    memoryBytes: 16 * GB,
    program: 'gatehouse-host 0.1.0',
  },
  monitor,
  way: null,
  roundTripsMs: [0.9, 0.84],
  heardAtMs: 0,
};
const size = { columns: 80, rows: 24 };

it('draws what the computer shows', () => {
  expect(drawScreen('Workstation', live, size)).toEqual([
    'Workstation · round trip 0.8 ms',
    'Linux 6.1 · x64 · gatehouse-host 0.1.0',
    'up 3 d 4:05 · load 0.50 0.25 1.00',
    '',
    'cpu   0  ██████████░░░░░░░░░░  50 %',
    'cpu   1  ░░░░░░░░░░░░░░░░░░░░   0 %',
    'memory   █████░░░░░░░░░░░░░░░  25 %  4.0 GB of 16.0 GB',
    '',
    '    PID    CPU     MEMORY  NAME',
    '     42   34 %     120 MB  node',
    '',
    'Ctrl-C disconnects',
  ]);
});

it('fits the terminal, and keeps its last line', () => {
  const lines = drawScreen('Workstation', live, { columns: 12, rows: 6 });
  expect(lines).toHaveLength(6);
  expect(Math.max(...lines.map((line) => line.length))).toBe(12);
  expect(lines.at(-1)).toBe('Ctrl-C disco');
});

it('shows many processors as one', () => {
  const cpu = Array.from({ length: 64 }, (_, index) => (index < 16 ? 1 : 0));
  const lines = drawScreen('Workstation', { ...live, monitor: { ...monitor, cpu } }, size);
  expect(lines[4]).toBe('64 cpus  █████░░░░░░░░░░░░░░░  25 %');
});

it('lets no name move the cursor', () => {
  const process = { pid: 1, name: '\u001b[2J\u001b]0;x\u0007', cpu: 0, memoryBytes: 0 };
  const evil = { ...live, monitor: { ...monitor, processes: [process] } };
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  expect(drawScreen('a\u001b[Hb', evil, size).join('')).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/);
});

it('says it in one line where there is no terminal', () => {
  expect(describeLive(live)).toBe(
    'load 0.50 0.25 1.00 · cpu 25 % · memory 4.0 GB of 16.0 GB · round trip 0.8 ms',
  );
});
