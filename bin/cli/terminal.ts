import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import { EXIT, Failure } from './failure';

// Results go to stdout; everything that is said to the person beside them goes to stderr, so that
// results can be piped on.

export function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

export function note(line: string): void {
  process.stderr.write(`${line}\n`);
}

/** Whether there is a person to ask. */
export function isInteractive(): boolean {
  return process.stdin.isTTY === true && process.stderr.isTTY === true;
}

/** One line that the person types. @throws Failure when they leave */
export function ask(question: string): Promise<string> {
  return readAnswer(question, process.stderr);
}

/** The same, without showing it. @throws Failure when they leave */
export async function askHidden(question: string): Promise<string> {
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  try {
    return await readAnswer(question, nowhere);
  } finally {
    process.stderr.write('\n');
  }
}

function readAnswer(question: string, output: NodeJS.WritableStream): Promise<string> {
  // From here on the terminal shows nothing by itself; only then may the question be seen.
  const reader = createInterface({ input: process.stdin, output, terminal: true });
  if (output !== process.stderr) process.stderr.write(question);
  return new Promise<string>((resolve, reject) => {
    const leave = () => reject(new Failure(EXIT.interrupted, 'Nothing was done.'));
    reader.once('SIGINT', leave);
    reader.once('close', leave);
    reader.question(question, resolve);
  }).finally(() => reader.close());
}

/** The first line of a standard input that is no terminal. */
export async function readPipedLine(): Promise<string> {
  for await (const line of createInterface({ input: process.stdin })) return line;
  return '';
}

/** A password: asked for without echo, or the first line of what is piped in. @throws Failure */
export async function readPassword(question: string): Promise<string> {
  const password = isInteractive() ? await askHidden(question) : await readPipedLine();
  if (password === '') throw new Failure(EXIT.usage, 'No password was given.');
  return password;
}

/** A table with as wide columns as its cells need. */
export function formatTable(head: string[], rows: string[][]): string[] {
  const widths = head.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  return [head, ...rows].map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}

/** A time of the server's as the person's clock shows it, to the minute. */
export function formatTime(time: string | null): string {
  if (time === null) return 'never';
  const date = new Date(time);
  const pad = (value: number) => String(value).padStart(2, '0');
  const day = [date.getFullYear(), pad(date.getMonth() + 1), pad(date.getDate())].join('-');
  return `${day} ${pad(date.getHours())}:${pad(date.getMinutes())}`;
}
