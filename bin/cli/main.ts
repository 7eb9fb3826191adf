import { ApiError } from '@/lib/client/api';
import { version } from '@/package.json';
import { printable } from '../printable';
import { Unreachable } from '../transport';
import { UsageError } from '../usage-error';
import { NoWebRtcError } from '../wrtc';
import { confirmPassword, listIps, logIn, logOut, revokeIp, showMe } from './account';
import { type Arguments, HELP, parseCliArguments } from './arguments';
import { Client } from './client';
import { listComputers, requireComputer } from './computers';
import { connect } from './connect';
import { EXIT, Failure, signedOut } from './failure';
import { newAsker } from './gate';
import { readSession } from './session-file';
import { note, say } from './terminal';

async function run({ command, prefersBrowser }: Arguments): Promise<void> {
  const client = () => new Client(readSession(), prefersBrowser, newAsker);
  switch (command.name) {
    case 'help':
      return say(HELP);
    case 'version':
      return say(version);
    case 'login':
      return logIn(command);
    case 'logout':
      return logOut(client());
    case 'verify':
      return confirmPassword(client());
    case 'whoami':
      return showMe(client(), command.asJson);
    case 'ips':
      return listIps(client(), command.asJson);
    case 'ips revoke':
      return revokeIp(client(), command.which);
    case 'computers':
      return listComputers(client(), command.asJson);
    case 'connect': {
      const visitor = client();
      return connect(visitor, await requireComputer(visitor, command.which), command.seconds);
    }
  }
}

/** What a person is told, and how the program ends. Other errors are faults of ours. */
function failureOf(error: unknown): Failure {
  if (error instanceof Failure) return error;
  if (error instanceof UsageError) return new Failure(EXIT.usage, error.message);
  if (error instanceof NoWebRtcError) return new Failure(EXIT.failed, error.message);
  if (error instanceof Unreachable) return new Failure(EXIT.unreachable, error.message);
  if (!(error instanceof ApiError)) throw error;
  if (error.code === 'unauthenticated') return signedOut();
  const isWrong = error.code === 'invalid_credentials';
  return new Failure(isWrong ? EXIT.signedOut : EXIT.failed, printable(error.message, 500));
}

try {
  await run(parseCliArguments(process.argv.slice(2)));
  process.exit(EXIT.done);
} catch (error) {
  const { exitCode, message } = failureOf(error);
  note(message);
  process.exit(exitCode);
}
