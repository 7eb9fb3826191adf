import { parseArgs } from 'node:util';
import { UsageError } from '../usage-error';

export const HELP = `Gatehouse for the command line.

Usage: gatehouse <command>

  login [--url <server>] [--email <email>]
                         signs in; the password is asked for, or read from the input
  logout                 ends the session
  whoami                 who is signed in, and whether this network is verified
  verify                 confirms the password, and so verifies this network
  ips                    the networks that are verified
  ips revoke <which>     an id, a network or an address that is to be verified no longer
  computers              the computers that you may connect to
  connect <which>        connects to a computer, by name or id, and shows it
      --seconds <n>      for so long; else until Ctrl-C

  --json                 whoami, ips, computers: what the API answers
  --browser              when this network is to be verified: in a browser, not by password here
  --help, --version

The session is kept in gatehouse/session.json of XDG_CONFIG_HOME (or of ~/.config), or in the file that
GATEHOUSE_CONFIG names. GATEHOUSE_URL is the server to sign in to.

Exit codes: 0 done · 1 refused, or a fault here · 2 wrong arguments · 3 signed out, or a wrong password
            4 the server can't be reached · 5 this network was not verified in time
            6 not connected, or the computer ended it · 7 the connection was revoked · 130 Ctrl-C`;

export type Command =
  | { name: 'help' | 'version' | 'logout' | 'verify' }
  | { name: 'login'; url?: string; email?: string }
  | { name: 'whoami' | 'ips' | 'computers'; asJson: boolean }
  | { name: 'ips revoke'; which: string }
  | { name: 'connect'; which: string; seconds: number | null };

export type Arguments = { command: Command; prefersBrowser: boolean };

/** Which options a command takes beside --browser. */
const OPTIONS: Record<string, readonly string[]> = {
  login: ['url', 'email'],
  whoami: ['json'],
  ips: ['json'],
  computers: ['json'],
  connect: ['seconds'],
};

/** @throws UsageError */
export function parseCliArguments(args: string[]): Arguments {
  const { values, positionals } = parse(args);
  const { browser: prefersBrowser = false, help, version, ...options } = values;
  if (version && !help) return { command: { name: 'version' }, prefersBrowser };
  const [name = 'help', ...rest] = positionals;
  if (help || name === 'help') return { command: { name: 'help' }, prefersBrowser };
  for (const option of Object.keys(options)) {
    if (OPTIONS[name]?.includes(option)) continue;
    throw new UsageError(`${name} takes no --${option}. See --help.`);
  }
  return { command: parseCommand(name, rest, options), prefersBrowser };
}

function parse(args: string[]) {
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: {
        url: { type: 'string' },
        email: { type: 'string' },
        seconds: { type: 'string' },
        json: { type: 'boolean' },
        browser: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
        version: { type: 'boolean' },
      },
    });
  } catch (error) {
    throw UsageError.of(error);
  }
}

type Options = { url?: string; email?: string; seconds?: string; json?: boolean };

function parseCommand(name: string, rest: string[], options: Options): Command {
  const takes = (count: number) => {
    if (rest.length > count) throw new UsageError(`${name} takes less than that. See --help.`);
  };
  switch (name) {
    case 'logout':
    case 'verify':
      takes(0);
      return { name };
    case 'login':
      takes(0);
      return {
        name,
        ...(options.url !== undefined && { url: options.url }),
        ...(options.email !== undefined && { email: options.email }),
      };
    case 'whoami':
    case 'computers':
      takes(0);
      return { name, asJson: options.json ?? false };
    case 'ips':
      return parseIps(rest, options.json ?? false);
    case 'connect': {
      takes(1);
      const [which] = rest;
      if (which === undefined) {
        throw new UsageError('Which computer? gatehouse connect <name or id>');
      }
      return { name, which, seconds: parseSeconds(options.seconds) };
    }
    default:
      throw new UsageError(`There is no command ${name}. See --help.`);
  }
}

function parseIps([verb, which, ...more]: string[], asJson: boolean): Command {
  if (verb === undefined) return { name: 'ips', asJson };
  if (verb === 'revoke' && which !== undefined && more.length === 0) {
    return { name: 'ips revoke', which };
  }
  throw new UsageError('gatehouse ips, or gatehouse ips revoke <id, network or address>');
}

function parseSeconds(text: string | undefined): number | null {
  if (text === undefined) return null;
  const seconds = Number(text);
  if (/^\d+(?:\.\d+)?$/.test(text) && seconds > 0 && seconds <= 86_400) return seconds;
  throw new UsageError('--seconds is a number of seconds, at most 86400.');
}
