import type { ApiError } from '@/lib/client/api';
import { GateProblem } from '@/lib/contract/resources';
import { callFrom, refusal } from './request';
import { type DemoTeam, HOME } from './seed';

const THIEF = '127.0.0.66';
const CAFE = '127.0.0.9';

/** The story of the stolen token, by real requests from real different addresses. */
export async function tellStory(origin: string, team: DemoTeam): Promise<void> {
  const { email } = team.valerie;
  const connect = (from: string, token: string) =>
    callFrom(
      origin,
      from,
      token,
    )('POST /computers/{id}/connections', {
      params: { id: team.computerId },
      body: {},
    });

  chapter(HOME, 'Valerie logs in at home.');
  const login = await callFrom(origin, HOME)('POST /sessions', {
    body: { email, password: team.password, client: 'Gatehouse for macOS' },
  });
  say(`201  ${login.verifiedIp?.network} is verified until ${login.verifiedIp?.trustedUntil}`);
  const stolen = login.token;

  chapter(
    THIEF,
    'Malware has copied her session token. The thief connects to a Team Computer with it.',
  );
  const theft = await refusal(connect(THIEF, stolen), 403);
  say(`403  ${theft.code}: ${theft.message}`);
  say(`     her prompt: ${challengeOf(theft).url}`);

  chapter(THIEF, 'He does not know her password, but he tries.');
  const guess = callFrom(
    origin,
    THIEF,
    stolen,
  )('POST /verifications', {
    body: { password: 'valerie123' },
  });
  say(`401  ${(await refusal(guess, 401)).code}`);

  chapter(HOME, 'Valerie, at home, notices nothing.');
  say(`201  ${(await connect(HOME, stolen)).connection.state}`);

  chapter(CAFE, 'Later, in a café, she meets the same prompt…');
  const refused = await refusal(connect(CAFE, stolen), 403);
  say(`403  ${refused.code}`);

  chapter(CAFE, '…confirms her password, and goes on.');
  const verified = await callFrom(
    origin,
    CAFE,
    stolen,
  )('POST /verifications', {
    body: { password: team.password, challengeId: challengeOf(refused).id },
  });
  say(`201  ${verified.verifiedIp.network} is verified, and her token is a new one`);
  team.valerie.token = verified.token ?? '';
  say(`201  ${(await connect(CAFE, team.valerie.token)).connection.state}`);

  chapter(THIEF, 'The stolen copy is dead from now on, at every call.');
  say(`401  ${(await refusal(callFrom(origin, THIEF, stolen)('GET /me'), 401)).code}`);
}

const challengeOf = ({ problem }: ApiError) => GateProblem.parse(problem).challenge;
const chapter = (from: string, text: string) => console.log(`\n${from.padEnd(11)} ${text}`);
const say = (text: string) => console.log(`            → ${text}`);
