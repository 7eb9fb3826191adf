import os from 'node:os';
import path from 'node:path';

// The one file of the programs that reads the environment. Set to nothing means unset.

const read = (name: string): string | undefined => process.env[name]?.trim() || undefined;

export const environment = {
  /** The server that both programs talk to. */
  url: () => read('GATEHOUSE_URL'),
  hostKey: () => read('GATEHOUSE_HOST_KEY'),
  /** Where the session of the command line client is kept. Absolute. */
  sessionFile: () => {
    const chosen = read('GATEHOUSE_CONFIG');
    if (chosen) return path.resolve(chosen);
    const configHome = read('XDG_CONFIG_HOME');
    const isUsable = configHome !== undefined && path.isAbsolute(configHome);
    return path.join(
      isUsable ? configHome : path.join(os.homedir(), '.config'),
      'gatehouse/session.json',
    );
  },
};
