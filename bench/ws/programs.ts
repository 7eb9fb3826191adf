import { type ChildProcess, spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Place } from '../run';
import { HEAP, type RunningServer, startServer, stopProcess } from '../server';
import { order } from './orders';

const fileOf = (name: string) => path.join(import.meta.dirname, name);

/** The product, which frees its memory when told to. */
export function startGatehouse(place: Place): Promise<RunningServer> {
  return startServer(place, { nodeArguments: ['--expose-gc', '--import', fileOf('in-server.ts')] });
}

/** The baseline. */
export async function startEcho(place: Place): Promise<RunningServer> {
  const child = startProgram(place, 'echo-server.ts');
  const { port } = await order(child, 'listen', null);
  return { port, pid: child.pid ?? 0, process: child, stop: () => stopProcess(child) };
}

/** A process that opens sockets and keeps them. */
export const startClients = (place: Place): ChildProcess => startProgram(place, 'clients.ts');

function startProgram(place: Place, name: string): ChildProcess {
  const child = spawn(process.execPath, [...HEAP, '--expose-gc', '--import', 'tsx', fileOf(name)], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  place.onEnd(() => stopProcess(child));
  return child;
}

/** How many files a process may have open beside those that it needs itself. */
export async function socketsAllowed(): Promise<number> {
  const limits = await readFile('/proc/self/limits', 'utf8');
  return Number(/Max open files\s+(\d+)/.exec(limits)?.[1] ?? Number.NaN) - 200;
}
