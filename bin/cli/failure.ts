/** How the client ends; listed in its help. */
export const EXIT = {
  done: 0,
  failed: 1,
  usage: 2,
  signedOut: 3,
  unreachable: 4,
  notVerified: 5,
  notConnected: 6,
  revoked: 7,
  interrupted: 130,
} as const;

/** A command ends here. The message is for the person: what happened and what to do. */
export class Failure extends Error {
  override readonly name = 'Failure';

  constructor(
    readonly exitCode: number,
    message: string,
  ) {
    super(message);
  }
}

export function signedOut(): Failure {
  return new Failure(EXIT.signedOut, 'You are signed out. Run: gatehouse login');
}
