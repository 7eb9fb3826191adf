import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import path from 'node:path';

const ROOT = path.join(import.meta.dirname, '../..');
/** How long a line may be waited for before the test fails. */
const PATIENCE_MS = 20_000;

type Name = 'gatehouse' | 'gatehouse-host';
const moduleOf = (name: Name) => path.join(ROOT, `bin/${name}.mjs`);

/** A program of `bin/`, running, and everything that it says. */
export class Program {
  stdout = '';
  stderr = '';
  private readonly exited: Promise<unknown>;
  private wake = (): void => undefined;

  private constructor(private readonly child: ChildProcess) {
    const read = (name: 'stdout' | 'stderr') => {
      child[name]?.on('data', (chunk: Buffer) => {
        this[name] += chunk;
        this.wake();
      });
    };
    read('stdout');
    read('stderr');
    this.exited = once(child, 'close').then(() => this.wake());
  }

  /** Starts it as `npx` would. @param input what is piped in; default: nothing */
  static start(name: Name, args: string[], env: Record<string, string>, input = ''): Program {
    return Program.spawn(process.execPath, [moduleOf(name), ...args], env, input);
  }

  /** The host program as the server hands it out, in the directory that holds it. */
  static startServed(directory: string, args: string[], env: Record<string, string>): Program {
    return Program.spawn(process.execPath, ['host.mjs', ...args], env, '', directory);
  }

  /** The same on a terminal, where it can ask. */
  static startOnTerminal(name: Name, args: string[], env: Record<string, string>): Program {
    const words = [process.execPath, moduleOf(name), ...args].map((word) => `'${word}'`);
    return Program.spawn('script', ['-qefc', `exec ${words.join(' ')}`, '/dev/null'], env, null);
  }

  /** @param input null: left open, for `type` */
  private static spawn(
    command: string,
    args: string[],
    env: Record<string, string>,
    input: string | null,
    cwd?: string,
  ): Program {
    const child = spawn(command, args, { env: { ...bare(), ...env }, stdio: 'pipe', cwd });
    const program = new Program(child);
    if (input !== null) child.stdin.end(input);
    return program;
  }

  get output(): string {
    return this.stdout + this.stderr;
  }

  /** Of the process that a host program runs in, beneath the one that starts it again. */
  get innerPid(): number {
    const { pid } = this.child;
    return Number(readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8'));
  }

  get isRunning(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  /** What a person types. */
  type(text: string): void {
    this.child.stdin?.write(text);
  }

  /** Waits until it has said something, from `from` characters of its output on. */
  async says(text: string | RegExp, from = 0): Promise<void> {
    const isSaid = () => {
      const said = this.output.slice(from);
      return typeof text === 'string' ? said.includes(text) : text.test(said);
    };
    const end = Date.now() + PATIENCE_MS;
    while (!isSaid()) {
      if (!this.isRunning || Date.now() > end) {
        throw new Error(`it never said ${text}, but:\n${this.output}`);
      }
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, PATIENCE_MS);
        this.wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  /** Its exit code, once it has ended. */
  async ended(): Promise<number | null> {
    await this.exited;
    return this.child.exitCode;
  }

  /** Sends a signal and waits for the end. @returns the exit code */
  async end(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
    this.child.kill(signal);
    return this.ended();
  }
}

/** What a program needs of our environment to run, and nothing of what it would read. */
function bare(): NodeJS.ProcessEnv {
  const { NODE_ENV, PATH } = process.env;
  return { NODE_ENV, PATH, HOME: '/nonexistent', TERM: 'xterm' };
}
