import { Socket } from '@/lib/client/socket';
import { version } from '@/package.json';
import { printable } from '../printable';
import { isUnprotected, UsageError } from '../usage-error';
import { describeLoss, takeLeave, wireTo } from '../wire';
import { loadWrtc, NoWebRtcError } from '../wrtc';
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
  'This key is no longer valid: the computer was removed, or was given a new key. On the Team Computers page, register it again or choose “Bring online…” on its row, and run the command that you get.';

function main(): void {
  const args = readArguments();
  if (args === 'help') say(HELP);
  else if (args === 'version') say(version);
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
    send: (message) => socket.send(message),
    say,
  });
  const socket = new Socket({
    open: wireTo(() => ({ url, token: key })),
    hasSession: async () => false,
    onLost: (loss) => {
      sessions.suspend();
      say(`${isOnline ? 'Connection lost' : 'Not online'}, ${describeLoss(loss)}`);
      isOnline = false;
    },
  });
  socket.onMessage((message) => {
    if (message.action === 'hello' && !isOnline) {
      isOnline = true;
      const name = printable(message.payload.computer?.name ?? 'a computer');
      say(`Online as ${name} at ${url.origin}`);
    }
    // What it says of a connection that has ended meanwhile is no news.
    if (message.action === 'error' && message.payload.code !== 'not_found') {
      complain(`The server refused something: ${printable(message.payload.detail, 500)}`);
    }
    sessions.receive(message);
  });
  socket.onChange(() => {
    if (!socket.isSignedOut) return;
    void sessions.closeAll('this program ends');
    fail(3, KEY_GONE);
  });
  let isStopping = false;
  const stop = (): void => {
    // One Ctrl-C may come twice: from the terminal, and from whoever started this.
    if (isStopping) return;
    isStopping = true;
    const closed = sessions.closeAll('this program ends');
    void takeLeave(socket, closed).then(() => process.exit(0));
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  socket.start();
}

function fail(exitCode: number, words: string): never {
  complain(words);
  process.exit(exitCode);
}

main();
