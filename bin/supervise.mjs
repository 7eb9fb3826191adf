// WebRTC is native code, and can bring its whole process down. So the host program runs in a child, which
// is started again when that happens: the computer stays online, and what was connected connects anew.

import { fork } from 'node:child_process';

const CRASHES = ['SIGSEGV', 'SIGBUS', 'SIGABRT', 'SIGILL', 'SIGFPE', 'SIGTRAP'];
const RETRY_MS = 500;
/** A child that lives no longer than this, so often in a row, will not live the next time. */
const SHORT_LIFE_MS = 5_000;
const SHORT_LIVES_MAX = 5;

/** Whether this process is the child. It ends with its parent. */
export function isSupervised() {
  if (!process.send) return false;
  process.on('disconnect', () => process.exit(1));
  process.channel?.unref();
  return true;
}

/** Runs a module in a child until it ends by itself, and ends as it does. @param {string} module its path */
export function supervise(module) {
  let child;
  let isStopping = false;
  let shortLives = 0;
  const start = () => {
    const startedAt = Date.now();
    child = fork(module, process.argv.slice(2));
    child.once('exit', (code, signal) => {
      if (isStopping || !CRASHES.includes(signal)) process.exit(code ?? 1);
      shortLives = Date.now() - startedAt < SHORT_LIFE_MS ? shortLives + 1 : 0;
      if (shortLives === SHORT_LIVES_MAX) {
        console.error(`WebRTC fails on this computer again and again (${signal}).`);
        process.exit(1);
      }
      console.error(`WebRTC failed (${signal}), and the connections with it. Starting again.`);
      setTimeout(start, RETRY_MS);
    });
  };
  for (const signal of ['SIGINT', 'SIGTERM']) {
    process.on(signal, () => {
      isStopping = true;
      if (!child.kill(signal)) process.exit(0);
    });
  }
  start();
}
