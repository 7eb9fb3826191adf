import { type LiveView, newLiveView } from '@/lib/client/live-view';
import { describeLive, drawScreen } from './live-view';
import { note, say } from './terminal';

const ENTER = '\u001b[?1049h\u001b[?25l';
const LEAVE = '\u001b[?25h\u001b[?1049l';
const HOME = '\u001b[H';
const TO_END_OF_LINE = '\u001b[K';
const TO_END_OF_SCREEN = '\u001b[J';

/**
 * Where a computer is shown: over the whole terminal, on a screen of its own, which goes away with the
 * program however it ends; or line by line where the output is no terminal.
 */
export class Screen {
  private live = newLiveView(0);
  private isOpen = false;
  private readonly leave = () => this.close();

  constructor(private readonly computer: string) {}

  /** Says what passes, until the computer is shown. */
  tell(line: string): void {
    if (!this.isOpen) note(line);
  }

  /** Takes what is known of the computer; what is new to see is shown. */
  update(live: LiveView): void {
    const { monitor } = this.live;
    this.live = live;
    if (live.monitor === null || live.monitor === monitor) return;
    if (process.stdout.isTTY) this.draw();
    else say(describeLive(this.live));
  }

  /** Gives the terminal back as it was. */
  close(): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    process.off('exit', this.leave);
    process.stdout.write(LEAVE);
  }

  private draw(): void {
    if (!this.isOpen) {
      process.stdout.write(ENTER);
      process.once('exit', this.leave);
      this.isOpen = true;
    }
    // A terminal that does not know its size says 0.
    const size = { columns: process.stdout.columns || 80, rows: process.stdout.rows || 24 };
    const lines = drawScreen(this.computer, this.live, size).map(
      (line) => `${line}${TO_END_OF_LINE}`,
    );
    process.stdout.write(`${HOME}${lines.join('\r\n')}${TO_END_OF_SCREEN}`);
  }
}
