import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { OidcIdp } from '../oidc-idp';
import { accountOf, SsoBrowser, SsoScene, type SsoTeam } from './sso-scene';

let scene: SsoScene;
let idp: OidcIdp;
let team: SsoTeam;

beforeAll(async () => {
  scene = await SsoScene.start({ LOG_LEVEL: 'debug' });
  idp = await OidcIdp.start([]);
  team = await scene.addTeam();
});
afterAll(async () => {
  await scene.stop();
  await idp.stop();
});

describe('the first log-in', () => {
  it('links a member’s account', async () => {
    const connection = await team.connect(idp);
    const member = await team.addMember('valerie');
    idp.accounts.push(accountOf(member));
    const browser = new SsoBrowser(scene.server);
    const done = await browser.logIn(connection.id, member);
    console.log(done, scene.server.log.slice(-3000));
    expect(done.error).toBeNull();
    expect((await scene.server.get('/me', { token: done.token ?? '' })).body.user.id).toBe(
      member.id,
    );
  });
});
