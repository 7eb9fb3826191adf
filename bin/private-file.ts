import { readFileSync, statSync } from 'node:fs';
import { UsageError } from './usage-error';

/**
 * The text of a file that holds a secret.
 * @param closedTo permission bits that it must not have; default: those of everybody else
 * @throws UsageError when it can't be read, or others can read it too
 */
export function readPrivateFile(file: string, closedTo = 0o007): string {
  try {
    const { mode } = statSync(file);
    if (process.platform !== 'win32' && (mode & closedTo) !== 0) {
      throw new UsageError(`Others can read ${file}. Close it first: chmod 600 ${file}`);
    }
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (error instanceof UsageError) throw error;
    const code = (error as NodeJS.ErrnoException).code ?? String(error);
    throw new UsageError(`${file} can’t be read (${code}).`);
  }
}
