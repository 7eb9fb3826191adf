import { note, say } from './terminal';

const ENTER = '\u001b[?1049h\u001b[?25l';
const LEAVE = '\u001b[?25h\u001b[?1049l';
const HOME = '\u001b[H';
const TO_END_OF_LINE = '\u001b[K';
const TO_END_OF_SCREEN = '\u001b[J';

/**
 * Where the live view is drawn: over the whole terminal, on a screen of its own, which goes away with the
 * program however it ends; or line by line where the output is no terminal.
 */
export class Screen {
  readonly isTerminal = process.stdout.isTTY === true;
  private isOpen = false;
  private readonly leave = () => this.close();

  get size(): { columns: number; rows: number } {
    // A terminal that does not know its size says 0.
    return { columns: process.stdout.columns || 80, rows: process.stdout.rows || 24 };
  }

  /** Shows a state that passes. */
  tell(line: string): void {
    // What is drawn over at once need not be said.
    if (!this.isOpen) note(line);
  }

  draw(lines: string[]): void {
    if (!this.isOpen) {
      process.stdout.write(ENTER);
      process.once('exit', this.leave);
      this.isOpen = true;
    }
    const text = lines.map((line) => `${line}${TO_END_OF_LINE}`).join('\r\n');
    process.stdout.write(`${HOME}${text}${TO_END_OF_SCREEN}`);
  }

  print(line: string): void {
    say(line);
  }

  close(): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    process.off('exit', this.leave);
    process.stdout.write(LEAVE);
  }
}
