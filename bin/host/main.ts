import { programVersion } from '../environment';
import { Link } from '../link';
import { loadWrtc, NoWebRtcError } from '../peer';
import { printable } from '../printable';
import { isUnprotected, UsageError } from '../usage-error';
import { Approval } from './approval';
import { HELP, type HostArguments, parseHostArguments } from './arguments';
import { Sessions } from './sessions';

const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};
const complain = (line: string): void => {
  process.stderr.write(`${line}\n`);
};

const KEY_GONE =
  'This key is no longer valid: the computer was removed, or was given a new key. Register it again on the Computers page of the team, then start with the new key.';

function main(): void {
  const args = readArguments();
  if (args === 'help') say(HELP);
  else if (args === 'version') say(programVersion());
  else serve(args);
}

function readArguments() {
  try {
    const args = parseHostArguments(process.argv.slice(2));
    if (typeof args !== 'string') loadWrtc();
    return args;
  } catch (error) {
    if (error instanceof UsageError) return fail(2, error.message);
    if (error instanceof NoWebRtcError) return fail(1, error.message);
    throw error;
  }
}

function serve({ url, key, policy }: HostArguments): void {
  if (isUnprotected(url))
    complain(`${url.origin} is not protected: the key can be read on the way.`);
  let isOnline = false;
  const sessions = new Sessions({
    policy,
    approval: new Approval(),
    send: (message) => link.send(message),
    say,
  });
  const link = new Link({
    url,
    token: () => key,
    onMessage: (message) => {
      if (message.action === 'hello' && !isOnline) {
        isOnline = true;
        say(
          `Online as ${printable(message.payload.computer?.name ?? 'a computer')} at ${url.origin}`,
        );
      }
      // What it says of a connection that has ended meanwhile is no news.
      if (message.action === 'error' && message.payload.code !== 'not_found') {
        complain(`The server refused something: ${printable(message.payload.detail, 500)}`);
      }
      sessions.receive(message);
    },
    onLost: ({ detail, retryInMs }) => {
      sessions.suspend();
      const next = `next try in ${Math.max(1, Math.round(retryInMs / 1_000))} s`;
      say(isOnline ? `Connection lost, ${next}. ${detail}` : `Not online, ${next}. ${detail}`);
      isOnline = false;
    },
    onEnd: () => {
      void sessions.closeAll('this program ends');
      fail(3, KEY_GONE);
    },
  });
  let isStopping = false;
  const stop = (): void => {
    // One Ctrl-C may come twice: from the terminal, and from whoever started this.
    if (isStopping) return;
    isStopping = true;
    void link.close(sessions.closeAll('this program ends')).then(() => process.exit(0));
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  link.open();
}

function fail(exitCode: number, words: string): never {
  complain(words);
  process.exit(exitCode);
}

main();
