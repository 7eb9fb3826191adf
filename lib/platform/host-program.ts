import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { dependencies } from '@/package.json';
import { shared } from './shared';
import { StartError } from './start-error';

/** The host program as it is handed out. */
export type HostProgram = {
  text: Buffer;
  /** Of the text, in hexadecimal digits. */
  sha256: string;
  /** The package that must be beside it, as npm installs it: WebRTC is native code, and differs by machine. */
  needs: string;
};

const kept = () =>
  shared<{ program: HostProgram | null }>('host-program', () => ({ program: null }));

/** Reads the program, once at the start. @throws StartError */
export function loadHostProgram(file: string): void {
  const text = readBuilt(file);
  kept().program = {
    text,
    sha256: createHash('sha256').update(text).digest('hex'),
    needs: `@roamhq/wrtc@${dependencies['@roamhq/wrtc']}`,
  };
}

function readBuilt(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (cause) {
    throw new StartError(
      'The host program is not built: start with `npm start`, which builds it.',
      {
        cause,
      },
    );
  }
}

/** @throws before it was loaded */
export function hostProgram(): HostProgram {
  const { program } = kept();
  if (program === null) throw new Error('The host program is not loaded yet.');
  return program;
}
