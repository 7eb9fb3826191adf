import { parseArgs } from 'node:util';
import { environment } from '../environment';
import { readPrivateFile } from '../private-file';
import { parseServerUrl, UsageError } from '../usage-error';
import { POLICIES, type Policy } from './approval';

export const HELP = `Brings this computer online for its team.

Usage: node host.mjs --url <server> [--key <key> | --key-file <file>] [--accept all|ask|none]

  --url <server>     the server, such as https://gatehouse.example.com (or GATEHOUSE_URL)
  --key <key>        the key that was shown when the computer was registered, gatehost_…
                     (or GATEHOUSE_HOST_KEY, which does not stand in the list of processes)
  --key-file <file>  reads the key from a file
  --accept <whom>    all   whomever the server lets through (default)
                     ask   asks on this terminal, each time
                     none  nobody; the computer is online all the same
  --help, --version

Who connects sees this computer's name, load, memory and busiest processes, and changes nothing.

Exit codes: 0 stopped by a signal · 1 a fault here · 2 wrong arguments
            3 the key is not valid any more`;

export type HostArguments = { url: URL; key: string; policy: Policy };

/**
 * @returns the arguments, or what is to be printed in place of running
 * @throws UsageError
 */
export function parseHostArguments(args: string[]): HostArguments | 'help' | 'version' {
  const { values } = parse(args);
  if (values.help) return 'help';
  if (values.version) return 'version';
  const policy = POLICIES.find((name) => name === values.accept);
  if (!policy) throw new UsageError('--accept is all, ask or none.');
  const url = values.url ?? environment.url();
  if (url === undefined) {
    throw new UsageError('Which server? Give its address: --url https://gatehouse.example.com');
  }
  return { url: parseServerUrl(url), key: readKey(values), policy };
}

function parse(args: string[]) {
  try {
    return parseArgs({
      args,
      options: {
        url: { type: 'string' },
        key: { type: 'string' },
        'key-file': { type: 'string' },
        accept: { type: 'string', default: 'all' },
        help: { type: 'boolean', short: 'h' },
        version: { type: 'boolean' },
      },
    });
  } catch (error) {
    throw UsageError.of(error);
  }
}

/** The key itself is never repeated: it would stand in a log. */
function readKey(values: { key?: string | undefined; 'key-file'?: string | undefined }): string {
  const file = values['key-file'];
  if (values.key !== undefined && file !== undefined) {
    throw new UsageError('Give --key or --key-file, not both.');
  }
  const key = file === undefined ? (values.key ?? environment.hostKey()) : readPrivateFile(file);
  if (key === undefined) {
    throw new UsageError(
      'Which computer? Give its key: set GATEHOUSE_HOST_KEY, or use --key-file or --key.',
    );
  }
  if (!/^gatehost_[A-Za-z0-9_-]{43}$/.test(key.trim())) {
    throw new UsageError(
      'That is no key of a computer: it begins with gatehost_ and has 52 characters.',
    );
  }
  return key.trim();
}
