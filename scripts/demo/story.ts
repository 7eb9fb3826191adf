import type { Door } from './door';
import { CAFE, HOME, THIEF } from './places';
import { type CallFrom, refusal } from './request';
import type { DemoTeam } from './seed';

/** How the token was stolen, by real requests from different networks. @returns the token */
export async function tellTheft(from: CallFrom, team: DemoTeam): Promise<string> {
  const connect = (address: string, token: string) =>
    from(address, token)('POST /computers/{id}/connections', {
      params: { id: team.computer.id },
      body: {},
    });

  chapter(HOME, 'Valerie signs in at home.');
  const { token, verifiedIp } = await from(HOME)('POST /sessions', {
    body: { email: team.valerie.email, password: team.password, client: 'Gatehouse for macOS' },
  });
  say(`201  ${verifiedIp?.network} is verified until ${verifiedIp?.trustedUntil.slice(0, 10)}`);

  chapter(THIEF, `A thief has copied her session token. He connects to ${team.computer.name}.`);
  const theft = await refusal(connect(THIEF, token), 403);
  say(`403  ${theft.code}`);

  chapter(THIEF, 'He guesses her password.');
  const guess = from(THIEF, token)('POST /verifications', { body: { password: 'valerie123' } });
  say(`401  ${(await refusal(guess, 401)).code}`);

  chapter(HOME, 'Valerie, at home, connects as ever.');
  const { connection } = await connect(HOME, token);
  say('201  let through');
  await from(HOME, token)('DELETE /connections/{id}', { params: { id: connection.id } });
  return token;
}

const chapter = (address: string, text: string) => console.log(`${address.padEnd(9)} ${text}`);
const say = (text: string) => console.log(`          → ${text}`);

/** What is left to do for whoever watches. */
export function inviteToTry(
  { home, cafe, elsewhere }: Record<'home' | 'cafe' | 'elsewhere', Door>,
  { password, owner, valerie, computer }: DemoTeam,
  token: string,
): string {
  return `
Now you. Everybody’s password is: ${password}

1. Sign in at ${home.origin} as ${valerie.email}. You are Valerie, at home on ${HOME}.
2. In the same browser, open ${cafe.origin} and connect to ${computer.name}. That port is a café, on ${CAFE}:
   cookies know no ports, so you hold her session there, as a thief would. You are asked whether it is you.
   Enter the password, and you are connected.
3. In a private window, sign in at ${home.origin} as ${owner.email}, who owns the team. Her Activity shows
   what was refused, and from where.

The thief is refused in a terminal too:
   curl -X POST ${elsewhere.origin}/api/v1/computers/${computer.id}/connections \\
     -H 'Authorization: Bearer ${token}' -H 'Content-Type: application/json' -d '{}'

Ctrl-C ends it, and throws everything away.
`;
}
