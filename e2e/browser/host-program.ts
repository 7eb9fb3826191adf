import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { TestServer } from '../support/test-server';

/** The real program of a Team Computer, as its people start it. */
export class HostProgram {
  private constructor(private readonly child: ChildProcess) {}

  /** @param more further arguments, such as `--accept none` */
  static start(server: TestServer, key: string, ...more: string[]): HostProgram {
    const child = spawn(
      process.execPath,
      ['bin/gatehouse-host.mjs', '--url', server.origin, ...more],
      { env: { ...process.env, GATEHOUSE_HOST_KEY: key }, stdio: 'ignore' },
    );
    return new HostProgram(child);
  }

  /** Stops or goes on with the process that WebRTC runs in, beneath the one that starts it again. */
  signalInner(signal: NodeJS.Signals): void {
    const { pid } = this.child;
    process.kill(Number(readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')), signal);
  }

  async stop(): Promise<void> {
    const { child } = this;
    if (child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    this.signalInner('SIGCONT');
    child.kill();
    await exited;
  }
}
