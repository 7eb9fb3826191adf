import { call, require } from './request';
import { type DemoTeam, HOME } from './seed';

const THIEF = '127.0.0.66';
const CAFE = '127.0.0.9';

/** The story of the stolen token, by real requests from real different addresses. */
export async function tellStory(origin: string, team: DemoTeam): Promise<void> {
  const { email } = team.valerie;
  const connect = (from: string, token: string) =>
    call(origin, 'POST', `/computers/${team.computerId}/connections`, { from, token, body: {} });

  chapter(HOME, 'Valerie logs in at home.');
  const login = require(await call(origin, 'POST', '/sessions', {
    from: HOME,
    body: { email, password: team.password, client: 'Gatehouse for macOS' },
  }), 201);
  say(
    `201  ${login.body.verifiedIp.network} is verified until ${login.body.verifiedIp.trustedUntil}`,
  );
  const stolen: string = login.body.token;

  chapter(
    THIEF,
    'Malware has copied her session token. The thief connects to a Team Computer with it.',
  );
  const theft = require(await connect(THIEF, stolen), 403);
  say(`403  ${theft.body.code}: ${theft.body.detail}`);
  say(`     her prompt: ${theft.body.challenge.url}`);

  chapter(THIEF, 'He does not know her password, but he tries.');
  const guess = await call(origin, 'POST', '/verifications', {
    from: THIEF,
    token: stolen,
    body: { password: 'valerie123' },
  });
  say(`${require(guess, 401).status}  ${guess.body.code}`);

  chapter(HOME, 'Valerie, at home, notices nothing.');
  say(`201  ${require(await connect(HOME, stolen), 201).body.connection.state}`);

  chapter(CAFE, 'Later, in a café, she meets the same prompt…');
  const refused = require(await connect(CAFE, stolen), 403);
  say(`403  ${refused.body.code}`);

  chapter(CAFE, '…confirms her password, and goes on.');
  const verified = require(await call(origin, 'POST', '/verifications', {
    from: CAFE,
    token: stolen,
    body: { password: team.password, challengeId: refused.body.challenge.id },
  }), 201);
  say(`201  ${verified.body.verifiedIp.network} is verified, and her token is a new one`);
  team.valerie.token = verified.body.token;
  say(`201  ${require(await connect(CAFE, team.valerie.token), 201).body.connection.state}`);

  chapter(THIEF, 'The stolen copy is dead from now on, at every call.');
  say(
    `${require(await call(origin, 'GET', '/me', { from: THIEF, token: stolen }), 401).status}  unauthenticated`,
  );
}

const chapter = (from: string, text: string) => console.log(`\n${from.padEnd(11)} ${text}`);
const say = (text: string) => console.log(`            → ${text}`);
