// Runs a program, and ends it, with all that it has started, when whoever asked for it says so or is
// gone: both close our standard input. So a start that was killed leaves no installation behind that
// goes on in the same directory as the next one's. In a process group of its own.

import { spawn } from 'node:child_process';

const END_MS = 5_000;

const [command, ...args] = process.argv.slice(2);
const child = spawn(command, args, {
  stdio: ['ignore', 'inherit', 'inherit'],
  // npm is a command file there, which only a shell runs.
  shell: process.platform === 'win32' && command === 'npm',
});
child.once('error', (error) => {
  console.error(error.message);
  process.exit(127);
});
child.once('exit', (code, signal) => {
  if (signal) console.error(`Ended by ${signal}.`);
  process.exit(code ?? 1);
});

/** To the whole group, us included. */
const signalAll = (signal) => {
  if (process.platform === 'win32') child.kill(signal);
  else process.kill(-process.pid, signal);
};
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP']) process.on(signal, () => {});
process.stdin.resume().once('close', () => {
  signalAll('SIGTERM');
  setTimeout(() => signalAll('SIGKILL'), END_MS);
});
